"""A live plotly chart: its zoom, pan and legend choices survive new data."""

from __future__ import annotations

import functools
import logging
import shutil
import uuid
from pathlib import Path
from typing import NamedTuple

import plotly
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.figure import Figure

PLOTLY_JS = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"

# The version keeps a browser from using its cached copy of another plotly.
_PLOTLY_URL = f"app/static/{PLOTLY_JS.name}?v={plotly.__version__}"
_LIBRARY_ID = "setscope-plotly"  # as chart.js has it
_LOAD_EARLY = f"""
<script>
  if (!window.Plotly && !document.getElementById("{_LIBRARY_ID}")) {{
    const script = document.createElement("script");
    script.id = "{_LIBRARY_ID}";
    script.src = new URL("{_PLOTLY_URL}", document.baseURI).href;
    script.onerror = () => script.remove(); // the charts try again, and say it
    document.head.append(script);
  }}
</script>
"""
ASSETS = Path(__file__).parent / "static"
CHART_HTML = """
<div class="setscope-chart" role="figure">
  <div class="setscope-chart-plot"></div>
  <p class="setscope-chart-message" role="status" hidden></p>
</div>
"""

_mount = st.components.v2.component(
    "setscope_chart",
    html=CHART_HTML,
    css=(ASSETS / "chart.css").read_text(encoding="utf-8"),
    js=(ASSETS / "chart.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


class Pick(NamedTuple):
    """A point or a cell of a chart.

    Attributes:
        x, y: what its axes call it.
        id: of the point, where its trace gives some; otherwise empty.
    """

    x: str
    y: str
    id: str = ""


def prepare_charts() -> None:
    """Have the browser load plotly while the page is put together; draw nothing.

    Otherwise it begins when the first chart is in its place, which a reader would wait for.
    """
    _serve_plotly_js()
    with st.container(key="early-plotly"):
        st.html(
            "<style>.st-key-early-plotly { display: none; }</style>" + _LOAD_EARLY,
            unsafe_allow_javascript=True,
        )


def chart(
    figure: Figure, key: str, *, label: str, height: int = 320, has_picks: bool = False
) -> Pick | None:
    """Draw `figure`, or bring the chart drawn before under the same `key` up to date.

    What the reader did to the chart (zoom, pan, hidden traces) lasts until `key`, or the figure's
    own `layout.uirevision`, changes; a double click on the plot resets it. Axes without a range
    follow the data meanwhile. Colours, fonts and margins come from the page's theme; whatever the
    figure sets itself wins. Traces whose order may change need a `uid` of their own for a hidden
    one to stay hidden.

    Args:
        figure: give its traces float32 arrays: they travel as base64, not as digits.
        key: unique on the page; also the name of exported files.
        label: what the chart shows, in words, for those who do not see it.
        height: in pixels, reserved before anything is drawn.
        has_picks: whether a click on a point or a cell picks it.

    Returns:
        What was picked since the chart was drawn last; None if nothing was.
    """
    _serve_plotly_js()
    data = {
        "figure": figure.to_json(),
        "height": height,
        "key": key,
        "label": label,
        "plotly": _PLOTLY_URL,
        "hasPicks": has_picks,
    }
    if not has_picks:
        _mount(key=key, data=data, height=height)
        return None
    picked = _mount(key=key, data=data, height=height, on_picked_change=lambda: None).picked
    if not picked:
        return None
    return Pick(str(picked["x"]), str(picked["y"]), str(picked.get("id") or ""))


def ensure_plotly_js(folder: Path) -> Path:
    """The copy of plotly.min.js in `folder`, made or renewed if need be.

    Raises:
        OSError: if `folder` cannot be written to.
    """
    copy = folder / PLOTLY_JS.name
    if not copy.is_file() or copy.stat().st_size != PLOTLY_JS.stat().st_size:
        folder.mkdir(exist_ok=True)
        _copy_atomically(PLOTLY_JS, copy)
    return copy


def _copy_atomically(source: Path, target: Path) -> None:
    partial = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        shutil.copyfile(source, partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _serve_plotly_js() -> None:
    context = get_script_run_ctx()
    if context is not None and st.get_option("server.enableStaticServing"):
        _publish_plotly_js(Path(context.main_script_path).parent / "static")


@functools.cache
def _publish_plotly_js(folder: Path) -> None:
    # Without the copy the chart itself says, in the page, what is missing.
    try:
        ensure_plotly_js(folder)
    except OSError as error:
        logging.getLogger(__name__).warning("Charts cannot be drawn: %s", error)
