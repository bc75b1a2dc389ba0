"""Saving a comparison as one HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.clicks import button
from app.compared import ComparedNetwork, common_sparse_layers
from app.comparison_parts import Measured, comparison_report
from app.counted_task import CountedTask
from app.distance_panel import distance_task, why_incomparable
from app.evidence_comparison import evidence_task
from app.evidence_job import BOOTSTRAP
from app.matching_choice import MatchingWay, chosen_matching

_ASKED, _MADE = "asked-report", "made-report"  # in the session: what for, and that with the file
_POLL_SECONDS = 0.6
_FILE = "comparison.html"
_HELP = (
    "Settings, distances, degrees and learning curves. The file needs nothing else; its figures "
    "zoom, and save as those here."
)


def report_panel(networks: Sequence[ComparedNetwork]) -> None:
    """A small button that opens what there is to choose, to wait for, and to save.

    Args:
        networks: at least two.
    """
    with st.popover("Report", icon=":material/description:", help="All of it as one HTML file"):
        st.caption(_HELP)
        has_laws = st.toggle(
            "Power laws",
            value=True,
            key="report-has-laws",
            help=f"Of all sparse layers, each tested with {BOOTSTRAP:,} samples: a second or so "
            "for each network.",
        )
        how = chosen_matching()
        asked = (tuple(one.name for one in networks), tuple(_digests(networks)), how, has_laws)
        if button("Prepare", "prepare-report", icon=":material/build:"):
            st.session_state[_ASKED] = asked
        if st.session_state.get(_ASKED) == asked:
            _await(networks, how, has_laws, asked)


def _await(
    networks: Sequence[ComparedNetwork], how: MatchingWay, has_laws: bool, asked: tuple[object, ...]
) -> None:
    """Show how far it is, and in the end the button that saves it."""
    problem = why_incomparable(networks)
    distances = distance_task(networks, how) if problem is None else None
    layers = common_sparse_layers(networks) if has_laws else []
    laws = {index: evidence_task(networks, index) for index in layers}
    tasks = [*([distances] if distances else []), *laws.values()]

    def panel() -> None:
        is_over = all(map(_is_done, tasks))
        if is_ticking and is_over:
            st.rerun()  # without a timer
        if not is_over:
            done, total = sum(one.n_done(one.key) for one in tasks), sum(t.n_steps for t in tasks)
            st.progress(done / total, "Measuring …")
            return
        made = st.session_state.get(_MADE)
        if made is None or made[0] != asked:
            measured = Measured(
                _result(distances) if distances else f"{problem}.",
                {index: _result(task) for index, task in laws.items()},
            )
            made = asked, comparison_report(networks, how, measured)
            st.session_state[_MADE] = made
        _offer(made[1])

    is_ticking = not all(map(_is_done, tasks))
    st.fragment(panel, run_every=_POLL_SECONDS if is_ticking else None)()


def _is_done(task: CountedTask) -> bool:
    now = task.now()
    return now.key == task.key and not now.is_pending


def _result(task: CountedTask) -> Any:
    """What it came to, or a sentence why it came to nothing."""
    error = task.now().error
    if error is not None:
        return f"This could not be computed. {type(error).__name__}: {error}"
    return task.now().result


def _offer(content: bytes) -> None:
    st.download_button(
        f"Save {_FILE} ({len(content) / 1e6:,.1f} MB)",
        content,
        _FILE,
        "text/html",
        key="save-report",
        icon=":material/save:",
        on_click="ignore",
    )


def _digests(networks: Sequence[ComparedNetwork]) -> list[str]:
    return [one.snapshot.digest for one in networks]
