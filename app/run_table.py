"""The table of runs, in which the reader chooses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.clicks import key_of
from app.labels import STAR
from app.parameters import drop_parameters, parameter, put_parameter
from app.run_summary import RunSummary

SELECTION_PARAMETER = "selected"
"""In the URL: ids of the chosen runs, with commas between them."""

_HEIGHT = 560  # pixels; more rows scroll
_TURN = "choice-turn"  # in the session: counts the choices that were not made in the table


def run_table(runs: Sequence[RunSummary]) -> list[RunSummary]:
    """Draw it; the runs that are chosen, which the URL names.

    Args:
        runs: at least one, in the order of the rows.
    """
    wanted = parameter(SELECTION_PARAMETER).split(",")
    ids = [run.record.id for run in runs]
    chosen = st.dataframe(
        [_row(run) for run in runs],
        # The table knows its choice by the numbers of rows: with other rows it is another table.
        key=f"{key_of('runs', ids)}-{st.session_state.get(_TURN, 0)}",
        height=_HEIGHT if len(runs) > 14 else "auto",
        hide_index=True,
        column_config=_columns(),
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": [ids.index(one) for one in wanted if one in ids]}},
        alt="All runs that pass the filter, one a row",
    )
    found = [runs[row] for row in sorted(chosen.selection.rows) if row < len(runs)]
    _put_selection([run.record.id for run in found])
    return found


def toggle_choice(run_id: str, chosen: Sequence[RunSummary]) -> None:
    """Choose a run beside those that are chosen, or give it up; the next table shows it so."""
    ids = [run.record.id for run in chosen]
    _put_selection([one for one in ids if one != run_id] if run_id in ids else [*ids, run_id])
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def _put_selection(run_ids: Sequence[str]) -> None:
    if run_ids:
        put_parameter(SELECTION_PARAMETER, ",".join(run_ids))
    else:
        drop_parameters(SELECTION_PARAMETER)


def _row(run: RunSummary) -> dict[str, Any]:
    facts = run.facts
    return {
        "": STAR if run.is_baseline else "",
        "Run": facts["name"],
        "Status": facts["status"],
        "Method": facts["method"],
        "Model": facts["model"],
        "Data": facts["data"],
        "Tags": list(run.notes.tags),
        "Last": facts["accuracy"],
        "Best": facts["best_accuracy"],
        "Test loss": facts["loss"],
        "Epochs": facts["epochs"],
        "of": run.record.config.epochs,
        "Connections": facts["connections"],
        "Density": facts["density"],
        "ε": facts["epsilon"],
        "ζ": facts["zeta"],
        "Rate": facts["learning_rate"],
        "Seed": facts["seed"],
        "Seconds": facts["seconds"],
        "Begun": run.record.created.astimezone(),
        "Note": run.notes.note,
    }


def _columns() -> dict[str, Any]:
    column = st.column_config
    number, text = column.NumberColumn, column.TextColumn
    return {
        "": text(width=20, help="The baseline that was pinned"),
        "Run": text(width="medium", help="Its name, or data, model, layers and method"),
        "Tags": column.ListColumn(),
        "Last": number(format="percent", help="Accuracy on the test samples after the last epoch"),
        "Best": number(format="percent", help="The best of these accuracies"),
        "Test loss": number(format="%.4f", help="On the test samples after the last epoch"),
        "Epochs": number(format="localized", help="Trained so far"),
        "of": number(format="localized", help="Epochs that were planned"),
        "Connections": number(format="localized", help="Of all layers"),
        "Density": number(format="percent", help="Share of all places that have a connection"),
        "ε": number(format="%g", help="Sets the density at the start"),
        "ζ": number(format="%g", help="Share of connections that an evolution replaces"),
        "Rate": number(format="%g", help="Learning rate"),
        "Seed": number(format="%d"),
        "Seconds": number(format="%.1f", help="Of training"),
        "Begun": column.DatetimeColumn(format="D MMM YYYY, HH:mm"),
    }
