"""Runs that come with the program, so that a first start has something to show."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from set_engine import RunBundle, RunExistsError, RunStore, RunTrash

FOLDER = Path(__file__).parent / "example_runs"
"""A bundle of each run, named by the run's id."""


def add_examples(store: RunStore) -> None:
    """Take the runs into a store in which there are none, nor ever were any deleted.

    Raises:
        OSError: if the store cannot be written.
        RunBundleError: if the disk has no room for them.
    """
    if RunTrash(store).is_used or store.records().records:
        return
    for path in sorted(FOLDER.glob("*.zip")):
        with suppress(RunExistsError):  # another process was quicker
            RunBundle(path).add_to(store)


def is_example(run_id: str) -> bool:
    """Whether the run is one of those that come with the program."""
    return (FOLDER / f"{run_id}.zip").is_file()
