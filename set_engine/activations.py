"""Activations of the hidden layers, by the names a configuration uses."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from torch import nn

from set_engine.srelu import SReLU


class AllReLU(nn.LeakyReLU):
    """Alternated left ReLU of hidden layer `position` (Curci et al. 2021, Equation 3).

    f(x) = x for x > 0; for x ≤ 0 it is −α x in the layers of even number and α x in the others.

    Args:
        position: number of the hidden layer, from 1.
        alpha: size of the negative slope.

    >>> import torch
    >>> x = torch.tensor([-1.0, 2.0])
    >>> AllReLU(1, alpha=0.5)(x).tolist(), AllReLU(2, alpha=0.5)(x).tolist()
    ([-0.5, 2.0], [0.5, 2.0])
    """

    def __init__(self, position: int, alpha: float = 0.6) -> None:
        super().__init__(-alpha if position % 2 == 0 else alpha)


class _Activation(NamedTuple):
    summary: str
    make: Callable[[int, int], nn.Module]  # from the number of neurons and the position


_ACTIVATIONS = {
    "relu": _Activation("max(x, 0)", lambda _neurons, _position: nn.ReLU()),
    "leaky_relu": _Activation(
        "ReLU with slope 0.01 below 0", lambda _neurons, _position: nn.LeakyReLU()
    ),
    "srelu": _Activation(
        "S-shaped, four learned parameters per neuron (Jin et al. 2016; SET-MLP)",
        lambda neurons, _position: SReLU(neurons),
    ),
    "all_relu": _Activation(
        "slope below 0 is 0.6, −0.6, 0.6, … from layer to layer (Curci et al. 2021)",
        lambda _neurons, position: AllReLU(position),
    ),
    "sigmoid": _Activation("1 / (1 + exp(−x))", lambda _neurons, _position: nn.Sigmoid()),
    "tanh": _Activation("hyperbolic tangent", lambda _neurons, _position: nn.Tanh()),
    "gelu": _Activation(
        "x Φ(x), Φ the normal distribution function (Hendrycks and Gimpel 2016)",
        lambda _neurons, _position: nn.GELU(),
    ),
}

ACTIVATIONS: dict[str, str] = {name: known.summary for name, known in _ACTIVATIONS.items()}
"""Every name with a one-line summary for help texts."""


def activation(name: str, n_neurons: int, position: int) -> nn.Module:
    """The activation `name` for one hidden layer: (batch, n_neurons, ...) -> the same shape.

    Args:
        name: one of `ACTIVATIONS`.
        n_neurons: neurons of the layer, or channels of its feature map; at least 1.
        position: number of the hidden layer, from 1.

    Raises:
        ValueError: if the name is unknown, or a number is below 1.

    >>> activation("relu", n_neurons=1000, position=1)
    ReLU()
    """
    if name not in _ACTIVATIONS:
        raise ValueError(f"activation is {name!r}; it must be one of {', '.join(_ACTIVATIONS)}")
    for what, number in (("n_neurons", n_neurons), ("position", position)):
        if number < 1:
            raise ValueError(f"{what} is {number}; it must be at least 1")
    return _ACTIVATIONS[name].make(n_neurons, position)
