"""All runs at a glance are what their files say, whoever looked when."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn

import pytest

from app.run_course import RunCourse
from app.run_index import RunIndex
from app.scores import best_epoch
from set_engine import (
    EpochMetrics,
    RecordedConfig,
    RunNotes,
    RunStatus,
    RunStore,
    RunTrash,
    RunWriter,
    TrainingConfig,
)
from topology import LayerTopology, TopologySnapshot


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


def row(epoch: int, accuracy: float | None) -> EpochMetrics:
    return EpochMetrics(
        epoch=epoch,
        step=epoch,
        test_accuracy=accuracy,
        seconds=0.5,
        n_connections=3,
        replaced=1,
    )


def begun(store: RunStore, *accuracies: float) -> RunWriter:
    writer = store.create(TrainingConfig())
    writer.begin()
    layer = LayerTopology([0, 1, 3], [0, 0, 2], n_inputs=3, n_outputs=2)
    writer.snapshot(TopologySnapshot((layer,), epoch=0))
    for epoch, accuracy in enumerate(accuracies, start=1):
        writer.epoch(row(epoch, accuracy))
    return writer


def finished(store: RunStore, *accuracies: float) -> str:
    writer = begun(store, *accuracies)
    writer.finish(RunStatus.FINISHED)
    return writer.run_id


@pytest.mark.parametrize("cuts", [(), (1,), (3,), (1, 2, 4), (5,)])
def test_a_course_is_that_of_all_rows_however_they_come(cuts: tuple[int, ...]) -> None:
    rows = [row(n, one) for n, one in enumerate([None, 0.5, 0.9, 0.9, 0.7], start=1)]
    course = RunCourse()
    for begin, end in zip((0, *cuts), (*cuts, 5), strict=True):
        course = course.followed_by(rows[begin:end], cursor=end)
    assert course == RunCourse(5, 5, 2.5, rows[-1], best_epoch(rows))
    assert course.best is not None
    assert course.best.epoch == 3
    assert RunCourse.from_json(json.loads(json.dumps(course.as_json()))) == course


def test_says_what_the_files_say(store: RunStore) -> None:
    older, newer = finished(store, 0.5, 0.9, 0.7), finished(store)
    store.write_notes(older, RunNotes(name="Mine", tags=("a",)))
    store.pin_baseline(older)
    found = RunIndex(store).read()
    assert found.problems == ()
    assert [run.record.id for run in found.runs] == [newer, older]
    empty, run = found.runs
    assert run.record == store.record(older)
    assert (run.name, run.notes.tags, run.is_baseline) == ("Mine", ("a",), True)
    assert (run.course.completed, run.course.seconds, run.density) == (3, 1.5, 3 / 6)
    assert (run.course.best, run.course.last) == (row(2, 0.9), row(3, 0.7))
    assert (empty.course, empty.density, empty.is_baseline) == (RunCourse(), 3 / 6, False)


def test_what_is_new_is_seen(store: RunStore) -> None:
    index = RunIndex(store)
    assert index.read().runs == ()
    writer = begun(store, 0.5)
    (run,) = index.read().runs
    assert (run.record.status, run.course.completed) == (RunStatus.RUNNING, 1)
    writer.epoch(row(2, 0.6))
    (run,) = index.read().runs
    assert run.course.last == row(2, 0.6)
    store.write_notes(writer.run_id, RunNotes(tags=("late",)))
    store.pin_baseline(writer.run_id)
    (run,) = index.read().runs
    assert (run.notes.tags, run.is_baseline) == (("late",), True)
    writer.finish(RunStatus.STOPPED)
    (run,) = index.read().runs
    assert run.record.status is RunStatus.STOPPED
    RunTrash(store).put(writer.run_id)
    assert index.read().runs == ()


def test_a_log_that_began_anew_is_read_anew(store: RunStore) -> None:
    index = RunIndex(store)
    writer = begun(store, 0.9, 0.8)
    assert index.read().runs[0].course.best == row(1, 0.9)
    writer.begins_after([])
    for epoch in (1, 2, 3):
        writer.epoch(row(epoch, 0.3))
    (run,) = index.read().runs
    assert (run.course.completed, run.course.best) == (3, row(1, 0.3))
    writer.finish(RunStatus.STOPPED)


def test_another_process_reads_no_log_again(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(store, 0.5, 0.9)
    before = RunIndex(store).read()
    assert before.runs[0].course.completed == 2

    def read(run_id: str, cursor: int = 0) -> NoReturn:
        pytest.fail(f"the log of {run_id} is read from {cursor} on")

    monkeypatch.setattr(store, "metrics", read)
    assert RunIndex(store).read() == before


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b'{"x": 1}', b"null"])
def test_a_memory_that_is_damaged_is_none(store: RunStore, content: bytes) -> None:
    finished(store, 0.5, 0.9)
    before = RunIndex(store).read()
    (store.root / ".index.json").write_bytes(content)
    assert RunIndex(store).read() == before


def test_a_memory_of_what_is_no_more_is_not_believed(store: RunStore) -> None:
    run_id = finished(store, 0.5, 0.9)
    RunIndex(store).read()
    log = store.folder(run_id) / "metrics.jsonl"
    log.write_bytes(log.read_bytes().splitlines(keepends=True)[0])
    (run,) = RunIndex(store).read().runs
    assert run.course.last == row(1, 0.5)


@pytest.mark.parametrize("name", ["run.json", "metrics.jsonl", "notes.json"])
def test_damage_is_said_and_the_rest_is_shown(store: RunStore, name: str) -> None:
    sound, damaged = finished(store, 0.5), finished(store, 0.6)
    path = store.folder(damaged) / name
    path.write_text("nonsense\n", encoding="utf-8")
    found = RunIndex(store).read()
    assert sound in [run.record.id for run in found.runs]
    (problem,) = found.problems
    assert str(path) in problem
    assert RunIndex(store).read().problems == found.problems


def test_a_store_that_cannot_be_written_is_read(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(store, 0.5)

    def refuse(*_: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr("app.run_index.write_atomically", refuse)
    assert len(RunIndex(store).read().runs) == 1


def test_networks_of_others_have_size_density_and_epochs(store: RunStore) -> None:
    run_id = finished(store, 0.5)
    writer = store.create(RecordedConfig(name="others"))
    writer.begin()
    layers = [LayerTopology([0, 1, 3], [0, 0, 2], 3, 2), LayerTopology([0, 1, 2], [0, 2], 3, 2)]
    for epoch, layer in zip((0, 190), layers, strict=True):
        writer.snapshot(TopologySnapshot((layer,), epoch=epoch))
    writer.finish(RunStatus.FINISHED)
    for index in (RunIndex(store), RunIndex(store)):  # read, and remembered
        others = next(run for run in index.read().runs if run.record.id != run_id)
        facts = others.facts
        assert (facts["epochs"], facts["connections"], facts["density"]) == (190, 2, 2 / 6)
        assert others.as_json()["connections"] == 2
