"""Whose turn it is to train, where more runs were begun than there are cores."""

from __future__ import annotations

import threading

from set_engine.control import RunControl
from set_engine.observer import Observer


class Turns(Observer):
    """At most so many runs train at a time; the others wait, first come, first served.

    A run that is paused does not train, and the next one has its turn. Resuming it takes effect at
    once, even if there is one more then. Any thread may call.

    Args:
        most: runs that train at a time.

    Raises:
        ValueError: if that is below 1.
    """

    def __init__(self, most: int) -> None:
        if most < 1:
            raise ValueError(f"most_at_once is {most}; it must be at least 1")
        self._most = most
        self._changed = threading.Condition()
        self._waiting: list[RunControl] = []
        self._begun: list[RunControl] = []

    def enter(self, run: RunControl) -> None:
        """Take the last place in the queue."""
        with self._changed:
            self._waiting.append(run)

    def place(self, run: RunControl) -> int | None:
        """The place of a run in the queue, from 1; None if it waits no more."""
        with self._changed:
            return self._waiting.index(run) + 1 if run in self._waiting else None

    def is_due(self, run: RunControl) -> bool:
        """Whether `wait` would return at once."""
        with self._changed:
            return self._is_due(run)

    def wait(self, run: RunControl) -> None:
        """Wait until it is the run's turn, or it is to stop."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_due(run))
            self._begin(run)

    def start_now(self, run: RunControl) -> None:
        """Let a waiting run begin whoever else trains; nothing if it waits no more."""
        with self._changed:
            if run in self._waiting:
                self._begin(run)

    def leave(self, run: RunControl) -> None:
        """The run has ended."""
        with self._changed:
            self._begun.remove(run)
            self._changed.notify_all()

    def look_again(self) -> None:
        """Something was asked of a run that waits."""
        with self._changed:
            self._changed.notify_all()

    def paused(self, is_paused: bool) -> None:  # noqa: ARG002
        """See `Observer`; whoever waits may have the place of a run that is held."""
        self.look_again()

    def n_training(self) -> int:
        """Runs that train at present."""
        with self._changed:
            return self._n_training()

    def _n_training(self) -> int:
        return sum(not run.is_held() for run in self._begun)

    def _is_due(self, run: RunControl) -> bool:
        if run not in self._waiting or run.stop_requested:
            return True
        return run is self._waiting[0] and self._n_training() < self._most

    def _begin(self, run: RunControl) -> None:
        if run in self._waiting:
            self._waiting.remove(run)
            self._begun.append(run)
            self._changed.notify_all()
