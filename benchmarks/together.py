"""Two runs at once in one process, against one alone."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from statistics import median

from benchmarks.contender import in_a_process
from benchmarks.row import Row
from benchmarks.settings import small_network

_ROUNDS = 3


def rows() -> Iterator[Row]:
    """How many times longer each of the two takes."""
    alone, together = in_a_process(_seconds)
    detail = f"{together:.1f} s each against {alone:.1f} s"
    yield Row(
        "784-1000³-10, two runs at once", together / alone, "× the time of one", 2.2, 2, detail
    )


def _seconds() -> tuple[float, float]:
    """Of one run alone, and of the slower of two, in turns."""
    from set_engine import RunManager, RunStore, TrainingConfig, load_data

    config = TrainingConfig(**small_network(9000), epochs=10)
    data = load_data(config)
    found: dict[int, list[float]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as folder:
        manager = RunManager(RunStore(folder))
        manager.wait(manager.start(config, data))  # loads the kernels
        for _ in range(_ROUNDS):
            for n_runs, seconds in found.items():
                start = time.perf_counter()
                for run_id in [manager.start(config, data) for _ in range(n_runs)]:
                    manager.wait(run_id)
                seconds.append(time.perf_counter() - start)
        manager.close()
    return median(found[1]), median(found[2])
