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
_PLOT, _X, _Y, _KIND, _LOGARITHMIC = "plot", "x", "y", "color", "log"  # in the URL
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
        clicked = _facts(runs, beside, chosen)
        return clicked if any(run.record.id == clicked for run in runs) else None
    _curves(runs, beside)
    return None


def _facts(
    passing: Sequence[RunSummary], beside: Sequence[RunSummary], chosen: Sequence[RunSummary]
) -> str:
    """The id of the run that was clicked on; empty if none was."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        x = _choice("Across", NUMBERS, "density", _X)
        y = _choice("Up", NUMBERS, "best_accuracy", _Y)
        kind = _choice("Colour", KINDS, "method", _KIND)
        logarithmic = _logarithmic()
    runs, ids = [*passing, *beside], {run.record.id for run in chosen}
    figure = fact_figure(runs, x, y, kind, chosen=ids, logarithmic=logarithmic)
    figure.update_layout(uirevision=f"{x} {y} {kind} {logarithmic}")
    if not figure.data:
        st.info("None of these runs has a place on both axes. Choose other facts.")
        return ""
    label = f"{fact_name(y)} of the runs against {fact_name(x).lower()}"
    picked = chart(figure, "facts", label=label, height=420, has_picks=True)
    n_without = len(runs) - sum(len(trace["ids"]) for trace in figure.data)
    without = f" {n_without:,} of {len(runs):,} runs have no place on both axes."
    st.caption(f"{_HELP}{without if n_without else ''}")
    return picked.id if picked is not None else ""


def _choice(label: str, names: Sequence[str], usual: str, name: str) -> str:
    """One of the facts; the URL says it where it is not the usual one."""
    wanted = parameter(name)
    chosen: str = st.selectbox(
        label,
        names,
        index=names.index(wanted if wanted in names else usual),
        format_func=fact_name,
        key=f"facts-{name}",
        width=190,
    )
    _say(name, "" if chosen == usual else chosen)
    return chosen


def _logarithmic() -> list[str]:
    """Which axes are logarithmic; the URL says it."""
    wanted = parameter(_LOGARITHMIC)
    chosen = st.segmented_control(
        "Logarithmic",
        ("x", "y"),
        default=[axis for axis in ("x", "y") if axis in wanted],
        selection_mode="multi",
        key="facts-logarithmic",
    )
    _say(_LOGARITHMIC, "".join(sorted(chosen)))
    return sorted(chosen)


def _say(name: str, value: str) -> None:
    if value:
        put_parameter(name, value)
    else:
        drop_parameters(name)


def _curves(passing: Sequence[RunSummary], beside: Sequence[RunSummary]) -> None:
    newest = passing[: MOST - len(beside)]
    shown = [*beside, *newest]
    records = [run.record for run in shown]
    names = run_names(records, {run.record.id: run.notes.name for run in shown})
    pinned = next((run.record.id for run in shown if run.is_baseline), None)
    learning_comparison(records, names, pinned)
    if len(newest) < len(passing):
        st.caption(f"The {len(newest)} newest of {len(passing):,} runs.")
