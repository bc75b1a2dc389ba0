"""How soon the runs of a store of 2,000 are listed, and filtered."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.contender import in_a_process
from benchmarks.row import Row
from set_engine import EpochMetrics, RunStatus, RunStore, TrainingConfig

_RUNS, _EPOCHS, _REPEATS = 2000, 100, 7
_FILTER = "seed > 1000 and learning_rate == 0.1 and best_accuracy > 0.5"


def rows() -> Iterator[Row]:
    """A list by a new process, first of all and then again; the page with another filter."""
    with tempfile.TemporaryDirectory() as folder:
        in_a_process(fill, folder)
        first = in_a_process(seconds_to_list, folder)
        again = [in_a_process(seconds_to_list, folder) for _ in range(_REPEATS)]
        detail = f"of {_EPOCHS} epochs each; {first:.2f} s where no log was read before"
        yield Row(f"list {_RUNS:,} runs in a new process", median(again), "s", 1, 0.5, detail)
        filtered = in_a_process(seconds_to_filter, folder)
        detail = "the page's script, to the table of those that pass"
        yield Row(f"filter {_RUNS:,} runs", filtered, "s", 0.2, 0.1, detail)


def fill(folder: str) -> None:
    """Make the runs: all have one log, and settings of their own."""
    store = RunStore(folder)
    writer = store.create(TrainingConfig(epochs=_EPOCHS))
    for epoch in range(1, _EPOCHS + 1):
        writer.epoch(
            EpochMetrics(
                epoch=epoch,
                step=epoch,
                train_loss=1 / epoch,
                test_loss=1 / epoch,
                train_accuracy=1 - 1 / epoch,
                test_accuracy=1 - 1 / epoch,
                seconds=0.1,
                n_connections=3000,
                replaced=900,
            )
        )
    writer.finish(RunStatus.FINISHED)
    log = (store.folder(writer.run_id) / "metrics.jsonl").read_bytes()
    for seed in range(1, _RUNS):
        config = TrainingConfig(epochs=_EPOCHS, seed=seed, learning_rate=(0.1, 0.2)[seed % 2])
        other = store.create(config)
        other.finish(RunStatus.FINISHED)
        (store.folder(other.run_id) / "metrics.jsonl").write_bytes(log)


def seconds_to_list(folder: str) -> float:
    """For the index of a process that knows nothing yet."""
    from app.run_index import RunIndex

    begin = time.perf_counter()
    found = RunIndex(RunStore(folder)).read()
    seconds = time.perf_counter() - begin
    assert len(found.runs) == _RUNS
    return seconds


def seconds_to_filter(folder: str) -> float:
    """For the page, as Streamlit runs it, each time from all runs to those that pass."""
    from streamlit.testing.v1 import AppTest

    os.environ["SETSCOPE_RUNS"] = str(Path(folder))
    page = AppTest.from_function(_page, default_timeout=60).run()
    found = []
    for _ in range(_REPEATS):
        page.text_input("run-filter").set_value("").run()
        begin = time.perf_counter()
        page.text_input("run-filter").set_value(_FILTER).run()
        found.append(time.perf_counter() - begin)
        assert 0 < len(page.dataframe[0].value) < _RUNS
    return median(found)


def _page() -> None:
    from app.views.runs import render

    render()
