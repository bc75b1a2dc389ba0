"""What one epoch of training measured."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class EpochMetrics(BaseModel):
    """One row of a run's log.

    Losses and accuracies are those of the network that the epoch trained, before the evolution
    that ends it; in the last epoch, after the removal, so that they belong to the network kept.
    The training loss and accuracy are running means over the epoch's own batches.

    Attributes:
        epoch: completed epochs, from 1.
        step: completed optimiser steps since the start.
        train_loss, test_loss: mean cross-entropy, in nats.
        train_accuracy, test_accuracy: share of samples classified rightly, in [0, 1].
        seconds: wall-clock time of the epoch with its evaluation and evolution.
        n_connections: connections of all layers after the evolution.
        replaced: connections that the evolution took away.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    epoch: int
    step: int
    train_loss: float
    test_loss: float
    train_accuracy: float
    test_accuracy: float
    seconds: float
    n_connections: int
    replaced: int
