"""How soon the runs of a store of 2,000 are listed, and filtered."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.browser import FLAGS, NAMES, find_browser
from benchmarks.contender import in_a_process
from benchmarks.dashboard import server
from benchmarks.row import Row
from set_engine import EpochMetrics, RunStatus, RunStore, TrainingConfig

if TYPE_CHECKING:
    from playwright.sync_api import Page

_RUNS, _EPOCHS, _REPEATS = 2000, 100, 7
_FILTER = "seed > 1000 and learning_rate == 0.1 and best_accuracy > 0.5"
# Seeds that stand at the top of the table where all runs do, and only where the filter is.
_OF_ALL, _OF_PASSING = "1999", "1980"
# The table is a canvas: its texts come to be seen when they are drawn there.
_TELL = """
const { fillText } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (text, ...where) {
    fillText.call(this, text, ...where);
    window.seen?.(text);
};
"""
_LISTEN = """awaited => {
    const begun = new Promise((done) => {
        const options = { capture: true, once: true };
        for (const kind of ["keydown", "click"])
            window.addEventListener(kind, (event) => done(event.timeStamp), options);
    });
    const ended = new Promise((done) => {
        window.seen = (text) => {
            if (text === awaited) requestAnimationFrame(() => done(performance.now()));
        };
    });
    window.measured = Promise.all([begun, ended]).then(([begin, end]) => end - begin);
}"""


def rows() -> Iterator[Row]:
    """A list by a new process, first of all and then again; the page with another filter."""
    with tempfile.TemporaryDirectory() as folder:
        in_a_process(fill, folder)
        first = in_a_process(seconds_to_list, folder)
        again = [in_a_process(seconds_to_list, folder) for _ in range(_REPEATS)]
        detail = f"of {_EPOCHS} epochs each; {first:.2f} s where no log was read before"
        yield Row(f"list {_RUNS:,} runs in a new process", median(again), "s", 1, 0.5, detail)
        filtered = in_a_process(seconds_to_filter, folder)
        detail = "the page's script, to the table of those that pass"
        yield Row(f"filter {_RUNS:,} runs", filtered, "s", 0.2, 0.1, detail)
        yield from _in_the_browser(folder)


def _in_the_browser(folder: str) -> Iterator[Row]:
    """The same as a reader sees it; none without a browser."""
    browser = find_browser()
    if browser is None:
        print(f"many runs: no browser, none of {', '.join(NAMES)}", file=sys.stderr)
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, server(folder) as url:
        chromium = playwright.chromium.launch(executable_path=browser, args=FLAGS)
        page = chromium.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(60_000)
        page.add_init_script(_TELL)
        page.goto(f"{url}/compare")
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_timeout(6000)  # the page was looked at, and the others are made ready
        listed = []
        for _ in range(_REPEATS):
            listed.append(_seconds_until(page, _OF_ALL, lambda: _follow(page, "Runs")))
            _follow(page, "Compare")
            page.wait_for_timeout(2000)
        plots = {}
        for plot in ("", "Facts"):
            page.goto(f"{url}/runs?plot={plot}")
            page.get_by_test_id("stDataFrame").wait_for()
            page.wait_for_timeout(5000)
            plots[plot] = median(_seconds_to_filter_in(page) for _ in range(_REPEATS))
        chromium.close()
    detail = f"from the click to the table; longest {max(listed):.2f} s, which is the first"
    yield Row(f"list {_RUNS:,} runs in the browser", median(listed), "s", 1, 0.5, detail)
    detail = f"from Enter to the table; with a plot below it {plots['Facts']:.2f} s"
    yield Row(f"filter {_RUNS:,} runs in the browser", plots[""], "s", 0.2, 0.1, detail)


def _follow(page: Page, link: str) -> None:
    page.get_by_role("link", name=link, exact=True).click()


def _seconds_to_filter_in(page: Page) -> float:
    """From the Enter after a filter until its runs stand in the table; then all stand in again."""
    field = page.get_by_role("textbox", name="Filter")
    field.fill(_FILTER)
    seconds = _seconds_until(page, _OF_PASSING, lambda: field.press("Enter"))
    field.fill("")
    _seconds_until(page, _OF_ALL, lambda: field.press("Enter"))
    page.wait_for_timeout(1500)
    return seconds


def _seconds_until(page: Page, text: str, act: Callable[[], None]) -> float:
    """From the key or the click of the reader until the table shows a text."""
    page.evaluate(_LISTEN, text)
    act()
    return float(page.evaluate("() => window.measured")) / 1000


def fill(folder: str) -> None:
    """Make the runs: all have one log, and settings of their own."""
    store = RunStore(folder)
    writer = store.create(TrainingConfig(epochs=_EPOCHS))
    for epoch in range(1, _EPOCHS + 1):
        writer.epoch(
            EpochMetrics(
                epoch=epoch,
                step=epoch,
                train_loss=1 / epoch,
                test_loss=1 / epoch,
                train_accuracy=1 - 1 / epoch,
                test_accuracy=1 - 1 / epoch,
                seconds=0.1,
                n_connections=3000,
                replaced=900,
            )
        )
    writer.finish(RunStatus.FINISHED)
    log = (store.folder(writer.run_id) / "metrics.jsonl").read_bytes()
    for seed in range(1, _RUNS):
        config = TrainingConfig(epochs=_EPOCHS, seed=seed, learning_rate=(0.1, 0.2)[seed % 2])
        other = store.create(config)
        other.finish(RunStatus.FINISHED)
        (store.folder(other.run_id) / "metrics.jsonl").write_bytes(log)


def seconds_to_list(folder: str) -> float:
    """For the index of a process that knows nothing yet."""
    from app.run_index import RunIndex

    begin = time.perf_counter()
    found = RunIndex(RunStore(folder)).read()
    seconds = time.perf_counter() - begin
    assert len(found.runs) == _RUNS
    return seconds


def seconds_to_filter(folder: str) -> float:
    """For the page, as Streamlit runs it, each time from all runs to those that pass."""
    from streamlit.testing.v1 import AppTest

    os.environ["SETSCOPE_RUNS"] = str(Path(folder))
    page = AppTest.from_function(_page, default_timeout=60).run()
    found = []
    for _ in range(_REPEATS):
        page.text_input("run-filter").set_value("").run()
        begin = time.perf_counter()
        page.text_input("run-filter").set_value(_FILTER).run()
        found.append(time.perf_counter() - begin)
        assert 0 < len(page.dataframe[0].value) < _RUNS
    return median(found)


def _page() -> None:
    from app.views.runs import render

    render()
