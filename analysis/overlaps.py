"""Inputs that pairs of neurons have in common: one walk over the two-step paths of a layer.

Rows are the sorted inputs of each output neuron; `users` of an input are the output neurons that
have it, in CSR form as well.
"""

from __future__ import annotations

import numba
import numpy as np
from numba import prange
from numpy.typing import NDArray

_CHUNKS = 64  # of rows, each with scratch of its own; sums do not depend on the threads


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
def overlap_sums(
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
def three_paths(
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


@numba.njit(nogil=True, cache=True, parallel=True)  # type: ignore[untyped-decorator]
def motif_sums(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], n_inputs: int
) -> tuple[float, float, float]:
    """Four-cycles, three-paths and the sum of Latapy's coefficients over the rows."""
    user_starts, users = users_of(indptr, indices, n_inputs)
    n_rows = len(indptr) - 1
    parts = np.zeros((_CHUNKS, 3))
    for chunk in prange(_CHUNKS):
        first, last = chunk * n_rows // _CHUNKS, (chunk + 1) * n_rows // _CHUNKS
        if first < last:
            parts[chunk] = overlap_sums(indptr, indices, user_starts, users, first, last)
    # Each cycle has two rows, and was met from both.
    cycles, clustering = parts[:, 0].sum() / 2, parts[:, 1].sum()
    return cycles, three_paths(indptr, indices, user_starts), clustering
