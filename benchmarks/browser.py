"""The browser of this system, for what is measured or drawn in one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import plotly.graph_objects as go

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def find_browser() -> str | None:
    """Where it is; None if there is none of these names."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def save_svg(figure: go.Figure, target: Path) -> None:
    """Draw a figure in the browser, and write it as SVG."""
    import plotly
    from playwright.sync_api import sync_playwright

    script = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        page = chromium.new_page()
        page.add_script_tag(path=script)
        svg = page.evaluate(
            "spec => Plotly.toImage(JSON.parse(spec), {format: 'svg', imageDataOnly: true})",
            figure.to_json(),
        )
        chromium.close()
    target.write_text(svg, encoding="utf-8")
