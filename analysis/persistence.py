"""Neural persistence: how the strong connections of a layer hold its neurons together."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from topology import LayerTopology


def neural_persistence(layer: LayerTopology) -> float:
    """Normalised neural persistence of a layer, with p = 2 (Rieck et al. 2019, ICLR).

    Connections enter from the strongest to the weakest, by |w| over the largest |w|; whenever one
    joins two components, one of them ends. The persistence is the norm of 1 - w over these, divided
    by what it is at most. A pair of neurons without a connection counts as one of weight 0, which
    enters last, as it would in a dense layer.

    Args:
        layer: with weights.

    Returns:
        In [0, 1]: near 0 if strong connections join all neurons, 1 if hardly any does.

    Raises:
        ValueError: if the layer has no weights.

    >>> neural_persistence(LayerTopology([0, 1, 2], [0, 0], 1, 2, weights=[1.0, 0.5]))
    0.3535533905932738
    """
    if layer.weights is None:
        raise ValueError("the layer has no weights; neural persistence is made of them")
    strengths = np.abs(layer.weights.astype(np.float64))
    strongest = float(strengths.max(initial=0.0))
    n_joins = layer.n_inputs + layer.n_outputs - 1
    if strongest == 0:
        return 1.0
    order = np.argsort(-strengths, kind="stable")
    rows = layer.targets
    joined = _joins(rows[order], layer.indices[order], layer.n_outputs, layer.n_inputs)
    gone = 1 - strengths[order][joined] / strongest
    return math.sqrt((float(gone @ gone) + n_joins - len(gone)) / n_joins)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _joins(
    rows: NDArray[np.int64], columns: NDArray[np.int32], n_rows: int, n_columns: int
) -> NDArray[np.int64]:
    """Which of the connections, in this order, join two components: Kruskal's spanning forest."""
    parent = np.arange(n_rows + n_columns)
    joined = np.empty(min(len(rows), n_rows + n_columns - 1), np.int64)
    count = 0
    for place in range(len(rows)):
        one, other = _root(parent, rows[place]), _root(parent, n_rows + columns[place])
        if one != other:
            parent[one] = other
            joined[count] = place
            count += 1
    return joined[:count]


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _root(parent: NDArray[np.int64], node: int) -> int:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node
