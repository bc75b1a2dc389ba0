"""When the parts of the page of a run are drawn anew.

They stand beside each other: the head, the body with player and curves, and the section that the
reader chose. Streamlit's own timers ask by a fixed clock, and whatever is asked has the browser
look through all of the page, for some fifty milliseconds of a core. So the head says each time when
to ask again, which is when an epoch should have ended; with the body the section follows.

Each part asks for itself. `st.rerun` can name parts, in a callback, but then takes the place of
whatever the reader asked for at the same moment: clicks got lost.
"""

from __future__ import annotations

import math
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from app.pace import SOON, Pace
from app.replay import PLAYING_SECONDS, replay_of
from app.run_controls import chosen_draw_every, was_just_steered
from app.run_reader import RunView
from app.services import manager
from set_engine import RunStatus, available_cores

ANSWER_SECONDS = 1.0
"""Until an input is answered, nearly always."""

_DRAWN = "drawn-body"  # in the session
_BEATEN = "beaten"  # in the session: parts that asked for themselves
_HELD_LOOK = 2.0  # seconds; somebody else may let the run go on
_BEFORE_LONG = 6.0  # seconds; the rest of an old run on two cores is 5.6
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
    """Which run the body was drawn of, when, with how many epochs and whether all were read."""

    run_id: str
    at: float = -math.inf
    n_epochs: int = 0
    is_complete: bool = False

    @property
    def is_partial(self) -> bool:
        """Whether it was drawn, and recorded epochs were missing."""
        return self.at > -math.inf and not self.is_complete


def inputs_come_first(part: str) -> None:
    """Have trainings leave a core to the answer, if it is the reader who asked and not the part.

    To be called as the drawing of a part begins. Half of an answer is the browser's work, which on
    few cores would wait for that of the training.

    Args:
        part: "body" or "section".
    """
    beaten = st.session_state.setdefault(_BEATEN, set())
    if part in beaten:
        beaten.discard(part)
    else:
        manager().give_way(ANSWER_SECONDS)


def pulse_of_head(view: RunView) -> None:
    """Have the head drawn again when that is worth it, and the body if that is due.

    Args:
        view: the run, as it is now.
    """
    seconds = _look_seconds(view)
    if seconds is None:
        return
    # While recorded epochs are still to be read, each drawing of the body reads more of them.
    is_whole = view.is_complete and not _drawn(view).is_partial
    shows = _shown(view) if is_whole else f"more at {time.monotonic_ns()}"
    _pulse("head", view, seconds, "body", shows if _is_due(view) else None)


def pulse_of_body(view: RunView) -> None:
    """Have the section follow what the body shows, and the body go on while epochs are played."""
    run_id = view.record.id
    st.session_state[_DRAWN] = _Drawn(run_id, time.monotonic(), len(view.metrics), view.is_complete)
    replay = replay_of(run_id)
    is_playing = replay is not None and replay.is_playing
    _pulse("body", view, PLAYING_SECONDS if is_playing else None, "section", _shown(view))


def pulse_of_section(view: RunView) -> None:
    """Let the section be asked for by the body."""
    _pulse("section", view, None, None, None)


def _pulse(
    part: str, view: RunView, seconds: float | None, follower: str | None, shows: str | None
) -> None:
    """Draw nothing, but have the part ask.

    Args:
        part: that it stands in.
        view: the run, as it is drawn.
        seconds: until the part asks by itself; None for never.
        follower: a part that asks if it was not drawn with what this one shows.
        shows: that; None if nobody is to follow.
    """
    data = {
        "part": part,
        "drawn": _shown(view),
        "milliseconds": None if seconds is None else round(1000 * seconds),
        "follower": follower if shows is not None else None,
        "shows": shows,
        # With it the browser waits again where all the rest is as before, and knows what is newer.
        "serial": time.time_ns() // 1000,
    }
    key = f"pulse-{part}-{view.record.id}"
    _mount(key=key, data=data, on_beat_change=partial(_note_beat, part))


def _note_beat(part: str) -> None:
    st.session_state.setdefault(_BEATEN, set()).add(part)


def _shown(view: RunView) -> str:
    """Changes where there is something else to draw."""
    replay = replay_of(view.record.id)
    when = f"{len(view.metrics)} epochs" if replay is None else f"epoch {replay.epoch}"
    return f"{when}, {len(view.dispersion_epochs)} of {len(view.recorded)}"


def _is_due(view: RunView) -> bool:
    replay, drawn = replay_of(view.record.id), _drawn(view)
    if replay is not None and (replay.is_playing or drawn.is_complete):
        return False  # the body goes on by itself, or stands
    return _pace(view).is_due(*_since(drawn, view))


def is_drawn_before_long(view: RunView) -> bool:
    """Whether the run's page will by itself be drawn anew within seconds."""
    is_running = view.record.status is RunStatus.RUNNING and replay_of(view.record.id) is None
    return is_running and _pace(view).between_seconds <= _BEFORE_LONG


def _look_seconds(view: RunView) -> float | None:
    """Seconds until it is worth looking again; None if nothing more is to come."""
    run_id = view.record.id
    drawn = _drawn(view)
    # What is missing may have been read by another session meanwhile.
    if not view.is_expecting and not drawn.is_partial:
        return None
    if was_just_steered(run_id):
        return SOON
    is_held = view.record.status in _HELD or replay_of(run_id) is not None
    if is_held and drawn.is_complete:
        return _HELD_LOOK
    pace, since = _pace(view), _since(drawn, view)
    if pace.is_due(*since):
        since = (0, 0.0)  # it is about to be drawn
    return pace.look_seconds(*since, _within(run_id))


def _pace(view: RunView) -> Pace:
    is_complete = _drawn(view).is_complete
    return Pace.of(view, available_cores(), chosen_draw_every(), is_by_epoch=is_complete)


def _drawn(view: RunView) -> _Drawn:
    """How the body was drawn last; long ago and with nothing if it was not."""
    drawn: _Drawn | None = st.session_state.get(_DRAWN)
    run_id = view.record.id
    return drawn if drawn is not None and drawn.run_id == run_id else _Drawn(run_id)


def _since(drawn: _Drawn, view: RunView) -> tuple[int, float]:
    """Epochs and seconds since the body was drawn."""
    return len(view.metrics) - drawn.n_epochs, time.monotonic() - drawn.at


def _within(run_id: str) -> float | None:
    """Share of the epoch in progress that is done; None of a run of another process."""
    now = manager().progress(run_id)
    return now.step / now.n_steps if now is not None and now.n_steps else None
