"""Runs that come with the program, so that a first start has something to show."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path

from set_engine import RunStore, RunTrash

FOLDER = Path(__file__).parent / "example_runs"
"""An archive for each run, whose name is the run's id."""


def add_examples(store: RunStore) -> None:
    """Unpack the runs into a store in which there are none, nor ever were any deleted.

    Raises:
        OSError: if the store cannot be written.
    """
    if RunTrash(store).is_used or store.records().records:
        return
    store.root.mkdir(parents=True, exist_ok=True)
    for archive in sorted(FOLDER.glob("*.zip")):
        _unpack(archive, store.root / archive.stem)


def is_example(run_id: str) -> bool:
    """Whether the run is one of those that come with the program."""
    return (FOLDER / f"{run_id}.zip").is_file()


def _unpack(archive: Path, folder: Path) -> None:
    # Beside its place and then renamed: no reader sees half a run.
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".example-") as partial:
        with zipfile.ZipFile(archive) as content:
            content.extractall(partial)
        if not folder.exists():
            shutil.move(partial, folder)
            Path(partial).mkdir()  # for the context to remove
