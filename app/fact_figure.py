"""Runs as points: one of their facts against another."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.figure import Figure, plotly_text
from app.labels import listed
from app.palette import LAYER_COLORS, UMBER
from app.run_summary import RunSummary

NUMBERS = (
    "density",
    "connections",
    "accuracy",
    "best_accuracy",
    "loss",
    "best_loss",
    "epsilon",
    "zeta",
    "learning_rate",
    "seed",
    "epochs",
    "seconds",
)
"""Facts that an axis can be of."""

KINDS = (
    "method",
    "model",
    "data",
    "hidden",
    "epsilon",
    "zeta",
    "learning_rate",
    "seed",
    "tags",
    "status",
)
"""Facts that the colours can be of."""

_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x")
_SHARES = ("density", "accuracy", "best_accuracy")
_OTHERS, _NONE, _BASELINE = "(others)", "(none)", "(baseline)"  # as no tag is called


def fact_name(name: str) -> str:
    """What a fact is called on a page.

    >>> fact_name("best_accuracy")
    'Best accuracy'
    """
    return name.replace("_", " ").capitalize()


def fact_figure(
    runs: Sequence[RunSummary],
    x: str,
    y: str,
    kind: str,
    *,
    chosen: Collection[str] = (),
    logarithmic: Collection[str] = (),
) -> Figure:
    """A point for each run that has both facts; its `id` is the run's.

    Args:
        runs: to be drawn; the baseline among them is a star.
        x, y: of `NUMBERS`.
        kind: of `KINDS`; each value of it has a look of its own, the most frequent first.
        chosen: ids of runs that stand out; the others are pale if there are any.
        logarithmic: those of the axes whose scale is logarithmic, "x" and "y".
    """
    figure = Figure()
    drawn = [
        run
        for run in runs
        if _has_place(run, x, "x" in logarithmic) and _has_place(run, y, "y" in logarithmic)
    ]
    groups: dict[str, list[RunSummary]] = {}
    for run in drawn:
        if not run.is_baseline:
            groups.setdefault(_kind(run, kind), []).append(run)
    looks = list(product(_SYMBOLS, LAYER_COLORS))
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    rest = [run for _, members in ordered[len(looks) - 1 :] for run in members]
    if len(ordered) > len(looks):
        ordered = [*ordered[: len(looks) - 1], (_OTHERS, rest)]
    for (name, members), (symbol, color) in zip(ordered, looks, strict=False):
        marker = {"symbol": symbol, "color": color, "size": 8}
        _add_runs(figure, members, name, x, y, marker, chosen)
    pinned = [run for run in drawn if run.is_baseline]
    if pinned:
        marker = {"symbol": "star", "color": UMBER, "size": 14}
        _add_runs(figure, pinned, _BASELINE, x, y, marker, chosen)
    figure.update_layout(
        xaxis=_axis(x, "x" in logarithmic),
        yaxis=_axis(y, "y" in logarithmic),
        legend={"title": {"text": fact_name(kind)}},
        showlegend=True,
        hovermode="closest",
    )
    return figure


def _add_runs(
    figure: Figure,
    runs: Sequence[RunSummary],
    name: str,
    x: str,
    y: str,
    marker: dict[str, Any],
    chosen: Collection[str],
) -> None:
    trace = {
        "x": _numbers(runs, x),
        "y": _numbers(runs, y),
        "ids": [run.record.id for run in runs],
        "text": [plotly_text(run.name) for run in runs],
        "name": plotly_text(name),
        "uid": f"kind-{name}",
        "mode": "markers",
        "marker": {"opacity": 0.8, **marker},
        "hovertemplate": f"%{{text}}<br>%{{id}}<br>{fact_name(x)} %{{x}}<br>{fact_name(y)} %{{y}}"
        "<extra>%{fullData.name}</extra>",
    }
    if chosen:
        trace["selectedpoints"] = [
            place for place, run in enumerate(runs) if run.record.id in chosen
        ]
        trace["unselected"] = {"marker": {"opacity": 0.2}}
    figure.add_scatter(**trace)


def _has_place(run: RunSummary, name: str, is_logarithmic: bool) -> bool:
    """Whether the run has the fact, and the axis can show it."""
    value = run.facts[name]
    return value is not None and (value > 0 if is_logarithmic else math.isfinite(value))


def _numbers(runs: Sequence[RunSummary], name: str) -> NDArray[np.float64]:
    return np.array([run.facts[name] for run in runs], np.float64)


def _kind(run: RunSummary, name: str) -> str:
    value = run.facts[name]
    if isinstance(value, tuple):
        return listed(value) or _NONE
    return f"{value:.12g}" if isinstance(value, float) else str(_NONE if value is None else value)


def _axis(name: str, is_logarithmic: bool) -> dict[str, Any]:
    axis: dict[str, Any] = {"title": fact_name(name), "type": "log" if is_logarithmic else "linear"}
    if name in _SHARES:
        axis["tickformat"] = "~%" if is_logarithmic else ".3~%"
    return axis
