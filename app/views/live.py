"""The live page: start a run, steer it, and watch its wiring change."""

from __future__ import annotations

import streamlit as st

from app.clicks import button, part, whole_page
from app.current_run import current_run, open_run
from app.labels import escaped
from app.live_panel import live_body, live_head, live_section, stage_of
from app.pulse import ANSWER_SECONDS, Stage
from app.run_list import run_list
from app.services import manager, store
from app.settings_panel import settings_panel
from app.story_panel import story_panel
from app.welcome import welcome
from set_engine import DamagedRunError, RunNotFoundError, RunRecord

_PAGE_SECONDS = 3.0  # until a page stands in the browser that opens it


def render() -> None:
    """Draw the page of the run that the URL names."""
    manager().give_way(_PAGE_SECONDS)
    with whole_page():
        _draw_whole(current_run())


def _draw_whole(run_id: str | None) -> None:
    # Asked before the record: a run that ends in between is drawn anew, and one that had ended
    # is drawn as it ended.
    stage = stage_of(run_id) if run_id is not None else None
    record = _record(run_id) if run_id is not None else None
    with st.sidebar:
        _settings(record)
        st.divider()
        if run_id is not None and button("Stories", "stories", icon=":material/school:"):
            open_run(None)
        run_list(run_id)
    if run_id is None:
        welcome()
    elif record is not None:
        _draw(record, stage)


def _draw(record: RunRecord, stage: Stage | None) -> None:
    st.fragment(part(live_head))(record.id, stage)
    story_panel(record)
    st.fragment(part(live_body))(record.id)
    st.fragment(part(live_section))(record.id)


# A fragment, for Streamlit breaks the drawing of a page off when an input asks for another one,
# and forgets what had been put into the fields it had not come to. One of a fragment waits.
@st.fragment
@part
def _settings(shown: RunRecord | None) -> None:
    manager().give_way(ANSWER_SECONDS)
    wanted = settings_panel(shown)
    if wanted is not None:
        config, dataset = wanted
        open_run(manager().start(config, dataset))


def _record(run_id: str) -> RunRecord | None:
    try:
        return store().record(run_id)
    except (RunNotFoundError, DamagedRunError) as error:
        st.error(escaped(f"{error}."), icon=":material/error:")
        if button("Start afresh", "start-afresh"):
            open_run(None)
        return None
