"""Inputs that the neurons of two layers have in common, and what matching them costs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from analysis.overlaps import users_of

# Dense matrices multiply about this many pairs of numbers in the time sparse ones take for one.
_DENSE_ADVANTAGE = 50


class NeuronSets(NamedTuple):
    """The neurons of a layer as sets of named inputs, in CSR form.

    Attributes:
        indptr, indices: (n + 1,) int64 and (n_connections,) int32, a row for each neuron.
        n_names: names are below it.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    n_names: int

    @property
    def degrees(self) -> NDArray[np.int64]:
        """(n,) how many inputs each neuron has."""
        return np.diff(self.indptr)


class SharedInputs(NamedTuple):
    """Pairs of neurons that share an input, in CSR form: a row for each neuron of a.

    Attributes:
        indptr, indices, counts: (n_a + 1,) int64, (n_pairs,) int32 and (n_pairs,) float64, how many
            inputs the pair shares. The columns of a row are in no order.
        degrees_a, degrees_b: (n_a,) and (n_b,) int64, inputs of each neuron.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    counts: NDArray[np.float64]
    degrees_a: NDArray[np.int64]
    degrees_b: NDArray[np.int64]

    @property
    def empty(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The neurons of a, and those of b, without any input."""
        return np.flatnonzero(self.degrees_a == 0), np.flatnonzero(self.degrees_b == 0)


def shared_inputs(a: NeuronSets, b: NeuronSets) -> SharedInputs:
    """Find the pairs; the work is the sum over the names of those of a times those of b.

    >>> a = NeuronSets(np.array([0, 2, 3]), np.array([0, 1, 2], np.int32), 3)
    >>> b = NeuronSets(np.array([0, 1, 3]), np.array([1, 0, 1], np.int32), 3)
    >>> found = shared_inputs(a, b)
    >>> found.indptr.tolist(), found.indices.tolist(), found.counts.tolist()
    ([0, 2, 2], [0, 1], [1.0, 2.0])
    """
    n_names = max(a.n_names, b.n_names)
    of_names = (np.bincount(one.indices, minlength=n_names).astype(np.float64) for one in (a, b))
    products = float(np.dot(*of_names))
    if products * _DENSE_ADVANTAGE < float(len(a.degrees)) * len(b.degrees) * n_names:
        users = users_of(b.indptr, b.indices, n_names)
        indptr, indices, counts = _by_names(a.indptr, a.indices, *users, len(b.degrees))
    else:
        indptr, indices, counts = _by_dense_product(a, b, n_names)
    return SharedInputs(indptr, indices, counts, a.degrees, b.degrees)


def costs_of_pairs(
    shared: SharedInputs, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Jaccard distances of pairs of neurons: |symmetric difference| / |union|, 0 of two empty sets.

    As (union - overlap) / union in float64: any other order of rounding turns equal costs into
    unequal ones, and the matching falls differently.
    """
    overlap = counts_of_pairs(shared, rows, columns)
    union = shared.degrees_a[rows] + shared.degrees_b[columns] - overlap
    return np.divide(union - overlap, union, out=np.zeros_like(union), where=union > 0)


def counts_of_pairs(
    shared: SharedInputs, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(n_pairs,) how many inputs pairs of neurons share."""
    found: NDArray[np.float64] = _counts_of(*shared[:3], rows, columns)
    return found


def similarities(shared: SharedInputs) -> NDArray[np.float64]:
    """(n_pairs,) overlap / union of each pair that shares an input."""
    rows = np.repeat(np.arange(len(shared.degrees_a)), np.diff(shared.indptr))
    union = shared.degrees_a[rows] + shared.degrees_b[shared.indices] - shared.counts
    return shared.counts / union


def _by_dense_product(
    a: NeuronSets, b: NeuronSets, n_names: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    # Whole numbers, exact in float32 up to 16 million.
    overlap = sp.csr_array(_dense(a, n_names) @ _dense(b, n_names).T)
    return (
        overlap.indptr.astype(np.int64),
        overlap.indices.astype(np.int32),
        overlap.data.astype(np.float64),
    )


def _dense(sets: NeuronSets, n_names: int) -> NDArray[Any]:
    ones = np.ones(len(sets.indices), np.float32)
    shape = (len(sets.degrees), n_names)
    return np.asarray(sp.csr_array((ones, sets.indices, sets.indptr), shape=shape).toarray())


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _by_names(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    user_starts: NDArray[np.int64],
    users: NDArray[np.int32],
    n_columns: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    n_rows = len(indptr) - 1
    last_met = np.full(n_columns, -1)
    starts = np.zeros(n_rows + 1, np.int64)
    for row in range(n_rows):
        starts[row + 1] = starts[row]
        for place in range(indptr[row], indptr[row + 1]):
            for at in range(user_starts[indices[place]], user_starts[indices[place] + 1]):
                if last_met[users[at]] != row:
                    last_met[users[at]] = row
                    starts[row + 1] += 1
    columns, counts = np.empty(starts[-1], np.int32), np.zeros(starts[-1])
    place_of = np.full(n_columns, -1)  # one from an earlier row lies before the start of this one
    for row in range(n_rows):
        free = starts[row]
        for place in range(indptr[row], indptr[row + 1]):
            for at in range(user_starts[indices[place]], user_starts[indices[place] + 1]):
                column = users[at]
                if place_of[column] < starts[row]:
                    place_of[column] = free
                    columns[free] = column
                    free += 1
                counts[place_of[column]] += 1
    return starts, columns, counts


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _counts_of(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    counts: NDArray[np.float64],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
) -> NDArray[np.float64]:
    found = np.zeros(len(rows))
    for pair in range(len(rows)):
        for place in range(indptr[rows[pair]], indptr[rows[pair] + 1]):
            if indices[place] == columns[pair]:
                found[pair] = counts[place]
    return found
