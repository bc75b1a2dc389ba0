"""A live chart in a real browser: what the reader did to it outlasts new data."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import app
from app.chart import PLOTLY_JS, ensure_plotly_js

KEY = "growth"
WIDE = {"width": 1000, "height": 800}


@pytest.fixture(scope="module")
def address(serve: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The test page, served beside a copy of the dashboard's own configuration."""
    folder = tmp_path_factory.mktemp("page")
    script = shutil.copy(Path(__file__).with_name("chart_page.py"), folder)
    shutil.copytree(Path(app.__file__).parent / ".streamlit", folder / ".streamlit")
    return str(serve(Path(script)).url)


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The test page; no error is logged while it is open, and nothing foreign is fetched."""
    context = browser.new_context(color_scheme="light", viewport=WIDE)
    page = context.new_page()
    errors: list[str] = []
    hosts: set[str | None] = set()
    page.on("console", lambda message: errors.append(message.text) if is_error(message) else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    page.goto(address)
    wait_for_updates(page, 2)
    yield page
    context.close()
    assert errors == []
    assert hosts - {None} == {"127.0.0.1"}  # blob: and data: have no host


def is_error(message: Any) -> bool:
    return message.type in ("error", "warning")


def chart_on(page: Page) -> Locator:
    return page.get_by_test_id(f"chart-{KEY}")


def plot_on(page: Page) -> Locator:
    return chart_on(page).locator(".js-plotly-plot")


def revision(page: Page) -> int:
    return int(chart_on(page).get_attribute("data-revision") or 0)


def wait_for_updates(page: Page, count: int) -> None:
    chart_on(page).wait_for()
    wanted = revision(page) + count
    chart = f"document.querySelector('[data-testid=chart-{KEY}]')"
    page.wait_for_function(f"(wanted) => {chart}.dataset.revision >= wanted", arg=wanted)


def axis_range(page: Page, axis: str = "xaxis") -> list[float]:
    found: list[float] = plot_on(page).evaluate("(div, axis) => div._fullLayout[axis].range", axis)
    return found


def inside_plot(page: Page, selector: str, expression: str) -> Any:
    # In one step: an update may replace what a locator has just found.
    script = f"(div, selector) => {{ const e = div.querySelector(selector); return {expression} }}"
    return plot_on(page).evaluate(script, selector)


def drag_across(page: Page, *, hold: float = 0) -> None:
    """Drag a third of the plot's width and height, resting `hold` milliseconds on the way."""
    box = inside_plot(page, ".nsewdrag", "e.getBoundingClientRect().toJSON()")
    left, top = box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left + box["width"] * 0.2, top + box["height"] * 0.2, steps=4)
    page.wait_for_timeout(hold)
    page.mouse.move(left + box["width"] * 0.3, top + box["height"] * 0.4, steps=4)
    page.mouse.up()


def text_brightness(page: Page) -> float:
    color = inside_plot(page, ".xtick text", "getComputedStyle(e).fill")
    red, green, blue = map(int, re.findall(r"\d+", color))
    return (red + green + blue) / 3


def test_out_of_sight_nothing_is_drawn_and_in_sight_the_latest(page: Page) -> None:
    points = page.get_by_test_id("stMetricValue")
    box = chart_on(page).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] - 20)
    page.mouse.wheel(0, 2500)
    expect(chart_on(page)).not_to_be_in_viewport()
    page.wait_for_timeout(500)  # a drawing that had begun comes to its end
    drawn, shown = revision(page), int(points.inner_text())
    expect(points).not_to_have_text(str(shown))
    page.wait_for_timeout(1500)
    assert int(points.inner_text()) > shown + 2, "the data go on"
    assert revision(page) == drawn
    page.mouse.wheel(0, -2500)
    wait_for_updates(page, 1)
    assert plot_on(page).evaluate("div => div._fullData[0].x.length") > shown + 2


def test_untouched_axes_grow_with_the_data(page: Page) -> None:
    before = axis_range(page), axis_range(page, "yaxis")
    wait_for_updates(page, 3)
    assert axis_range(page)[1] > before[0][1]
    assert axis_range(page, "yaxis")[1] > before[1][1]


def wait_until_start(page: Page, condition: str) -> None:
    """Wait until the start of the x axis fulfils a condition such as "< 0"."""
    axis = "document.querySelector('.js-plotly-plot')._fullLayout.xaxis"
    page.wait_for_function(f"() => {axis}.range[0] {condition}")


