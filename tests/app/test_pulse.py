"""The page of a run asks for what is new when there should be something."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.pulse import Stage
from app.run_reader import RunReader
from set_engine import (
    EpochMetrics,
    RunManager,
    RunStatus,
    RunStore,
    RunWriter,
    TrainingConfig,
)
from topology import LayerTopology, TopologySnapshot


def page() -> None:
    import streamlit as st

    from app.pulse import pulse_of_body, pulse_of_head
    from app.services import reader

    view = reader(st.query_params["run"]).read(budget_seconds=60)
    pulse_of_body(view)
    pulse_of_head(view)


@pytest.fixture
def writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunWriter]:
    monkeypatch.setenv("SETSCOPE_RUNS", str(tmp_path))
    st.cache_resource.clear()
    writer = RunStore(tmp_path).create(TrainingConfig())
    yield writer
    writer.finish(RunStatus.STOPPED)
    st.cache_resource.clear()


def epoch(number: int) -> EpochMetrics:
    numbers = dict.fromkeys(("train_loss", "test_loss", "train_accuracy", "test_accuracy"), 0.5)
    return EpochMetrics(
        epoch=number, step=number, seconds=9.0, n_connections=2, replaced=0, **numbers
    )


def wiring(number: int) -> TopologySnapshot:
    return TopologySnapshot((LayerTopology([0, 1, 2], [0, 1], 2, 2),), epoch=number)


def waits(writer: RunWriter) -> list[float]:
    """Seconds after which the head asks again; empty if it does not."""
    drawn = AppTest.from_function(page, default_timeout=60)
    drawn.query_params["run"] = writer.run_id
    drawn.run()
    assert not drawn.exception
    found = [json.loads(one.proto.json) for one in drawn.get("bidi_component")]
    return [data["milliseconds"] / 1000 for data in found if data["part"] == "head"]


def test_of_a_run_that_goes_on_the_browser_asks_again(writer: RunWriter) -> None:
    writer.begin()
    writer.snapshot(wiring(0))
    writer.epoch(epoch(1))
    (seconds,) = waits(writer)
    assert 0.3 <= seconds <= 2.0


def test_of_one_that_is_held_it_asks_seldom(writer: RunWriter) -> None:
    writer.begin()
    writer.snapshot(wiring(0))
    writer.paused(True)
    assert waits(writer) == [2.0]


def test_of_one_that_is_over_it_asks_no_more(writer: RunWriter) -> None:
    writer.begin()
    writer.snapshot(wiring(0))
    writer.finish(RunStatus.FINISHED)
    assert waits(writer) == []


def test_the_page_is_drawn_anew_for_another_status_and_each_epoch_of_a_held_run(
    tmp_path: Path, writer: RunWriter
) -> None:
    def stage() -> Stage:
        return Stage.of(RunReader(RunStore(tmp_path), writer.run_id).glance())

    writer.begin()
    writer.epoch(epoch(1))
    running = stage()
    writer.epoch(epoch(2))
    assert stage() == running
    writer.paused(True)
    held = stage()
    assert held != running
    writer.epoch(epoch(3))
    assert stage() != held


def section() -> None:
    from app.pulse import inputs_come_first

    inputs_come_first("section")


def test_a_training_gives_way_to_the_reader_and_not_to_the_page_itself(
    writer: RunWriter,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[float] = []
    monkeypatch.setattr(RunManager, "give_way", lambda _self, seconds: given.append(seconds))
    drawn = AppTest.from_function(section, default_timeout=60)
    drawn.session_state["beaten"] = {"section", "body"}  # as the pulses note it
    for n_inputs in (0, 1, 2):
        drawn.run()
        assert not drawn.exception
        assert given == [1.0] * n_inputs
    assert drawn.session_state["beaten"] == {"body"}
