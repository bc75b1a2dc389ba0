"""A measured number beside what it would be by chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.records import Record
from topology import LayerTopology

_ROUNDING = 1e-12
"""Relative to the largest number of a comparison: below, a difference is one of rounding. Measures
that sum up in another order differ by it between wirings that are alike."""


@dataclass(frozen=True, eq=False)
class NullComparison(Record):
    """A value against a sample of the null.

    Attributes:
        value: what was measured.
        mean, std: of the null; the deviation with n - 1.
        low, high: between which 95 % of the null lie.
        z: (value - mean) / std; 0 if the value is all the null has, infinite if it differs from a
            null that has one value only.
        p_value: two-sided, from the ranks: 2 (1 + null values at least as far out) / (1 + n), at
            most 1 (Davison & Hinkley 1997, eq. 4.11).
        n: size of the null.
    """

    value: float
    mean: float
    std: float
    low: float
    high: float
    z: float
    p_value: float
    n: int


def compare_with_null(value: float, null: Sequence[float]) -> NullComparison:
    """Set a value beside at least two values of its null.

    >>> comparison = compare_with_null(9.0, [1.0, 2.0, 3.0])
    >>> comparison.mean, comparison.z, comparison.p_value
    (2.0, 7.0, 0.5)
    """
    drawn = np.asarray(null, np.float64)
    slack = _ROUNDING * max(abs(value), float(np.abs(drawn).max()))
    mean, std = float(drawn.mean()), float(drawn.std(ddof=1))
    gap = value - mean if abs(value - mean) > slack else 0.0
    varies = float(np.ptp(drawn)) > slack
    beyond_any = math.copysign(math.inf, gap) if gap else 0.0
    beyond = min(int((drawn >= value - slack).sum()), int((drawn <= value + slack).sum()))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return NullComparison(
        value=float(value),
        mean=mean,
        std=std if varies else 0.0,
        low=float(low),
        high=float(high),
        z=gap / std if varies else beyond_any,
        p_value=min(1.0, 2 * (1 + beyond) / (1 + len(drawn))),
        n=len(drawn),
    )


def compare_each(found: Record, null: Sequence[Record], *names: str) -> dict[str, NullComparison]:
    """The comparison of each of some attributes, by its name."""
    return {
        name: compare_with_null(getattr(found, name), [getattr(one, name) for one in null])
        for name in names
    }


def check_null(layer: LayerTopology, samples: int, name: str = "the layer") -> None:
    """Refuse, by a ValueError, a layer or a number of samples that no null can be made of.

    >>> check_null(LayerTopology([0, 1], [0], 1, 1), samples=2)
    """
    if samples < 2:
        raise ValueError(f"samples is {samples}; it must be at least 2")
    if not layer.n_connections:
        raise ValueError(f"{name} has no connections; there is nothing to compare")
