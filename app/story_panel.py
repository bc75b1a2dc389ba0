"""Stories as cards to begin them, and what to look for beside a run of one."""

from __future__ import annotations

import streamlit as st

from app.clicks import button
from app.current_run import open_run
from app.network_choice import EPOCHS_PARAMETER, RUNS_PARAMETER
from app.services import known_records, manager
from app.stories import STORIES, Story, story_of
from app.views import compare
from set_engine import RunRecord

LOOK_AT = "look-at"
"""In the session: the section of the live page that is chosen."""


def story_cards() -> None:
    """A card for each story, whose button begins it."""
    for begin in range(0, len(STORIES), 3):
        for column, story in zip(st.columns(3), STORIES[begin : begin + 3], strict=False):
            with column.container(border=True, height="stretch"):
                _card(story)


def _card(story: Story) -> None:
    st.markdown(f"#### {story.icon} {story.title}")
    st.markdown(story.teaser)
    st.space("stretch")
    st.caption(f"Takes {story.takes}.")
    if button("Begin", f"story-{story.title}", icon=":material/play_arrow:", width="stretch"):
        first, *_ = [manager().start(config) for config in story.configs()]
        st.session_state[LOOK_AT] = story.section
        open_run(first)


def story_panel(record: RunRecord) -> None:
    """What to look for in a run, if it is one of a story."""
    story = story_of(record)
    if story is None:
        return
    with st.expander(f"{story.title} · What to look for", expanded=True, icon=story.icon):
        st.markdown(story.look_for)
        other = _other(record, story)
        if other is not None:
            _ways_to(record, other)


def _other(record: RunRecord, story: Story) -> RunRecord | None:
    """The newest run of the story with its other settings."""
    others = [config for config in story.configs() if config != record.config]
    return next((one for one in known_records().read().records if one.config in others), None)


def _ways_to(record: RunRecord, other: RunRecord) -> None:
    with st.container(horizontal=True):
        if button("Open the other", f"other-of-{record.id}", icon=":material/swap_horiz:"):
            open_run(other.id)
        # A link, which the browser follows: a page that the script switches to is at times taken
        # back by the timer of a fragment of this one.
        st.page_link(
            st.Page(compare.render, url_path=compare.URL_PATH),
            label="Compare the two",
            icon=":material/compare_arrows:",
            query_params={RUNS_PARAMETER: f"{record.id},{other.id}", EPOCHS_PARAMETER: "0"},
        )
