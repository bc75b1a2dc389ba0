"""The page of runs, as far as a browser is not needed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import streamlit as st
from drawn_charts import charts_of
from streamlit.testing.v1 import AppTest

from set_engine import (
    EpochMetrics,
    RunNotes,
    RunStatus,
    RunStore,
    RunTrash,
    TrainingConfig,
)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunStore]:
    """Three runs of seeds 0, 1 and 2, whose accuracies are 0.5, 0.6 and 0.7."""
    store = RunStore(tmp_path / "runs")
    for seed in range(3):
        writer = store.create(TrainingConfig(seed=seed, epochs=1))
        writer.epoch(
            EpochMetrics(
                epoch=1,
                step=1,
                test_accuracy=0.5 + seed / 10,
                seconds=2.0,
                n_connections=9,
                replaced=0,
            )
        )
        writer.finish(RunStatus.FINISHED)
    monkeypatch.setenv("SETSCOPE_RUNS", str(store.root))
    st.cache_resource.clear()
    yield store
    st.cache_resource.clear()


def page() -> None:
    from app.views.runs import render

    render()


def opened(*selected: str, **parameters: str) -> AppTest:
    drawn = AppTest.from_function(page, default_timeout=60)
    drawn.query_params["selected"] = ",".join(selected)
    for name, value in parameters.items():
        drawn.query_params[name] = value
    drawn.run()
    assert not drawn.exception
    return drawn


def id_of(store: RunStore, seed: int) -> str:
    (found,) = [one.id for one in store.records().records if one.config.seed == seed]
    return found


def seeds(drawn: AppTest) -> set[int]:
    return set(drawn.dataframe[0].value["Seed"]) if drawn.dataframe else set()


def press(drawn: AppTest, label: str) -> AppTest:
    (button,) = [one for one in drawn.button if one.label == label]
    drawn = button.click().run()
    assert not drawn.exception
    return drawn


def test_says_of_each_run_what_it_came_to(store: RunStore) -> None:
    store.write_notes(id_of(store, 1), RunNotes(name="Mine", tags=("a", "b"), note="why"))
    store.pin_baseline(id_of(store, 1))
    rows = opened().dataframe[0].value.set_index("Seed")
    mine = rows.loc[1]
    assert (mine["Run"], list(mine["Tags"]), mine["Note"], mine[""]) == (
        "Mine",
        ["a", "b"],
        "why",
        "★",
    )
    assert (mine["Last"], mine["Best"], mine["Connections"]) == (0.6, 0.6, 9)
    assert (mine["Epochs"], mine["of"], mine["Seconds"]) == (1, 1, 2.0)
    assert (mine["Method"], mine["Model"], mine["Data"]) == ("set", "mlp", "digits")
    assert rows.loc[0, "Run"] == "digits · MLP 256-256-256 · set"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {0, 1, 2}),
        ("best_accuracy >= 0.6", {1, 2}),
        ("seed == 0 or accuracy > 0.65", {0, 2}),
        ("digits", {0, 1, 2}),
        ("'paper' in tags", {2}),
        ("seed > 7", set()),
        ("batch_size > 0 and optimizer == 'sgd'", {0, 1, 2}),
    ],
)
def test_shows_what_passes_the_filter_of_the_link(
    store: RunStore, text: str, expected: set[int]
) -> None:
    store.write_notes(id_of(store, 2), RunNotes(tags=("paper",)))
    drawn = opened(filter=text)
    assert seeds(drawn) == expected
    assert drawn.caption[0].value == f"{len(expected)} of 3 runs"


@pytest.mark.usefixtures("store")
def test_a_filter_that_is_none_is_said_and_hides_nothing() -> None:
    drawn = opened()
    drawn.text_input("run-filter").set_value("colour == 'red'").run()
    assert "'colour' is no fact of a run" in drawn.error[0].value
    assert seeds(drawn) == {0, 1, 2}
    assert drawn.query_params["filter"] == "colour == 'red'"


def test_a_run_is_named_tagged_and_noted(store: RunStore) -> None:
    run_id = id_of(store, 0)
    drawn = opened(run_id)
    name, tags = drawn.text_input[1], drawn.text_input[2]
    assert (name.label, tags.label) == ("Name", "Tags")
    name.set_value("First")
    tags.set_value("x, y ,x")
    drawn.text_area[0].set_value("A note")
    press(drawn, "Save")
    assert store.notes(run_id) == RunNotes(name="First", tags=("x", "y"), note="A note")


def test_what_cannot_be_kept_is_said_and_changes_nothing(store: RunStore) -> None:
    run_id = id_of(store, 0)
    store.write_notes(run_id, RunNotes(name="Before"))
    drawn = opened(run_id)
    drawn.text_input[2].set_value("t" * 41)
    press(drawn, "Save")
    assert "it must be of 1 to 40 characters" in drawn.error[0].value
    assert store.notes(run_id) == RunNotes(name="Before")


def test_many_runs_are_given_a_tag_beside_their_own(store: RunStore) -> None:
    first, second = id_of(store, 0), id_of(store, 1)
    store.write_notes(first, RunNotes(name="N", tags=("own",)))
    drawn = opened(first, second)
    drawn.text_input[1].set_value("both")
    press(drawn, "Add")
    assert store.notes(first) == RunNotes(name="N", tags=("own", "both"))
    assert store.notes(second) == RunNotes(tags=("both",))


def test_a_baseline_is_pinned_and_taken_off(store: RunStore) -> None:
    run_id = id_of(store, 2)
    drawn = press(opened(run_id), "Pin as baseline")
    assert store.baseline == run_id
    press(drawn, "Unpin")
    assert store.baseline is None


def test_runs_are_deleted_and_restored(store: RunStore) -> None:
    gone = {id_of(store, 0), id_of(store, 2)}
    drawn = press(opened(*gone), "Delete")
    assert seeds(drawn) == {1}
    assert {one.id for one in RunTrash(store).records().records} == gone
    assert "Trash (2)" in [one.label for one in drawn.expander]
    drawn.multiselect("deleted-runs").set_value([id_of(RunStore(store.root / ".trash"), 2)]).run()
    drawn = press(drawn, "Restore")
    assert seeds(drawn) == {1, 2}
    drawn = press(drawn, "Restore")  # all that are left
    assert seeds(drawn) == {0, 1, 2}
    assert not RunTrash(store).records().records


def test_deleting_for_good_is_allowed_first(store: RunStore) -> None:
    drawn = press(opened(id_of(store, 1)), "Delete")
    (button,) = [one for one in drawn.button if one.label == "Delete for good"]
    assert button.disabled
    allow(drawn)
    press(drawn, "Delete for good")
    assert not RunTrash(store).records().records
    assert len(store.records().records) == 2


def allow(drawn: AppTest) -> None:
    (box,) = [one for one in drawn.checkbox if one.label == "Allow deleting for good"]
    box.check().run()


@pytest.mark.parametrize("button", ["Delete for good", "Restore"])
def test_a_second_click_does_not_meet_the_runs_that_are_left(store: RunStore, button: str) -> None:
    drawn = press(opened(*(id_of(store, seed) for seed in range(3))), "Delete")
    chosen = RunTrash(store).records().records[0].id
    drawn.multiselect("deleted-runs").set_value([chosen]).run()
    allow(drawn)
    (pressed,) = [one for one in drawn.button if one.label == button]
    pressed.click().run()
    again = time.monotonic()
    drawn.session_state["clicked"] = {pressed.key: again}  # as its second click is noted
    drawn.run()
    left = [one.id for one in RunTrash(store).records().records]
    assert len(left) == 2
    assert chosen not in left


def test_a_second_click_does_not_delete_what_is_chosen_next(store: RunStore) -> None:
    first, second = id_of(store, 0), id_of(store, 1)
    drawn = opened(first)
    (pressed,) = [one for one in drawn.button if one.label == "Delete"]
    pressed.click().run()
    drawn.session_state["clicked"] = {pressed.key: time.monotonic()}
    drawn.query_params["selected"] = second
    drawn.run()
    assert [one.id for one in RunTrash(store).records().records] == [first]


def test_a_run_that_is_trained_is_not_deleted(store: RunStore) -> None:
    writer = store.create(TrainingConfig(seed=9))
    writer.begin()
    drawn = press(opened(writer.run_id), "Delete")
    assert any("is being trained" in one.value for one in drawn.toast)
    assert 9 in seeds(drawn)
    writer.finish(RunStatus.STOPPED)


def points(drawn: AppTest) -> set[str]:
    return {run_id for trace in charts_of(drawn)["facts"]["data"] for run_id in trace["ids"]}


def test_the_points_are_the_runs_that_pass_and_the_baseline(store: RunStore) -> None:
    ids = {seed: id_of(store, seed) for seed in range(3)}
    drawn = opened(plot="Facts", x="seed", filter="seed > 0")
    assert points(drawn) == {ids[1], ids[2]}
    drawn.text_input("run-filter").set_value("seed < 2").run()
    assert points(drawn) == {ids[0], ids[1]}
    store.pin_baseline(ids[2])
    assert points(drawn.run()) == set(ids.values())


@pytest.mark.usefixtures("store")
def test_the_axes_stay_whatever_the_filter_leaves() -> None:
    drawn = opened(plot="Facts", x="seed", log="xy")
    layout = charts_of(drawn)["facts"]["layout"]
    assert (layout["xaxis"]["title"]["text"], layout["xaxis"]["type"]) == ("Seed", "log")
    assert "1 of 3 runs have no place on both axes" in drawn.caption[-1].value
    drawn.text_input("run-filter").set_value("seed > 7").run()
    assert charts_of(drawn) == {}
    drawn.text_input("run-filter").set_value("").run()
    assert charts_of(drawn)["facts"]["layout"] == layout
    assert (drawn.query_params["x"], drawn.query_params["log"]) == ("seed", "xy")
    drawn = opened(plot="Facts", y="loss")
    assert charts_of(drawn) == {}
    assert any("None of these runs has a place" in one.value for one in drawn.info)


def test_links_lead_to_comparisons(store: RunStore) -> None:
    def link(drawn: AppTest) -> str:
        return unquote(drawn.get("page_link")[-1].proto.query_string)

    ids = [id_of(store, seed) for seed in (2, 1, 0)]
    assert link(opened()) == f"runs={','.join(ids)}"
    assert link(opened(filter="seed < 2")) == f"runs={','.join(ids[1:])}"
    store.pin_baseline(ids[0])
    assert link(opened(ids[2])) == f"runs={ids[0]},{ids[2]}"


def test_the_curves_are_those_of_the_runs_that_pass(store: RunStore) -> None:
    def names(drawn: AppTest) -> list[str]:
        return [trace["name"] for trace in charts_of(drawn)["compared-curves"]["data"]]

    drawn = opened(plot="Learning curves", filter="seed > 0")
    (grouped,) = [name for name in names(drawn) if name != "± 1 s.d."]
    assert "(2 seeds)" in grouped
    drawn.text_input("run-filter").set_value("seed == 1").run()
    store.pin_baseline(id_of(store, 0))
    drawn.toggle("group-seeds").set_value(False).run()
    assert names(drawn) == ["★ seed 0", "seed 1"]


@pytest.mark.usefixtures("store")
def test_no_plot_is_drawn_that_nobody_asked_for() -> None:
    assert charts_of(opened()) == {}


def test_an_empty_store_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SETSCOPE_RUNS", str(tmp_path))
    monkeypatch.setattr("app.services.add_examples", lambda _: None)
    st.cache_resource.clear()
    assert "There are no runs" in opened().info[0].value
    st.cache_resource.clear()
