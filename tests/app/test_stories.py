"""Stories can be begun, and the runs that come with the program are runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.examples import FOLDER, add_examples, is_example
from app.live_panel import SECTIONS
from app.run_reader import RunReader
from app.stories import STORIES, Story, story_of
from set_engine import RecordedConfig, RunRecord, RunStatus, RunStore, RunTrash, TrainingConfig
from topology import load_topology


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.title)
def test_a_run_is_known_by_its_settings(story: Story) -> None:
    assert story.section in SECTIONS
    for config in story.configs():
        record = RunRecord(id="a", config=config)
        assert story_of(record) == story
        other = config.model_copy(update={"seed": 999})
        assert story_of(record.model_copy(update={"config": other})) is None


def test_a_program_of_its_own_tells_no_story() -> None:
    assert story_of(RunRecord(id="a", config=RecordedConfig(name="mine"))) is None


def test_the_examples_are_few_bytes() -> None:
    assert 0 < sum(path.stat().st_size for path in FOLDER.glob("*.zip")) < 2_000_000


def test_an_empty_store_is_given_the_examples(tmp_path: Path) -> None:
    store = RunStore(tmp_path / "runs")
    add_examples(store)
    records = store.records()
    assert records.problems == ()
    assert len(records.records) == len(list(FOLDER.glob("*.zip"))) == 2
    for record in records.records:
        assert is_example(record.id)
        assert record.status is RunStatus.FINISHED
        assert story_of(record) is not None
        view = RunReader(store, record.id).read(budget_seconds=60)
        assert view.problems == ()
        assert view.is_complete
        assert view.metrics[-1].epoch == view.recorded[-1] == 1500
        assert len(view.recorded) >= 40
    heterogeneity = {
        record.id: RunReader(store, record.id).read(budget_seconds=60).dispersion["in"][-2, 0]
        for record in records.records
    }
    assert heterogeneity["example-hubs-emerge"] > 4
    assert heterogeneity["example-no-hubs"] < 2


def test_a_store_with_runs_is_left_as_it_is(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    writer = store.create(TrainingConfig())
    writer.finish(RunStatus.STOPPED)
    add_examples(store)
    assert [record.id for record in store.records().records] == [writer.run_id]


def test_examples_that_were_deleted_stay_away(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    trash = RunTrash(store)
    add_examples(store)
    for record in store.records().records:
        trash.put(record.id)
        trash.delete(record.id)
    add_examples(store)
    assert store.records().records == ()


def test_examples_are_added_once(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    add_examples(store)
    path = tmp_path / "example-no-hubs" / "topology" / "epoch_001500.npz"
    before = path.stat().st_mtime_ns, load_topology(path)
    add_examples(store)
    assert (path.stat().st_mtime_ns, load_topology(path)) == before
    assert not [one for one in tmp_path.iterdir() if one.name.startswith(".")]
