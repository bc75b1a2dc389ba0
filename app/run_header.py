"""The head of the live page: which run, how far, and the buttons that steer it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.labels import (
    STATUS_COLORS,
    duration,
    escaped,
    run_name,
)
from app.run_controls import run_controls
from app.run_facts import planned_epochs, settings_sentence
from app.run_reader import RunView
from app.services import manager
from app.shortcuts import shortcuts_help
from set_engine import (
    CheckpointError,
    ConfigError,
    DatasetError,
    DivergedError,
    EpochMetrics,
    RunStatus,
)

_RECENT = 20  # epochs whose duration the time left is reckoned from
_LONG = 30.0  # seconds, beside which those that kernels take to compile are few


def run_header(view: RunView) -> None:
    """Name, status, controls, progress, and whatever went wrong."""
    record = view.record
    with st.container(horizontal=True, vertical_alignment="top"):
        with st.container(gap=None):
            st.markdown(
                f"### {escaped(run_name(record))} "
                f":{STATUS_COLORS[record.status]}-badge[{record.status.value}]"
            )
            st.caption(escaped(settings_sentence(record)))
        shortcuts_help()
    run_controls(record)
    _progress(view)
    for notice in record.notices:
        st.info(escaped(f"{notice[:1].upper()}{notice[1:]}."), icon=":material/info:")
    _failure(view)
    if record.status is RunStatus.INTERRUPTED:
        st.warning(
            "The process that trained this run is gone. What it had recorded is kept.",
            icon=":material/warning:",
        )


def _progress(view: RunView) -> None:
    record, live = view.record, manager().progress(view.record.id)
    epochs = planned_epochs(record)
    done = view.metrics[-1].epoch if view.metrics else 0
    of_all = f" of {epochs:,}" if epochs is not None else ""
    if not record.status.is_active:
        text = f"{done:,}{of_all} epochs in {duration(view.trained_seconds)}"
        # A program of its own may train longer than it said.
        st.progress(min(1.0, done / (epochs or max(1, done))), text)
        return
    place = manager().queue_place(record.id)
    if record.status is RunStatus.QUEUED:
        where = f": it is number {place} in the queue" if place is not None else ""
        st.progress(0.0, f"Waiting for its turn{where}. As many runs as cores train at once.")
        return
    if not view.metrics and live is not None and live.n_steps == 0:
        st.progress(0.0, f"{live.phase} …")
        return
    within = live.step / live.n_steps if live is not None and live.n_steps else 0.0
    if live is not None and live.n_steps:
        done = live.epoch
    text = f"Epoch {done:,}{of_all}"
    if epochs is None:
        st.markdown(text)  # nobody said how many there will be
        return
    seconds = epoch_seconds(view.metrics)
    if seconds is not None:
        left = max(0.0, epochs - done - within) * seconds
        text += f" · {_speed(seconds)} · about {duration(left)} left"
    st.progress(min(1.0, (done + within) / epochs), text)


def epoch_seconds(metrics: Sequence[EpochMetrics]) -> float | None:
    """How long an epoch lasts at present; None as long as nobody can tell.

    The first one may have compiled kernels. It counts as long as there is no other, if it is so
    long that this hardly matters.
    """
    recent = metrics[1:][-_RECENT:] or [row for row in metrics if row.seconds > _LONG]
    return sum(row.seconds for row in recent) / len(recent) if recent else None


def _speed(seconds: float) -> str:
    return f"{1 / seconds:.0f} epochs/s" if seconds < 0.5 else f"{seconds:.1f} s an epoch"


# Their messages are written for users; of others the kind says more.
_PLAIN = (CheckpointError, ConfigError, DatasetError, DivergedError)
_PLAIN_FAILURES = {kind.__name__ for kind in _PLAIN}


def _failure(view: RunView) -> None:
    failure = view.record.failure or manager().failure(view.record.id)
    if failure is None:
        return
    message = failure.message[:1].upper() + failure.message[1:]
    if failure.kind not in _PLAIN_FAILURES:
        message = f"{failure.kind}: {message}" if message else failure.kind
    st.error(f"**Training failed.** {escaped(message)}.", icon=":material/error:")
    with st.expander("Details for a report"):
        st.code(failure.traceback, language=None)
