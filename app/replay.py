"""Looking back at a run: which of its recorded epochs the page shows, and the player for them."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from app.clicks import button
from app.current_run import EPOCH_PARAMETER
from app.parameters import drop_parameters, parameter, put_parameter
from app.run_reader import RunView
from app.shortcuts import shortcut
from topology import TopologySnapshot

PLAYING_SECONDS = 0.7
"""Between two epochs while they are played."""

_MOST_PLAYED = 60  # epochs, evenly spread: a run of 200 recorded ones plays in under a minute
_HELP = (
    "Every chart below follows. Arrow keys move from one recorded epoch to the next; Play goes "
    "through all of them, or through some sixty if there are more."
)


@dataclass(frozen=True)
class Replay:
    """A look back at a run.

    Attributes:
        epochs: recorded ones to choose from, ascending; fixed while one looks, though the run may
            record more.
        place: of the one that is shown among them.
        is_playing: whether it moves on by itself.
        turn: counts the positions that were not chosen with the slider, each of which has a new
            one: a slider that the script moves is put back by what the browser sent before.
    """

    epochs: tuple[int, ...]
    place: int
    is_playing: bool = False
    turn: int = 0

    @property
    def epoch(self) -> int:
        """The one that is shown."""
        return self.epochs[self.place]

    def moved(self, place: int, *, is_playing: bool = False) -> Replay:
        """Elsewhere, by something else than the slider."""
        return replace(self, place=place, is_playing=is_playing, turn=self.turn + 1)

    def next(self) -> Replay:
        """One step of the player, which stops at the end.

        >>> replay = Replay((0, 5, 9), 1, is_playing=True)
        >>> replay.next().epoch, replay.next().is_playing
        (9, False)
        """
        last = len(self.epochs) - 1
        place = min(last, self.place + max(1, len(self.epochs) // _MOST_PLAYED))
        return self.moved(place, is_playing=place < last)


def replay_of(run_id: str) -> Replay | None:
    """The look back at a run; None where it is shown as it is now."""
    found: Replay | None = st.session_state.get(_name(run_id))
    return found


def _asked_for(view: RunView) -> Replay | None:
    """The look back that a link or a reload asks for, once in a session.

    Later the URL only follows: an input that was on its way brings the URL of before.
    """
    asked = f"replay-asked-{view.record.id}"
    epoch = "" if asked in st.session_state else parameter(EPOCH_PARAMETER)
    st.session_state[asked] = True
    if not epoch.isdecimal() or int(epoch) not in view.recorded:
        return None
    return Replay(view.recorded, view.recorded.index(int(epoch)))


def replay_bar(view: RunView) -> Replay | None:
    """Draw the player, move it on, and say what to show; None for the run as it is now.

    Its parts stand beside each other in the container that it is drawn in.

    Args:
        view: the run, read up to now.
    """
    run_id, replay = view.record.id, replay_of(view.record.id)
    if len(view.recorded) < 2:
        return None
    if replay is None and (asked := _asked_for(view)) is not None:
        _keep(run_id, asked)
        st.rerun()  # without the timer of a run as it is now
    if replay is None:
        _entrance(run_id, Replay(view.recorded, len(view.recorded) - 1))
        return None
    if replay.is_playing:
        replay = _keep(run_id, replay.next())
        if not replay.is_playing:
            st.rerun()  # without the timer of the player
    return _player(run_id, replay)


def as_of(view: RunView, snapshot: TopologySnapshot) -> RunView:
    """The run as it was at a recorded epoch: its wiring then, and what was measured until then."""
    epoch = snapshot.epoch
    n_known = bisect_left(view.dispersion_epochs.tolist(), epoch + 1)
    return replace(
        view,
        latest=snapshot,
        metrics=tuple(row for row in view.metrics if row.epoch <= epoch),
        dispersion_epochs=view.dispersion_epochs[:n_known],
        dispersion={side: values[:n_known] for side, values in view.dispersion.items()},
        degrees={side: found[:n_known] for side, found in view.degrees.items()},
    )


def _entrance(run_id: str, newest: Replay) -> None:
    """The ways from the run as it is now into its past."""
    if _pressed("Look back", "look-back", run_id, ":material/history:", help=_HELP):
        _keep(run_id, newest)
        st.rerun()
    if _pressed("Play epochs", "play", run_id, ":material/play_arrow:"):
        _keep(run_id, newest.moved(0, is_playing=True))
        st.rerun()


def _player(run_id: str, replay: Replay) -> Replay:
    last = len(replay.epochs) - 1
    if _pressed("Back to now", "look-back", run_id, ":material/sensors:"):
        del st.session_state[_name(run_id)]
        drop_parameters(EPOCH_PARAMETER)
        st.rerun()
    if replay.is_playing:
        if _pressed("Hold here", "play", run_id, ":material/pause:"):
            _keep(run_id, replay.moved(replay.place))
            st.rerun()
    elif _pressed("Play epochs", "play", run_id, ":material/play_arrow:"):
        start = 0 if replay.place == last else replay.place
        _keep(run_id, replay.moved(start, is_playing=True))
        st.rerun()
    # At either end they stay as they are: whether one more is there shows after it was drawn.
    for label, icon, step in (
        ("Earlier", ":material/chevron_left:", -1),
        ("Later", ":material/chevron_right:", 1),
    ):
        if _pressed(label, label.lower(), run_id, icon, disabled=replay.is_playing):
            replay = _keep(run_id, replay.moved(min(last, max(0, replay.place + step))))
    epoch = st.select_slider(
        "Epoch",
        replay.epochs,
        replay.epoch,
        key=f"replay-{run_id}-{replay.turn}",
        disabled=replay.is_playing,
        help=_HELP,
    )
    return _keep(run_id, replace(replay, place=replay.epochs.index(epoch)))


def _pressed(label: str, name: str, run_id: str, icon: str, **options: Any) -> bool:
    return button(label, f"{name}-{run_id}", icon=icon, shortcut=shortcut(name), **options)


def _keep(run_id: str, replay: Replay) -> Replay:
    st.session_state[_name(run_id)] = replay
    if not replay.is_playing:
        put_parameter(EPOCH_PARAMETER, str(replay.epoch))
    return replay


def _name(run_id: str) -> str:
    return f"replay-of-{run_id}"
