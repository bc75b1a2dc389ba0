"""Taking a run out of the store through the browser."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from app.clicks import button
from app.labels import escaped
from app.run_export import EXPORT_ERRORS, EXPORTS, export_name, write_export
from app.services import store
from set_engine import RunNotFoundError

_PREPARED = "prepared-download"  # in the session: the last one


class _Prepared(NamedTuple):
    """A file that is ready to be saved, or why there is none."""

    name: str
    content: bytes | None
    problem: str = ""


def download_panel(run_id: str) -> None:
    """A small button that opens the choice of what to take out.

    Args:
        run_id: of the run.
    """
    with st.popover("Download", icon=":material/download:"):
        kind = st.selectbox(
            "As",
            list(EXPORTS),
            format_func=lambda name: EXPORTS[name].label,
            key=f"export-kind-{run_id}",
        )
        st.caption(f"{EXPORTS[kind].help}.")
        epoch = _epoch(run_id) if EXPORTS[kind].is_of_epoch else None
        name = export_name(run_id, kind, epoch)
        if button("Prepare", f"prepare-{run_id}-{kind}-{epoch}", icon=":material/build:"):
            st.session_state[_PREPARED] = _prepared(run_id, kind, epoch, name)
        _offer(st.session_state.get(_PREPARED), name)


def _epoch(run_id: str) -> int | None:
    try:
        epochs = store().epochs(run_id)
    except RunNotFoundError:
        return None
    if len(epochs) < 2:
        return epochs[0] if epochs else None
    return st.select_slider("Epoch", epochs, epochs[-1], key=f"export-epoch-{run_id}")


def _prepared(run_id: str, kind: str, epoch: int | None, name: str) -> _Prepared:
    """Write the file, with a bar meanwhile."""
    bar = st.progress(0.0, "Writing …")
    try:
        with tempfile.TemporaryDirectory(prefix="setscope-") as folder:
            path = Path(folder) / name
            write_export(store(), run_id, kind, path, epoch=epoch, progress=bar.progress)
            content = path.read_bytes()
    except EXPORT_ERRORS as error:
        return _Prepared(name, None, f"{error}.")
    finally:
        bar.empty()
    return _Prepared(name, content)


def _offer(prepared: _Prepared | None, name: str) -> None:
    """Give the button that saves the file, as long as it is the one that is chosen."""
    if prepared is None or prepared.name != name:
        return
    if prepared.content is None:
        st.error(escaped(prepared.problem), icon=":material/error:")
        return
    st.download_button(
        f"Save {name} ({len(prepared.content) / 1e6:,.1f} MB)",
        prepared.content,
        name,
        key=f"save-{name}",
        icon=":material/save:",
        on_click="ignore",
    )
