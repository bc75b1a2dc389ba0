"""What an optimiser remembers of each connection."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch.optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop

from set_engine.evolving_layer import EvolvingLayer
from set_engine.rewiring import Rewiring

_ADAM = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")
# The tensors of each optimiser that hold one entry per connection.
_PER_CONNECTION: dict[type[Optimizer], tuple[str, ...]] = {
    SGD: ("momentum_buffer",),
    Adam: _ADAM,
    AdamW: _ADAM,
    RMSprop: ("square_avg", "momentum_buffer", "grad_avg"),
    Adagrad: ("sum",),
}


def check_known(optimizer: Optimizer) -> None:
    """Refuse an optimiser whose state per connection is unknown.

    Raises:
        TypeError: if it is none of SGD, Adam, AdamW, RMSprop and Adagrad themselves.
    """
    if type(optimizer) not in _PER_CONNECTION:
        known = ", ".join(kind.__name__ for kind in _PER_CONNECTION)
        raise TypeError(f"the state of {type(optimizer).__name__} is unknown; known are: {known}")


def carry_state(optimizer: Optimizer, layer: EvolvingLayer, rewiring: Rewiring) -> None:
    """Survivors keep their state; that of new connections is what it is before any step.

    Raises:
        TypeError: if there is state of a name that the optimiser does not make; nothing is changed.
    """
    state = optimizer.state.get(layer.weight, {})
    # A tensor without dimensions, such as the number of steps, is none per connection.
    arrays = {
        name: values
        for name, values in state.items()
        if isinstance(values, torch.Tensor) and values.dim()
    }
    unknown = sorted(arrays.keys() - set(_PER_CONNECTION[type(optimizer)]))
    if unknown:
        raise TypeError(f"the state {unknown[0]!r} of {type(optimizer).__name__} is unknown")
    for name, values in arrays.items():
        state[name] = layer.carried(values, rewiring, _start(optimizer, name))


def _start(optimizer: Optimizer, name: str) -> float:
    # Of all optimisers only Adagrad begins elsewhere than at 0.
    return float(optimizer.defaults["initial_accumulator_value"]) if name == "sum" else 0.0


def optimizer_tensors(optimizer: Optimizer) -> dict[str, torch.Tensor]:
    """All tensors of its state, by `<number of the parameter>.<name>`."""
    return {
        f"{number}.{name}": value
        for number, parameter in enumerate(_parameters(optimizer))
        for name, value in optimizer.state.get(parameter, {}).items()
        if isinstance(value, torch.Tensor)
    }


def restore_optimizer(optimizer: Optimizer, tensors: Mapping[str, torch.Tensor]) -> None:
    """Put back what `optimizer_tensors` gave.

    Raises:
        IndexError: if there is no parameter of such a number.
    """
    parameters = _parameters(optimizer)
    for key, value in tensors.items():
        number, name = key.split(".", 1)
        optimizer.state[parameters[int(number)]][name] = value.clone()


def _parameters(optimizer: Optimizer) -> list[torch.nn.Parameter]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]
