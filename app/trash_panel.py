"""The runs that were deleted, to restore them or to delete them for good."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from app.clicks import button, key_of
from app.labels import escaped, run_labels
from app.run_desk import in_trash
from app.services import store
from set_engine import RunTrash


def trash_panel() -> None:
    """Draw it, unless the trash is empty."""
    trash = RunTrash(store())
    records = trash.records().records
    if not records:
        return
    labels = run_labels(records)
    with st.expander(f"Trash ({len(records):,})", icon=":material/delete:"):
        chosen = st.multiselect(
            "Deleted runs",
            list(labels),
            format_func=labels.__getitem__,
            placeholder="All of them",
            key="deleted-runs",
        )
        ids = [one for one in chosen if one in labels] or list(labels)
        is_sure = st.checkbox("Allow deleting for good", key=key_of("allow-deleting", ids))
        with st.container(horizontal=True):
            if button("Restore", key_of("restore", ids), icon=":material/restore_from_trash:"):
                _do(trash.restore, ids)
            for_good = button(
                "Delete for good",
                key_of("delete-for-good", ids),
                icon=":material/delete_forever:",
                disabled=not is_sure,
            )
            if for_good and is_sure:
                _do(trash.delete, ids)


def _do(act: Callable[[str], None], run_ids: Sequence[str]) -> None:
    for problem in in_trash(act, run_ids):
        st.toast(escaped(f"{problem}."), icon=":material/error:")
    st.rerun()
