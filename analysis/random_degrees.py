"""The degree distribution that a random layer of the same density has."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from math import ceil, floor, sqrt

import numpy as np
from numpy.typing import NDArray

from analysis.degrees import Side, check_side
from analysis.records import Record

_NEGLIGIBLE = 1e-15  # a degree less likely than this is left out of a random distribution
_TAIL_EXPONENT = 36.0  # 2 exp(-36) < 1e-15: the mass the window of degrees may miss


@dataclass(frozen=True, eq=False)
class RandomDegrees(Record):
    """The exact degree distribution of one neuron in a random layer.

    Attributes:
        values: (n_values,) int64, consecutive degrees; those less likely than 1e-15 are left out.
        pmf: (n_values,) float64, P(K = value); sums to 1.
        ccdf: (n_values,) float64, P(K >= value); starts at 1.
        n: number of neurons on that side; n * pmf is the expected number with each degree.
        mean, variance, variance_to_mean: of the distribution; the last is 0 where the mean is 0.
    """

    values: NDArray[np.int64]
    pmf: NDArray[np.float64]
    ccdf: NDArray[np.float64]
    n: int
    mean: float
    variance: float
    variance_to_mean: float


def random_degree_distribution(
    n_inputs: int, n_outputs: int, n_connections: int, side: Side
) -> RandomDegrees:
    """The degree distribution of a random layer with exactly this many connections.

    Where all wirings with m connections among the n_in * n_out places are equally likely
    (Erdős & Rényi 1959, On random graphs I: G(n, m)), the in-degree of a neuron is the number of
    its n_in places that are taken: hypergeometric with population n_in * n_out, n_in of them its
    own, and m drawn. The out-degree likewise, with n_out. This is exact, with no sampling, and as
    quick for a million neurons as for ten.

    Args:
        n_inputs, n_outputs: width of the layer on each side, at least 1.
        n_connections: in [0, n_inputs * n_outputs].
        side: "in" for the degrees of the outputs, "out" for those of the inputs.

    Raises:
        ValueError: if a size or the side is outside its range.

    >>> random = random_degree_distribution(2, 2, n_connections=2, side="in")
    >>> random.values.tolist(), random.pmf.round(4).tolist(), random.mean
    ([0, 1, 2], [0.1667, 0.6667, 0.1667], 1.0)
    >>> round(random_degree_distribution(784, 1000, 35_680, "in").variance_to_mean, 3)
    0.954
    """
    check_side(side)
    n_inputs, n_outputs = operator.index(n_inputs), operator.index(n_outputs)
    for name, size in (("n_inputs", n_inputs), ("n_outputs", n_outputs)):
        if size < 1:
            raise ValueError(f"{name} is {size}; a layer needs at least 1")
    places, drawn = n_inputs * n_outputs, operator.index(n_connections)
    if not 0 <= drawn <= places:
        raise ValueError(f"n_connections is {drawn}; it must lie in [0, {places}]")
    own, n = (n_inputs, n_outputs) if side == "in" else (n_outputs, n_inputs)
    values, pmf = _hypergeometric(places, own, drawn)
    mean = drawn / n
    variance = mean * (1 - 1 / n) * (places - drawn) / max(places - 1, 1)
    return RandomDegrees(
        values=values,
        pmf=pmf,
        ccdf=np.minimum(np.cumsum(pmf[::-1])[::-1], 1.0),
        n=n,
        mean=mean,
        variance=variance,
        variance_to_mean=variance / mean if mean > 0 else 0.0,
    )


def _hypergeometric(
    places: int, own: int, drawn: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Values and probabilities by the ratio of neighbours, P(k+1) / P(k).

    Ratios lose no digits for large populations, where logarithms of factorials cancel. Outside the
    window lies less than 1e-15 (Bernstein's inequality, which Hoeffding 1963 carries over to draws
    without replacement).
    """
    mean, rest = own * drawn / places, places - own - drawn
    spread = mean * (1 - drawn / places)
    reach = _TAIL_EXPONENT / 3 + sqrt((_TAIL_EXPONENT / 3) ** 2 + 2 * _TAIL_EXPONENT * spread)
    lowest = max(0, -rest, floor(mean - reach))
    highest = min(own, drawn, ceil(mean + reach))
    k = np.arange(lowest, highest, dtype=np.float64)
    ratios = (own - k) * (drawn - k) / ((k + 1) * (rest + k + 1))
    logs = np.concatenate([[0.0], np.cumsum(np.log(ratios))])
    pmf = np.exp(logs - logs.max())
    pmf /= pmf.sum()
    kept = pmf >= _NEGLIGIBLE
    return np.arange(lowest, highest + 1)[kept], pmf[kept] / pmf[kept].sum()
