"""Choosing the networks of a comparison; the choice is kept in the URL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from app.compared import ENDS, LAST, MODES, MOST, ComparedNetwork, epochs_of, run_names
from app.labels import escaped, listed, run_labels
from app.parameters import parameter, put_parameter
from app.services import store
from set_engine import DamagedRunError, RunNotFoundError, RunRecord
from topology import TopologyFileError, TopologySnapshot

RUNS_PARAMETER, EPOCHS_PARAMETER = "runs", "at"
"""In the URL: ids of the runs, and one of `MODES` or epochs, both with commas between them."""

_CHOSEN = "chosen"
_HOW = dict(MODES) | {_CHOSEN: "Epochs of your choice"}
_RUNS_HELP = (
    f"Two networks at least and {MOST} at most: runs times epochs. The Runs page, where they can "
    "be filtered, leads here with those that are chosen there."
)
_EPOCHS_HELP = (
    "Of a course so many, evenly spread, that all fit. An epoch of your choice is that of every "
    "run; of one that did not record it, the last before it."
)


def network_choice(records: Mapping[str, RunRecord]) -> list[ComparedNetwork]:
    """Draw the fields, and read what they name.

    Args:
        records: by id, those to choose from, newest first; one at least has recorded a wiring.
    """
    runs = _runs(records)
    recorded = {record.id: recorded_epochs(record.id) for record in runs}
    empty = [run_id for run_id, epochs in recorded.items() if not epochs]
    if empty:
        st.warning(escaped(f"Without a recorded wiring: {listed(empty)}."))
    recorded = {run_id: epochs for run_id, epochs in recorded.items() if epochs}
    if not recorded:
        return []
    how = _how(recorded)
    found = _read([record for record in runs if record.id in recorded], recorded, how)
    if len(found) > MOST:
        st.warning(f"{len(found)} networks are chosen; the first {MOST} are compared.")
    return found[:MOST]


def _runs(records: Mapping[str, RunRecord]) -> list[RunRecord]:
    wanted = parameter(RUNS_PARAMETER).split(",")
    asked = [run_id for run_id in wanted if run_id in records]
    gone = [run_id for run_id in wanted if run_id and run_id not in records]
    if gone:
        st.warning(escaped(f"Not here: {listed(gone)}."))
    labels = run_labels(records.values())
    chosen = st.multiselect(
        "Runs",
        list(records),
        default=(asked or [_newest(records)])[:MOST],
        format_func=labels.__getitem__,
        key="compared-runs",
        max_selections=MOST,
        help=_RUNS_HELP,
        placeholder="Choose runs",
    )
    put_parameter(RUNS_PARAMETER, ",".join(chosen))
    return [records[run_id] for run_id in chosen]


def _newest(records: Mapping[str, RunRecord]) -> str:
    """The newest run that has recorded a wiring."""
    return next(run_id for run_id in records if recorded_epochs(run_id))


def recorded_epochs(run_id: str) -> tuple[int, ...]:
    """Those at which a run's wiring is recorded; none of a run that is gone."""
    try:
        return store().epochs(run_id)
    except RunNotFoundError:
        return ()


def _how(recorded: Mapping[str, tuple[int, ...]]) -> str | Sequence[int]:
    """One of the modes, or epochs."""
    wanted = parameter(EPOCHS_PARAMETER)
    asked = [int(one) for one in wanted.split(",") if one.isdecimal()]
    otherwise = LAST if len(recorded) > 1 else ENDS
    mode = st.segmented_control(
        "Epochs of each",
        list(_HOW),
        default=_CHOSEN if asked else wanted if wanted in MODES else otherwise,
        format_func=_HOW.__getitem__,
        required=True,
        key="compared-how",
        help=_EPOCHS_HELP,
    )
    if mode != _CHOSEN:
        put_parameter(EPOCHS_PARAMETER, mode)
        return str(mode)
    epochs = _chosen_epochs(sorted(set().union(*recorded.values())), asked)
    put_parameter(EPOCHS_PARAMETER, ",".join(map(str, epochs)))
    return epochs


def _chosen_epochs(known: Sequence[int], asked: Sequence[int]) -> list[int]:
    """One epoch with a slider that goes through all, or several with a list."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        is_several = st.toggle("Several", value=len(asked) > 1, key="compared-several")
        if not is_several and len(known) > 1:
            default = (
                max((one for one in known if one <= asked[0]), default=known[0])
                if asked
                else known[-1]
            )
            return [st.select_slider("Epoch", known, default, key="compared-epoch")]
        if len(known) == 1:
            return list(known)
        return st.multiselect(
            "Epochs",
            known,
            default=[one for one in asked if one in known] or known[-1:],
            key="compared-epochs",
        )


def _read(
    runs: Sequence[RunRecord], recorded: Mapping[str, tuple[int, ...]], how: str | Sequence[int]
) -> list[ComparedNetwork]:
    names = run_names(runs, {record.id: _name(record.id) for record in runs})
    most = MOST // max(1, len(runs))
    found = []
    for record in runs:
        for epoch in epochs_of(recorded[record.id], how, most):
            snapshot = _snapshot(record.id, epoch)
            if snapshot is not None:
                found.append(ComparedNetwork(record, names[record.id], snapshot))
    return found


def _name(run_id: str) -> str | None:
    try:
        return store().notes(run_id).name
    except (DamagedRunError, RunNotFoundError):
        return None


@st.cache_resource(max_entries=2 * MOST)
def _known(run_id: str, epoch: int, _root: str) -> TopologySnapshot:
    return store().snapshot(run_id, epoch)


def _snapshot(run_id: str, epoch: int) -> TopologySnapshot | None:
    try:
        return _known(run_id, epoch, str(store().root))
    except (RunNotFoundError, TopologyFileError) as error:
        st.error(escaped(f"{error}."), icon=":material/error:")
        return None
