"""How soon the authors' networks are compared on the page, first of all and again."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.browser import FLAGS, NAMES, find_browser
from benchmarks.contender import in_a_process
from benchmarks.dashboard import server
from benchmarks.nnstd import authors_folder
from benchmarks.row import Row
from set_engine import RunStore, find_incoming, take_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

_REPEATS = 5
_WORK = "24 networks 784³-10, 276 pairs"
_SHOWN = """(n => {
    const plot = document.querySelector("[data-testid='chart-distances'] .js-plotly-plot");
    return plot?.checkVisibility() && plot._fullData?.[0]?.y?.length === n;
})"""


def rows() -> Iterator[Row]:
    """From the choice until the heat map stands; none without a browser or these networks."""
    browser = find_browser()
    if browser is None or not authors_folder().is_dir():
        missing = f"none of {', '.join(NAMES)}" if browser is None else f"no {authors_folder()}"
        print(f"many networks: left out, {missing}", file=sys.stderr)
        return
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        in_a_process(fill, folder)
        chromium = playwright.chromium.launch(executable_path=browser, args=FLAGS)
        page = chromium.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(120_000)
        with server(folder) as url:
            _open(page, url, folder)
            first = _seconds_to_show(page, "Whole course", 24)
            again = []
            for _ in range(_REPEATS):
                _seconds_to_show(page, "Last epoch", 6)
                again.append(_seconds_to_show(page, "Whole course", 24))
        with server(folder) as url:
            _open(page, url, folder)
            after = _seconds_to_show(page, "Whole course", 24)
        chromium.close()
    yield Row(f"{_WORK}: compared first of all", first, "s", 20, 10, "in the browser, as published")
    detail = f"longest {max(again):.2f} s; by a new server {after:.2f} s"
    yield Row(f"{_WORK}: compared again", median(again), "s", 1, 0.5, detail)


def fill(folder: str) -> None:
    """Take the networks into a store."""
    for run in find_incoming(authors_folder())[0]:
        take_in(RunStore(folder), run)


def _open(page: Page, url: str, folder: str) -> None:
    ids = ",".join(record.id for record in RunStore(folder).records().records)
    page.goto(f"{url}/compare?runs={ids}&at=last")
    page.wait_for_function(f"{_SHOWN}(6)")
    page.wait_for_timeout(2000)


def _seconds_to_show(page: Page, choice: str, n: int) -> float:
    begin = time.perf_counter()
    page.get_by_role("radio", name=choice).click()
    page.wait_for_function(f"{_SHOWN}({n})")
    seconds = time.perf_counter() - begin
    page.wait_for_timeout(1500)
    return seconds
