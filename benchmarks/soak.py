"""`python -m benchmarks.soak`: the memory of server and browser while a page follows a training.

A flat course is one whose samples after the first minutes stay within a tenth of their median.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.browser import FLAGS, NAMES, find_browser
from benchmarks.contender import in_a_process
from benchmarks.dashboard import prepare_run, server_process
from benchmarks.settings import small_network

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

_EVERY = 30.0  # seconds between two samples
_WARM_UP = 5.0  # minutes that do not count: caches fill, the allocator finds its size
_TOLERANCE = 0.10
_MIB = 2**20


class _Sample(NamedTuple):
    minutes: float
    epoch: int
    updates: int
    server: float
    browser: float
    heap: float


def main() -> int:
    """Watch and print; 1 if a course is not flat."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="After the warm-up.")
    minutes = parser.parse_args().minutes
    browser = find_browser()
    if browser is None:
        parser.error(f"none of {', '.join(NAMES)} is installed")
    print(" minutes  epoch  updates  server MiB  browser MiB  JavaScript heap MiB")
    counted = []
    for sample in _samples(browser, minutes):
        print(
            f"{sample.minutes:8.1f} {sample.epoch:6d} {sample.updates:8d} {sample.server:11.1f} "
            f"{sample.browser:12.1f} {sample.heap:20.1f}",
            flush=True,
        )
        if sample.minutes >= _WARM_UP:
            counted.append(sample)
    return 0 if all(_is_flat(name, counted) for name in ("server", "browser", "heap")) else 1


def _is_flat(name: str, samples: list[_Sample]) -> bool:
    values = [float(getattr(sample, name)) for sample in samples]
    middle = statistics.median(values)
    low, high = min(values) / middle - 1, max(values) / middle - 1
    print(f"{name}: median {middle:.1f} MiB, from {low:+.1%} to {high:+.1%}")
    return max(-low, high) <= _TOLERANCE


def _samples(browser: str, minutes: float) -> Iterator[_Sample]:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        run_id = in_a_process(prepare_run, folder, small_network(9000))
        with server_process(folder) as (url, pid), sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=browser, args=FLAGS)
            page = chromium.new_page(viewport={"width": 1400, "height": 1000})
            page.goto(f"{url}/?run={run_id}")
            page.get_by_role("button", name="Resume Shortcut").click(timeout=120_000)
            session = page.context.new_cdp_session(page)
            system = chromium.new_browser_cdp_session()
            log = Path(folder) / run_id / "metrics.jsonl"
            start = time.monotonic()
            while (age := (time.monotonic() - start) / 60) < _WARM_UP + minutes:
                page.wait_for_timeout(1000 * _EVERY)
                yield _sample(age, log, page, session, system, pid)
            page.get_by_role("button", name="Stop Shortcut").click()
            page.get_by_role("button", name="Resume Shortcut").wait_for()
            chromium.close()


def _sample(
    minutes: float, log: Path, page: Page, session: CDPSession, system: CDPSession, server: int
) -> _Sample:
    session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")["usedSize"]
    found = system.send("SystemInfo.getProcessInfo")["processInfo"]
    browser = sum(_share(process["id"]) for process in found)
    updates = page.get_by_test_id("chart-loss").get_attribute("data-revision") or 0
    epoch = log.read_bytes().count(b"\n")
    return _Sample(minutes, epoch, int(updates), _share(server) / _MIB, browser / _MIB, heap / _MIB)


def _share(process: int) -> int:
    """Bytes of a process, with its share of those it has in common with others."""
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0  # it has just ended
    line = next(line for line in rollup.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    sys.exit(main())
