"""What several test folders share."""

from __future__ import annotations

import os
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
