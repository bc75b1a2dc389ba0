"""The compare page: two saved networks, how far apart, and how their degrees differ."""

from __future__ import annotations

import streamlit as st

from app.comparison_panel import comparison_panel
from app.labels import escaped, run_labels
from app.parameters import parameter, put_parameter
from app.services import known_records, store
from set_engine import RunNotFoundError, RunRecord
from topology import TopologyFileError, TopologySnapshot

URL_PATH = "compare"


def render() -> None:
    """Draw the comparison that the URL names, or one of the newest run's start and end."""
    st.title("Compare two networks")
    listing = known_records().read()
    records = {record.id: record for record in listing.records if store().epochs(record.id)}
    for problem in listing.problems:
        st.warning(escaped(problem))
    if not records:
        st.info("No network has been saved yet. Train one on the Live page first.")
        return
    left, right = st.columns(2)
    with left:
        a = _network("a", "A", records, first=True)
    with right:
        b = _network("b", "B", records, first=False)
    if a is not None and b is not None:
        comparison_panel(a, b)


def _network(
    name: str, title: str, records: dict[str, RunRecord], *, first: bool
) -> TopologySnapshot | None:
    """Choose a run and one of its recorded epochs; both are kept in the URL."""
    wanted_run, _, wanted_epoch = parameter(name).partition("@")
    ids, labels = list(records), run_labels(records.values())
    run_id = st.selectbox(
        f"Network {title}",
        ids,
        index=ids.index(wanted_run) if wanted_run in records else 0,
        format_func=labels.__getitem__,
        key=f"run-{name}",
    )
    epochs = store().epochs(run_id)
    default = epochs[0] if first else epochs[-1]
    if wanted_run == run_id and wanted_epoch.isdecimal() and int(wanted_epoch) in epochs:
        default = int(wanted_epoch)
    epoch = (
        st.select_slider("Epoch", epochs, default, key=f"epoch-{name}-{run_id}")
        if len(epochs) > 1
        else epochs[0]
    )
    put_parameter(name, f"{run_id}@{epoch}")
    return _snapshot(run_id, epoch)


def _snapshot(run_id: str, epoch: int) -> TopologySnapshot | None:
    try:
        return store().snapshot(run_id, epoch)
    except (RunNotFoundError, TopologyFileError) as error:
        st.error(escaped(f"{error}."), icon=":material/error:")
        return None
