"""The runs of the store in the sidebar, brought up to date by itself."""

from __future__ import annotations

import streamlit as st

from app.labels import STATUS_COLORS, data_name
from app.services import store
from set_engine import RunRecord

_SHOWN = 12
_REFRESH_SECONDS = 2.0


@st.fragment(run_every=_REFRESH_SECONDS)
def run_list(current: str | None) -> None:
    """Buttons that open the newest runs, those trained by other processes among them."""
    listing = store().records()
    st.subheader("Runs")
    if not listing.records:
        st.caption("None yet. Runs that `setscope train` makes appear here, too.")
    with st.container(gap=None):
        for record in listing.records[:_SHOWN]:
            if _run_button(record, record.id == current):
                st.query_params["run"] = record.id
                st.rerun()
    if len(listing.records) > _SHOWN:
        st.caption(f"and {len(listing.records) - _SHOWN} older ones: see Compare")
    for problem in listing.problems:
        st.warning(problem)


def _run_button(record: RunRecord, is_current: bool) -> bool:
    widths = "-".join(map(str, record.config.hidden))
    moment = record.created.astimezone().strftime("%d %b %H:%M")
    color = STATUS_COLORS[record.status]
    label = f":{color}[●] {data_name(record)} · {widths} · {moment}"
    return st.button(
        f"**{label}**" if is_current else label,
        key=f"open-{record.id}",
        type="tertiary",
        help=f"{record.status} · ε {record.config.epsilon:g} · seed {record.config.seed} · "
        f"{record.id}",
    )
