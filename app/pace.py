"""How often the page of a run is drawn anew.

Drawing takes a core more than a third of a second, in the server and in the browser, which the
training lacks where both are on one machine. So it is done often while a run is young and its
curves change by the second, and then as seldom as the cores allow. Epochs that are long are drawn
as soon as they end; of short ones, whichever are there when it is time.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.run_reader import RunView
from set_engine import RunStatus

AS_FITS = 0
"""The choice of `DRAW_EVERY` that leaves it to the machine."""

DRAW_EVERY = (AS_FITS, 1, 2, 5, 10, 25, 100)
"""Epochs between two drawings, to choose from."""

_WATCH_SECONDS = 0.4
_HEAD_SECONDS = 2.0
_SHORTEST = 0.7
_DRAWING = 0.4  # seconds of a core: `make bench` (dashboard) shows what comes of it
_SHARE = 0.03  # of all cores, for the drawings of an old run
_OF_AGE = 0.05  # a drawing later, the curves have become so much longer


@dataclass(frozen=True)
class Pace:
    """When a page is drawn anew; where it changes, at once.

    Attributes:
        status: of the run.
        held_at: of a run that is held, the last completed epoch; None of others.
        watch_seconds: between two looks whether there is something to draw; None if no more is
            to come, as with the others.
        head_seconds: between two drawings of the head.
        body_seconds: between two of all that is below it; None where each is for an epoch that
            has just ended.
        epochs: between two such drawings, at least.
        rest_seconds: between two such drawings, at least.
    """

    status: RunStatus
    held_at: int | None = None
    watch_seconds: float | None = None
    head_seconds: float | None = None
    body_seconds: float | None = None
    epochs: int = 1
    rest_seconds: float = 0.0

    @classmethod
    def of(cls, view: RunView, n_cores: int, draw_every: int = AS_FITS) -> Pace:
        """The pace for a run as it is now.

        Args:
            view: the run.
            n_cores: that training, server and browser share.
            draw_every: one of `DRAW_EVERY`, as the reader wishes.
        """
        status = view.record.status
        if not view.is_expecting:
            return cls(status)
        held = status is RunStatus.PAUSED and view.metrics
        held_at = view.metrics[-1].epoch if held else None
        fitting = body_seconds(view.trained_seconds, n_cores)
        timers = (status, held_at, _WATCH_SECONDS, min(_HEAD_SECONDS, max(1.0, fitting)))
        epochs = max(1, draw_every)
        # By the mean of all epochs, not to go to and fro where they last about so long.
        between = view.trained_seconds / max(1, len(view.metrics)) * epochs
        shortest = 0.0 if between >= _SHORTEST else _SHORTEST
        if view.is_mostly_read and (draw_every or between >= _SHORTEST):
            return cls(*timers, None, epochs, shortest if draw_every else fitting)
        return cls(*timers, _SHORTEST if draw_every else fitting)

    def is_due(self, n_new: int, seconds: float) -> bool:
        """Whether to draw for an epoch that has just ended.

        Args:
            n_new: epochs that ended since the last drawing.
            seconds: since then.
        """
        by_epoch = self.watch_seconds is not None and self.body_seconds is None
        return by_epoch and n_new >= self.epochs and seconds >= self.rest_seconds


def draw_every_name(epochs: int) -> str:
    """What a choice of `DRAW_EVERY` is called.

    >>> draw_every_name(AS_FITS), draw_every_name(1), draw_every_name(10)
    ('Draw as fits', 'Draw every epoch', 'Draw every 10 epochs')
    """
    if epochs == AS_FITS:
        return "Draw as fits"
    return "Draw every epoch" if epochs == 1 else f"Draw every {epochs} epochs"


def body_seconds(age: float, n_cores: int) -> float:
    """Seconds between two drawings, in steps of two so that it seldom changes.

    Args:
        age: seconds for which the run has been trained.
        n_cores: that training, server and browser share.

    >>> [body_seconds(age, 2) for age in (0, 10, 30, 60, 3600)]
    [0.7, 0.7, 1.4, 2.8, 5.6]
    >>> body_seconds(3600, 16)
    0.7
    """
    wanted = min(_OF_AGE * age, _DRAWING / (_SHARE * n_cores))
    seconds = _SHORTEST
    while 2 * seconds <= wanted:
        seconds *= 2
    return seconds
