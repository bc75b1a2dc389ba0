"""An epoch that is not over: what it has come to, and the time it has taken."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from set_engine.control import RunControl
from set_engine.objectives import Score
from set_engine.observer import Observer


@dataclass
class EpochInProgress:
    """What an epoch has come to so far.

    Attributes:
        shuffle: state of the batch generator from which the order of the samples was drawn.
        done: completed steps.
        loss, hits: sums over the samples seen.
        replaced: connections taken away.
        seconds: time spent, without pauses.
    """

    shuffle: dict[str, Any]
    done: int = 0
    n_samples: int = 0
    loss: float = 0.0
    hits: int = 0
    replaced: int = 0
    seconds: float = 0.0

    def add(self, score: Score, n_samples: int) -> None:
        self.done += 1
        self.n_samples += n_samples
        self.loss += score.loss * n_samples
        self.hits += score.hits or 0


@dataclass
class Clock:
    """Seconds since it was made, without those spent waiting."""

    started: float = field(default_factory=lambda: time.perf_counter())
    waited: float = 0.0

    def wait(self, control: RunControl, observer: Observer) -> None:
        asked = time.perf_counter()
        control.before_step(observer.paused)
        self.waited += time.perf_counter() - asked

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.started - self.waited
