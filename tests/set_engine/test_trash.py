"""Deleted runs come back whole, unless they are deleted for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from set_engine import (
    EpochMetrics,
    RunExistsError,
    RunInUseError,
    RunNotes,
    RunNotFoundError,
    RunStatus,
    RunStore,
    RunTrash,
    TrainingConfig,
)


def stopped(store: RunStore) -> str:
    writer = store.create(TrainingConfig())
    writer.epoch(EpochMetrics(epoch=1, step=1, seconds=1.0, n_connections=3, replaced=0))
    writer.finish(RunStatus.STOPPED)
    store.write_notes(writer.run_id, RunNotes(tags=("kept",)))
    return writer.run_id


def ids(listing: RunStore | RunTrash) -> list[str]:
    found = listing.records()
    assert found.problems == ()
    return [record.id for record in found.records]


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_deleted_run_is_only_in_the_trash(store: RunStore) -> None:
    kept, deleted = stopped(store), stopped(store)
    trash = RunTrash(store)
    trash.put(deleted)
    assert ids(store) == [kept]
    assert ids(RunTrash(RunStore(store.root))) == [deleted]
    with pytest.raises(RunNotFoundError, match=f"there is no run '{deleted}'"):
        store.record(deleted)


def test_a_restored_run_is_as_it_was(store: RunStore) -> None:
    run_id = stopped(store)
    before = content(store.folder(run_id))
    trash = RunTrash(store)
    trash.put(run_id)
    trash.restore(run_id)
    assert content(store.folder(run_id)) == before
    assert (ids(store), ids(trash)) == ([run_id], [])


def test_a_run_that_is_deleted_for_good_is_gone(store: RunStore) -> None:
    kept, deleted = stopped(store), stopped(store)
    trash = RunTrash(store)
    trash.put(deleted)
    trash.delete(deleted)
    assert (ids(store), ids(trash)) == ([kept], [])
    assert not list(store.root.rglob(f"{deleted}*"))


def test_only_what_is_in_the_trash_is_deleted_for_good(store: RunStore) -> None:
    run_id = stopped(store)
    trash = RunTrash(store)
    for act in (trash.delete, trash.restore):
        for name in (run_id, "..", f"../{run_id}"):
            with pytest.raises(RunNotFoundError):
                act(name)
    assert ids(store) == [run_id]


def test_a_run_that_is_trained_stays(store: RunStore) -> None:
    writer = store.create(TrainingConfig())
    writer.begin()
    with pytest.raises(RunInUseError, match=f"run '{writer.run_id}' is being trained"):
        RunTrash(store).put(writer.run_id)
    assert store.record(writer.run_id).status is RunStatus.RUNNING
    writer.finish(RunStatus.STOPPED)
    RunTrash(store).put(writer.run_id)
    assert ids(store) == []


def test_a_run_whose_process_is_gone_can_be_deleted(store: RunStore) -> None:
    run_id = stopped(store)
    path = store.folder(run_id) / "run.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"stopped"', '"running"'))
    assert store.record(run_id).status is RunStatus.INTERRUPTED
    RunTrash(store).put(run_id)
    assert ids(RunTrash(store)) == [run_id]


def test_nothing_is_overwritten_either_way(store: RunStore) -> None:
    run_id = stopped(store)
    trash = RunTrash(store)
    trash.put(run_id)
    newer = stopped(store)
    store.folder(newer).rename(store.root / run_id)
    with pytest.raises(RunExistsError, match=f"there is a run '{run_id}' in the trash already"):
        trash.put(run_id)
    with pytest.raises(RunExistsError, match=f"there is a run '{run_id}' in the store already"):
        trash.restore(run_id)
    assert (ids(store), ids(trash)) == ([run_id], [run_id])
