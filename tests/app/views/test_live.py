"""The live page: what is drawn when the run changes while the page is being drawn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.views import live
from set_engine import RunStatus, RunStore, RunWriter, TrainingConfig
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
