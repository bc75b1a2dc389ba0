"""The records of all runs are what the store says, read again only where that may differ."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.known_records import KnownRecords
from set_engine import RunRecord, RunStatus, RunStore, RunTrash, RunWriter, TrainingConfig


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the runs whose records were read, in turn."""
    ids: list[str] = []

    def record(self: RunStore, run_id: str) -> RunRecord:
        ids.append(run_id)
        return read_record(self, run_id)

    read_record = RunStore.record
    monkeypatch.setattr(RunStore, "record", record)
    return ids


def begun(store: RunStore) -> RunWriter:
    writer = store.create(TrainingConfig())
    writer.begin()
    return writer


def test_they_are_those_of_the_store_whatever_happens(store: RunStore) -> None:
    known = KnownRecords(store)
    assert known.read() == store.records()
    first, second = begun(store), begun(store)
    assert known.read() == store.records()
    first.finish(RunStatus.FINISHED)
    assert known.read() == store.records()
    (store.root / first.run_id / "run.json").write_text("{")
    assert known.read() == store.records()
    assert len(known.read().problems) == 1
    second.finish(RunStatus.STOPPED)
    RunTrash(store).put(second.run_id)
    assert known.read() == store.records()
    assert known.read().records == ()


def test_only_what_goes_on_is_read_again(store: RunStore, read: list[str]) -> None:
    known = KnownRecords(store)
    ended, active = begun(store), begun(store)
    ended.finish(RunStatus.FINISHED)
    known.read()
    read.clear()
    known.read()
    assert read == [active.run_id]
    active.finish(RunStatus.FINISHED)
    known.read()
    read.clear()
    known.read()
    assert read == []
