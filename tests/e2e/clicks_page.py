"""A page whose ticking part has the whole page drawn anew, above two buttons that count clicks."""

import time

import streamlit as st

from app.clicks import button

st.set_page_config(page_title="clicks page")
st.session_state.setdefault("redraws", 0)
st.session_state.setdefault("plain", 0)
st.session_state.setdefault("kept", 0)


@st.fragment(run_every=0.1)
def ticking() -> None:
    time.sleep(0.3)  # meanwhile a click waits in line, behind the next tick
    st.session_state.redraws += 1
    if st.session_state.redraws % 2 == 0:
        st.rerun()


@st.fragment
def counting() -> None:
    if st.button("Plain"):
        st.session_state.plain += 1
    if button("Kept", "kept-button"):
        st.session_state.kept += 1
    st.text(f"plain {st.session_state.plain}, kept {st.session_state.kept}")


ticking()
counting()
