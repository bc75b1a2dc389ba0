"""Whether the neurons that listen to many are those that many listen to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from analysis.null_comparison import NullComparison, compare_with_null
from analysis.records import Record
from topology import TopologySnapshot


@dataclass(frozen=True, eq=False)
class DegreeCorrelation(Record):
    """Correlation of the in-degree of the neurons of a hidden layer with their out-degree.

    Attributes:
        pearson: of the degrees.
        spearman: of their ranks, equal ones sharing the mean rank: hubs weigh no more than others.
    """

    pearson: NullComparison
    spearman: NullComparison


def degree_correlations(
    snapshot: TopologySnapshot, samples: int = 1000, *, rng: np.random.Generator
) -> tuple[DegreeCorrelation | None, ...]:
    """The correlation in each hidden layer, against the same degrees in random order.

    Both degrees of every neuron stay what they are; which in-degree belongs to which out-degree is
    drawn anew. (Random wirings with the same degrees have the same correlation.)

    Args:
        snapshot: a chain of layers.
        samples: permutations, at least 2.
        rng: the source of randomness; it advances.

    Returns:
        One for each layer but the last; None where all degrees of a side are equal, for then there
        is no correlation.

    Raises:
        ValueError: if the layers are no chain, or `samples` is below 2.

    >>> from topology import LayerTopology
    >>> first = LayerTopology([0, 1, 3, 6], [0, 0, 1, 0, 1, 2], n_inputs=3, n_outputs=3)
    >>> second = LayerTopology([0, 3, 5, 6], [0, 1, 2, 1, 2, 2], n_inputs=3, n_outputs=3)
    >>> network = TopologySnapshot((first, second))
    >>> (found,) = degree_correlations(network, rng=np.random.default_rng(0))
    >>> round(found.pearson.value, 6)
    1.0
    """
    if samples < 2:
        raise ValueError(f"samples is {samples}; it must be at least 2")
    _ = snapshot.widths  # refuses what is no chain
    pairs = zip(snapshot.layers, snapshot.layers[1:], strict=False)
    return tuple(_of(one.in_degrees, other.out_degrees, samples, rng) for one, other in pairs)


def _of(
    incoming: NDArray[np.int64],
    outgoing: NDArray[np.int64],
    samples: int,
    rng: np.random.Generator,
) -> DegreeCorrelation | None:
    if np.ptp(incoming) == 0 or np.ptp(outgoing) == 0:
        return None
    # Twice the ranks are whole numbers, so that permutations with equal sums tie exactly.
    ranks = [(2 * rankdata(side)).astype(np.int64) for side in (incoming, outgoing)]
    orders = [rng.permutation(len(incoming)) for _ in range(samples)]
    return DegreeCorrelation(
        pearson=_beside_orders(incoming, outgoing, orders),
        spearman=_beside_orders(ranks[0], ranks[1], orders),
    )


def pearson(one: NDArray[np.int64], other: NDArray[np.int64]) -> float | None:
    """Pearson's correlation of (n,) degrees with (n,) others; None if those of a side are equal.

    >>> pearson(np.array([1, 2, 3]), np.array([4, 2, 0]))
    -1.0
    """
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return _as_correlation(int(one @ other), one, other)


def _beside_orders(
    one: NDArray[np.int64], other: NDArray[np.int64], orders: list[NDArray[np.int64]]
) -> NullComparison:
    sums = [int(one @ other), *(int(one[order] @ other) for order in orders)]
    value, *null = (_as_correlation(total, one, other) for total in sums)
    return compare_with_null(value, null)


def _as_correlation(products: int, one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """Of the sum of products; the same for equal sums, to the last bit."""
    n = len(one)
    value = (products - n * one.mean() * other.mean()) / (n * one.std() * other.std())
    return float(np.clip(value, -1, 1))
