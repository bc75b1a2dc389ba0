"""A real browser, and Streamlit servers for it to visit."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from page_actions import PATIENCE, complaints_of, wait_until_idle
from playwright.sync_api import Browser, Page, expect, sync_playwright

from set_engine import RunStore

# Streamlit scripts: importing one would run it.
collect_ignore_glob = ["*_page.py"]

BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome")
BROWSER_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 60
DASHBOARD = Path(__file__).parents[2] / "app" / "dashboard.py"


@dataclass(frozen=True)
class Server:
    """A running Streamlit server."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> None:
        """End the server's process; do nothing if it has ended."""
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


Serve = Callable[..., Server]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, as installed on this system."""
    executable = next(filter(None, map(shutil.which, BROWSER_NAMES)), None)
    if executable is None:
        reason = f"no browser found: looked for {', '.join(BROWSER_NAMES)}"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=BROWSER_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """`serve(script, env=None, cwd=None)` starts a server; all are stopped at the end."""
    with ExitStack() as stack:

        def start(
            script: Path, env: Mapping[str, str] | None = None, cwd: Path | None = None
        ) -> Server:
            folder = tmp_path_factory.mktemp("server")
            server = _start(script, env or {}, cwd or folder, folder / "log.txt")
            stack.callback(server.stop)
            _wait_until_healthy(server)
            return server

        yield start


def _start(script: Path, env: Mapping[str, str], cwd: Path, log: Path) -> Server:
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **env}, stdout=output, stderr=subprocess.STDOUT
        )
    return Server(f"http://127.0.0.1:{port}", process, log)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_until_healthy(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            with urlopen(f"{server.url}/_stcore/health", timeout=1) as answer:
                if answer.status == 200:
                    return
        except (URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    pytest.fail(f"the server did not start:\n{server.log.read_text(errors='replace')}")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    """The store the dashboard of these tests works on."""
    return RunStore(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def url(serve: Serve, store: RunStore) -> str:
    """A dashboard on that store."""
    return serve(DASHBOARD, {"SETSCOPE_RUNS": str(store.root)}).url


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """The dashboard, opened; at the end, nothing has gone wrong or left this machine."""
    context = browser.new_context(viewport={"width": 1400, "height": 1600})
    page = context.new_page()
    complaints = complaints_of(page)
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page.goto(url)
    # The first drawing gives every field its value: who types before it is over may be overruled.
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    wait_until_idle(page)
    yield page
    context.close()
    assert complaints == []
