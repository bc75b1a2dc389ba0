"""Bringing runs and networks of others into the store: shown first what was recognised."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import streamlit as st

from app.clicks import button
from app.labels import escaped, layers_name, run_label
from app.parameters import put_parameter
from app.run_table import SELECTION_PARAMETER
from app.services import store
from set_engine import (
    IncomingRun,
    RunBundle,
    RunBundleError,
    RunExistsError,
    find_incoming,
    take_in,
)

_FOUND = "incoming-found"  # in the session
_TURN = "incoming-turn"  # in the session: counts what was taken in, each with fields of its own
_FOLDER, _FILES = "A folder", "Files"
_TYPES = ["zip", "npz", "safetensors"]
_HELP = (
    "**Bundles** (`.zip`) that a setscope exported come in as they are. **Networks of others**: a "
    "folder of SciPy matrices, a file for each layer, as the authors of SET and NNSTD save them; "
    "weights or masks in `.npz` or `.safetensors`. Folders or files called by an epoch, such as "
    "`epoch_190`, are the networks of one run, which is called as the folder around them: one "
    "folder may hold many runs. Files of other kinds are marked red and passed over. GraphML is "
    "not read, for its parsers are not safe."
)
_THRESHOLD_HELP = (
    "Numbers of a dense matrix that are further from 0 than this are connections. Sparse matrices "
    "say themselves which there are."
)


@dataclass(frozen=True)
class _Found:
    """What was recognised in some uploads, at a threshold."""

    uploads: tuple[str, ...]
    threshold: float
    runs: tuple[IncomingRun, ...]
    bundles: tuple[tuple[str, bytes, str], ...]
    problems: tuple[str, ...]


def incoming_panel() -> None:
    """Draw it, folded as long as nothing was brought."""
    turn = st.session_state.setdefault(_TURN, 0)
    with st.expander("Bring in runs and networks", icon=":material/upload:"):
        kind = st.segmented_control(
            "What to bring in",
            (_FOLDER, _FILES),
            default=_FOLDER,
            required=True,
            key="incoming-kind",
            label_visibility="collapsed",
        )
        uploads = st.file_uploader(
            f"{kind} with bundles or networks",
            type=_TYPES,
            accept_multiple_files="directory" if kind == _FOLDER else True,
            key=f"incoming-{kind}-{turn}",
            help=_HELP,
        )
        threshold = st.number_input(
            "Threshold",
            min_value=0.0,
            value=0.0,
            step=0.01,
            format="%g",
            key=f"incoming-threshold-{turn}",
            help=_THRESHOLD_HELP,
            width=180,
        )
        if uploads:
            _offer(_recognised(uploads, threshold), turn)


def _recognised(uploads: Sequence[Any], threshold: float) -> _Found:
    """What the uploads hold; looked at once."""
    ids = tuple(one.file_id for one in uploads)
    before: _Found | None = st.session_state.get(_FOUND)
    if before is not None and (before.uploads, before.threshold) == (ids, threshold):
        return before
    bar = st.progress(0.0, f"Reading {len(uploads):,} files …")
    bundles = tuple(
        _bundle(one.name, one.getvalue()) for one in uploads if one.name.lower().endswith(".zip")
    )
    with tempfile.TemporaryDirectory(prefix="setscope-") as folder:
        for one in uploads:
            if not one.name.lower().endswith(".zip"):
                _put(Path(folder), one)
        runs, problems = find_incoming(folder, threshold=threshold, progress=bar.progress)
    bar.empty()
    # Files that were dropped alone are called after themselves, not after the place they lay in.
    named = [replace(run, name=_name(run, Path(folder), uploads)) for run in runs]
    found = _Found(ids, threshold, tuple(named), bundles, tuple(problems))
    st.session_state[_FOUND] = found
    return found


def _name(run: IncomingRun, folder: Path, uploads: Sequence[Any]) -> str:
    if run.name != folder.name:
        return run.name
    return PurePosixPath(uploads[0].name).stem


def _put(folder: Path, upload: Any) -> None:
    """Write an upload where its name says, within the folder whatever it says."""
    parts = [part for part in PurePosixPath(upload.name).parts if part not in ("/", "..", ".")]
    path = folder.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(upload.getbuffer())


def _bundle(name: str, content: bytes) -> tuple[str, bytes, str]:
    """A bundle's name, itself, and what it is; of a file that is none, empty bytes and why."""
    try:
        bundle = RunBundle(io.BytesIO(content))
    except RunBundleError as error:
        return name, b"", str(error)
    return name, content, f"{run_label(bundle.record)}, {bundle.n_wirings:,} recorded epochs"


def _offer(found: _Found, turn: int) -> None:
    """Show what was recognised, and save it when that is wanted."""
    unread = [f"{name}: {said}" for name, content, said in found.bundles if not content]
    for problem in (*found.problems, *unread):
        st.warning(escaped(f"{problem.rstrip('.')}."), icon=":material/warning:")
    bundles = [one for one in found.bundles if one[1]]
    n = len(found.runs) + len(bundles)
    if not n:
        st.error("There is no network and no bundle among these files.", icon=":material/error:")
        return
    if found.runs:
        st.dataframe([_row(run) for run in found.runs], hide_index=True, width="stretch")
        for note in dict.fromkeys(note for run in found.runs for note in run.notes):
            st.caption(escaped(note))
    for name, _, said in bundles:
        st.caption(escaped(f"{name}: {said}."))
    label = "Save this run" if n == 1 else f"Save these {n} runs"
    if button(label, f"save-incoming-{turn}", type="primary", icon=":material/save:"):
        _save(found.runs, bundles)


def _row(run: IncomingRun) -> dict[str, str]:
    last = run.networks[-1].snapshot
    n_places = sum(layer.n_inputs * layer.n_outputs for layer in last.layers)
    return {
        "Run": run.name,
        "Epochs": ", ".join(f"{epoch:,}" for epoch in run.epochs),
        "Layers": layers_name(last),
        "Connections": f"{last.n_connections:,}",
        "Density": f"{last.n_connections / max(1, n_places):.2%}",
    }


def _save(runs: Sequence[IncomingRun], bundles: Sequence[tuple[str, bytes, str]]) -> None:
    ids, problems = [], []
    bar, n = st.progress(0.0, "Saving …"), len(runs) + len(bundles)
    for number, run in enumerate(runs, start=1):
        try:
            ids.append(take_in(store(), run))
        except OSError as error:
            problems.append(f"{run.name}: {error}")
        bar.progress(number / n)
    for name, content, _ in bundles:
        try:
            bundle = RunBundle(io.BytesIO(content))
            bundle.add_to(store())
            ids.append(bundle.record.id)
        except (RunBundleError, RunExistsError, OSError) as error:
            problems.append(f"{name}: {error}")
    for problem in problems:
        st.toast(escaped(f"{problem}."), icon=":material/error:", duration="long")
    if ids:
        st.toast("One run was saved." if len(ids) == 1 else f"{len(ids)} runs were saved.")
        put_parameter(SELECTION_PARAMETER, ",".join(ids))
    st.session_state.pop(_FOUND, None)
    st.session_state[_TURN] += 1
    st.rerun()
