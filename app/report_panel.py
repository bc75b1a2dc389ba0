"""Saving a comparison as one HTML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import streamlit as st

from app.clicks import button
from app.compared import ComparedNetwork, common_sparse_layers
from app.comparison_parts import Measured, comparison_report
from app.counted_task import CountedTask
from app.distance_panel import distance_task
from app.evidence_comparison import evidence_task
from app.evidence_job import BOOTSTRAP
from app.learning_comparison import log_of
from app.matchable import matchable
from app.matching_choice import MatchingWay, chosen_matching
from app.newest import Newest
from app.services import store

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
        places = tuple((one.record.id, one.epoch, one.snapshot.digest) for one in networks)
        asked = (places, how, has_laws)
        if button("Prepare", "prepare-report", icon=":material/build:"):
            st.session_state[_ASKED] = asked
            st.session_state.pop(_MADE, None)
            _try_again(networks, how, has_laws)
        if st.session_state.get(_ASKED) == asked:
            _await(networks, how, has_laws, asked)


class _Tasks(NamedTuple):
    """What is measured for a report: the distances of those networks that can be matched."""

    problem: str
    distances: CountedTask | None
    laws: Mapping[int, CountedTask]

    @classmethod
    def of(cls, networks: Sequence[ComparedNetwork], how: MatchingWay, has_laws: bool) -> _Tasks:
        fitting, problem = matchable(networks)
        layers = common_sparse_layers(networks) if has_laws else []
        return cls(
            problem,
            distance_task(fitting, how) if len(fitting) > 1 else None,
            {index: evidence_task(networks, index) for index in layers},
        )

    def all(self) -> list[CountedTask]:
        return [*([self.distances] if self.distances else []), *self.laws.values()]


def _try_again(networks: Sequence[ComparedNetwork], how: MatchingWay, has_laws: bool) -> None:
    """Begin anew what failed before."""
    for task in _Tasks.of(networks, how, has_laws).all():
        if task.now().error is not None:
            task.try_again()


def _await(
    networks: Sequence[ComparedNetwork], how: MatchingWay, has_laws: bool, asked: tuple[object, ...]
) -> None:
    """Show how far it is, and in the end the button that saves it."""
    tasks = _Tasks.of(networks, how, has_laws)

    def panel() -> None:
        found = _found(tasks)
        if (found is None) != is_ticking:
            st.rerun()  # with a timer, or without
        if found is None:
            done = sum(task.n_done(task.key) for task in tasks.all())
            st.progress(done / sum(task.n_steps for task in tasks.all()), "Measuring …")
            return
        made = st.session_state.get(_MADE)
        if made is None or made[0] != asked:
            logs = {one.record.id: log_of(one.record.id) for one in networks}
            made = asked, comparison_report(networks, how, found, logs, store().baseline)
            st.session_state[_MADE] = made
        _offer(made[1])

    is_ticking = _found(tasks) is None
    st.fragment(panel, run_every=_POLL_SECONDS if is_ticking else None)()


def _found(tasks: _Tasks) -> Measured | None:
    """What all came to; None as long as something is under way."""
    now = {task.name: task.now() for task in tasks.all()}
    if any(now[task.name].key != task.key for task in tasks.all()):
        return None
    distances = f"{tasks.problem}." if tasks.distances is None else _said(now[tasks.distances.name])
    return Measured(distances, {index: _said(now[task.name]) for index, task in tasks.laws.items()})


def _said(now: Newest) -> Any:
    """What it came to, or a sentence why it came to nothing."""
    if now.error is not None:
        return f"This could not be computed. {type(now.error).__name__}: {now.error}"
    return now.result


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
