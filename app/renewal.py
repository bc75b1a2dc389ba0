"""The course of a run's wiring as a job for another process, and how often it is worth one."""

from __future__ import annotations

from pathlib import Path

from analysis import Emergence, EpochMeasures
from app.analysis_pool import ProgressFile
from set_engine import RunStore


def measure_renewal(
    root: Path, run_id: str, epochs: tuple[int, ...], report: ProgressFile
) -> tuple[EpochMeasures, ...]:
    """Read the wirings of these epochs one after the other, and measure them.

    The measures come back alone: the ages of all connections, which they are worked out from, are
    megabytes of a large network.

    Args:
        root: of the store.
        run_id: which run.
        epochs: recorded ones, from the first on.
        report: counts those that are measured.

    Raises:
        RunNotFoundError: if one is not recorded any more.
        TopologyFileError: if one is damaged.
    """
    store, emergence = RunStore(root), Emergence()
    for done, epoch in enumerate(epochs, start=1):
        emergence.extend([store.snapshot(run_id, epoch)])
        report(done)
    return emergence.rows


def worth_measuring(recorded: tuple[int, ...], *, is_growing: bool) -> tuple[int, ...]:
    """The epochs to measure: all of a run that has ended, and of one that goes on a beginning.

    Ages and exploration add up from the start, so every measuring begins there. The beginnings grow
    by an eighth each: all of them together cost nine times the last one at most.

    >>> worth_measuring((0, 1, 2, 3), is_growing=False)
    (0, 1, 2, 3)
    """
    length = 2
    while length + max(1, length // 8) <= len(recorded):
        length += max(1, length // 8)
    return recorded[:length] if is_growing else recorded
