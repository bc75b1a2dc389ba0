"""A click is told once, and not long after it was made."""

from __future__ import annotations

import time

from streamlit.testing.v1 import AppTest


def _page() -> None:
    import streamlit as st

    from app.clicks import button

    st.text(f"told {button('Go', 'go')}")


def test_a_click_is_told_once() -> None:
    page = AppTest.from_function(_page).run()
    assert page.text[0].value == "told False"
    page.button[0].click().run()
    assert page.text[0].value == "told True"
    page.run()
    assert page.text[0].value == "told False"


def test_a_click_that_no_run_came_to_is_told_for_some_seconds() -> None:
    for seconds, told in ((5.0, True), (60.0, False)):
        page = AppTest.from_function(_page)
        page.session_state["pressed-go"] = time.monotonic() - seconds
        assert page.run().text[0].value == f"told {told}"
