"""The runs of the store in the sidebar, brought up to date by itself."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.clicks import button
from app.current_run import open_run
from app.labels import STATUS_COLORS, escaped, run_labels, run_name, sparsity_name
from app.services import known_records
from set_engine import RunRecord

_SHOWN = 12
_REFRESH_SECONDS = 5.0


@st.fragment(run_every=_REFRESH_SECONDS)
def run_list(current: str | None) -> None:
    """Buttons that open the newest runs, those trained by other processes among them."""
    listing = known_records().read()
    st.subheader("Runs")
    if not listing.records:
        st.caption("None yet. Runs that `setscope train` makes appear here, too.")
    with st.container(gap=None):
        for record in listing.records[:_SHOWN]:
            if _run_button(record, record.id == current):
                open_run(record.id)
    if len(listing.records) > _SHOWN:
        _older_runs(listing.records[_SHOWN:], current)
    for problem in listing.problems:
        st.warning(escaped(problem))


def _older_runs(records: Sequence[RunRecord], current: str | None) -> None:
    labels = run_labels(records)
    chosen = st.selectbox(
        "Older runs",
        list(labels),
        index=None,
        format_func=labels.__getitem__,
        placeholder=f"{len(records)} older runs",
        label_visibility="collapsed",
        # Empty again once its choice is on the page.
        key=f"older-than-{current}",
    )
    if chosen is not None and chosen != current:
        open_run(chosen)


def _run_button(record: RunRecord, is_current: bool) -> bool:
    moment = record.created.astimezone().strftime("%d %b %H:%M")
    color = STATUS_COLORS[record.status]
    label = f":{color}[●] {escaped(run_name(record))} · {moment}"
    return button(
        f"**{label}**" if is_current else label,
        f"open-{record.id}",
        type="tertiary",
        help=f"{record.status} · {sparsity_name(record)} · {escaped(record.id)}",
    )
