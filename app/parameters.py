"""What the URL says after its question mark, so that a link or a reload leads to the same view.

Streamlit runs the answers to two quick inputs side by side: the script of the first is told to
stop, and goes on to its next look into the session. The parameters are the session's, so that it
could put its own into the URL of the page that the second input leads to. Each change here gives
way first.
"""

from __future__ import annotations

import streamlit as st


def parameter(name: str) -> str:
    """What the URL says under this name; empty where it says nothing."""
    found: str = st.query_params.get(name, "")
    return found


def put_parameter(name: str, value: str) -> None:
    """Have the URL say it."""
    _give_way()
    if st.query_params.get(name) != value:
        st.query_params[name] = value


def drop_parameters(*names: str) -> None:
    """Have the URL say nothing under these names."""
    _give_way()
    for name in names:
        st.query_params.pop(name, None)


def _give_way() -> None:
    """Stop here if this script was told to: it does so when it looks into the session."""
    _ = "any key" in st.session_state
