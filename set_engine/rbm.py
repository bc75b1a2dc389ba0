"""SET-RBM: a restricted Boltzmann machine with one sparse layer (Mocanu et al. 2018)."""

from __future__ import annotations

from typing import NamedTuple, cast

import torch
from torch import nn

from set_engine.config import TrainingConfig
from set_engine.evolving_layer import EvolvingLayer
from set_engine.layers import hidden_layer


class Divergence(NamedTuple):
    """What `SetRBM.contrastive_divergence` gives.

    Attributes:
        objective: a number; `backward` gives the gradients.
        reconstruction: (batch, n_visible) of the data, with probabilities throughout.
    """

    objective: torch.Tensor
    reconstruction: torch.Tensor


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
        """P(h = 1 | v): (batch, n_visible) -> (batch, n_hidden)."""
        return torch.sigmoid(self.layer(visible))

    def visible(self, hidden: torch.Tensor) -> torch.Tensor:
        """P(v = 1 | h): (batch, n_hidden) -> (batch, n_visible). No gradient flows."""
        if isinstance(self.layer, EvolvingLayer):
            inputs = self.layer.transposed(hidden)
        else:
            inputs = hidden @ cast(nn.Linear, self.layer).weight.detach()
        return torch.sigmoid(inputs + self.visible_bias.detach())

    def forward(self, visible: torch.Tensor) -> torch.Tensor:
        """The reconstruction, with probabilities throughout: (batch, n_visible) -> the same."""
        return self.visible(self.hidden(visible))

    def contrastive_divergence(self, visible: torch.Tensor, cd_steps: int) -> Divergence:
        """Contrastive divergence CD-k (Hinton 2002) as a number whose gradient it is.

        The gradient of the weight between v and h is −⟨v h⟩ of the data + ⟨v h⟩ after `cd_steps`
        steps of Gibbs sampling, means over the batch. Hidden states are sampled within the chain;
        visible units and the statistics take probabilities (Hinton 2012, section 3).

        Args:
            visible: (batch, n_visible) data in [0, 1].
            cd_steps: length of the chain, at least 1.
        """
        n = len(visible)
        with torch.no_grad():
            data_hidden = self.hidden(visible)
            # In one product with the first step of the chain: small ones cost their launch.
            hidden = torch.cat([data_hidden, self._sampled(data_hidden)])
            reconstruction, model_visible = self.visible(hidden).chunk(2)
            for _ in range(cd_steps - 1):
                model_visible = self.visible(self._sampled(self.hidden(model_visible)))
        inputs = self.layer(torch.cat([visible.t(), model_visible.t()], 1).t())
        model_hidden = torch.sigmoid(inputs.detach()[n:])
        correlation = (torch.cat([-data_hidden, model_hidden]) * inputs).sum()
        visible_change = (model_visible - visible).sum(0) @ self.visible_bias
        return Divergence((correlation + visible_change) / n, reconstruction)

    def _sampled(self, probabilities: torch.Tensor) -> torch.Tensor:
        return torch.bernoulli(probabilities, generator=self.generator)
