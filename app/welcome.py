"""What the live page shows before a run is chosen: stories to begin, and example runs to open."""

from __future__ import annotations

import streamlit as st

from app.clicks import button
from app.current_run import open_run
from app.degree_panel import course_of_side
from app.examples import is_example
from app.services import known_records, reader
from app.stories import story_of
from app.story_panel import story_cards
from set_engine import DamagedRunError, RunNotFoundError, RunRecord


def welcome() -> None:
    """Draw it."""
    st.title("Watch a sparse network wire itself")
    st.markdown(
        "A network of sparse layers learns; after every epoch, **Sparse Evolutionary Training** "
        "removes its weakest connections and grows as many new ones at random. Begin a story, or "
        "choose settings at the left and press **Train**."
    )
    story_cards()
    records = sorted(known_records().read().records, key=lambda record: record.id)
    examples = [record for record in records if is_example(record.id)]
    if examples:
        st.subheader("Already trained, to look at")
        for column, record in zip(st.columns(len(examples)), examples, strict=True):
            with column.container(border=True):
                _example(record)


def _example(record: RunRecord) -> None:
    story = story_of(record)
    st.markdown(f"**{story.title if story else record.id}**")
    try:
        view = reader(record.id).read(budget_seconds=2.0)
    except (RunNotFoundError, DamagedRunError):
        st.caption("It cannot be read any more.")
        return
    course_of_side(view, 0, "in", None, f"course-{record.id}")
    if button("Open this run", f"open-example-{record.id}", icon=":material/open_in_new:"):
        open_run(record.id)
