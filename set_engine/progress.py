"""How far a run in this process is, to the step."""

from __future__ import annotations

from dataclasses import dataclass, replace

from set_engine.metrics import EpochMetrics
from set_engine.observer import Observer


@dataclass(frozen=True)
class Progress:
    """A moment of a run.

    Attributes:
        phase: what is being done, in words.
        epoch: completed epochs.
        step, n_steps: completed steps of the epoch in progress, of so many.
    """

    phase: str = "Waiting to begin"
    epoch: int = 0
    step: int = 0
    n_steps: int = 0


class ProgressObserver(Observer):
    """Keeps the latest `Progress` in `now`; each is frozen, so any thread may read it."""

    def __init__(self) -> None:
        self.now = Progress()

    def phase(self, what: str) -> None:
        """See `Observer`."""
        self.now = replace(self.now, phase=what)

    def step(self, epoch: int, done: int, n_steps: int) -> None:
        """See `Observer`."""
        self.now = replace(self.now, epoch=epoch - 1, step=done, n_steps=n_steps)

    def epoch(self, metrics: EpochMetrics) -> None:
        """See `Observer`."""
        self.now = replace(self.now, epoch=metrics.epoch, step=0)
