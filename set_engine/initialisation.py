"""How the weights of a layer start, by the names a configuration uses."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch


class _Initialisation(NamedTuple):
    summary: str
    variance: Callable[[float, float], float]  # from fan-in and fan-out
    uniform: bool = False


def _he(fan_in: float, _fan_out: float) -> float:
    return 2 / fan_in


def _xavier(fan_in: float, fan_out: float) -> float:
    return 2 / (fan_in + fan_out)


def _lecun(fan_in: float, _fan_out: float) -> float:
    return 1 / fan_in


def _hundredth(_fan_in: float, _fan_out: float) -> float:
    return 0.01


_INITIALISATIONS = {
    "he_normal": _Initialisation("N(0, 2 / fan-in), for ReLU (He et al. 2015)", _he),
    "he_uniform": _Initialisation(
        "uniform of variance 2 / fan-in, for ReLU (He et al. 2015)", _he, uniform=True
    ),
    "xavier_normal": _Initialisation(
        "N(0, 2 / (fan-in + fan-out)), for tanh (Glorot and Bengio 2010)", _xavier
    ),
    "xavier_uniform": _Initialisation(
        "uniform of variance 2 / (fan-in + fan-out), for tanh (Glorot and Bengio 2010)",
        _xavier,
        uniform=True,
    ),
    "lecun_normal": _Initialisation("N(0, 1 / fan-in) (LeCun et al. 1998)", _lecun),
    "normal": _Initialisation("N(0, 0.1²) whatever the fan, as in the authors' codes", _hundredth),
}

INITIALISATIONS: dict[str, str] = {name: known.summary for name, known in _INITIALISATIONS.items()}
"""Every name with a one-line summary for help texts."""


def standard_deviation(name: str, fan_in: float, fan_out: float) -> float:
    """The standard deviation of a starting weight.

    The variances are He et al. 2015, Equation 10; Glorot and Bengio 2010, Equations 12 and 16;
    LeCun et al. 1998 (Efficient BackProp), Equation 16; and 0.1² in the authors' sparse SET codes.
    A fan below 1, as in a layer of fewer connections than neurons, counts as 1.

    Args:
        name: one of `INITIALISATIONS`.
        fan_in: inputs of a neuron; for a sparse layer the mean in-degree. At least 0.
        fan_out: outputs that an input feeds; for a sparse layer the mean out-degree. At least 0.

    Raises:
        ValueError: if the name is unknown, or a fan is not a finite number of at least 0.

    >>> standard_deviation("he_normal", fan_in=50, fan_out=10)
    0.2
    """
    if name not in _INITIALISATIONS:
        known = ", ".join(_INITIALISATIONS)
        raise ValueError(f"initialisation is {name!r}; it must be one of {known}")
    for what, fan in (("fan_in", fan_in), ("fan_out", fan_out)):
        if not (math.isfinite(fan) and fan >= 0):
            raise ValueError(f"{what} is {fan}; it must be a finite number of at least 0")
    return math.sqrt(_INITIALISATIONS[name].variance(max(1.0, fan_in), max(1.0, fan_out)))


def draw_weights(
    weight: torch.Tensor,
    name: str,
    fan_in: float,
    fan_out: float,
    generator: torch.Generator | None,
) -> None:
    """Draw every weight anew, in place and without a gradient.

    Args:
        weight: the weights of a layer, floating, of any shape.
        name, fan_in, fan_out: as in `standard_deviation`.
        generator: source of randomness; torch's global one if None.

    Raises:
        ValueError: as `standard_deviation`.

    >>> weight = torch.zeros(3)
    >>> draw_weights(weight, "normal", 5, 5, torch.Generator().manual_seed(0))
    >>> bool((weight != 0).all())
    True
    """
    deviation = standard_deviation(name, fan_in, fan_out)
    with torch.no_grad():
        if _INITIALISATIONS[name].uniform:
            bound = math.sqrt(3) * deviation  # the variance of U(-b, b) is b² / 3
            weight.uniform_(-bound, bound, generator=generator)
        else:
            weight.normal_(0, deviation, generator=generator)
