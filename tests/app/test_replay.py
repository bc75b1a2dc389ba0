"""Looking back at a run: the player's steps, and what the page shows of an earlier epoch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.replay import Replay, as_of
from app.run_reader import RunReader
from set_engine import RunStore, TrainingConfig, record_run

CONFIG = TrainingConfig(hidden=(24, 20), epsilon=2, epochs=6, record_every=2)
EPOCHS = (0, 2, 4, 6)


def page() -> None:
    from app.views.live import render

    render()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunStore]:
    monkeypatch.setenv("SETSCOPE_RUNS", str(tmp_path))
    st.cache_resource.clear()
    store = RunStore(tmp_path)
    record_run(store.create(CONFIG), CONFIG)
    yield store
    st.cache_resource.clear()


@pytest.fixture
def run_id(store: RunStore) -> str:
    return store.records().records[0].id


@pytest.fixture
def drawn(run_id: str) -> AppTest:
    drawn = AppTest.from_function(page, default_timeout=60)
    drawn.query_params["run"] = run_id
    return drawn.run()


def degrees_heading(drawn: AppTest) -> str:
    (heading,) = [one.value for one in drawn.subheader if one.value.startswith("Degrees")]
    return heading


def metric(drawn: AppTest, label: str) -> str:
    (value,) = [one.value for one in drawn.metric if one.label == label]
    return value


class TestPlayer:
    def test_goes_through_all_of_a_few_epochs_and_stops(self):
        replay, seen = Replay((0, 3, 8), 0, is_playing=True), []
        while replay.is_playing:
            replay = replay.next()
            seen.append(replay.epoch)
        assert seen == [3, 8]

    def test_goes_through_some_sixty_of_many(self):
        replay, steps = Replay(tuple(range(1000)), 0, is_playing=True), 0
        while replay.is_playing:
            replay, steps = replay.next(), steps + 1
        assert replay.epoch == 999
        assert 55 <= steps <= 70

    def test_each_step_has_a_slider_of_its_own(self):
        replay = Replay((0, 3, 8), 0, is_playing=True)
        assert replay.next().turn == 1
        assert replay.next().next().turn == 2


def test_a_run_as_it_was(store, run_id):
    view = RunReader(store, run_id).read(10)
    assert view.recorded == EPOCHS
    then = as_of(view, store.snapshot(run_id, 4))
    assert [row.epoch for row in then.metrics] == [1, 2, 3, 4]
    assert then.latest.epoch == 4
    assert then.dispersion_epochs.tolist() == [0, 2, 4]
    assert (then.dispersion["in"] == view.dispersion["in"][:3]).all()
    assert view.latest.epoch == 6


def test_a_wiring_is_read_once(store, run_id, monkeypatch):
    reader, read = RunReader(store, run_id), []
    reader.read(10)
    load = store.snapshot
    monkeypatch.setattr(store, "snapshot", lambda *wanted: read.append(wanted) or load(*wanted))
    assert [reader.wiring(epoch).epoch for epoch in (2, 2, 0, 6, 2)] == [2, 2, 0, 6, 2]
    assert read == [(run_id, 2)]


class TestPage:
    def test_shows_the_run_as_it_is_until_one_looks_back(self, drawn):
        assert degrees_heading(drawn) == "Degrees at epoch 6"
        assert "epoch" not in drawn.query_params

    def test_every_number_follows_the_slider(self, drawn, store, run_id):
        (look_back,) = [one for one in drawn.button if one.label == "Look back"]
        look_back.click().run()
        (slider,) = [one for one in drawn.select_slider if one.label == "Epoch"]
        assert slider.value == 6
        slider.set_value(2).run()
        assert not drawn.exception
        assert degrees_heading(drawn) == "Degrees at epoch 2"
        _, rows = store.metrics(run_id)
        assert metric(drawn, "Test accuracy") == f"{rows[1].test_accuracy:.2%}"
        layers = store.snapshot(run_id, 2).layers[:2]
        assert metric(drawn, "Sparse connections") == f"{sum(x.n_connections for x in layers):,}"
        assert drawn.query_params["epoch"] == "2"
        (now,) = [one for one in drawn.button if one.label == "Back to now"]
        now.click().run()
        assert degrees_heading(drawn) == "Degrees at epoch 6"
        assert "epoch" not in drawn.query_params

    def test_a_link_leads_to_the_epoch(self, run_id):
        drawn = AppTest.from_function(page, default_timeout=60)
        drawn.query_params["run"] = run_id
        drawn.query_params["epoch"] = "4"
        assert degrees_heading(drawn.run()) == "Degrees at epoch 4"

    def test_one_that_cannot_be_read_is_named_and_the_run_shown_as_it_is(self, run_id, monkeypatch):
        monkeypatch.setattr(RunReader, "wiring", lambda *_: None)
        drawn = AppTest.from_function(page, default_timeout=60)
        drawn.query_params["run"] = run_id
        drawn.query_params["epoch"] = "4"
        drawn.run()
        warnings = [one.value for one in drawn.warning]
        assert "The wiring of epoch 4 cannot be read." in warnings
        assert degrees_heading(drawn) == "Degrees at epoch 6"

    @pytest.mark.parametrize("epoch", ["3", "x", "-1", "99999"])
    def test_but_not_to_one_that_is_not_recorded(self, run_id, epoch):
        drawn = AppTest.from_function(page, default_timeout=60)
        drawn.query_params["run"] = run_id
        drawn.query_params["epoch"] = epoch
        assert degrees_heading(drawn.run()) == "Degrees at epoch 6"

    def test_play_goes_on_by_itself_to_the_end(self, drawn):
        for label in ("Look back", "Play epochs"):
            next(one for one in drawn.button if one.label == label).click().run()
        seen = [degrees_heading(drawn)]
        while any(one.label == "Hold here" for one in drawn.button):
            seen.append(degrees_heading(drawn.run()))
        assert seen == [f"Degrees at epoch {epoch}" for epoch in (0, 2, 4, 6)]
        assert not drawn.exception
