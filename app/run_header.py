"""The head of the live page: which run, how far, and the buttons that steer it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.labels import STATUS_COLORS, data_name, duration, escaped, widths_name
from app.run_reader import RunView
from app.services import manager
from set_engine import (
    ConfigError,
    DatasetError,
    DivergedError,
    EpochMetrics,
    NotLiveError,
    RunStatus,
)

_RECENT = 20  # epochs whose duration the time left is reckoned from


def run_header(view: RunView) -> None:
    """Name, status, controls, progress, and whatever went wrong."""
    record = view.record
    name, buttons = st.columns([3, 2], vertical_alignment="center")
    name.markdown(
        f"### {escaped(data_name(record))} · {widths_name(record.config)} "
        f":{STATUS_COLORS[record.status]}-badge[{record.status.value}]"
    )
    if record.status.is_active:
        with buttons:
            _controls(record.id, record.status)
    _progress(view)
    for notice in record.notices:
        st.info(escaped(f"{notice[:1].upper()}{notice[1:]}."), icon=":material/info:")
    _failure(view)
    if record.status is RunStatus.INTERRUPTED:
        st.warning(
            "The process that trained this run is gone. What it had recorded is kept.",
            icon=":material/warning:",
        )


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
    record, epochs = view.record, view.record.config.epochs
    done = view.metrics[-1].epoch if view.metrics else 0
    live = manager().progress(record.id)
    if not record.status.is_active:
        text = f"{done:,} of {epochs:,} epochs in {duration(view.trained_seconds)}"
        st.progress(done / epochs, text)
        return
    if not view.metrics and live is not None and live.n_steps == 0:
        st.progress(0.0, f"{live.phase} …")
        return
    within = live.step / live.n_steps if live is not None and live.n_steps else 0.0
    if live is not None:
        done = live.epoch
    text = f"Epoch {done:,} of {epochs:,}"
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
_PLAIN_FAILURES = {kind.__name__ for kind in (ConfigError, DatasetError, DivergedError)}


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
