"""What tests of measures share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import pytest

from analysis import cores


@pytest.fixture
def on_cores(monkeypatch) -> Callable[[Callable[[], Any]], list[Any]]:
    """What a function gives on one core, and on three, which start threads on any machine."""
    started = []
    share = cores._share

    def counted() -> None:
        started.append(1)
        share()

    def both(function: Callable[[], Any]) -> list[Any]:
        found = []
        monkeypatch.setattr(cores, "_share", counted)
        for count in (1, 3):
            monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", count)
            found.append(function())
            assert bool(started) == (count > 1)
        return found

    return both
