"""What several test folders share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import hypothesis
import pytest

from topology import TopologySnapshot, import_scipy_layers

# The first example may compile a kernel; how long things take is no matter of tests.
hypothesis.settings.register_profile("setscope", deadline=None)
hypothesis.settings.load_profile("setscope")

_VARIABLE = "SETSCOPE_SHARED_DATA"


@pytest.fixture(scope="session")
def shared_data(pytestconfig: pytest.Config) -> Path:
    """The folder of real data that is no part of the repository; without it the test is skipped."""
    beside = pytestconfig.rootpath.parent / "shared" / "data"
    folder = Path(os.environ.get(_VARIABLE) or beside)
    if not folder.is_dir():
        pytest.skip(f"shared data is absent: no folder {folder} (set {_VARIABLE} to where it is)")
    return folder


@pytest.fixture(scope="session")
def authors_network(shared_data: Path) -> Callable[[str, str], TopologySnapshot]:
    """Networks that the authors of NNSTD saved, by name and epoch, such as ("w0", "010")."""
    folder = shared_data / "nnstd_topologies"
    if not folder.is_dir():
        pytest.skip(f"shared data is absent: no folder {folder}")

    @cache
    def load(name: str, epoch: str) -> TopologySnapshot:
        return import_scipy_layers(folder / f"e5_s0_{name}" / f"epoch_{epoch}").snapshot

    return load


@pytest.fixture
def run_python(tmp_path) -> Callable[..., str]:
    """Run a script in a process of its own, which must end well; what it printed."""

    def run(script: str, *arguments: str, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", script, *arguments],
            env=os.environ | environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, f"ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run
