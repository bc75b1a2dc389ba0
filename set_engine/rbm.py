"""SET-RBM: a restricted Boltzmann machine with one sparse layer (Mocanu et al. 2018)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
from torch import nn

from set_engine.config import TrainingConfig
from set_engine.layers import hidden_layer
from set_engine.sparse_linear import SparseLinear


@dataclass(frozen=True)
class Divergence:
    """What `SetRBM.contrastive_divergence` gives.

    Attributes:
        reconstruction: (batch, n_visible) of the data, with probabilities throughout.
        backward: adds the gradients to those of the parameters.
    """

    reconstruction: torch.Tensor
    backward: Callable[[], None]


class SetRBM(nn.Module):
    """Binary hidden units, visible units in [0, 1], one layer of connections between them.

    P(h = 1 | v) = σ(W v + b) and P(v = 1 | h) = σ(Wᵀ h + a), with `layer` holding W and b, and
    `visible_bias` a, (n_visible,).

    Args:
        n_visible: visible units, at least 1.
        config: method, the width of the hidden layer, ε.
        generator: source of randomness of the start and of the samples.
    """

    def __init__(self, n_visible: int, config: TrainingConfig, generator: torch.Generator) -> None:
        super().__init__()
        (n_hidden,) = config.hidden
        self.layer = hidden_layer(n_visible, n_hidden, config, generator)
        self.visible_bias = nn.Parameter(torch.zeros(n_visible))
        self.generator = generator

    def hidden(self, visible: torch.Tensor) -> torch.Tensor:
        """P(h = 1 | v): (batch, n_visible) -> (batch, n_hidden). No gradient flows."""
        if isinstance(self.layer, SparseLinear):
            return self.layer.logistic(visible)
        with torch.no_grad():
            return torch.sigmoid(self.layer(visible))

    def visible(self, hidden: torch.Tensor) -> torch.Tensor:
        """P(v = 1 | h): (batch, n_hidden) -> (batch, n_visible). No gradient flows."""
        if isinstance(self.layer, SparseLinear):
            return self.layer.logistic_back(hidden, self.visible_bias)
        # Masked or dense; an absent connection has the weight 0.
        weight = cast(nn.Linear, self.layer).weight
        return torch.sigmoid(hidden @ weight.detach() + self.visible_bias.detach())

    def forward(self, visible: torch.Tensor) -> torch.Tensor:
        """The reconstruction, with probabilities throughout: (batch, n_visible) -> the same."""
        return self.visible(self.hidden(visible))

    def contrastive_divergence(self, visible: torch.Tensor, cd_steps: int) -> Divergence:
        """Contrastive divergence CD-k (Hinton 2002).

        The gradient of the weight between v and h is −⟨v h⟩ of the data + ⟨v h⟩ after `cd_steps`
        steps of Gibbs sampling, means over the batch. Hidden states are sampled within the chain;
        visible units and the statistics take probabilities (Hinton 2012, section 3).

        Args:
            visible: (batch, n_visible) data in [0, 1].
            cd_steps: length of the chain, at least 1.
        """
        data_hidden = model_hidden = self.hidden(visible)
        for _ in range(cd_steps):
            model_visible = self.visible(self._sampled(model_hidden))
            model_hidden = self.hidden(model_visible)

        def backward() -> None:
            # Both correlations in one product: small ones cost their launch.
            inputs = torch.cat([visible.t(), model_visible.t()], 1).t()
            slopes = torch.cat([-data_hidden.t(), model_hidden.t()], 1).t() / len(visible)
            self._add_gradients(inputs, slopes, (model_visible - visible).mean(0))

        return Divergence(self.visible(data_hidden), backward)

    def _add_gradients(
        self, inputs: torch.Tensor, slopes: torch.Tensor, visible_change: torch.Tensor
    ) -> None:
        if isinstance(self.layer, SparseLinear):
            self.layer.add_gradient(inputs, slopes)
        else:
            (slopes * self.layer(inputs)).sum().backward()
        before = self.visible_bias.grad
        self.visible_bias.grad = visible_change if before is None else before + visible_change

    def _sampled(self, probabilities: torch.Tensor) -> torch.Tensor:
        # At a third of the time of torch.bernoulli.
        columns = probabilities.t()
        draws = torch.rand(columns.shape, generator=self.generator)
        return torch.lt(draws, columns, out=draws).t()
