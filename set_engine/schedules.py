"""How the learning rate and ζ change in the course of training, by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

# The share of the training that warms up, and the factor at its start: 0 would waste a step.
_WARM_UP = 0.05
_WARM_UP_START = 0.01


def _constant(_progress: float) -> float:
    return 1.0


def _cosine(progress: float) -> float:
    return (1 + math.cos(math.pi * progress)) / 2


def _step(progress: float) -> float:
    if progress < 0.5:
        return 1.0
    return 0.1 if progress < 0.75 else 0.01


def _linear(progress: float) -> float:
    return 1 - progress


def _warmup_cosine(progress: float) -> float:
    if progress < _WARM_UP:
        return _WARM_UP_START + (1 - _WARM_UP_START) * progress / _WARM_UP
    return _cosine((progress - _WARM_UP) / (1 - _WARM_UP))


class _Schedule(NamedTuple):
    summary: str
    factor: Callable[[float], float]


_SCHEDULES = {
    "constant": _Schedule("the same throughout", _constant),
    "cosine": _Schedule(
        "down to 0 along half a cosine (Loshchilov and Hutter 2017; for ζ, Evci et al. 2020)",
        _cosine,
    ),
    "step": _Schedule("a tenth from half of the training on, a hundredth from 75 % on", _step),
    "linear": _Schedule("down to 0 in a straight line", _linear),
    "warmup_cosine": _Schedule("up from 0.01 in the first 5 %, then as cosine", _warmup_cosine),
}

LEARNING_RATE_SCHEDULES: dict[str, str] = {name: made.summary for name, made in _SCHEDULES.items()}
"""Every schedule of the learning rate with a one-line summary for help texts."""

ZETA_SCHEDULES: dict[str, str] = {
    name: LEARNING_RATE_SCHEDULES[name] for name in ("constant", "cosine")
}
"""Every schedule of ζ with a one-line summary for help texts."""


def factor(name: str, progress: float) -> float:
    """What the starting value is multiplied with, in [0, 1].

    Args:
        name: one of `LEARNING_RATE_SCHEDULES`, which hold those of ζ too.
        progress: the fraction of the training that is over, in [0, 1].

    Raises:
        ValueError: if the name is unknown or `progress` is outside [0, 1].

    >>> factor("cosine", 0.5), factor("step", 0.5), factor("linear", 0.25)
    (0.5, 0.1, 0.75)
    """
    if name not in _SCHEDULES:
        raise ValueError(f"schedule is {name!r}; it must be one of {', '.join(_SCHEDULES)}")
    if not 0 <= progress <= 1:
        raise ValueError(f"progress is {progress}; it must lie in [0, 1]")
    return _SCHEDULES[name].factor(progress)
