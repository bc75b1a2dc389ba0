"""How soon the live page answers while it shows a training, in a browser on the same machine."""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.browser import FLAGS, NAMES, find_browser
from benchmarks.contender import in_a_process
from benchmarks.dashboard import prepare_run, server
from benchmarks.row import Row
from benchmarks.settings import small_network

if TYPE_CHECKING:
    from playwright.sync_api import Page

_OPENINGS = 5
_ROUNDS = 12  # of five inputs each
_WATCHED = 40.0  # seconds
_LOOK = 0.01  # seconds between two looks whether an epoch has ended

_DRAWN = "!!document.querySelector(\"[data-testid='chart-loss'][data-revision]\")"
_LAST_EPOCH = """(() => {
    const plot = document.querySelector("[data-testid='chart-loss'] .js-plotly-plot");
    return plot?._fullData?.length ? Array.from(plot._fullData[0].x).at(-1) : 0;
})()"""
# What the reader no longer sees, Streamlit may leave in the document for a while.
_PLOT = """((name, layer) => {
    const chart = document.querySelector(`[data-testid='chart-${name}'][data-revision]`);
    const plot = chart?.querySelector(".js-plotly-plot");
    return plot?.checkVisibility() && plot._fullLayout.uirevision.includes(` ${layer} `);
})"""


class _Size(NamedTuple):
    name: str
    settings: dict[str, Any]
    answered: float  # seconds that an answer may take


def _sizes() -> tuple[_Size, ...]:
    million = small_network(9000) | {"hidden": (4000,) * 3, "epsilon": 50.0}
    return (
        _Size("784-1000³-10, 60,000 samples", small_network(90_000), 0.3),
        _Size("784-4000³-10, a million connections", million, 1.0),
    )


def rows() -> Iterator[Row]:
    """Three rows a network; a machine without a browser has none and says so."""
    browser = find_browser()
    if browser is None:
        print(f"live page: left out, none of {', '.join(NAMES)} is installed", file=sys.stderr)
        return
    for size in _sizes():
        with tempfile.TemporaryDirectory() as folder:
            run_id = in_a_process(prepare_run, folder, size.settings)
            with server(folder) as url:
                yield from _measured(browser, f"{url}/?run={run_id}", folder, run_id, size)


def _measured(browser: str, url: str, folder: str, run_id: str, size: _Size) -> Iterator[Row]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=FLAGS)
        page = chromium.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(120_000)
        page.goto(url)
        page.get_by_role("button", name="Resume Shortcut").click()
        page.wait_for_function(f"() => {_LAST_EPOCH} >= 2")
        opened = [_opening(page, url) for _ in range(_OPENINGS)]
        yield _row(f"{size.name}: opened until usable", max(opened), 3.0, opened)
        # From here on, for a run that is resumed begins its log anew.
        with _Ends(Path(folder) / run_id / "metrics.jsonl") as ends:
            late = _updates(page, ends)
        yield _row(f"{size.name}: epoch ended until shown", _p95(late), 1.0, late)
        answers = list(_answers(page))
        yield _row(f"{size.name}: input until answered", _p95(answers), size.answered, answers)
        page.get_by_role("button", name="Stop Shortcut").click()
        page.get_by_role("button", name="Resume Shortcut").wait_for()
        chromium.close()


def _row(work: str, value: float, floor: float, of: list[float]) -> Row:
    detail = f"{len(of)} times, median {statistics.median(of):.2f}, longest {max(of):.2f}"
    return Row(work, value, "s", floor, None, detail)


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def _opening(page: Page, url: str) -> float:
    """Seconds until the curves are drawn and the run could be stopped."""
    page.goto("about:blank")
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.get_by_role("button", name="Stop Shortcut").wait_for()
    page.wait_for_function(f"() => {_DRAWN}", polling="raf")
    return time.perf_counter() - start


class _Ends:
    """When each epoch ended, by the clock of this machine."""

    def __init__(self, log: Path) -> None:
        self._log, self._stop = log, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.at: dict[int, float] = {}

    def __enter__(self) -> _Ends:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        epoch = 0
        with self._log.open("rb") as log:
            while not self._stop.wait(_LOOK):
                for _ in range(log.read().count(b"\n")):
                    epoch += 1
                    self.at[epoch] = time.time()


def _updates(page: Page, ends: _Ends) -> list[float]:
    """Seconds between the end of an epoch and the frame that shows it, for each that was shown."""
    shown = page.evaluate(
        f"""seconds => new Promise(resolve => {{
            const shown = [], first = {_LAST_EPOCH}, start = performance.now();
            const look = () => {{
                const last = {_LAST_EPOCH};
                if (last > (shown.length ? shown.at(-1)[0] : first)) shown.push([last, Date.now()]);
                if (performance.now() - start > 1000 * seconds) resolve(shown);
                else requestAnimationFrame(look);
            }};
            look();
        }})""",
        _WATCHED,
    )
    return [at / 1000 - ends.at[epoch] for epoch, at in shown]


def _answers(page: Page) -> Iterator[float]:
    """Seconds between an input and the frame that shows what it asked for."""
    for index in range(_ROUNDS):
        yield _answer(page, _choosing(page, "Wiring"), f"{_PLOT}('adjacency-now', 0)")
        for layer in (1, 0):
            there = f"{_PLOT}('adjacency-now', {layer})"
            yield _answer(page, _choosing(page, f"Layer {layer + 1} "), there)
        yield _answer(page, _choosing(page, "Degrees"), f"{_PLOT}('in-histogram', 0)")
        yield _answer(page, _typing(page, index), f"location.search.includes('seed={index + 1}')")


def _answer(page: Page, give: Callable[[], None], answered: str) -> float:
    page.evaluate(
        f"""() => {{
            window.answerSeconds = new Promise(resolve => {{
                let given = null;
                const note = event => {{
                    if (given === null && (event.type === "click" || event.key === "Enter"))
                        given = performance.now();
                }};
                for (const kind of ["click", "keydown"]) addEventListener(kind, note, true);
                const look = () => {{
                    if (given !== null && ({answered})) resolve((performance.now() - given) / 1000);
                    else requestAnimationFrame(look);
                }};
                look();
            }});
        }}"""
    )
    give()
    seconds: float = page.evaluate("() => window.answerSeconds")
    return seconds


def _choosing(page: Page, name: str) -> Callable[[], None]:
    return page.get_by_role("radio", name=name).first.click


def _typing(page: Page, index: int) -> Callable[[], None]:
    field = page.get_by_label("Seed", exact=True)
    field.click()
    field.fill(str(index + 1))
    return lambda: field.press("Enter")
