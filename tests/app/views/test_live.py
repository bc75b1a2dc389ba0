"""The live page: what is drawn when the run changes while the page is being drawn."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button
from torch import nn

from app.services import analysis_pool
from app.views import live
from set_engine import (
    Recorder,
    RunStatus,
    RunStore,
    RunWriter,
    SparseLinear,
    TrainingConfig,
    record_run,
)
from set_engine.run_record import FailureInfo

FAILURE = FailureInfo(kind="DivergedError", message="the loss became nan", traceback="")


def page() -> None:
    from app.views.live import render

    render()


@pytest.fixture
def writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunWriter]:
    monkeypatch.setenv("SETSCOPE_RUNS", str(tmp_path))
    st.cache_resource.clear()
    yield RunStore(tmp_path).create(TrainingConfig(learning_rate=50.0))
    analysis_pool().close()
    st.cache_resource.clear()


@pytest.mark.parametrize("moment", ["stage_of", "_record", "settings_panel", "run_list"])
def test_a_run_that_ends_while_the_page_is_drawn_is_shown_ended_everywhere(
    writer: RunWriter, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    writer.begin()
    draw, ended = getattr(live, moment), []

    def draw_and_end(*arguments: object) -> object:
        result = draw(*arguments)
        if not ended:
            writer.finish(RunStatus.FAILED, FAILURE)
            ended.append(moment)
        return result

    monkeypatch.setattr(live, moment, draw_and_end)
    drawn = AppTest.from_function(page, default_timeout=60)
    drawn.query_params["run"] = writer.run_id
    drawn.session_state["typed_settings"] = {"learning_rate": 50.0}
    drawn.run()
    assert not drawn.exception
    assert ended == [moment]
    assert "diverged" in " ".join(warning.value for warning in drawn.sidebar.warning)
    assert "Training failed" in " ".join(error.value for error in drawn.error)


def opened(run_id: str, section: str = "Degrees") -> AppTest:
    drawn = AppTest.from_function(page, default_timeout=60)
    drawn.query_params["run"] = run_id
    drawn.session_state["look-at"] = section
    return drawn.run()


@pytest.mark.parametrize("is_over", [False, True])
def test_a_program_may_train_longer_than_it_said(
    writer: RunWriter, tmp_path: Path, is_over: bool
) -> None:
    writer.finish(RunStatus.STOPPED)
    clock = itertools.count(0.0, 5.0).__next__  # 5 s an epoch
    layer = SparseLinear(60, 50, epsilon=2)
    recorder = Recorder(layer, "net", store=tmp_path, epochs=2, clock=clock)
    for _ in range(4):
        recorder.epoch(train_loss=0.5)
    if is_over:
        recorder.close()
    drawn = opened(recorder.run_id)
    assert not drawn.exception
    shown = " ".join(str(one.proto) for one in drawn.main.get("progress"))
    assert "4 of 2" in shown
    assert ("about 0 s left" in shown) is not is_over
    if not is_over:
        recorder.close()


def test_of_layers_that_are_no_chain_no_paths_are_told(writer: RunWriter, tmp_path: Path) -> None:
    writer.finish(RunStatus.STOPPED)
    branches = nn.ModuleList([SparseLinear(60, 50, epsilon=2), SparseLinear(40, 30, epsilon=2)])
    with Recorder(branches, "two branches", store=tmp_path) as recorder:
        for _ in range(3):
            recorder.epoch(train_loss=0.5)
    drawn = opened(recorder.run_id, "Renewal")
    deadline = time.monotonic() + 60
    while not any("epochs old on average" in one.value for one in drawn.caption):
        assert not drawn.exception
        assert time.monotonic() < deadline
        time.sleep(0.2)
        drawn.run()
    (said,) = [one.value for one in drawn.caption if "epochs old on average" in one.value]
    assert said.endswith("of all places have been tried.")


def button_of(drawn: AppTest, label: str) -> Button:
    (found,) = [one for one in drawn.button if one.label == label]
    return found


def test_no_run_is_begun_like_one_of_a_method_that_is_unknown_here(
    writer: RunWriter, tmp_path: Path
) -> None:
    writer.begin()
    writer.finish(RunStatus.FINISHED)
    record = tmp_path / writer.run_id / "run.json"
    record.write_text(record.read_text().replace('"method": "set"', '"method": "my_own"'))
    assert RunStore(tmp_path).record(writer.run_id).config.method == "my_own"
    drawn = opened(writer.run_id)
    assert not drawn.exception
    for label in ("Start over", "Duplicate"):
        found = button_of(drawn, label)
        assert found.disabled
        assert "unknown here; import the module that defines it" in found.help


@pytest.mark.parametrize("method", ["dense", "set"])
def test_of_full_layers_no_heterogeneity_is_told(
    writer: RunWriter, tmp_path: Path, method: str
) -> None:
    writer.finish(RunStatus.STOPPED)
    config = TrainingConfig(hidden=(6,), epsilon=100, epochs=1, method=method)
    other = RunStore(tmp_path).create(config)
    record_run(other, config)
    drawn = opened(other.run_id)
    assert not drawn.exception
    assert not [one for one in drawn.metric if one.label.startswith("Variance/mean")]
    (said,) = [one.value for one in drawn.info if "Every layer is full" in one.value]
    assert ("Lower ε" in said) is (method == "set")


@pytest.mark.parametrize("asked", ["3", "-1", "two"])
def test_a_link_to_an_epoch_that_is_not_recorded_says_so(
    writer: RunWriter, tmp_path: Path, asked: str
) -> None:
    writer.finish(RunStatus.STOPPED)
    config = TrainingConfig(hidden=(20,), epsilon=2, epochs=4, record_every=2)
    other = RunStore(tmp_path).create(config)
    record_run(other, config)
    drawn = AppTest.from_function(page, default_timeout=60)
    drawn.query_params["run"], drawn.query_params["epoch"] = other.run_id, asked
    drawn.run()
    assert not drawn.exception
    (said,) = [one.value.replace("\\", "") for one in drawn.toast]
    assert said.startswith(f"Epoch {asked} is not recorded; 3 are, from 0 to 4.")
    assert "epoch" not in drawn.query_params
