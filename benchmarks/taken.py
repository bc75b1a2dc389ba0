"""What a single measurement took."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Taken:
    """Time, the largest memory of the process so far, and what was found, in words."""

    seconds: float
    gibibytes: float
    detail: str


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that some work took, and what it gave."""
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found
