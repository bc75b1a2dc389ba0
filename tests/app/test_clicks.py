"""A click is told once, and not long after it was made."""

from __future__ import annotations

import time

import pytest
from streamlit.runtime.scriptrunner import StopException
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
        page.session_state["clicked"] = {"go": time.monotonic() - seconds}
        assert page.run().text[0].value == f"told {told}"


def _parts() -> None:
    import streamlit as st

    from app.clicks import button, part, whole_page

    @st.fragment
    @part
    def first() -> None:
        st.session_state["drawings"] = st.session_state.get("drawings", 0) + 1
        st.text(f"drawn {st.session_state['drawings']}")

    @st.fragment
    @part
    def second() -> None:
        st.text(f"told {button('Go', 'go')}")

    if st.session_state.get("whole", True):
        with whole_page():
            first()
            second()
    elif st.session_state["drawings"] < 5:
        first()  # as an input in it has it drawn alone
        st.session_state["whole"] = True
        second()


def test_the_whole_page_leaves_a_click_to_the_part_it_stands_in() -> None:
    page = AppTest.from_function(_parts)
    page.session_state["clicked"] = {"go": time.monotonic(), "gone": time.monotonic()}
    page.run()
    assert [one.value for one in page.text] == ["drawn 1", "told True"]
    assert page.session_state["clicked"] == {}, "none is left to have the page drawn anew for"


def test_a_part_that_is_drawn_alone_asks_for_the_whole_page() -> None:
    page = AppTest.from_function(_parts)
    page.run()
    page.session_state["clicked"] = {"go": time.monotonic()}
    page.session_state["whole"] = False
    page.run()
    # Drawn alone, and up to four times more before the whole page is asked for no more.
    assert page.session_state["drawings"] == 5


def _overtaken() -> None:
    import streamlit as st

    from app.clicks import was_pressed, whole_page
    from app.session import kept

    with whole_page():
        kept("clicked")["later"] = float("inf")  # as the callback of a newer script does
    st.text(f"told {was_pressed('go')}")


def test_the_whole_page_forgets_no_click_made_while_it_was_drawn() -> None:
    page = AppTest.from_function(_overtaken)
    page.session_state["clicked"] = {"earlier": time.monotonic()}
    page.run()
    assert list(page.session_state["clicked"]) == ["later"]


def test_a_script_that_is_stopped_leaves_the_click_to_the_newer_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stop() -> None:
        raise StopException

    page = AppTest.from_function(_page)
    page.session_state["clicked"] = {"go": time.monotonic()}
    monkeypatch.setattr("app.clicks.give_way", stop)
    page.run()
    assert not page.text
    monkeypatch.undo()
    assert page.run().text[0].value == "told True"
