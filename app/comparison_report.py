"""A comparison as one HTML file that needs nothing else, with every figure as the page draws it."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.chart import ASSETS, CHART_HTML, PLOTLY_JS
from app.figure import Figure
from app.palette import LAYER_COLORS

# What the theme of the page gives to its charts.
_STYLE = """
:root {
  --st-font: "Source Sans", system-ui, sans-serif;
  --st-text-color: #1b2733;
  --st-background-color: #ffffff;
  --st-border-color: #9aa7b3;
  --st-border-color-light: #e3e8ed;
  --st-primary-color: #1a6aa8;
  --st-chart-categorical-colors: COLORS;
}
body {
  color: var(--st-text-color);
  font: 16px/1.5 var(--st-font);
  margin: 2rem auto;
  max-width: 1100px;
  padding: 0 1rem;
}
h1, h2 { line-height: 1.2; }
table { border-collapse: collapse; font-size: 14px; margin: 1rem 0; }
th,
td {
  border: 1px solid var(--st-border-color-light);
  padding: 0.25rem 0.6rem;
  text-align: left;
}
td { font-variant-numeric: tabular-nums; }
"""
_DRAW = """
for (const parent of document.querySelectorAll(".report-figure")) {
  const data = JSON.parse(parent.querySelector("script").textContent);
  render({ data, parentElement: parent, setTriggerValue: () => {} });
}
"""
_EXPORT = "export default function render"


@dataclass(frozen=True)
class ReportFigure:
    """A figure of a report.

    Attributes:
        figure: as the page has it.
        key: unlike that of any other; also the name of exported files.
        label: what it shows, in words.
        height: in pixels.
    """

    figure: Figure
    key: str
    label: str
    height: int = 420


@dataclass(frozen=True)
class ReportPart:
    """A heading with what stands below it.

    Attributes:
        title: the heading.
        text: a paragraph; empty for none.
        rows: of a table, by column; empty for none.
        figures: below the table.
    """

    title: str
    text: str = ""
    rows: Sequence[Mapping[str, object]] = ()
    figures: Sequence[ReportFigure] = ()


def report_html(title: str, parts: Sequence[ReportPart]) -> str:
    """The report; its figures zoom, and save PNG, SVG and CSV, as those of the page.

    >>> page = report_html("A < B", [ReportPart("Seeds", rows=[{"run": "a", "seed": 1}])])
    >>> "<h1>A &lt; B</h1>" in page, "<td>1</td>" in page
    (True, True)
    """
    chart = (ASSETS / "chart.js").read_text(encoding="utf-8")
    assert _EXPORT in chart, "the component draws by its default export"
    scripts = [
        f"<script>{_within_script(PLOTLY_JS.read_text(encoding='utf-8'))}</script>",
        f'<script type="module">{_within_script(chart.replace(_EXPORT, "function render"))}{_DRAW}'
        "</script>",
    ]
    style = _STYLE.replace("COLORS", ",".join(LAYER_COLORS)) + (ASSETS / "chart.css").read_text(
        encoding="utf-8"
    )
    made = datetime.now(UTC).strftime("%d %B %Y, %H:%M UTC")
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>',
            f"<style>{style}</style></head><body>",
            f"<h1>{html.escape(title)}</h1><p>Made by setscope, {made}.</p>",
            *(_part(part) for part in parts),
            *scripts,
            "</body></html>",
        ]
    )


def _part(part: ReportPart) -> str:
    lines = [f"<h2>{html.escape(part.title)}</h2>"]
    if part.text:
        lines.append(f"<p>{html.escape(part.text)}</p>")
    if part.rows:
        lines.append(_table(part.rows))
    lines += [_figure(one) for one in part.figures]
    return "\n".join(lines)


def _table(rows: Sequence[Mapping[str, object]]) -> str:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(row.get(name))}</td>" for name in columns) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    return "" if value is None else html.escape(str(value))


def _figure(one: ReportFigure) -> str:
    data = {
        "figure": one.figure.to_json(),
        "height": one.height,
        "key": one.key,
        "label": one.label,
        "plotly": "",  # it is there already
        "hasPicks": False,
    }
    content = json.dumps(data).replace("<", "\\u003c")
    return (
        f'<div class="report-figure">{CHART_HTML}'
        f'<script type="application/json">{content}</script></div>'
    )


def _within_script(source: str) -> str:
    return source.replace("</script", "<\\/script")
