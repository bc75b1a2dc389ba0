"""`setscope runs`, `label`, `delete` and `restore`, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from set_engine import (
    EpochMetrics,
    RecordedConfig,
    RunNotes,
    RunStatus,
    RunStore,
    RunTrash,
    TrainingConfig,
)


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    """Runs of seeds 0, 1 and 2, whose accuracies are 0.7, 0.5 and 0.6."""
    store = RunStore(tmp_path / "runs")
    for seed, accuracy in enumerate((0.7, 0.5, 0.6)):
        writer = store.create(TrainingConfig(seed=seed))
        writer.epoch(
            EpochMetrics(
                epoch=1, step=1, test_accuracy=accuracy, seconds=2.0, n_connections=9, replaced=0
            )
        )
        writer.finish(RunStatus.FINISHED)
    return store


def run(store: RunStore, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, [*arguments, "--store", str(store.root)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result.exit_code, " ".join(result.output.split())


def seeds(store: RunStore, *arguments: str) -> list[int]:
    code, output = run(store, "runs", "--json", *arguments)
    assert code == 0
    return [one["settings"]["seed"] for one in json.loads(output)]


def id_of(store: RunStore, seed: int) -> str:
    (found,) = [
        one.id for one in store.records().records if getattr(one.config, "seed", None) == seed
    ]
    return found


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--filter", "seed > 0"], [2, 1]),
        (["--filter", "digits"], [2, 1, 0]),
        (["--sort", "best_accuracy"], [0, 2, 1]),
        (["--sort", "accuracy", "--ascending"], [1, 2, 0]),
        (["--filter", "accuracy < 0.65", "--sort", "seed"], [2, 1]),
        (["--filter", "seed > 9"], []),
    ],
)
def test_are_filtered_and_sorted(
    store: RunStore, arguments: list[str], expected: list[int]
) -> None:
    found = seeds(store, *arguments)
    assert found == expected if "--sort" in arguments else sorted(found) == sorted(expected)


def test_what_no_filter_or_fact_is_is_quoted(store: RunStore) -> None:
    code, output = run(store, "runs", "--filter", "colour == 1")
    assert (code, "'colour' is no fact of a run" in output) == (1, True)
    code, output = run(store, "runs", "--sort", "colour")
    assert (code, "sort is 'colour'; it must be one of name, status" in output) == (1, True)
    assert run(store, "runs", "--filter", "seed > 9") == (0, f"No run of {store.root} passes")


def test_the_table_says_what_people_say(store: RunStore) -> None:
    store.write_notes(id_of(store, 1), RunNotes(name="Mine", tags=("a", "b")))
    store.pin_baseline(id_of(store, 1))
    _, output = run(store, "runs", "--filter", "seed == 1")
    assert "★ Mine finished digits mlp set" in output
    assert "test accuracy 50.00% test accuracy 50.00% 2 s a, b" in output


def test_a_run_is_named_tagged_noted_and_pinned(store: RunStore) -> None:
    run_id = id_of(store, 1)
    arguments = ("--name", "Mine", "--tag", "a", "--tag", "b", "--note", "why", "--pin")
    assert run(store, "label", run_id, *arguments) == (0, f"Labelled {run_id}")
    assert store.notes(run_id) == RunNotes(name="Mine", tags=("a", "b"), note="why")
    assert store.baseline == run_id
    assert run(store, "label", "Mine", "--untag", "a", "--unpin")[0] == 0
    assert store.notes(run_id) == RunNotes(name="Mine", tags=("b",), note="why")
    assert store.baseline is None


def test_many_are_tagged_and_one_is_named(store: RunStore) -> None:
    ids = [id_of(store, seed) for seed in (0, 1)]
    assert run(store, "label", *ids, "--tag", "both")[0] == 0
    assert [store.notes(one).tags for one in ids] == [("both",), ("both",)]
    code, output = run(store, "label", *ids, "--name", "Mine")
    assert (code, "are of one run, not of 2" in output) == (1, True)
    code, output = run(store, "label", ids[0])
    assert (code, "there is nothing to change" in output) == (1, True)
    code, output = run(store, "label", ids[0], "--tag", "t" * 41)
    assert (code, "it must be of 1 to 40 characters" in output) == (1, True)
    assert store.notes(ids[0]).tags == ("both",)


def test_are_deleted_restored_and_deleted_for_good(store: RunStore) -> None:
    run_id = id_of(store, 2)
    assert run(store, "delete", run_id) == (0, f"Deleted {run_id} into the trash")
    assert sorted(seeds(store)) == [0, 1]
    assert seeds(store, "--trash") == [2]
    assert run(store, "restore", run_id) == (0, f"Restored {run_id}")
    assert sorted(seeds(store)) == [0, 1, 2]
    code, output = run(store, "delete", run_id, "--for-good")
    assert (code, f"there is no run '{run_id}'" in output) == (1, True), "not out of the store"
    run(store, "delete", run_id)
    assert run(store, "delete", run_id, "--for-good") == (0, f"Deleted {run_id} for good")
    assert not RunTrash(store).records().records


def test_a_run_is_called_by_its_name(store: RunStore) -> None:
    writer = store.create(RecordedConfig(name="theirs"))
    writer.finish(RunStatus.FINISHED)
    assert run(store, "label", "theirs", "--name", "Others") == (0, f"Labelled {writer.run_id}")
    assert run(store, "label", "Others", "--tag", "x") == (0, f"Labelled {writer.run_id}")
    store.write_notes(id_of(store, 0), RunNotes(name="Others"))
    code, output = run(store, "delete", "Others")
    assert code == 1
    assert "several runs are called 'Others'" in output
    assert len(store.records().records) == 4
    for name in ("nobody", ""):
        code, output = run(store, "delete", name)
        assert (code, f"there is no run {name!r}" in output) == (1, True)


def test_one_that_cannot_be_deleted_keeps_no_other_back(store: RunStore) -> None:
    writer = store.create(TrainingConfig(seed=9))
    writer.begin()
    ids = [id_of(store, 0), writer.run_id, id_of(store, 1)]
    code, output = run(store, "delete", *ids)
    assert code == 1
    for run_id in (ids[0], ids[2]):
        assert f"Deleted {run_id} into the trash" in output
    assert "is being trained" in output
    assert sorted(seeds(store)) == [2, 9]
    writer.finish(RunStatus.STOPPED)


def test_the_oldest_or_any_setting_comes_first(store: RunStore) -> None:
    newest_first = seeds(store)
    assert seeds(store, "--ascending") == newest_first[::-1]
    assert sorted(seeds(store, "--sort", "batch_size")) == [0, 1, 2]