@pytest.mark.parametrize("hold", [0, 1000])
def test_a_zoom_outlasts_updates(page: Page, hold: float) -> None:
    drag_across(page, hold=hold)
    wait_until_start(page, "> 0")
    wait_for_updates(page, 1)
    zoomed = axis_range(page), axis_range(page, "yaxis")
    wait_for_updates(page, 4)
    assert (axis_range(page), axis_range(page, "yaxis")) == zoomed


def test_a_double_click_lets_the_axes_follow_the_data_again(page: Page) -> None:
    drag_across(page)
    wait_for_updates(page, 2)
    plot_on(page).locator(".nsewdrag").dblclick()
    wait_for_updates(page, 2)
    start, end = axis_range(page)
    assert start == 0
    wait_for_updates(page, 2)
    assert axis_range(page)[1] > end


def test_a_reset_by_its_button_lets_the_axes_follow_the_data_again(page: Page) -> None:
    drag_across(page)
    wait_for_updates(page, 2)
    plot_on(page).locator(".modebar-btn[data-title='Reset axes']").click()
    wait_for_updates(page, 2)
    start, end = axis_range(page)
    assert start == 0
    wait_for_updates(page, 2)
    assert axis_range(page)[1] > end


@pytest.mark.parametrize("hold", [0, 1000])
def test_a_pan_outlasts_updates(page: Page, hold: float) -> None:
    plot_on(page).locator(".modebar-btn[data-title='Pan']").click()
    drag_across(page, hold=hold)
    wait_until_start(page, "< 0")
    wait_for_updates(page, 1)
    panned = axis_range(page)
    assert panned[0] < 0
    wait_for_updates(page, 3)
    assert axis_range(page) == panned


def test_nothing_is_drawn_under_a_drag(page: Page) -> None:
    box = inside_plot(page, ".nsewdrag", "e.getBoundingClientRect().toJSON()")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.wait_for_timeout(300)  # a drawing under way at the press may end
    held = revision(page)
    page.wait_for_timeout(1200)
    assert revision(page) == held
    page.mouse.up()
    wait_for_updates(page, 1)


def test_a_hidden_trace_stays_hidden(page: Page) -> None:
    visible = "div => div._fullData.map((trace) => trace.visible)"
    plot_on(page).locator(".legendtoggle").nth(1).click()
    page.wait_for_function(
        "() => document.querySelector('.js-plotly-plot')._fullData[1].visible === 'legendonly'"
    )
    wait_for_updates(page, 3)
    assert plot_on(page).evaluate(visible) == [True, "legendonly", True]


def test_updates_reuse_the_element_and_the_library(page: Page) -> None:
    plot_on(page).evaluate("div => { div.seen = true; div.querySelector('.xtick').seen = true }")
    wait_for_updates(page, 3)
    assert plot_on(page).evaluate("div => div.seen")
    assert page.evaluate("() => document.querySelectorAll('script[src*=\"plotly\"]').length") == 1


def test_unchanged_figures_are_not_drawn_again(page: Page) -> None:
    page.get_by_text("Freeze").click()
    page.wait_for_timeout(1000)
    before = revision(page)
    page.wait_for_timeout(1500)
    assert revision(page) == before


def test_the_theme_changes_without_a_rerun(page: Page) -> None:
    page.get_by_text("Freeze").click()
    assert text_brightness(page) < 80
    page.emulate_media(color_scheme="dark")
    expect(page.locator(".stApp")).to_have_css("background-color", "rgb(17, 24, 31)")
    page.wait_for_timeout(500)
    assert text_brightness(page) > 180


def test_a_page_opened_in_the_dark_has_light_text(browser: Browser, address: str) -> None:
    context = browser.new_context(color_scheme="dark", viewport=WIDE)
    page = context.new_page()
    page.goto(address)
    wait_for_updates(page, 1)
    assert text_brightness(page) > 180
    context.close()


def test_the_chart_is_as_wide_as_its_place_and_never_changes_height(page: Page) -> None:
    wide = plot_on(page).evaluate("div => div._fullLayout.width")
    page.set_viewport_size({"width": 420, "height": 800})
    page.wait_for_timeout(600)
    box = chart_on(page).bounding_box()
    assert box is not None
    assert box["height"] == 320
    assert box["width"] < 420 < wide
    assert plot_on(page).evaluate("div => div._fullLayout.width") == int(box["width"])


