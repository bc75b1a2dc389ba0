"""Figures of the runs that pass the filter."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.chart import chart
from app.compared import MOST, run_names
from app.fact_figure import KINDS, NUMBERS, fact_figure, fact_name
from app.learning_comparison import learning_comparison
from app.parameters import drop_parameters, parameter, put_parameter
from app.run_summary import RunSummary

_FACTS, _CURVES = "Facts", "Learning curves"
_PLOT, _X, _Y, _KIND = "plot", "x", "y", "color"  # in the URL
_HELP = "A click on a point chooses its run, or gives it up."


def run_plots(
    runs: Sequence[RunSummary], chosen: Sequence[RunSummary], baseline: RunSummary | None
) -> str | None:
    """Draw the figure that the reader asks for, or none.

    Args:
        runs: those that pass the filter, at least one.
        chosen: of these, those that the reader chose.
        baseline: what the others are set beside, whether it passes or not.

    Returns:
        The id of a run that was clicked on since; None if none was.
    """
    wanted = parameter(_PLOT)
    plot = st.segmented_control(
        "Plot",
        (_FACTS, _CURVES),
        default=wanted if wanted in (_FACTS, _CURVES) else None,
        key="run-plot",
        help="Of the runs that pass the filter, with the pinned baseline beside them.",
    )
    if plot is None:
        drop_parameters(_PLOT)
        return None
    put_parameter(_PLOT, plot)
    beside = [] if baseline is None or baseline in runs else [baseline]
    if plot == _FACTS:
        return _facts([*runs, *beside], chosen)
    _curves([*beside, *runs])
    return None


def _facts(runs: Sequence[RunSummary], chosen: Sequence[RunSummary]) -> str | None:
    known = [
        name for name in NUMBERS if any(run.facts[name] is not None for run in runs)
    ] or NUMBERS
    with st.container(horizontal=True, vertical_alignment="bottom"):
        x = _choice("Across", known, "density", _X)
        y = _choice("Up", known, "best_accuracy", _Y)
        kind = _choice("Colour", KINDS, "method", _KIND)
        logarithmic = st.segmented_control(
            "Logarithmic", ("x", "y"), selection_mode="multi", key="facts-logarithmic"
        )
    ids = {run.record.id for run in chosen}
    figure = fact_figure(runs, x, y, kind, chosen=ids, logarithmic=logarithmic)
    figure.update_layout(uirevision=f"{x} {y} {kind} {logarithmic}")
    label = f"{fact_name(y)} of the runs against {fact_name(x).lower()}"
    picked = chart(figure, "facts", label=label, height=420, has_picks=True)
    n_drawn = sum(len(trace["ids"]) for trace in figure.data)
    without = f" {len(runs) - n_drawn:,} have not both." if n_drawn < len(runs) else ""
    st.caption(f"{n_drawn:,} of {len(runs):,} runs.{without} {_HELP}")
    return picked.id if picked is not None else None


def _choice(label: str, names: Sequence[str], usual: str, parameter_name: str) -> str:
    """One of the facts; the URL says it where it is not the usual one."""
    wanted = parameter(parameter_name)
    default = wanted if wanted in names else usual if usual in names else names[0]
    chosen: str = st.selectbox(
        label,
        names,
        index=names.index(default),
        format_func=fact_name,
        key=f"facts-{parameter_name}",
        width=190,
    )
    if chosen == usual:
        drop_parameters(parameter_name)
    else:
        put_parameter(parameter_name, chosen)
    return chosen


def _curves(runs: Sequence[RunSummary]) -> None:
    shown = runs[:MOST]
    records = [run.record for run in shown]
    names = run_names(records, {run.record.id: run.notes.name for run in shown})
    pinned = {run.record.id for run in shown if run.is_baseline}
    starred = {one: f"★ {name}" if one in pinned else name for one, name in names.items()}
    learning_comparison(records, starred)
    if len(shown) < len(runs):
        st.caption(f"Of the {MOST} newest of these {len(runs):,} runs.")
