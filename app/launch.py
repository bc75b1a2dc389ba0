"""Start the dashboard's server, wait until it answers, and open a browser on it."""

from __future__ import annotations

import os
import platform
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from app.locations import STORE_VARIABLE

_SCRIPT = Path(__file__).with_name("dashboard.py")
_ADDRESS = "127.0.0.1"
_START_SECONDS = 60


class DashboardError(RuntimeError):
    """The dashboard cannot be served; the message says why."""


def serve_dashboard(store: Path, port: int, threads: int | None, *, open_browser: bool) -> int:
    """Serve until interrupted or terminated; the exit status of the server.

    Args:
        store: folder of the runs.
        port: on 127.0.0.1.
        threads: cores that its runs train on; all if None.
        open_browser: whether to show it, if there is a screen.

    Raises:
        DashboardError: if the port is taken, or there are fewer cores.
    """
    cores = {} if threads is None else {"NUMBA_NUM_THREADS": str(_existing_cores(threads))}
    _require_free(port)
    command = [sys.executable, "-m", "streamlit", "run", str(_SCRIPT)]
    environment = {**os.environ, STORE_VARIABLE: str(store.resolve()), **cores}
    server = subprocess.Popen([*command, "--server.port", str(port)], env=environment)
    # A signal to this process alone, as `kill` sends it, would leave the server behind.
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    try:
        if open_browser and _has_screen() and _answers(server, port):
            webbrowser.open(f"http://{_ADDRESS}:{port}")
        return server.wait()
    except KeyboardInterrupt:
        # Ctrl-C reaches the server, too, which stops its runs before it ends.
        return server.wait()
    finally:
        server.terminate()


def _existing_cores(threads: int) -> int:
    # Not asked of the engine: only the server needs to load it, which takes seconds.
    affinity = getattr(os, "sched_getaffinity", None)
    n_cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    if threads > n_cores:
        raise DashboardError(f"threads is {threads}; it must be from 1 to {n_cores}, the cores")
    return threads


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_ADDRESS, port))
        except OSError as error:
            raise DashboardError(
                f"port {port} of {_ADDRESS} cannot be used: {error.strerror}; choose another with "
                "--port"
            ) from error


def _has_screen() -> bool:
    # Without one, webbrowser would start a browser for terminals over the server's output.
    if platform.system() == "Linux":
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True


def _answers(server: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(f"http://{_ADDRESS}:{port}/_stcore/health", timeout=1) as answer:
                return bool(answer.status == 200)
        except (URLError, TimeoutError, ConnectionError):
            time.sleep(0.2)
    return False
