"""Training in the dashboard's process with a page open on the run, against no page open."""

from __future__ import annotations

import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from benchmarks.browser import FLAGS, NAMES, find_browser
from benchmarks.contender import in_a_process
from benchmarks.row import Row
from benchmarks.settings import small_network

_SCRIPT = Path(__file__).parents[1] / "app" / "dashboard.py"
_WINDOWS, _SECONDS, _SETTLE = 4, 17.0, 6.0
_AGE = 120.0  # seconds of training from which on a page is drawn as seldom as it ever is


def rows() -> Iterator[Row]:
    """One row; a machine without a browser, or without playwright, has none and says so."""
    browser = find_browser()
    if browser is None:
        print(f"dashboard: left out, none of {', '.join(NAMES)} is installed", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as folder:
        run_id = in_a_process(prepare_run, folder, small_network(9000))
        with server(folder) as url:
            opened, closed = _rates(browser, f"{url}/?run={run_id}", folder, run_id)
    detail = f"{opened:.2f} epochs/s against {closed:.2f}, browser on the same machine"
    name = "784-1000³-10, 6,000 samples, page open on the run, after two minutes"
    yield Row(name, 100 * opened / closed, "% of headless", 95, 99, detail)


def prepare_run(folder: str, settings: dict[str, Any]) -> str:
    """The id of a run that was stopped at its first step, to be resumed from the page."""
    from set_engine import Observer, RunControl, RunStore, TrainingConfig, record_run

    control = RunControl()

    class AfterOneStep(Observer):
        def step(self, epoch: int, step: int, n_steps: int) -> None:  # noqa: ARG002
            control.stop()

    config = TrainingConfig(**settings, epochs=100_000)
    writer = RunStore(folder).create(config)
    record_run(writer, config, control=control, observer=AfterOneStep())
    return writer.run_id


@contextmanager
def server(folder: str) -> Iterator[str]:
    """The address of a dashboard on a store."""
    with server_process(folder) as (url, _process):
        yield url


@contextmanager
def server_process(folder: str) -> Iterator[tuple[str, int]]:
    """The address of a dashboard on a store, and the number of its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(_SCRIPT), "--server.port", str(port)]
    environment = {**os.environ, "SETSCOPE_RUNS": folder}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield _when_healthy(f"http://127.0.0.1:{port}"), process.pid
        finally:
            process.terminate()


def _when_healthy(url: str) -> str:
    for _ in range(300):
        try:
            urlopen(f"{url}/_stcore/health", timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return url
    raise TimeoutError("the dashboard did not start")


def _rates(browser: str, address: str, folder: str, run_id: str) -> tuple[float, float]:
    """Epochs a second with the page open and closed, medians of windows in turns."""
    from playwright.sync_api import sync_playwright

    opened, closed = [], []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=FLAGS)
        page = chromium.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(address)
        page.get_by_role("button", name="Resume Shortcut").click()
        page.get_by_text(re.compile(r"about .+ left")).wait_for(timeout=60_000)
        page.goto("about:blank")
        while _trained(folder, run_id) < _AGE:
            time.sleep(1)
        for _ in range(_WINDOWS):
            page.goto(address)
            opened.append(_rate(folder, run_id))
            page.goto("about:blank")
            closed.append(_rate(folder, run_id))
        page.goto(address)
        page.get_by_role("button", name="Stop Shortcut").click()
        page.get_by_role("button", name="Resume Shortcut").wait_for(timeout=60_000)
        chromium.close()
    return statistics.median(opened), statistics.median(closed)


def _rate(folder: str, run_id: str) -> float:
    time.sleep(_SETTLE)
    begin, start = _epochs(folder, run_id), time.perf_counter()
    time.sleep(_SECONDS)
    return (_epochs(folder, run_id) - begin) / (time.perf_counter() - start)


def _epochs(folder: str, run_id: str) -> int:
    return _log(folder, run_id).count(b"\n")


def _trained(folder: str, run_id: str) -> float:
    """Seconds of training so far."""
    rows = _log(folder, run_id).split(b"\n")[:-1]
    return sum(float(json.loads(row)["seconds"]) for row in rows)


def _log(folder: str, run_id: str) -> bytes:
    return (Path(folder) / run_id / "metrics.jsonl").read_bytes()
