"""Optimisers by the names a configuration uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from torch import nn
from torch.optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop


class _Optimizer(NamedTuple):
    summary: str
    make: Callable[..., Optimizer]
    has_momentum: bool = False
    is_fused: bool = True  # whether torch can do a step in one pass over the parameters


_OPTIMIZERS = {
    "sgd": _Optimizer("stochastic gradient descent with momentum", SGD, has_momentum=True),
    "adam": _Optimizer("Kingma and Ba 2015; no use of the momentum setting", Adam),
    "adamw": _Optimizer("Adam with decoupled weight decay (Loshchilov and Hutter 2019)", AdamW),
    "rmsprop": _Optimizer("gradients by their running size, with momentum", RMSprop, True, False),
    "adagrad": _Optimizer("gradients by their summed size (Duchi et al. 2011)", Adagrad),
}

OPTIMIZERS: dict[str, str] = {name: known.summary for name, known in _OPTIMIZERS.items()}
"""Every name with a one-line summary for help texts."""


def make_optimizer(
    name: str,
    parameters: Iterable[nn.Parameter],
    *,
    learning_rate: float,
    momentum: float,
    weight_decay: float,
) -> Optimizer:
    """The optimiser `name` for some parameters; `momentum` is used where there is such a thing.

    Raises:
        ValueError: if the name is unknown.
    """
    if name not in _OPTIMIZERS:
        raise ValueError(f"optimizer is {name!r}; it must be one of {', '.join(_OPTIMIZERS)}")
    known = _OPTIMIZERS[name]
    extra: dict[str, Any] = {"momentum": momentum} if known.has_momentum else {}
    if known.is_fused:
        extra["fused"] = True
    return known.make(parameters, lr=learning_rate, weight_decay=weight_decay, **extra)