def test_the_chart_has_a_role_and_a_name(page: Page) -> None:
    expect(page.get_by_role("figure", name="Growth of the largest degree")).to_be_visible()


@pytest.mark.parametrize("format_", ["png", "svg"])
def test_the_figure_is_saved_as_an_image(page: Page, tmp_path: Path, format_: str) -> None:
    plot_on(page).hover()
    with page.expect_download() as download:
        plot_on(page).locator(f".modebar-btn[data-title='Save as {format_.upper()}']").click()
    image = tmp_path / download.value.suggested_filename
    download.value.save_as(image)
    assert image.name == f"{KEY}.{format_}"
    assert image.stat().st_size > 3000


def saved_rows(page: Page, key: str, folder: Path) -> list[list[str]]:
    """The table that the button of a chart saves."""
    plot = page.get_by_test_id(f"chart-{key}").locator(".js-plotly-plot")
    plot.hover()
    with page.expect_download() as saving:
        plot.locator(".modebar-btn[data-title='Save as CSV']").click()
    assert saving.value.suggested_filename == f"{key}.csv"
    table = folder / "table.csv"
    saving.value.save_as(table)
    with table.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_the_numbers_are_saved_as_they_were_drawn(page: Page, tmp_path: Path) -> None:
    page.get_by_text("Freeze").click()
    page.wait_for_timeout(1000)
    heading, *rows = saved_rows(page, KEY, tmp_path)
    assert heading == ["trace", "epoch", "largest degree"]
    n = len(rows) // 3
    assert n >= 10
    assert rows[:n] == [["layer 1", str(x), str(x)] for x in range(n)]
    thirds = [float(y) for _, _, y in rows[2 * n :]]
    assert thirds == pytest.approx([x / 3 for x in range(n)], rel=1e-7)
    assert max(len(y) for _, _, y in rows) < 12, "digits that the numbers do not have"


def test_a_trace_that_is_hidden_is_not_saved(page: Page, tmp_path: Path) -> None:
    page.get_by_text("Freeze").click()
    page.wait_for_timeout(1000)
    plot_on(page).locator(".legendtoggle").nth(1).click()
    page.wait_for_function(
        "() => document.querySelector('.js-plotly-plot')._fullData[1].visible === 'legendonly'"
    )
    rows = saved_rows(page, KEY, tmp_path)
    assert {row[0] for row in rows[1:]} == {"layer 1", "random"}


def test_a_heat_map_is_saved_by_what_its_colours_stand_for(page: Page, tmp_path: Path) -> None:
    heading, *rows = saved_rows(page, "heat", tmp_path)
    assert heading == ["trace", "epoch", 'degree, "k"', "value"]
    assert [row[1:] for row in rows] == [
        ["0", "1", "1"],
        ["5", "1", "100"],
        ["0", "2", ""],
        ["5", "2", "10"],
    ]


def test_an_image_without_axes_is_saved_too(page: Page, tmp_path: Path) -> None:
    heading, *rows = saved_rows(page, "image", tmp_path)
    assert heading == ["trace", "x", "y", "value"]
    assert [row[1:] for row in rows] == [["0", "0", "1"], ["1", "0", "2"]]


def test_a_missing_library_is_said_in_words(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=WIDE)
    context.route("**/plotly.min.js*", lambda route: route.abort())
    page = context.new_page()
    page.goto(address)
    expect(chart_on(page).get_by_role("status")).to_contain_text("plotly.min.js")
    box = chart_on(page).bounding_box()
    assert box is not None
    assert box["height"] == 320
    context.unroute_all()
    wait_for_updates(page, 1)
    expect(chart_on(page).get_by_role("status")).to_be_hidden()
    context.close()


def test_the_library_is_copied_once_and_renewed_when_it_differs(tmp_path: Path) -> None:
    copy = ensure_plotly_js(tmp_path / "static")
    first = copy.stat().st_mtime_ns
    assert ensure_plotly_js(copy.parent).stat().st_mtime_ns == first
    copy.write_text("half a file", encoding="utf-8")
    ensure_plotly_js(copy.parent)
    assert copy.read_bytes() == PLOTLY_JS.read_bytes()
    assert list(copy.parent.iterdir()) == [copy]
