"""What the URL says after its question mark, so that a link or a reload leads to the same view.

Streamlit runs the answers to two quick inputs side by side: the script of the first is told to
stop, and goes on to its next look into the session. The parameters are the session's, so that it
could put its own into the URL of the page that the second input leads to. Each change here gives
way first.

An input that was on its way comes with the URL of before, and Streamlit takes that for the URL of
now. So what the browser was told a moment ago counts as well: it is told again where both differ.
"""

from __future__ import annotations

import time

import streamlit as st

from app.session import give_way, kept

STALE_SECONDS = 5.0
"""How long an input may still come with the URL of before."""

_TOLD = "told-parameters"  # in the session: name -> (value or None, when)


def parameter(name: str) -> str:
    """What the URL says under this name; empty where it says nothing."""
    found: str = st.query_params.get(name, "")
    return found


def put_parameter(name: str, value: str) -> None:
    """Have the URL say it."""
    give_way()
    if st.query_params.get(name) != value or not _was_told(name, value):
        _note(name, value)  # first: a script that is stopped in between has told it
        st.query_params[name] = value


def drop_parameters(*names: str) -> None:
    """Have the URL say nothing under these names."""
    give_way()
    said = st.query_params.to_dict()
    if any(name in said or not _was_told(name, None) for name in names):
        for name in names:
            _note(name, None)
        st.query_params.from_dict({name: said[name] for name in said if name not in names})


def _was_told(name: str, value: str | None) -> bool:
    """Whether the browser was told nothing else lately."""
    told: tuple[str | None, float] | None = kept(_TOLD).get(name)
    if told is None or time.monotonic() - told[1] > STALE_SECONDS:
        return True
    return told[0] == value


def _note(name: str, value: str | None) -> None:
    kept(_TOLD)[name] = value, time.monotonic()
