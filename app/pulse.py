"""When the page of a run looks whether there is something new to draw.

Streamlit's own timers ask by a fixed clock, and whatever is asked has the browser look through all
of the page, for some fifty milliseconds of a core. So the server says each time when to ask again:
when an epoch should have ended, and not while the page is out of sight.
"""

from __future__ import annotations

import math
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from app.pace import SOON, Pace
from app.parts import BODY, HEAD, SECTION, redraw
from app.replay import PLAYING_SECONDS, replay_of
from app.run_controls import chosen_draw_every, was_just_steered
from app.run_reader import RunView
from app.services import manager, reader
from set_engine import DamagedRunError, RunNotFoundError, RunStatus, available_cores

_DRAWN = "drawn-body"  # in the session
_HELD_LOOK = 2.0  # seconds; somebody else may let the run go on
_HELD = (RunStatus.PAUSED, RunStatus.QUEUED)

# No gap between what stands around it. (A single line would be taken for the name of a file.)
_CSS = """
[class*="st-key-pulse-"] {
  display: none;
}
"""

_mount = st.components.v2.component(
    "setscope_pulse",
    css=_CSS,
    js=(Path(__file__).parent / "static" / "pulse.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


class Stage(NamedTuple):
    """What has the whole page drawn anew where it changes.

    Attributes:
        status: of the run.
        held_at: of a run that is paused, the last completed epoch.
    """

    status: RunStatus
    held_at: int | None

    @classmethod
    def of(cls, view: RunView) -> Stage:
        """That of a run as it is now."""
        status = view.record.status
        held = status is RunStatus.PAUSED and view.metrics
        return cls(status, view.metrics[-1].epoch if held else None)


class _Drawn(NamedTuple):
    """Which run the body was drawn of, with how many epochs, and when."""

    run_id: str
    n_epochs: int
    at: float


def note_body(view: RunView) -> None:
    """Say that the body is being drawn, of a run as it is now."""
    st.session_state[_DRAWN] = _Drawn(view.record.id, len(view.metrics), time.monotonic())


def pulse(view: RunView) -> None:
    """Have the fragment that this stands in drawn again when that is worth it, and the body.

    Args:
        view: the run, as it is now.
    """
    seconds = _look_seconds(view)
    if seconds is not None:
        run_id = view.record.id
        # The serial has the browser wait again where it is to wait for as long as before.
        wait = {"milliseconds": round(1000 * seconds), "serial": time.monotonic_ns()}
        _mount(key=f"pulse-{run_id}", data=wait, on_beat_change=partial(_beat, run_id))


def _beat(run_id: str) -> None:
    try:
        view = reader(run_id).glance()
    except (RunNotFoundError, DamagedRunError):
        return  # the head says it
    if _is_due(view):
        redraw(BODY, SECTION, HEAD)  # in this order: the head says when to look again


def _is_due(view: RunView) -> bool:
    n_new, seconds = _since_drawn(view)
    replay = replay_of(view.record.id)
    if replay is not None:
        return replay.is_playing and seconds >= PLAYING_SECONDS
    return view.is_expecting and _pace(view).is_due(n_new, seconds)


def _look_seconds(view: RunView) -> float | None:
    """Seconds until it is worth looking again; None if nothing more is to come."""
    run_id, status = view.record.id, view.record.status
    n_new, seconds = _since_drawn(view)
    replay = replay_of(run_id)
    if replay is not None and replay.is_playing:
        return max(0.0, PLAYING_SECONDS - seconds)
    if not view.is_expecting:
        return None
    if was_just_steered(run_id):
        return SOON
    if status in _HELD:
        return _HELD_LOOK
    if replay is not None:
        return _HELD_LOOK  # the head goes on
    return _pace(view).look_seconds(n_new, seconds, _within(run_id))


def _pace(view: RunView) -> Pace:
    return Pace.of(view, available_cores(), chosen_draw_every())


def _since_drawn(view: RunView) -> tuple[int, float]:
    """Epochs and seconds since the body was drawn."""
    drawn: _Drawn | None = st.session_state.get(_DRAWN)
    if drawn is None or drawn.run_id != view.record.id:
        return len(view.metrics), math.inf
    return len(view.metrics) - drawn.n_epochs, time.monotonic() - drawn.at


def _within(run_id: str) -> float | None:
    """Share of the epoch in progress that is done; None of a run of another process."""
    now = manager().progress(run_id)
    return now.step / now.n_steps if now is not None and now.n_steps else None
