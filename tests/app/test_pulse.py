"""The page of a run asks for what is new when there should be something."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.pulse import Stage, _Drawn
from app.replay import Replay
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


def epoch(number: int, seconds: float = 9.0) -> EpochMetrics:
    numbers = dict.fromkeys(("train_loss", "test_loss", "train_accuracy", "test_accuracy"), 0.5)
    return EpochMetrics(
        epoch=number, step=number, seconds=seconds, n_connections=2, replaced=0, **numbers
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


def looks(writer: RunWriter, **state: object) -> dict[str, object]:
    """What the head gives its pulse once the body was drawn, or was drawn as `state` says."""

    def head() -> None:
        import streamlit as st

        from app.pulse import is_drawn_before_long, pulse_of_head
        from app.services import reader

        view = reader(st.query_params["run"]).read(budget_seconds=60)
        st.session_state["before-long"] = is_drawn_before_long(view)
        pulse_of_head(view)

    drawn = AppTest.from_function(head, default_timeout=60)
    drawn.query_params["run"] = writer.run_id
    for name, value in state.items():
        drawn.session_state[name] = value
    drawn.run()
    assert not drawn.exception
    (found,) = [json.loads(one.proto.json) for one in drawn.get("bidi_component")]
    return found | {"before-long": drawn.session_state["before-long"]}


def body(writer: RunWriter, *, n_epochs: int, is_complete: bool = True) -> dict[str, object]:
    """That the body was drawn a minute ago."""
    return {"drawn-body": _Drawn(writer.run_id, time.monotonic() - 60, n_epochs, is_complete)}


@pytest.mark.parametrize("is_held", [True, False])
@pytest.mark.parametrize("is_looked_back_at", [True, False])
def test_what_was_recorded_is_read_on_to_its_end(
    writer: RunWriter, is_held: bool, is_looked_back_at: bool
) -> None:
    writer.begin()
    for number in range(3):
        writer.snapshot(wiring(number))
    writer.epoch(epoch(1))
    writer.paused(is_held)
    look = {f"replay-of-{writer.run_id}": Replay((0, 1, 2), 1)} if is_looked_back_at else {}
    unread = looks(writer, **body(writer, n_epochs=1, is_complete=False), **look)
    assert unread["follower"] == "body"
    assert str(unread["shows"]).startswith("more at")
    assert looks(writer, **body(writer, n_epochs=1), **look)["follower"] is None


def test_what_another_session_has_read_is_drawn_here_too(writer: RunWriter) -> None:
    writer.begin()
    writer.snapshot(wiring(0))
    writer.epoch(epoch(1))
    writer.finish(RunStatus.FINISHED)
    partly = looks(writer, **body(writer, n_epochs=1, is_complete=False))
    assert partly["follower"] == "body"
    assert partly["milliseconds"] is not None


def test_a_body_that_is_about_to_be_drawn_whole_is_not_drawn_twice(writer: RunWriter) -> None:
    writer.begin()
    writer.snapshot(wiring(0))
    writer.epoch(epoch(1))
    found = looks(writer)  # nothing was drawn before
    assert found["shows"] == found["drawn"], "what the body will show anyway"


def test_an_epoch_that_ends_while_one_looks_back_is_not_drawn(writer: RunWriter) -> None:
    writer.begin()
    writer.snapshot(wiring(0))
    writer.epoch(epoch(1))
    state = body(writer, n_epochs=0)
    assert looks(writer, **state)["follower"] == "body"
    look = {f"replay-of-{writer.run_id}": Replay((0, 1), 1)}
    assert looks(writer, **state, **look)["follower"] is None


def test_a_run_that_is_held_looked_back_at_or_slow_is_not_drawn_before_long(
    writer: RunWriter,
) -> None:
    writer.begin()
    writer.snapshot(wiring(0))
    writer.epoch(epoch(1, seconds=0.5))
    state = body(writer, n_epochs=1)
    assert looks(writer, **state)["before-long"]
    look = {f"replay-of-{writer.run_id}": Replay((0, 1), 1)}
    assert not looks(writer, **state, **look)["before-long"]
    writer.paused(True)
    assert not looks(writer, **state)["before-long"]
    writer.paused(False)
    writer.epoch(epoch(2))  # of nine seconds
    assert not looks(writer, **body(writer, n_epochs=2))["before-long"]


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
