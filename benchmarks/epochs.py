"""Whole epochs with their evolution, in the settings of the authors' sparse codes."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.contender import in_a_process
from benchmarks.row import Row
from benchmarks.settings import small_network

# Neurons of each of three hidden layers; then floor, aim and the authors' seconds.
_LUNG = (
    (3_000, 0.3, 0.12, 1.7),
    (30_000, 2.5, 1.2, 20.0),
    (300_000, 25.0, 15.0, 119.0),
    (600_000, 150.0, 60.0, None),
)
# 200 samples, a third of them to test with: 67 steps of 2, as on the lung data set.
_LUNG_DATA = "synthetic:samples=200,features=3312,classes=5"
_COIL20_DATA = "synthetic:samples=1440,features=1024,classes=20"


@dataclass(frozen=True)
class EpochTimes:
    """What the epochs of one training took.

    Attributes:
        seconds: median of an epoch, with test and evolution.
        evolution: median of its evolution.
        n_connections: of the whole network.
        gibibytes: the most memory the process ever held.
    """

    seconds: float
    evolution: float
    n_connections: int
    gibibytes: float


def rows() -> Iterator[Row]:
    """One for each network, and what its evolution takes."""
    for width, floor, aim, authors in _LUNG:
        found = in_a_process(epoch_times, _lung(width), 3 if width < 100_000 else 1)
        theirs = "" if authors is None else f"; authors {authors:g} s"
        yield Row(
            f"epoch of 3312-{width:,}³-5, batch 2, 67 steps and evolution",
            found.seconds,
            "s",
            floor,
            aim,
            f"{found.n_connections:,} connections, evolution {found.evolution:.2f} s{theirs}",
        )
    yield Row("its peak memory", found.gibibytes, "GiB", 8, 4)
    found = in_a_process(epoch_times, _coil20(), 8)
    name = "epoch of SET-RBM 1024-200, 960 samples, batch 10, CD-2"
    yield Row(name, found.seconds, "s", 0.1, 0.05, "authors 0.24 s")
    found = in_a_process(epoch_times, small_network(60_000), 3)
    share = found.evolution / (found.seconds - found.evolution)
    detail = f"{found.evolution * 1e3:.0f} ms of {found.seconds:.2f} s"
    name = "evolution of 784-1000³-10 against its epoch, batch 100"
    yield Row(name, 100 * share, "% of the epoch", 10, 3, detail)


def epoch_times(settings: dict[str, Any], epochs: int) -> EpochTimes:
    """Train an epoch that does not count and `epochs` that do."""
    from set_engine import (
        Observer,
        RunControl,
        Trainer,
        TrainingConfig,
        Turnover,
        leave_cores_to_kernels,
        load_data,
    )

    leave_cores_to_kernels()
    # One more, for the last epoch removes only.
    config = TrainingConfig(**settings, epochs=epochs + 2)
    trainer = Trainer(config, load_data(config))
    trainer.warm_up()
    seconds, evolutions = [], []
    evolve = trainer.evolution.step

    def timed(zeta: float | None = None) -> Turnover:
        start = time.perf_counter()
        turnover = evolve(zeta)
        evolutions.append(time.perf_counter() - start)
        return turnover

    trainer.evolution.step = timed  # type: ignore[method-assign]
    for _ in range(epochs + 1):
        start = time.perf_counter()
        metrics = trainer.run_epoch(RunControl(), Observer())
        seconds.append(time.perf_counter() - start)
    return EpochTimes(
        statistics.median(seconds[1:]),
        statistics.median(evolutions[1:]),
        metrics.n_connections,
        peak_gibibytes(),
    )


def peak_gibibytes() -> float:
    """The most memory this process ever held."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**30 if sys.platform == "darwin" else 2**20)


def _lung(width: int) -> dict[str, Any]:
    return {
        "dataset": _LUNG_DATA,
        "hidden": (width,) * 3,
        "epsilon": 20.0,
        "batch_size": 2,
        "learning_rate": 0.01,
    }


def _coil20() -> dict[str, Any]:
    # As the preset coil20-set-rbm; this process must not import the engine, see contender.py.
    return {
        "model": "rbm",
        "dataset": _COIL20_DATA,
        "hidden": (200,),
        "epsilon": 10.0,
        "cd_steps": 2,
        "batch_size": 10,
        "learning_rate": 0.1,
        "momentum": 0.0,
        "weight_decay": 2e-7,
        "initialisation": "normal",
        "new_weights": 0.05,
    }
