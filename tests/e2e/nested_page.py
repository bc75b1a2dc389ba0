"""A part within a part, which both are drawn for the first time while a click comes."""

import sys
import time
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.message_queue import mend_message_queue

mend_message_queue()


@st.fragment
def inner() -> None:
    st.text("drawn within")


@st.fragment
def outer() -> None:
    st.button("Again")
    time.sleep(0.7)  # for the click
    st.text("sent at once")
    time.sleep(0.002)
    for _ in range(4):
        st.text("sent a moment later")
    with st.container(border=True):
        inner()


outer()
