"""The parts of the page of a run, each of which can be drawn anew by itself.

They stand beside each other. Of one within another, Streamlit may be asked to draw the inner first
and then the outer, and then refuses the inner's inputs for standing there twice.
"""

from __future__ import annotations

import streamlit as st
from streamlit.errors import StreamlitAPIException

HEAD, BODY, SECTION = "live-head", "live-body", "live-section"
"""Keys of the fragments."""


def redraw(*parts: str) -> None:
    """Of an input's callback: draw these parts anew, and not only the one that the input is in.

    Args:
        *parts: some of `HEAD`, `BODY` and `SECTION`, in the order of drawing.
    """
    try:
        st.rerun(list(parts))
    except StreamlitAPIException:
        return  # they are not on the page, and whatever is there is drawn as after any input
