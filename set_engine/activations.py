"""Activations by the names a configuration uses."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn


class SReLU(nn.Module):
    """S-shaped rectified linear unit with four learned parameters per neuron (Jin et al. 2016).

    f(x) = t_r + a_r (x − t_r) for x ≥ t_r, x between, t_l + a_l (x − t_l) for x ≤ t_l. It starts
    as a leaky ReLU: t_l = 0, a_l = 0.2, t_r = 1, a_r = 1.

    >>> SReLU(2)(torch.tensor([[-1.0, 3.0]])).tolist()
    [[-0.20000000298023224, 3.0]]
    """

    def __init__(self, n_neurons: int) -> None:
        super().__init__()
        self.t_left = nn.Parameter(torch.zeros(n_neurons))
        self.a_left = nn.Parameter(torch.full((n_neurons,), 0.2))
        self.t_right = nn.Parameter(torch.ones(n_neurons))
        self.a_right = nn.Parameter(torch.ones(n_neurons))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, n_neurons) -> (batch, n_neurons)."""
        above = self.a_right * torch.relu(x - self.t_right)
        below = self.a_left * torch.relu(self.t_left - x)
        return torch.minimum(torch.maximum(x, self.t_left), self.t_right) + above - below


ACTIVATIONS: dict[str, Callable[[int], nn.Module]] = {
    "relu": lambda _n_neurons: nn.ReLU(),
    "leaky_relu": lambda _n_neurons: nn.LeakyReLU(),
    "srelu": SReLU,
}
