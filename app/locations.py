"""Where things are kept."""

from __future__ import annotations

import os
from pathlib import Path

STORE_VARIABLE = "SETSCOPE_RUNS"


def default_store() -> Path:
    """The folder of runs: what SETSCOPE_RUNS says, or `runs` in the working directory."""
    return Path(os.environ.get(STORE_VARIABLE) or "runs")
