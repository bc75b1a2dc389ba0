"""What a reader does on the dashboard, and looks for, in a real browser."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Locator, Page, Request, TimeoutError, expect

from set_engine import RunStore

PATIENCE = 60_000  # milliseconds; a first start compiles the kernels
EPOCH = re.compile(r"Epoch ([\d,]+) of")


def complaints_of(page: Page) -> list[str]:
    """Grows with every error of the page and every request that would leave this machine."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # Streamlit looks for its server below the path of a page first, and finds it above.
        if message.type == "error" and "/_stcore/" not in message.location["url"]:
            complaints.append(message.text)

    def see(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")):
            complaints.append(f"request to {request.url}")

    page.on("console", hear)
    page.on("request", see)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def set_field(page: Page, label: str, value: str) -> None:
    """Type as a reader does: the next field comes after the page has answered."""
    field = page.get_by_label(label, exact=True)
    field.fill(value)
    field.press("Enter")
    wait_until_idle(page)


def choose(page: Page, label: str, option: str) -> None:
    """Choose as a reader does: the next field comes after the page has answered."""
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()
    wait_until_idle(page)


def wait_until_idle(page: Page) -> None:
    """Wait until no script has run for half a second."""
    page.evaluate("() => { window.setscopeBusy = performance.now(); }")
    page.wait_for_function(
        """() => {
            const state = document.querySelector("[data-testid='stApp']").dataset.testScriptState;
            if (state !== "notRunning") window.setscopeBusy = performance.now();
            return performance.now() - window.setscopeBusy > 500;
        }"""
    )


def train(page: Page, **settings: str) -> None:
    for label, value in settings.items():
        set_field(page, label.replace("_", " "), value)
        expect(page.get_by_label(label.replace("_", " "), exact=True)).to_have_value(value)
    press_train(page)


def press_train(page: Page) -> None:
    before = run_in(page.url)
    page.get_by_role("button", name="Train Shortcut").click()
    wait_for_other_run(page, before)


def wait_for_other_run(page: Page, before: str | None) -> None:
    """Wait until the page is that of another run: the URL says so before it is drawn."""
    try:
        page.wait_for_url(lambda url: run_in(url) not in (None, before))
    except TimeoutError as error:
        pytest.fail(f"no other run: {error}\n{page.locator('body').inner_text()}")
    page.locator(f".st-key-stop-{run_in(page.url)}").wait_for()


def stop_all(page: Page, url: str, store: RunStore) -> None:
    """Stop every run that goes on, each on its page."""
    for record in store.records().records:
        if record.status.is_active:
            page.goto(f"{url}/?run={record.id}")
            page.get_by_role("button", name="Stop Shortcut").click()
            expect(badge(page, "stopped")).to_be_visible()


def run_in(url: str) -> str | None:
    """Id of the run that a URL names."""
    return parse_qs(urlsplit(url).query).get("run", [None])[0]


def epoch(page: Page) -> int:
    text = page.get_by_text(EPOCH).inner_text()
    match = EPOCH.search(text)
    assert match, text
    return int(match[1].replace(",", ""))


def wait_for_epoch(page: Page, least: int) -> int:
    page.wait_for_function(
        """least => {
            const found = document.body.innerText.match(/Epoch ([\\d,]+) of/);
            return found && Number(found[1].replaceAll(',', '')) >= least;
        }""",
        arg=least,
    )
    return epoch(page)


def wait_for_revision(panel: Locator, least: int) -> None:
    """Wait until the chart was drawn anew so often."""
    handle = panel.element_handle()
    panel.page.wait_for_function(
        "([panel, least]) => Number(panel.dataset.revision) >= least", arg=[handle, least]
    )


def wait_for_point(panel: Locator, last: int) -> None:
    """Wait until the curves of the chart end at this epoch."""
    panel.page.wait_for_function(
        """([panel, last]) => {
            const plot = panel.querySelector(".js-plotly-plot");
            return Array.from(plot._fullData[0].x).at(-1) === last;
        }""",
        arg=[panel.element_handle(), last],
    )


def wait_for_trace(panel: Locator, name: str) -> None:
    """Wait until one of the curves of the chart has this name."""
    panel.page.wait_for_function(
        """([panel, name]) => {
            const plot = panel.querySelector(".js-plotly-plot");
            return plot._fullData.some(trace => trace.name === name);
        }""",
        arg=[panel.element_handle(), name],
    )


def revision(panel: Locator) -> int:
    return int(panel.get_attribute("data-revision") or 0)


def plot(panel: Locator, expression: str) -> Any:
    """Evaluate JavaScript with `plot`, the plotly element inside the panel."""
    return panel.evaluate(
        f"panel => {{ const plot = panel.querySelector('.js-plotly-plot'); return {expression} }}"
    )


def drag_across(panel: Locator) -> None:
    """Zoom with the mouse, over the middle of the plot."""
    box = panel.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    mouse = panel.page.mouse
    mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
    mouse.down()
    mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.7, steps=8)
    mouse.up()


def badge(page: Page, status: str) -> Locator:
    return page.get_by_role("heading", name=re.compile(rf"\b{status}$"))
