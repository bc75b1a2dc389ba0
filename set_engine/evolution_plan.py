"""When connections are replaced in the course of a training, and how many."""

from __future__ import annotations

from dataclasses import dataclass

from set_engine.config import TrainingConfig
from set_engine.schedules import factor


@dataclass(frozen=True)
class EvolutionPlan:
    """What the configured schedules mean for a training of so many steps.

    Attributes:
        config: the settings.
        n_steps: optimiser steps in an epoch.

    >>> plan = EvolutionPlan(TrainingConfig(method="rigl", zeta=0.4, epochs=4), n_steps=100)
    >>> [plan.is_due_after_step(step) for step in (99, 100, 400)]
    [False, True, False]
    >>> round(plan.zeta(100), 6), plan.zeta(301)
    (0.3, None)
    """

    config: TrainingConfig
    n_steps: int

    def progress(self, step: int) -> float:
        """Share of all steps that are completed after `step`, in [0, 1]."""
        return step / (self.config.epochs * self.n_steps)

    def is_due_after_step(self, step: int) -> bool:
        """Whether an evolution by steps comes after `step`; none does after the very last."""
        every = self.config.evolve_every
        return every != "epoch" and step % every == 0 and self.progress(step) < 1

    def zeta(self, step: int) -> float | None:
        """The fraction ζ of an evolution after `step`; None once the wiring stays as it is."""
        share = self.progress(step) / self.config.evolve_until
        if share > 1:
            return None
        return self.config.zeta * factor(self.config.zeta_schedule, share)

    def importance_percentile(self, epoch: int) -> float | None:
        """The percentile of the importance pruning after `epoch`; None if there is none."""
        config = self.config
        begun = epoch > config.importance_from * config.epochs
        is_due = begun and epoch % config.importance_every == 0
        return config.importance_percentile if is_due else None
