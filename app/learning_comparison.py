"""The learning curves of the runs of a comparison, in one chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.chart import chart
from app.curve_look import curve_look, curve_look_choice
from app.curves import CurveLook, smoothed, thinned, values_of
from app.figure import Figure, plotly_text
from app.labels import STAR, escaped, listed
from app.palette import DASHES, LAYER_COLORS, MOST_NAMES
from app.run_groups import GroupCurve, curve_of, groups_of
from app.services import reader
from set_engine import DamagedRunError, EpochMetrics, RunNotFoundError, RunRecord

FIELDS = {
    "test_accuracy": ("Test accuracy", "share right"),
    "test_loss": ("Test loss", "loss"),
    "train_accuracy": ("Training accuracy", "share right"),
    "train_loss": ("Training loss", "loss"),
}
"""Figures that can be drawn: what each is called, and its unit."""

_HELP = (
    "Runs whose settings are the same but for the seed are drawn as their mean, in a band of one "
    "standard deviation on either side, over the epochs that all of them have."
)


def learning_comparison(
    runs: Sequence[RunRecord], names: Mapping[str, str], baseline: str | None
) -> None:
    """Draw the chart and what steers it.

    Args:
        runs: of the comparison.
        names: what each is called, by id.
        baseline: id of the run that has a star, if it is among them.
    """
    st.subheader("Learning curves", help=_HELP)
    logs = {run.id: log_of(run.id) for run in runs}
    fields = [field for field in FIELDS if any(values_of(log, field) for log in logs.values())]
    if not fields:
        st.info("None of the runs has a learning curve.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        field = st.segmented_control(
            "Curve",
            fields,
            default=fields[0],
            format_func=lambda one: FIELDS[one][0],
            required=True,
            key="compared-curve",
            label_visibility="collapsed",
        )
        by_seed = st.toggle("Group seeds", value=True, key="group-seeds", help=_HELP)
        curve_look_choice()
    drawn = learning_curves(runs, names, logs, field, by_seed=by_seed, baseline=baseline)
    figure = learning_figure(drawn, field, curve_look())
    figure.update_layout(uirevision=field)
    label = f"{FIELDS[field][0]} of the runs by epoch"
    chart(figure, "compared-curves", label=label, height=420)
    empty = [names[run.id] for run in runs if not values_of(logs[run.id], field)]
    if empty:
        st.caption(escaped(f"Without this curve: {listed(empty)}."))


def learning_curves(
    runs: Sequence[RunRecord],
    names: Mapping[str, str],
    logs: Mapping[str, Sequence[EpochMetrics]],
    field: str,
    *,
    by_seed: bool,
    baseline: str | None,
) -> dict[str, GroupCurve]:
    """The curve of each group of runs that has one, by what the group is called.

    Args:
        runs: in the order of the curves.
        names: what each is called, by id.
        logs: of each, by id.
        field: of `EpochMetrics`.
        by_seed: whether runs that differ in the seed alone are one group.
        baseline: id of the run whose group has a star, if it is among them.
    """
    curves = {}
    for group in groups_of(runs, names, by_seed=by_seed):
        star = f"{STAR} " if baseline in group.run_ids else ""
        logs_of_group = [logs[run_id] for run_id in group.run_ids]
        curves[f"{star}{group.name}"] = curve_of(logs_of_group, field)
    return {name: curve for name, curve in curves.items() if len(curve.epochs)}


def learning_figure(curves: Mapping[str, GroupCurve], field: str, look: CurveLook) -> Figure:
    """A line for each group of runs, and a band around that of several.

    Args:
        curves: by what the group is called.
        field: of `EpochMetrics` that they are of.
        look: how they are drawn.
    """
    title, unit = FIELDS[field]
    figure = Figure()
    for number, (name, curve) in enumerate(curves.items()):
        color = LAYER_COLORS[number % len(LAYER_COLORS)]
        dash = DASHES[number // len(LAYER_COLORS) % len(DASHES)]
        chosen = thinned(len(curve.epochs))
        x = curve.epochs[chosen].astype(np.float32)
        mean = smoothed(curve.mean, look.smoothing)[chosen]
        if curve.deviation.any():
            deviation = smoothed(curve.deviation, look.smoothing)[chosen]
            _add_band(figure, f"{number}", x, mean - deviation, mean + deviation, color)
        figure.add_scatter(
            x=x,
            y=mean.astype(np.float32),
            name=plotly_text(name),
            uid=f"mean-{number}",
            mode="lines" if len(x) > 1 else "markers",
            legendgroup=f"{number}",
            line={"color": color, "dash": dash},
        )
    axis = {"title": "epoch", "type": "log" if look.is_log_epochs else "linear"}
    y = {"title": unit, "tickformat": ".1%"} if "accuracy" in field else {"title": unit}
    if look.is_log_loss and "loss" in field:
        y["type"] = "log"
    is_named = len(curves) <= MOST_NAMES
    figure.update_layout(
        title=title,
        xaxis=axis,
        yaxis=y,
        hovermode="x unified" if is_named else "closest",
        showlegend=is_named,
    )
    return figure


def _add_band(
    figure: Figure,
    uid: str,
    x: NDArray[np.float32],
    below: NDArray[np.float64],
    above: NDArray[np.float64],
    color: str,
) -> None:
    figure.add_scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([above, below[::-1]]).astype(np.float32),
        name="± 1 s.d.",
        uid=f"band-{uid}",
        mode="lines",
        fill="toself",
        line={"width": 0, "color": color},
        opacity=0.25,
        legendgroup=uid,
        showlegend=False,
        hoverinfo="skip",
    )


def log_of(run_id: str) -> tuple[EpochMetrics, ...]:
    """Rows of a run's log; none of one that cannot be read."""
    try:
        return reader(run_id).glance().metrics
    except (RunNotFoundError, DamagedRunError):
        return ()
