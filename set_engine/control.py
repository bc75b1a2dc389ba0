"""What other threads ask of a run in training, and when the run answers."""

from __future__ import annotations

import threading
from collections.abc import Callable

# How long a paused run sleeps at most between two looks at what it is asked.
_PAUSED_WAIT_SECONDS = 1.0


class StopRequested(Exception):
    """Raised inside the training loop by a stop; what was trained is kept."""


class RunControl:
    """Pause, resume, step and stop, safe to call from any thread.

    The training loop calls `before_step` before every optimiser step and `after_epoch` after every
    epoch, so every request is answered within one step.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._paused = False
        self._stopped = False
        self._single_epoch = False

    @property
    def stop_requested(self) -> bool:
        """Whether a stop was asked for."""
        return self._stopped

    def is_held(self) -> bool:
        """Whether the run is to wait before its next step."""
        return self._paused and not self._stopped

    def pause(self) -> None:
        """Hold the run before its next step."""
        self._set(paused=True)

    def resume(self) -> None:
        """Let the run go on until something else is asked."""
        self._set(paused=False)

    def step_epoch(self) -> None:
        """Let the run go on to the end of an epoch, and hold it there."""
        self._set(paused=False, single_epoch=True)

    def stop(self) -> None:
        """End the run before its next step."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def before_step(self, on_paused: Callable[[bool], None] = lambda _paused: None) -> None:
        """Wait while paused; `on_paused(True)` and `on_paused(False)` frame the wait.

        Raises:
            StopRequested: if a stop was asked for.
        """
        if self.is_held():
            on_paused(True)
            with self._changed:
                while self.is_held():
                    self._changed.wait(_PAUSED_WAIT_SECONDS)
            if not self._stopped:
                on_paused(False)
        if self._stopped:
            raise StopRequested

    def after_epoch(self) -> None:
        """Hold the run if only this epoch was asked for."""
        with self._changed:
            if self._single_epoch:
                self._paused, self._single_epoch = True, False

    def _set(self, *, paused: bool, single_epoch: bool = False) -> None:
        with self._changed:
            self._paused, self._single_epoch = paused, single_epoch
            self._changed.notify_all()
