"""What the reader did to the page outlasts what the run does to it; light and dark."""

from __future__ import annotations

import re

import pytest
from page_actions import (
    badge,
    drag_across,
    plot,
    revision,
    run_in,
    set_field,
    stop_all,
    train,
    wait_for_epoch,
    wait_for_other_run,
    wait_for_revision,
)
from playwright.sync_api import Page, expect

from set_engine import RunStore


def test_what_the_reader_did_outlasts_twenty_updates(page: Page) -> None:
    train(page, Epochs="100000")
    wait_for_epoch(page, 3)
    page.get_by_role("radio", name="Wiring").click()
    page.get_by_role("radio", name="Layer 2 ").click()
    adjacency = page.get_by_test_id("chart-adjacency-now")
    wait_for_revision(adjacency, 1)
    drag_across(adjacency)
    page.get_by_text("Optimiser and schedule").click()
    set_field(page, "Momentum", "0.5")
    loss = page.get_by_test_id("chart-loss")
    loss.locator(".legendtoggle").first.click()
    page.wait_for_function(
        "([panel]) => panel.querySelector('.js-plotly-plot')._fullData[0].visible === 'legendonly'",
        arg=[loss.element_handle()],
    )
    drag_across(loss)

    def look() -> list[object]:
        ranges = "[plot._fullLayout.xaxis.range, plot._fullLayout.yaxis.range].map(a => [...a])"
        return [
            plot(loss, ranges),
            plot(loss, "plot._fullData.map(trace => trace.visible)"),
            plot(adjacency, ranges),
        ]

    before, drawn = look(), revision(loss)
    assert not plot(loss, "Boolean(plot._fullLayout.xaxis.autorange)"), "nothing was zoomed"
    wait_for_revision(loss, drawn + 20)
    assert look() == before
    for name in ("Wiring", re.compile("^Layer 2 ")):
        expect(page.get_by_role("radio", name=name)).to_be_checked()
    expect(page.get_by_label("Momentum", exact=True)).to_have_value("0.5")
    page.get_by_role("button", name="Stop Shortcut").click()
    expect(badge(page, "stopped")).to_be_visible()
    assert look() == before


def brightness(color: str) -> float:
    """Mean of red, green and blue in a CSS colour, in [0, 1]."""
    if color.startswith("#"):
        parts = [int(color[place : place + 2], 16) for place in (1, 3, 5)]
    else:
        parts = [int(part) for part in re.findall(r"\d+", color)[:3]]
    return sum(parts) / 3 / 255


@pytest.mark.parametrize("first", ["light", "dark"])
def test_the_page_is_dark_for_who_likes_it_dark(page: Page, first: str) -> None:
    other = {"light": "dark", "dark": "light"}[first]

    def looks(scheme: str) -> None:
        """Backgrounds and inks of page and charts are those of this scheme."""
        page.wait_for_function(
            """([scheme]) => {
                const style = getComputedStyle(document.querySelector(".stApp"));
                const [red] = style.backgroundColor.match(/[0-9]+/g).map(Number);
                return (red < 128) === (scheme === "dark");
            }""",
            arg=[scheme],
        )
        page.wait_for_timeout(500)  # charts follow a frame later
        is_dark = scheme == "dark"
        ink = page.get_by_role("heading").first.evaluate("one => getComputedStyle(one).color")
        assert (brightness(ink) > 0.5) == is_dark
        loss = page.get_by_test_id("chart-loss")
        assert (brightness(plot(loss, "plot._fullLayout.font.color")) > 0.5) == is_dark
        assert (brightness(plot(loss, "plot._fullLayout.paper_bgcolor")) < 0.5) == is_dark

    page.emulate_media(color_scheme=first)  # type: ignore[arg-type]
    train(page, Epochs="100000")
    wait_for_epoch(page, 3)
    wait_for_revision(page.get_by_test_id("chart-loss"), 1)
    looks(first)
    page.emulate_media(color_scheme=other)  # type: ignore[arg-type]
    looks(other)
    page.get_by_role("button", name="Stop Shortcut").click()
    expect(badge(page, "stopped")).to_be_visible()
    looks(other)


JOIN = """
    ([selector, isFirst]) => Object.defineProperty(document, "hidden", {
        configurable: true,
        // A pulse looks at it in the moment in which it asks.
        get() {
            delete document.hidden;
            const click = () => {
                document.querySelector(selector).click();
                window.hasJoined = true;
            };
            isFirst ? click() : queueMicrotask(click);
            return false;
        },
    })
"""


@pytest.mark.parametrize("is_first", [True, False])
def test_a_click_in_the_moment_of_a_pulse_is_answered_and_so_is_the_pulse(
    page: Page, url: str, store: RunStore, is_first: bool
) -> None:
    train(page, Epochs="100000")
    wait_for_epoch(page, 2)
    before = run_in(page.url)
    page.evaluate(JOIN, [".st-key-train button", is_first])
    page.wait_for_function("window.hasJoined")
    wait_for_other_run(page, before)
    wait_for_epoch(page, 2)
    stop_all(page, url, store)
