"""What the other pages need, made ready while a reader looks at the first."""

from __future__ import annotations

import threading
from importlib import import_module

import streamlit as st

from app.run_index import RunIndex
from app.services import run_index

_SECONDS = 3.0  # the first page is drawn by then, and has the cores for itself until then


@st.cache_resource
def prepare_pages() -> None:
    """Begin with it once per server, before long."""
    timer = threading.Timer(_SECONDS, make_ready, [run_index()])
    timer.daemon = True
    timer.start()


def make_ready(index: RunIndex) -> None:
    """Load what Streamlit makes its tables with, and read what the runs came to."""
    for name in ("pandas", "pyarrow"):
        import_module(name)
    index.read()
