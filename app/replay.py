"""Looking back at a run: which of its recorded epochs the page shows, and the player for them."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from app.clicks import button, was_pressed
from app.current_run import EPOCH_PARAMETER
from app.labels import escaped
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
    if not epoch:
        return None
    if epoch.isdecimal() and int(epoch) in view.recorded:
        return Replay(view.recorded, view.recorded.index(int(epoch)))
    first, last = view.recorded[0], view.recorded[-1]
    st.toast(
        f"Epoch {escaped(epoch)} is not recorded; {len(view.recorded):,} are, from {first:,} to "
        f"{last:,}. The run is shown as it is now.",
        icon=":material/info:",
    )
    drop_parameters(EPOCH_PARAMETER)
    return None


def replay_bar(view: RunView) -> Replay | None:
    """Draw the player, move it on, and say what to show; None for the run as it is now.

    Its parts stand beside each other in the container that it is drawn in.

    Args:
        view: the run, read up to now.
    """
    run_id = view.record.id
    if len(view.recorded) < 2:
        return None
    before = replay_of(run_id) or _asked_for(view)
    replay = _after_a_press(view, before)
    if replay is None:
        _forget(run_id)
        _entrance(run_id)
        return None
    if replay is before and replay.is_playing:
        replay = replay.next()
    return _player(run_id, _keep(run_id, replay))


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


def _after_a_press(view: RunView, replay: Replay | None) -> Replay | None:
    """The look back as the buttons have changed it, which are drawn as it is then."""
    look, play, earlier, later = (
        was_pressed(_key(name, view.record.id))
        for name in ("look-back", "play", "earlier", "later")
    )
    if replay is None:
        if not look and not play:
            return None
        newest = Replay(view.recorded, len(view.recorded) - 1)
        return newest if look else newest.moved(0, is_playing=True)
    if look:
        return None
    last = len(replay.epochs) - 1
    if play:
        from_here = 0 if replay.place == last and not replay.is_playing else replay.place
        return replay.moved(from_here, is_playing=not replay.is_playing)
    if later != earlier:
        return replay.moved(min(last, max(0, replay.place + later - earlier)))
    return replay


def _entrance(run_id: str) -> None:
    """The ways from the run as it is now into its past."""
    _button("Look back", "look-back", run_id, ":material/history:", help=_HELP)
    _button("Play epochs", "play", run_id, ":material/play_arrow:")


def _player(run_id: str, replay: Replay) -> Replay:
    _button("Back to now", "look-back", run_id, ":material/sensors:")
    if replay.is_playing:
        _button("Hold here", "play", run_id, ":material/pause:")
    else:
        _button("Play epochs", "play", run_id, ":material/play_arrow:")
    # At either end they stay as they are: a button that is switched off loses the keyboard's focus.
    _button("Earlier", "earlier", run_id, ":material/chevron_left:", disabled=replay.is_playing)
    _button("Later", "later", run_id, ":material/chevron_right:", disabled=replay.is_playing)
    epoch = st.select_slider(
        "Epoch",
        replay.epochs,
        replay.epoch,
        key=f"replay-{run_id}-{replay.turn}",
        disabled=replay.is_playing,
        help=_HELP,
    )
    return _keep(run_id, replace(replay, place=replay.epochs.index(epoch)))


def _button(label: str, name: str, run_id: str, icon: str, **options: Any) -> None:
    button(label, _key(name, run_id), icon=icon, shortcut=shortcut(name), **options)


def _key(name: str, run_id: str) -> str:
    return f"{name}-{run_id}"


def _keep(run_id: str, replay: Replay) -> Replay:
    st.session_state[_name(run_id)] = replay
    if not replay.is_playing:
        put_parameter(EPOCH_PARAMETER, str(replay.epoch))
    return replay


def _forget(run_id: str) -> None:
    if st.session_state.pop(_name(run_id), None) is not None:
        drop_parameters(EPOCH_PARAMETER)


def _name(run_id: str) -> str:
    return f"replay-of-{run_id}"
