"""Runs that were deleted, until they are restored or deleted for good."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from set_engine.run_writer import RunWriter
from set_engine.store import RunListing, RunStore

FOLDER = ".trash"
"""Where a store keeps them: whole folders, as they were."""


class RunInUseError(RuntimeError):
    """A run that is trained cannot be deleted; the message names it."""


class RunExistsError(ValueError):
    """There is a run of this id already, where one was to go; the message names it."""


class RunTrash:
    """The deleted runs of a store.

    Args:
        store: from which runs come, and to which they go back.
    """

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._deleted = RunStore(store.root / FOLDER)

    @property
    def store(self) -> RunStore:
        """The deleted runs as a store of their own."""
        return self._deleted

    @property
    def is_used(self) -> bool:
        """Whether a run was ever deleted."""
        return self._deleted.root.is_dir()

    def records(self) -> RunListing:
        """The deleted runs, newest first."""
        return self._deleted.records()

    def put(self, run_id: str) -> None:
        """Delete a run, so that it can be restored.

        Raises:
            RunNotFoundError: if there is no such run.
            RunInUseError: if it is trained at present.
            RunExistsError: if one of its id was deleted before.
            OSError: if it cannot be moved.
        """
        self._deleted.root.mkdir(parents=True, exist_ok=True)
        _move(self._store, self._deleted, run_id, "in the trash")

    def restore(self, run_id: str) -> None:
        """Put a deleted run back to where it was.

        Raises:
            RunNotFoundError: if there is no such run in the trash.
            RunExistsError: if there is a run of its id in the store again.
            OSError: if it cannot be moved.
        """
        _move(self._deleted, self._store, run_id, "in the store")

    def delete(self, run_id: str) -> None:
        """Delete a run of the trash for good.

        Raises:
            RunNotFoundError: if there is no such run in the trash.
            OSError: if it cannot be deleted.
        """
        shutil.rmtree(self._deleted.folder(run_id))


def _move(source: RunStore, target: RunStore, run_id: str, where: str) -> None:
    folder, place = source.folder(run_id), target.root / run_id
    with _owned(folder, run_id):
        if place.exists():
            raise RunExistsError(f"there is a run {run_id!r} {where} already")
        folder.rename(place)


@contextmanager
def _owned(folder: Path, run_id: str) -> Iterator[None]:
    """For as long as it lasts, nobody else trains the run."""
    try:
        with FileLock(folder / RunWriter.LOCK, timeout=1, thread_local=False):
            yield
    except Timeout:
        raise RunInUseError(
            f"run {run_id!r} is being trained; stop it before it is deleted"
        ) from None
