"""The buttons that steer the run on the page, and begin another one like it."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st

from app.clicks import button
from app.current_run import open_run
from app.draft import fill_with
from app.labels import escaped
from app.pace import AS_FITS, DRAW_EVERY, draw_every_name
from app.run_facts import diverged_learning_rate, is_recorded_elsewhere, why_not_again
from app.services import manager
from app.shortcuts import shortcut
from set_engine import (
    CheckpointError,
    DamagedRunError,
    NotLiveError,
    NotResumableError,
    RunNotFoundError,
    RunRecord,
    RunStatus,
    TrainingConfig,
)

_WIDTH = 126  # pixels, whatever the button is called
_BROKEN_OFF = (RunStatus.STOPPED, RunStatus.INTERRUPTED, RunStatus.FAILED)
_REFUSED_RESUMPTION = "refused_resumption"  # in the session: run -> why
_DRAW_EVERY = "draw-every"
_STEERED = "steered"  # in the session: which run, when
_TAKES_EFFECT = 2.0  # seconds, nearly always
_RESUMPTION_ERRORS = (
    RunNotFoundError,
    NotResumableError,
    DamagedRunError,
    CheckpointError,
    OSError,
)
_AGAIN_HELP = (
    "Begin anew with the same settings, seed included. If this run still trains it is stopped; "
    "what it recorded is kept."
)
_COPY_HELP = "Fill in the settings at the left as this run has them, to change some and train."
_ELSEWHERE = "Trained by another process: it can be watched here, and steered there."
_DRAW_HELP = (
    "How often the charts are drawn anew. **as fits**: every epoch if epochs are slow, else so "
    "often that drawing takes few of the cores from the training."
)


def run_controls(record: RunRecord) -> None:
    """Draw all of them in one row, each at a place of its own whatever the run is doing."""
    # One that moved under the pointer would swallow the click, or be another one.
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _steering(record)
        _like_it(record)
        st.space("stretch")
        st.selectbox(
            "Draw",
            DRAW_EVERY,
            format_func=draw_every_name,
            key=_DRAW_EVERY,
            persist_state="session",
            help=_DRAW_HELP,
            label_visibility="collapsed",
            width=180,
        )
    if record.status.is_active and not manager().is_live(record.id):
        st.caption(_ELSEWHERE)
    refusal = st.session_state.get(_REFUSED_RESUMPTION, {}).get(record.id)
    if refusal is not None:
        st.error(escaped(refusal), icon=":material/error:")


def chosen_draw_every() -> int:
    """Epochs between two drawings as the reader wishes, one of `DRAW_EVERY`."""
    chosen: int = st.session_state.get(_DRAW_EVERY, AS_FITS)
    return chosen


def _steering(record: RunRecord) -> None:
    run_id, status = record.id, record.status
    is_live = status.is_active and manager().is_live(run_id)
    if status is RunStatus.QUEUED:
        _steer("hold", "Start now", ":material/bolt:", run_id, manager().start_now, is_live)
    elif status is RunStatus.PAUSED:
        _steer("hold", "Resume", ":material/play_arrow:", run_id, manager().resume, is_live)
    elif is_resumable(record):
        _steer("hold", "Resume", ":material/play_arrow:", run_id, _resume_run)
    else:
        _steer("hold", "Pause", ":material/pause:", run_id, manager().pause, is_live)
    is_begun = is_live and status is not RunStatus.QUEUED
    _steer("step", "Step", ":material/skip_next:", run_id, manager().step_epoch, is_begun)
    _steer("stop", "Stop", ":material/stop:", run_id, manager().stop, is_live)


_STEERING_HELP = {
    "Start now": "Do not wait for other runs to end: share the cores with them.",
    "Pause": "Hold the run before its next step.",
    "Resume": "Let the run go on; one that broke off, from its last checkpoint.",
    "Step": "Go on to the end of an epoch, and pause there.",
    "Stop": "End the run now. What was trained is kept.",
}


def _steer(
    name: str,
    label: str,
    icon: str,
    run_id: str,
    action: Callable[[str], object],
    is_possible: bool = True,
) -> None:
    st.button(
        label,
        icon=icon,
        key=f"{name}-{run_id}",
        help=_STEERING_HELP[label],
        width=_WIDTH,
        disabled=not is_possible,
        shortcut=shortcut(name),
        on_click=_ask,
        args=(action, run_id),
    )


def _ask(action: Callable[[str], object], run_id: str) -> None:
    st.session_state[_STEERED] = (run_id, time.monotonic())
    try:
        action(run_id)
    except NotLiveError:
        st.toast("The run has ended meanwhile.", icon=":material/info:")


def was_just_steered(run_id: str) -> bool:
    """Whether a button was pressed a moment ago, so that it may still have to take effect."""
    found: tuple[str, float] | None = st.session_state.get(_STEERED)
    return found is not None and found[0] == run_id and time.monotonic() - found[1] < _TAKES_EFFECT


def is_resumable(record: RunRecord) -> bool:
    """Whether the run broke off and can go on here."""
    if is_recorded_elsewhere(record):
        return False  # only the program that recorded it can go on with it
    # With the same settings it would diverge again.
    return record.status in _BROKEN_OFF and diverged_learning_rate(record) is None


def _resume_run(run_id: str) -> None:
    refused = {}
    try:
        manager().resume_run(run_id)
    except _RESUMPTION_ERRORS as error:
        refused = {run_id: f"This run cannot go on: {error}."}
    # Last, for the session may break a callback off if the next input is already waiting.
    st.session_state[_REFUSED_RESUMPTION] = refused


def _like_it(record: RunRecord) -> None:
    """Another run with its settings, as they are or changed."""
    config = record.config
    again = _offer(record, "again", "Start over", ":material/restart_alt:", _AGAIN_HELP)
    copy = _offer(record, "copy", "Duplicate", ":material/content_copy:", _COPY_HELP)
    if not isinstance(config, TrainingConfig):
        return
    if again:
        if manager().is_live(record.id):
            manager().stop(record.id)
        open_run(manager().start(config))
    if copy:
        fill_with(config.model_dump())
        st.toast("The settings at the left are now those of this run.")
        st.rerun()


def _offer(record: RunRecord, name: str, label: str, icon: str, explanation: str) -> bool:
    refusal = why_not_again(record)
    return button(
        label,
        f"{name}-{record.id}",
        icon=icon,
        help=explanation if refusal is None else escaped(refusal),
        disabled=refusal is not None,
        shortcut=shortcut(name),
    )
