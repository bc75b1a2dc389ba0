"""The head of the live page: which run, how far, and the buttons that steer it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.labels import (
    STATUS_COLORS,
    duration,
    escaped,
    run_name,
)
from app.run_facts import diverged_learning_rate, is_recorded_elsewhere, planned_epochs
from app.run_reader import RunView
from app.services import manager
from set_engine import (
    CheckpointError,
    ConfigError,
    DamagedRunError,
    DatasetError,
    DivergedError,
    EpochMetrics,
    NotLiveError,
    NotResumableError,
    RunNotFoundError,
    RunRecord,
    RunStatus,
)

_RECENT = 20  # epochs whose duration the time left is reckoned from
_BROKEN_OFF = (RunStatus.STOPPED, RunStatus.INTERRUPTED, RunStatus.FAILED)
_REFUSED_RESUMPTION = "refused_resumption"  # in the session: run -> why
_RESUMPTION_ERRORS = (
    RunNotFoundError,
    NotResumableError,
    DamagedRunError,
    CheckpointError,
    OSError,
)


def run_header(view: RunView) -> None:
    """Name, status, controls, progress, and whatever went wrong."""
    record = view.record
    name, buttons = st.columns([3, 2], vertical_alignment="center")
    name.markdown(
        f"### {escaped(run_name(record))} "
        f":{STATUS_COLORS[record.status]}-badge[{record.status.value}]"
    )
    with buttons:
        if record.status.is_active:
            _controls(record.id, record.status)
        elif _is_resumable(record):
            _resume_button(record.id)
    _progress(view)
    for notice in record.notices:
        st.info(escaped(f"{notice[:1].upper()}{notice[1:]}."), icon=":material/info:")
    _failure(view)
    if record.status is RunStatus.INTERRUPTED:
        st.warning(
            "The process that trained this run is gone. What it had recorded is kept.",
            icon=":material/warning:",
        )


def _is_resumable(record: RunRecord) -> bool:
    if is_recorded_elsewhere(record):
        return False  # only the program that recorded it can go on with it
    # With the same settings it would diverge again.
    return record.status in _BROKEN_OFF and diverged_learning_rate(record) is None


def _resume_button(run_id: str) -> None:
    _, place = st.columns([2, 1])
    place.button(
        "Resume",
        icon=":material/play_arrow:",
        key=f"resume-{run_id}",
        help="Go on from the last checkpoint, here. Without one the run begins anew.",
        width="stretch",
        on_click=_resume_run,
        args=(run_id,),
    )
    refusal = st.session_state.get(_REFUSED_RESUMPTION, {}).get(run_id)
    if refusal is not None:
        st.error(escaped(refusal), icon=":material/error:")


def _resume_run(run_id: str) -> None:
    refused = {}
    try:
        manager().resume_run(run_id)
    except _RESUMPTION_ERRORS as error:
        refused = {run_id: f"This run cannot go on: {error}."}
    # Last, for the session may break a callback off if the next input is already waiting.
    st.session_state[_REFUSED_RESUMPTION] = refused


def _controls(run_id: str, status: RunStatus) -> None:
    if not manager().is_live(run_id):
        st.caption("Trained by another process: it can be watched here, and steered there.")
        return
    # Each button keeps its place, size and key whatever the status is: one that moved under the
    # pointer would swallow the click, or be another one.
    hold, step, stop = st.columns(3)
    if status is RunStatus.PAUSED:
        _button(hold, "hold", "Resume", ":material/play_arrow:", run_id, manager().resume)
    else:
        _button(hold, "hold", "Pause", ":material/pause:", run_id, manager().pause)
    _button(step, "step", "Step", ":material/skip_next:", run_id, manager().step_epoch)
    _button(stop, "stop", "Stop", ":material/stop:", run_id, manager().stop)


_BUTTON_HELP = {
    "Pause": "Hold the run before its next step.",
    "Resume": "Let the run go on.",
    "Step": "Go on to the end of an epoch, and pause there.",
    "Stop": "End the run now. What was trained is kept.",
}


def _button(
    place: DeltaGenerator,
    key: str,
    label: str,
    icon: str,
    run_id: str,
    action: Callable[[str], None],
) -> None:
    place.button(
        label,
        icon=icon,
        key=f"{key}-{run_id}",
        help=_BUTTON_HELP[label],
        width="stretch",
        on_click=_ask,
        args=(action, run_id),
    )


def _ask(action: Callable[[str], None], run_id: str) -> None:
    try:
        action(run_id)
    except NotLiveError:
        st.toast("The run has ended meanwhile.", icon=":material/info:")


def _progress(view: RunView) -> None:
    record, live = view.record, manager().progress(view.record.id)
    epochs = planned_epochs(record)
    done = view.metrics[-1].epoch if view.metrics else 0
    of_all = f" of {epochs:,}" if epochs is not None else ""
    if not record.status.is_active:
        text = f"{done:,}{of_all} epochs in {duration(view.trained_seconds)}"
        st.progress(done / (epochs or max(1, done)), text)
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
    left = _seconds_left(view.metrics, epochs - done - within)
    if left is not None:
        text += f" · {_speed(view.metrics)} · about {duration(left)} left"
    st.progress(min(1.0, (done + within) / epochs), text)


def _epoch_seconds(metrics: Sequence[EpochMetrics]) -> float:
    recent = metrics[-_RECENT:]
    return sum(row.seconds for row in recent) / len(recent)


def _seconds_left(metrics: Sequence[EpochMetrics], epochs: float) -> float | None:
    return epochs * _epoch_seconds(metrics) if metrics else None


def _speed(metrics: Sequence[EpochMetrics]) -> str:
    seconds = _epoch_seconds(metrics)
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
