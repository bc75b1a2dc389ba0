"""How often the page of a run is drawn anew.

Drawing takes a core more than a third of a second, in the server and in the browser, which the
training lacks where both are on one machine. So it is done often while a run is young and its
curves change by the second, and then as seldom as the cores allow.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.run_reader import RunView
from set_engine import RunStatus

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
        epoch: of a run that is held, the last completed; None of others.
        head_seconds: between two drawings of the head; None if no more is to come.
        body_seconds: between two of all that is below it; None if no more is to come.
    """

    status: RunStatus
    epoch: int | None = None
    head_seconds: float | None = None
    body_seconds: float | None = None

    @classmethod
    def of(cls, view: RunView, n_cores: int) -> Pace:
        """The pace for a run as it is now, on a machine with so many cores.

        Args:
            view: the run.
            n_cores: that training, server and browser share.
        """
        status = view.record.status
        if not view.is_expecting:
            return cls(status)
        held = status is RunStatus.PAUSED and view.metrics
        epoch = view.metrics[-1].epoch if held else None
        seconds = body_seconds(view.trained_seconds, n_cores)
        return cls(status, epoch, min(_HEAD_SECONDS, max(1.0, seconds)), seconds)


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
