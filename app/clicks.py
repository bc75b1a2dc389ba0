"""Buttons whose click is never lost.

Streamlit tells only the next run of the script that a button was pressed. A run that ends before
it comes to the button, for something above it asks for the page to be drawn anew, loses the click.
Callbacks come before everything: they note the click, and it stands until the button has said it.
"""

from __future__ import annotations

import math
import time
from typing import Any

import streamlit as st

_LASTS = 10.0  # seconds; who comes back from another page later did not mean it any more


def button(label: str, key: str, **options: Any) -> bool:
    """Draw a button; whether it was pressed since it was last asked.

    Args:
        label: as for `st.button`.
        key: of this button alone.
        **options: others of `st.button`, without a callback.
    """
    st.button(label, key=key, on_click=_note, args=(key,), **options)
    return was_pressed(key)


def was_pressed(key: str) -> bool:
    """Whether a button was pressed since it was last asked; to know it before it is drawn."""
    clicked_at: float = st.session_state.pop(_name(key), -math.inf)
    return time.monotonic() - clicked_at < _LASTS


def _name(key: str) -> str:
    return f"pressed-{key}"


def _note(key: str) -> None:
    st.session_state[_name(key)] = time.monotonic()
