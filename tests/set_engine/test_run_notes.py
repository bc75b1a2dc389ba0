"""What people say of runs, and which one is pinned."""

from __future__ import annotations

import pytest

from set_engine import (
    DamagedRunError,
    RunNotes,
    RunNotesError,
    RunNotFoundError,
    RunStatus,
    RunStore,
    TrainingConfig,
)


@pytest.fixture
def run_id(store: RunStore) -> str:
    writer = store.create(TrainingConfig())
    writer.finish(RunStatus.STOPPED)
    return writer.run_id


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "x" * 101}, "name has 101 characters; it must have from 0 to 100"),
        ({"tags": ("",)}, "tag is ''; it must be of 1 to 40 characters, no comma"),
        ({"tags": ("a, b",)}, "tag is 'a, b'; it must be of 1 to 40 characters, no comma"),
        ({"tags": ("t" * 41,)}, f"tag is '{'t' * 41}'; it must be of 1 to 40"),
        ({"tags": tuple(map(str, range(31)))}, "there are 31 tags; there must be from 0 to 30"),
        ({"note": "n" * 10_001}, "note has 10,001 characters; it must have from 0 to 10,000"),
        ({"name": 7}, "name is 7: "),
        ({"colour": "red"}, "colour is 'red': "),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(given: dict[str, object], said: str) -> None:
    with pytest.raises(RunNotesError) as refused:
        RunNotes(**given)
    assert str(refused.value).startswith(said)


def test_names_and_tags_are_of_one_line() -> None:
    notes = RunNotes(name="  a \n name ", tags=("x", "y  z", "x "), note=" as\nit is ")
    assert notes == RunNotes(name="a name", tags=("x", "y z"), note=" as\nit is ")


def test_nothing_is_said_at_first(store: RunStore, run_id: str) -> None:
    assert store.notes(run_id) == RunNotes(name="", tags=(), note="")


def test_what_was_said_stays_and_the_run_is_as_it_was(store: RunStore, run_id: str) -> None:
    before = store.record(run_id)
    said = RunNotes(name="Größte Hubs", tags=("α", "b"), note="see §2")
    store.write_notes(run_id, said)
    assert RunStore(store.root).notes(run_id) == said
    assert store.record(run_id) == before


def test_notes_are_of_runs_that_are(store: RunStore) -> None:
    for act in (store.notes, lambda name: store.write_notes(name, RunNotes()), store.pin_baseline):
        with pytest.raises(RunNotFoundError, match=r"there is no run '\.\./x'"):
            act("../x")


@pytest.mark.parametrize("content", ["", "[]", '{"tags": ["a,b"]}', '{"colour": "red"}'])
def test_damaged_notes_name_their_file(store: RunStore, run_id: str, content: str) -> None:
    path = store.root / run_id / "notes.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DamagedRunError) as refused:
        store.notes(run_id)
    assert str(refused.value).startswith(f"{path} holds no notes of a run: ")


def test_one_run_is_the_baseline(store: RunStore, run_id: str) -> None:
    assert store.baseline is None
    writer = store.create(TrainingConfig())
    writer.finish(RunStatus.STOPPED)
    for pinned in (run_id, writer.run_id, None):
        store.pin_baseline(pinned)
        assert RunStore(store.root).baseline == pinned
    store.pin_baseline(None)  # none is pinned, and that is no error


@pytest.mark.parametrize("content", [b"gone-run", b"../elsewhere", b"\xff\xfe", b""])
def test_a_baseline_that_is_gone_is_none(store: RunStore, run_id: str, content: bytes) -> None:
    (store.root / "baseline").write_bytes(content)
    assert store.baseline is None
    assert [record.id for record in store.records().records] == [run_id]
