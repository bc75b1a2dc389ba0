"""The settings of the runs of a comparison, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from app.compared import differing_settings
from app.labels import data_name, network_name
from app.run_facts import setting_values
from app.services import store
from set_engine import RunRecord


def settings_comparison(runs: Sequence[RunRecord], names: Mapping[str, str]) -> None:
    """Draw the table; the baseline, if it is among them, comes first.

    Args:
        runs: of the comparison.
        names: what each is called, by id.
    """
    st.subheader("Settings")
    baseline = store().baseline
    ordered = sorted(runs, key=lambda run: run.id != baseline)
    if len(ordered) < 2:
        st.info("There is one run: its networks have the same settings.")
        return
    is_short = st.toggle("Only differences", value=True, key="only-differences")
    rows = settings_rows(ordered, names, only_differences=is_short)
    if not rows:
        st.info("The runs have the same settings. Take away “Only differences” to see them.")
        return
    st.dataframe(rows, hide_index=True, width="stretch")
    if baseline in names:
        st.caption("The pinned baseline stands first.")


def settings_rows(
    runs: Sequence[RunRecord], names: Mapping[str, str], *, only_differences: bool
) -> list[dict[str, str]]:
    """A row for each setting, with a column for each run; empty where a run has no such setting.

    >>> from set_engine import TrainingConfig
    >>> runs = [RunRecord(id=id, config=TrainingConfig(seed=s)) for id, s in (("a", 1), ("b", 2))]
    >>> settings_rows(runs, {"a": "A", "b": "B"}, only_differences=True)
    [{'Setting': 'seed', 'A': '1', 'B': '2'}]
    """
    values = {
        run.id: {name: said for name, (said, _) in setting_values(run).items()} for run in runs
    }
    told = {
        "network": {run.id: network_name(run) for run in runs},
        "data": {run.id: data_name(run) for run in runs},
    }
    settings = dict.fromkeys(name for one in values.values() for name in one)
    told |= {name: {run.id: values[run.id].get(name, "") for run in runs} for name in settings}
    if only_differences:
        differing = differing_settings(runs)
        # The network's name only says what settings say, but where another program trained it.
        shown = differing if differing else ["network", "data"]
        told = {name: told[name] for name in shown if len(set(told[name].values())) > 1}
    return [
        {"Setting": name, **{names[run.id]: of_run[run.id] for run in runs}}
        for name, of_run in told.items()
    ]
