"""The parts of a page go on asking, in whatever order Streamlit makes and clears their drawings."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

import app

SCRIPT = (Path(app.__file__).parent / "static" / "pulse.js").read_bytes()

# `draw` makes a drawing and gives what clears it; `beats` are the serials that were asked with.
DRAW = """
    const elements = {}, beats = [];
    // As Streamlit does it: what comes until the timer is sent as one.
    let gathered = null;
    const gather = input => {
        if (gathered === null) {
            gathered = [];
            setTimeout(() => { gathered.forEach(one => one()); gathered = null; }, 0);
        }
        gathered.push(input);
    };
    const module = await import(`data:text/javascript;base64,${script}`);
    const draw = (part, serial, given = {}) => {
        elements[part] ??= document.body.appendChild(document.createElement("div"));
        const data = { part, serial, drawn: "1", milliseconds: null, follower: null, shows: null };
        return module.default({
            data: { ...data, ...given },
            parentElement: elements[part],
            setTriggerValue: (_name, value) => gather(() => beats.push(value)),
        });
    };
    const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));
"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def beats(page: Page, actions: str) -> list[Any]:
    script = base64.b64encode(SCRIPT).decode("ascii")
    found: list[Any] = page.evaluate(
        f"async script => {{ {DRAW} {actions} await pause(200); return beats; }}", script
    )
    return found


def test_a_part_asks_after_its_time(page: Page) -> None:
    assert beats(page, 'draw("head", 1, { milliseconds: 20 });') == [1]
    assert beats(page, 'draw("head", 1);') == []


def test_a_drawing_that_was_overtaken_takes_nothing_from_the_newer_one(page: Page) -> None:
    actions = """
        draw("head", 2, { milliseconds: 20 });
        const clear = draw("head", 1, { milliseconds: 20 });
        clear();
    """
    assert beats(page, actions) == [2]


def test_only_the_newest_drawing_asks(page: Page) -> None:
    actions = """
        const clear = draw("head", 1, { milliseconds: 20 });
        draw("head", 2, { milliseconds: 20 });
        clear();
    """
    assert beats(page, actions) == [2]


def test_a_part_follows_what_it_was_not_drawn_with(page: Page) -> None:
    follow = '{ follower: "body", shows: "2" }'
    actions = f"""
        draw("body", 1)();  // cleared, but still on the page
        draw("head", 2, {follow});
    """
    assert beats(page, actions) == [1]
    assert beats(page, f'draw("body", 1, {{ drawn: "2" }}); draw("head", 2, {follow});') == []


def test_a_part_that_has_left_the_page_asks_no_more(page: Page) -> None:
    actions = """
        const clear = draw("head", 1, { milliseconds: 20 });
        elements.head.remove();
        clear();
    """
    assert beats(page, actions) == []


def test_nothing_is_asked_while_the_reader_follows_a_link(page: Page) -> None:
    actions = """
        document.body.insertAdjacentHTML("beforeend", "<a href='#there'><b>elsewhere</b></a>");
        draw("head", 1, { milliseconds: 20 });
        document.querySelector("b").click();
    """
    assert beats(page, actions) == []


# A pulse looks at `document.hidden` in the moment in which it asks.
CLICK = """
    Object.defineProperty(document, "hidden", {
        configurable: true,
        get() { delete document.hidden; CLICKS; return false; },
    });
"""


def test_what_comes_a_moment_later_joins_no_question_of_a_pulse(page: Page) -> None:
    click = "queueMicrotask(() => gather(() => beats.push(gathered.length)))"
    actions = CLICK.replace("CLICKS", click) + 'draw("head", 9, { milliseconds: 20 });'
    assert beats(page, actions) == [9, 1], "two questions, of one input each"


def test_a_question_that_joined_a_click_is_asked_again(page: Page) -> None:
    click = 'gather(() => beats.push("click"))'
    actions = CLICK.replace("CLICKS", click) + 'draw("head", 9, { milliseconds: 20 });'
    assert beats(page, actions) == ["click", 9]
    assert beats(page, f"{actions} await pause(1200);") == ["click", 9, 9]
