"""What one epoch of training measured."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class EpochMetrics(BaseModel):
    """One row of a run's log.

    Losses and accuracies are those of the network that the epoch trained, before the evolution
    that ends it; in the last epoch, after the removal, so that they belong to the network kept.
    The training loss and accuracy are running means over the epoch's own batches. A run that a
    `Recorder` wrote has those figures that its own training loop gave, and None for the others.

    Attributes:
        epoch: completed epochs, from 1.
        step: completed optimiser steps since the start; 0 where nobody counted them.
        train_loss, test_loss: the configured loss, such as the mean cross-entropy in nats; for an
            RBM the mean squared error of the reconstruction.
        train_accuracy, test_accuracy: share of samples classified rightly, in [0, 1]; None for an
            RBM.
        seconds: wall-clock time of the epoch with its evaluation and evolution.
        n_connections: connections of all layers after the evolution.
        replaced: connections that the evolution took away; in a run that a `Recorder` wrote, those
            of an epoch before that are gone.
        figures: what else a training loop measured, by name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    epoch: int
    step: int
    train_loss: float | None = None
    test_loss: float | None = None
    train_accuracy: float | None = None
    test_accuracy: float | None = None
    seconds: float
    n_connections: int
    replaced: int
    figures: dict[str, float] = Field(default_factory=dict)

    @property
    def values(self) -> dict[str, float]:
        """What was measured, by name."""
        measured = self.model_dump(exclude={"epoch", "step", "figures"}, exclude_none=True)
        return measured | self.figures
