"""Which run a session looks at: the one in the URL, so that a link or a reload leads to it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import streamlit as st

from app.parameters import STALE_SECONDS, drop_parameters, put_parameter

EPOCH_PARAMETER = "epoch"
"""In the URL: the epoch of the run that is looked back at."""

_PARAMETER = "run"
_OF_A_RUN = (_PARAMETER, EPOCH_PARAMETER)
_OPENED = "opened-run"  # what was asked for, until the browser's URL says it
_LAST = "last-run"  # what to come back to from another page


@dataclass
class _Opened:
    run_id: str | None
    written_at: float | None = None

    def is_over(self, in_url: str | None) -> bool:
        """Whether what the URL says counts again: it says this run, or had the time to."""
        if self.written_at is None:
            return False
        return in_url == self.run_id or time.monotonic() - self.written_at > STALE_SECONDS


def open_run(run_id: str | None) -> None:
    """Draw the page anew with this run, or with none; `current_run` then writes the URL."""
    st.session_state[_OPENED] = _Opened(run_id)
    st.rerun()


def current_run() -> str | None:
    """The run that was just opened, that in the URL, or else the one this session saw last.

    An input that was on its way when the URL was written brings the URL of before, and would lead
    back to the run of before: until the browser is seen to know the new one, that one stands.
    """
    opened: _Opened | None = st.session_state.get(_OPENED)
    if opened is not None and opened.is_over(st.query_params.get(_PARAMETER)):
        del st.session_state[_OPENED]
        opened = None
    if opened is not None:
        _write(opened.run_id)
        opened.written_at = opened.written_at or time.monotonic()
    elif _PARAMETER not in st.query_params and _LAST in st.session_state:
        _write(st.session_state[_LAST])
    run_id = st.query_params.get(_PARAMETER)
    if run_id is not None:
        st.session_state[_LAST] = run_id
    return run_id


def _write(run_id: str | None) -> None:
    if run_id is None:
        st.session_state.pop(_LAST, None)
        drop_parameters(*_OF_A_RUN)
        return
    is_other = st.query_params.get(_PARAMETER) != run_id
    put_parameter(_PARAMETER, run_id)  # first: at no time does the URL say no run
    if is_other:
        drop_parameters(EPOCH_PARAMETER)  # of the run before
