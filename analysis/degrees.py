"""Degree distributions: how many neurons have which degree, and how unequal they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.records import Record
from topology import LayerTopology

Side = Literal["in", "out"]
SIDES: tuple[Side, ...] = ("in", "out")

LARGEST_DEGREE = 10**15  # and one more is still told apart from it in float64
TOP = 0.01  # the share of neurons that count as hubs


@dataclass(frozen=True, eq=False)
class DegreeDistribution(Record):
    """How many neurons have which degree, and how unequal the degrees are.

    Attributes:
        values: (n_distinct,) int64, the distinct degrees, ascending; 0 among them if it occurs.
        counts: (n_distinct,) int64, neurons with each degree.
        ccdf: (n_distinct,) float64, P(K >= value); starts at 1.
        n: number of neurons.
        mean, variance: of the degrees; the variance of a population, divided by n.
        variance_to_mean: index of dispersion: 0 if all degrees are equal (0 as well), 1 for a
            Poisson distribution, below 1 for a random layer (see `random_degree_distribution`).
        gini: 0 if all degrees are equal (0 as well), towards 1 as one neuron holds everything.
        top_share: share of all connections that the 1 % of the neurons with most have, at least one
            neuron; 0 without connections.
        largest: the largest degree.
        n_zero: neurons without any connection.
    """

    values: NDArray[np.int64]
    counts: NDArray[np.int64]
    ccdf: NDArray[np.float64]
    n: int
    mean: float
    variance: float
    variance_to_mean: float
    gini: float
    top_share: float
    largest: int
    n_zero: int


def degrees_of(layer: LayerTopology, side: Side) -> NDArray[np.int64]:
    """Degrees of a layer: "in", of its output neurons, or "out", of its input neurons.

    Returns:
        (n_outputs,) or (n_inputs,) int64, read-only.

    Raises:
        ValueError: if `side` is neither "in" nor "out".

    >>> layer = LayerTopology([0, 2, 3], [0, 2, 1], n_inputs=3, n_outputs=2)
    >>> degrees_of(layer, "in").tolist(), degrees_of(layer, "out").tolist()
    ([2, 1], [1, 1, 1])
    """
    check_side(side)
    return layer.in_degrees if side == "in" else layer.out_degrees


def degree_distribution(degrees: ArrayLike) -> DegreeDistribution:
    """Summarise degrees: distribution, moments and inequality.

    Args:
        degrees: (n,) integers in [0, 10^15], at least one.

    Raises:
        ValueError: if the degrees are empty, not one-dimensional, outside that range or not whole.

    The index of dispersion is that of Cox & Lewis, The Statistical Analysis of Series of Events
    (1966); the Gini coefficient is sum_i (2 i - n - 1) k_i / (n sum_i k_i) over the degrees in
    ascending order (Damgaard & Weiner 2000, Ecology 81:1139).

    >>> summary = degree_distribution([1, 1, 4])
    >>> summary.values.tolist(), summary.counts.tolist(), summary.ccdf.round(3).tolist()
    ([1, 4], [2, 1], [1.0, 0.333])
    >>> summary.mean, summary.variance, summary.variance_to_mean, round(summary.gini, 4)
    (2.0, 2.0, 1.0, 0.3333)
    """
    values, counts = np.unique(checked_degrees(degrees), return_counts=True)
    n = int(counts.sum())
    mean = float(values @ counts.astype(np.float64)) / n
    variance = float((values - mean) ** 2 @ counts) / n
    return DegreeDistribution(
        values=values,
        counts=counts.astype(np.int64),
        ccdf=np.cumsum(counts[::-1])[::-1] / n,
        n=n,
        mean=mean,
        variance=variance,
        variance_to_mean=variance / mean if mean > 0 else 0.0,
        gini=_gini(values, counts),
        top_share=_top_share(values, counts),
        largest=int(values[-1]),
        n_zero=int(counts[0]) if values[0] == 0 else 0,
    )


def n_hubs(n_neurons: int) -> int:
    """How many of so many neurons are looked at as hubs: 1 %, at least one.

    >>> n_hubs(30), n_hubs(784)
    (1, 8)
    """
    return max(1, round(TOP * n_neurons))


def check_side(side: str) -> None:
    """Refuse a side of a layer that is neither "in" nor "out", by a ValueError.

    >>> check_side("in")
    """
    if side not in SIDES:
        raise ValueError(f"side is {side!r}; it must be one of {', '.join(map(repr, SIDES))}")


def checked_degrees(degrees: ArrayLike) -> NDArray[np.int64]:
    """(n,) int64 degrees out of whatever was given; whole floats are taken as integers.

    Raises:
        ValueError: if the degrees are empty, not one-dimensional, outside [0, 10^15] or not whole.

    >>> checked_degrees([2.0, 0.0]).tolist()
    [2, 0]
    """
    array = np.asarray(degrees)
    if array.ndim != 1:
        raise ValueError(f"degrees have shape {array.shape}; they must be one-dimensional")
    if array.size == 0:
        raise ValueError("degrees are empty; at least one is needed")
    if array.dtype.kind not in "iuf":
        raise ValueError(f"degrees have dtype {array.dtype}; they must be integers")
    beyond = ~((array >= 0) & (array <= LARGEST_DEGREE))
    _refuse(array, beyond, f"they must lie in [0, {LARGEST_DEGREE}]")
    _refuse(array, array != np.floor(array), "they must be whole numbers")
    return array.astype(np.int64)


def _refuse(array: NDArray[Any], bad: NDArray[np.bool_], rule: str) -> None:
    if bad.any():
        place = int(np.argmax(bad))
        raise ValueError(f"degrees hold {array[place]} at place {place}; {rule}")


def _gini(values: NDArray[np.int64], counts: NDArray[np.int64]) -> float:
    held = values * counts.astype(np.float64)
    if held.sum() == 0:
        return 0.0
    ranks = np.cumsum(counts)
    # Degrees of one value hold consecutive ranks; their sum of (2 rank - n - 1), by closed form.
    return float(held @ (2 * ranks - counts - ranks[-1]) / (ranks[-1] * held.sum()))


def _top_share(values: NDArray[np.int64], counts: NDArray[np.int64]) -> float:
    """Connections on the hubs over all."""
    hubs, held = n_hubs(int(counts.sum())), values * counts.astype(np.float64)
    if held.sum() == 0:
        return 0.0
    # From the largest degree down, as many neurons of each as there is room for.
    falling = counts[::-1]
    taken = np.diff(np.minimum(np.cumsum(falling), hubs), prepend=0)
    return float(values[::-1] @ taken.astype(np.float64) / held.sum())
