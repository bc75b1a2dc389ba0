"""Which run a session looks at: the one in the URL, so that a link or a reload leads to it."""

from __future__ import annotations

import streamlit as st

_PARAMETER = "run"
_OPENED = "opened-run"  # what was asked for, until the page is drawn anew
_LAST = "last-run"  # what to come back to from another page


def open_run(run_id: str | None) -> None:
    """Draw the page anew with this run, or with none; `current_run` then writes the URL."""
    st.session_state[_OPENED] = run_id
    st.rerun()


def current_run() -> str | None:
    """The run that was just opened, that in the URL, or else the one this session saw last."""
    if _OPENED in st.session_state:
        _write(st.session_state.pop(_OPENED))
    elif _PARAMETER not in st.query_params and _LAST in st.session_state:
        _write(st.session_state[_LAST])
    run_id = st.query_params.get(_PARAMETER)
    if run_id is not None:
        st.session_state[_LAST] = run_id
    return run_id


def _write(run_id: str | None) -> None:
    if run_id is not None:
        st.query_params[_PARAMETER] = run_id
        return
    st.query_params.clear()
    st.session_state.pop(_LAST, None)
