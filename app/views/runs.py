"""The page of runs: find them, name and tag them, choose some to look at, delete and restore."""

from __future__ import annotations

import streamlit as st

from app.clicks import part, whole_page
from app.incoming_panel import incoming_panel
from app.labels import escaped
from app.parameters import drop_parameters, parameter, put_parameter
from app.run_desk import run_desk
from app.run_filter import EXAMPLE, RunFilter, RunFilterError
from app.run_plots import run_plots
from app.run_summary import FACTS, SETTINGS, RunSummary
from app.run_table import run_table, toggle_choice
from app.services import run_index
from app.trash_panel import trash_panel

URL_PATH = "runs"

_PARAMETER = "filter"
_REFRESH_SECONDS = 3.0
_HELP = (
    f"Words, or an expression such as `{EXAMPLE}`. It compares by `==`, `!=`, `<`, `<=`, `>`, "
    "`>=`, `in` and `not in`, joined by `and`, `or`, `not` and parentheses. What a run has not is "
    f"`None`.\n\nIt may ask for {', '.join(f'`{name}`' for name in FACTS)}; and for the settings "
    f"{', '.join(f'`{name}`' for name in SETTINGS)}."
)


def render() -> None:
    """Draw the page; it follows by itself runs that change."""
    st.title("Runs")
    with whole_page():
        _table()
        incoming_panel()
        trash_panel()


@st.fragment(run_every=_REFRESH_SECONDS)
@part
def _table() -> None:
    found = run_index().read()
    if not found.runs:
        st.info("There are no runs. Train one on the Live page, or bring some in below.")
        return
    shown = _filtered(found.runs)
    if shown:
        chosen = run_table(shown)
        run_desk(chosen, shown)
        clicked = run_plots(shown, chosen, _baseline(found.runs))
        if clicked is not None:
            toggle_choice(clicked, chosen)
            st.rerun()
    else:
        st.info("No run passes the filter.")
    for problem in found.problems:
        st.warning(escaped(problem))


def _filtered(runs: tuple[RunSummary, ...]) -> list[RunSummary]:
    """The runs that pass what is typed, which the URL says; all as long as it is wrong."""
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    text = left.text_input(
        "Filter", parameter(_PARAMETER), key="run-filter", placeholder=EXAMPLE, help=_HELP
    )
    if text:
        put_parameter(_PARAMETER, text)
    else:
        drop_parameters(_PARAMETER)
    shown = list(runs)
    try:
        run_filter = RunFilter(text, (*FACTS, *SETTINGS), FACTS)
        shown = [run for run in runs if run_filter.passes(run.facts)]
    except RunFilterError as error:
        st.error(escaped(f"{error}."), icon=":material/error:")
    right.caption(f"{len(shown):,} of {len(runs):,} runs")
    return shown


def _baseline(runs: tuple[RunSummary, ...]) -> RunSummary | None:
    return next((run for run in runs if run.is_baseline), None)
