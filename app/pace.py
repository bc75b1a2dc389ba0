"""How often the page of a run is drawn anew.

Drawing takes a core some tenths of a second, in the server and in the browser, which the training
lacks where both are on one machine. So it is done often while a run is young and its curves change
by the second, and then as seldom as the cores allow. Epochs that are long are drawn as soon as
they end; of short ones, whichever are there when it is time.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from app.run_reader import RunView

AS_FITS = 0
"""The choice of `DRAW_EVERY` that leaves it to the machine."""

DRAW_EVERY = (AS_FITS, 1, 2, 5, 10, 25, 100)
"""Epochs between two drawings, to choose from."""

SOON = 0.3
"""Seconds until what is about to happen is looked for again."""

_SHORTEST = 0.7
_LONGEST_LOOK = 2.0
_DRAWING = 0.2  # seconds of a core: `make bench` (dashboard) shows what comes of it
_SHARE = 0.015  # of all cores, for the drawings of an old run
_OF_AGE = 0.05  # a drawing later, the curves have become so much longer


@dataclass(frozen=True)
class Pace:
    """When the curves and the wiring of a run are drawn anew.

    Attributes:
        epochs: between two drawings, at least.
        rest_seconds: between two drawings, at least.
        is_by_epoch: whether only an epoch that has ended brings something new to draw.
        epoch_seconds: how long an epoch lasts; None as long as none has ended.
    """

    epochs: int
    rest_seconds: float
    is_by_epoch: bool
    epoch_seconds: float | None

    @classmethod
    def of(
        cls, view: RunView, n_cores: int, draw_every: int = AS_FITS, *, is_by_epoch: bool = True
    ) -> Pace:
        """The pace for a run as it is now.

        Args:
            view: the run.
            n_cores: that training, server and browser share.
            draw_every: one of `DRAW_EVERY`, as the reader wishes.
            is_by_epoch: whether only an epoch that has ended brings something new to draw.
        """
        epochs = max(1, draw_every)
        rest = rest_seconds(view.trained_seconds, n_cores)
        if draw_every:
            between = view.trained_seconds / max(1, len(view.metrics)) * epochs
            rest = 0.0 if between >= _SHORTEST else _SHORTEST
        last = view.metrics[-1].seconds if view.metrics else None
        return cls(epochs, rest, is_by_epoch, last)

    @property
    def between_seconds(self) -> float:
        """About how long it is from one drawing to the next."""
        if not self.is_by_epoch:
            return self.rest_seconds
        if self.epoch_seconds is None:
            return inf
        return max(self.rest_seconds, self.epochs * self.epoch_seconds)

    def is_due(self, n_new: int, seconds: float) -> bool:
        """Whether to draw now.

        Args:
            n_new: epochs that ended since the last drawing.
            seconds: since then.
        """
        return seconds >= self.rest_seconds and (n_new >= self.epochs or not self.is_by_epoch)

    def look_seconds(self, n_new: int, seconds: float, within: float | None) -> float:
        """Seconds until it is worth looking whether to draw.

        Args:
            n_new: epochs that ended since the last drawing.
            seconds: since then.
            within: share of the epoch in progress that is done; None if that is not known.

        >>> pace = Pace(epochs=1, rest_seconds=0.7, is_by_epoch=True, epoch_seconds=4.0)
        >>> pace.look_seconds(0, 3.0, within=0.75), pace.look_seconds(0, 1.0, within=0.25)
        (1.0, 2.0)
        """
        wait = self.rest_seconds - seconds
        if self.is_by_epoch and self.epoch_seconds is not None and within is not None:
            wait = max(wait, (self.epochs - n_new - within) * self.epoch_seconds)
        return min(max(wait, SOON), _LONGEST_LOOK)


def draw_every_name(epochs: int) -> str:
    """What a choice of `DRAW_EVERY` is called.

    >>> draw_every_name(AS_FITS), draw_every_name(1), draw_every_name(10)
    ('Draw as fits', 'Draw every epoch', 'Draw every 10 epochs')
    """
    if epochs == AS_FITS:
        return "Draw as fits"
    return "Draw every epoch" if epochs == 1 else f"Draw every {epochs} epochs"


def rest_seconds(age: float, n_cores: int) -> float:
    """Seconds between two drawings, in steps of two.

    Args:
        age: seconds for which the run has been trained.
        n_cores: that training, server and browser share.

    >>> [rest_seconds(age, 2) for age in (0, 10, 30, 60, 3600)]
    [0.7, 0.7, 1.4, 2.8, 5.6]
    >>> rest_seconds(3600, 16)
    0.7
    """
    wanted = min(_OF_AGE * age, _DRAWING / (_SHARE * n_cores))
    seconds = _SHORTEST
    while 2 * seconds <= wanted:
        seconds *= 2
    return seconds
