"""Inputs that pairs of neurons have in common: one walk over the two-step paths of a layer.

Rows are the sorted inputs of each output neuron; `users` of an input are the output neurons that
have it, in CSR form as well.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from analysis.cores import map_on_cores
from topology import LayerTopology

_CONNECTIONS_OF_A_PART = 50_000  # below, threads cost more than they save
_MOST_PARTS = 64


class Overlaps(NamedTuple):
    """What the pairs of output neurons of a layer share, summed up.

    Attributes:
        four_cycles: pairs of inputs that a pair of output neurons shares, over all such pairs.
        three_paths: paths of three connections.
        clustering: the sum of Latapy's coefficients of the output neurons.
        nested: the sum, over all pairs of unequal degree, of overlap / smaller degree.
    """

    four_cycles: float
    three_paths: float
    clustering: float
    nested: float


def overlaps(layer: LayerTopology) -> Overlaps:
    """Walk over the layer once; the work is the sum over the inputs of their squared out-degrees.

    >>> overlaps(LayerTopology([0, 2, 4, 5], [0, 1, 0, 1, 1], n_inputs=2, n_outputs=3))
    Overlaps(four_cycles=1.0, three_paths=6.0, clustering=2.0, nested=2.0)
    """
    indptr, indices = layer.indptr, layer.indices
    user_starts, users = users_of(indptr, indices, layer.n_inputs)
    # By size alone, so that sums are the same to the last bit whatever the cores.
    n_parts = min(_MOST_PARTS, 1 + layer.n_connections // _CONNECTIONS_OF_A_PART)
    bounds = [part * layer.n_outputs // n_parts for part in range(n_parts + 1)]
    sums = map_on_cores(
        lambda rows: _overlap_sums(indptr, indices, user_starts, users, *rows), pairwise(bounds)
    )
    pairs, clustering, nested = np.sum(list(sums), axis=0).tolist()
    # Each cycle has two rows, and was met from both.
    return Overlaps(pairs / 2, _three_paths(indptr, indices, user_starts), clustering, nested)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def users_of(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], n_inputs: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The transposed layer, by a counting sort.

    >>> indptr, users = users_of(np.array([0, 2, 3]), np.array([0, 2, 2], np.int32), 3)
    >>> indptr.tolist(), users.tolist()
    ([0, 1, 1, 3], [0, 0, 1])
    """
    starts = np.zeros(n_inputs + 1, np.int64)
    for column in indices:
        starts[column + 1] += 1
    for column in range(n_inputs):
        starts[column + 1] += starts[column]
    free, users = starts[:-1].copy(), np.empty(len(indices), np.int32)
    for row in range(len(indptr) - 1):
        for place in range(indptr[row], indptr[row + 1]):
            users[free[indices[place]]] = row
            free[indices[place]] += 1
    return starts, users


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _overlap_sums(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    user_starts: NDArray[np.int64],
    users: NDArray[np.int32],
    first: int,
    last: int,
) -> tuple[float, float, float]:
    """Of the rows from `first` up to `last`: pairs of inputs they share, clustering, nestedness.

    Returns:
        The sum over all other rows of C(overlap, 2), and the sum of Latapy's coefficients of these
        rows: each the mean of overlap / union over the rows it shares an input with. And the sum of
        overlap / degree over all rows of a higher degree.
    """
    overlap = np.zeros(len(indptr) - 1, np.int64)
    touched = np.empty(len(indptr) - 1, np.int64)
    pairs = clustering = nested = 0.0
    for row in range(first, last):
        n_touched = 0
        for place in range(indptr[row], indptr[row + 1]):
            column = indices[place]
            for at in range(user_starts[column], user_starts[column + 1]):
                other = users[at]
                if overlap[other] == 0:
                    touched[n_touched] = other
                    n_touched += 1
                overlap[other] += 1
        degree, similarity = indptr[row + 1] - indptr[row], 0.0
        for at in range(n_touched):
            other = touched[at]
            shared = overlap[other]
            overlap[other] = 0
            if other == row:
                continue
            pairs += shared * (shared - 1) / 2
            other_degree = indptr[other + 1] - indptr[other]
            similarity += shared / (degree + other_degree - shared)
            if other_degree > degree:
                nested += shared / degree
        if n_touched > 1:
            clustering += similarity / (n_touched - 1)
    return pairs, clustering, nested


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _three_paths(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], user_starts: NDArray[np.int64]
) -> float:
    """Paths of three connections: for each connection, ways to go on at both of its ends."""
    total = 0.0
    for row in range(len(indptr) - 1):
        ways = 0.0
        for place in range(indptr[row], indptr[row + 1]):
            column = indices[place]
            ways += user_starts[column + 1] - user_starts[column] - 1
        total += ways * (indptr[row + 1] - indptr[row] - 1)
    return total
