"""The browser of this system, for what is measured or drawn in one."""

from __future__ import annotations

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def find_browser() -> str | None:
    """Where it is; None if there is none of these names."""
    return next(filter(None, map(shutil.which, NAMES)), None)
