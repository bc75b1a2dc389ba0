"""What a network is trained for: how a batch gives gradients, and how good the network is."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import torch
from torch import nn
from torch.nn import functional

from set_engine.config import TrainingConfig
from set_engine.rbm import SetRBM


class Score(NamedTuple):
    """How a network did on some samples.

    Attributes:
        loss: the mean over the samples.
        hits: how many were classified rightly; None where nothing is classified.
    """

    loss: float
    hits: int | None


class Objective(Protocol):
    """Classification or reconstruction."""

    def score(self, model: nn.Module, x: torch.Tensor, classes: torch.Tensor) -> Score:
        """Judge the model on (n, n_features) samples with (n,) classes, without gradients."""

    def prepare(
        self, model: nn.Module, x: torch.Tensor, classes: torch.Tensor
    ) -> tuple[Score, Callable[[], None]]:
        """The score of a batch, and what adds its gradients to those of the parameters."""


class Classification:
    """The loss of the network's outputs against the classes.

    Args:
        loss: `cross_entropy` in nats, or `mse`: the squared distance between outputs and one-hot
            classes, the mean over samples and outputs.
    """

    def __init__(self, loss: str) -> None:
        self._loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = (
            functional.cross_entropy if loss == "cross_entropy" else _squared_error
        )

    def score(self, model: nn.Module, x: torch.Tensor, classes: torch.Tensor) -> Score:
        """See `Objective`."""
        with torch.no_grad():
            return self.prepare(model, x, classes)[0]

    def prepare(
        self, model: nn.Module, x: torch.Tensor, classes: torch.Tensor
    ) -> tuple[Score, Callable[[], None]]:
        """See `Objective`."""
        outputs = model(x)
        loss = self._loss(outputs, classes)
        return Score(loss.item(), int((outputs.argmax(1) == classes).sum())), loss.backward


class Reconstruction:
    """Contrastive divergence; the loss is the mean squared error of the reconstruction.

    Args:
        cd_steps: length of the chain, at least 1.
    """

    def __init__(self, cd_steps: int) -> None:
        self._cd_steps = cd_steps

    def score(self, model: nn.Module, x: torch.Tensor, classes: torch.Tensor) -> Score:  # noqa: ARG002
        """See `Objective`; the classes are not looked at."""
        with torch.no_grad():
            return Score(functional.mse_loss(model(x), x).item(), None)

    def prepare(
        self,
        model: nn.Module,
        x: torch.Tensor,
        classes: torch.Tensor,  # noqa: ARG002
    ) -> tuple[Score, Callable[[], None]]:
        """See `Objective`."""
        assert isinstance(model, SetRBM)
        divergence = model.contrastive_divergence(x, self._cd_steps)
        error = functional.mse_loss(divergence.reconstruction, x).item()
        return Score(error, None), divergence.backward


def objective_of(config: TrainingConfig) -> Objective:
    """What the configured model is trained for."""
    return Reconstruction(config.cd_steps) if config.model == "rbm" else Classification(config.loss)


def _squared_error(outputs: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    targets = functional.one_hot(classes, outputs.shape[1]).to(outputs.dtype)
    return functional.mse_loss(outputs, targets)
