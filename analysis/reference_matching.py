"""The matching of neurons that the authors of NNSTD take, ties included.

Theirs is SciPy's assignment of the dense matrix of all costs. Among equally cheap matchings it ends
at one that follows from the order in which it looks at rows and columns; the same order is kept
here, on costs that are made row by row when they are looked at, so that the matrix is never there.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from analysis.assignment import ALONE
from analysis.shared_inputs import NeuronSets, shared_inputs


def reference_matching(a: NeuronSets, b: NeuronSets) -> NDArray[np.int64]:
    """(n_a,) the neuron of b that each neuron of a is matched with, or `ALONE`.

    Where a has more neurons than b, those of b choose, as in SciPy.

    >>> a = NeuronSets(np.array([0, 2, 3]), np.array([0, 1, 2], np.int32), 3)
    >>> b = NeuronSets(np.array([0, 1, 2]), np.array([2, 0], np.int32), 3)
    >>> reference_matching(a, b).tolist()
    [1, 0]
    """
    n_a, n_b = len(a.degrees), len(b.degrees)
    if n_a <= n_b:
        matched: NDArray[np.int64] = _matched(*shared_inputs(a, b))
        return matched
    found = np.full(n_a, ALONE)
    found[_matched(*shared_inputs(b, a))] = np.arange(n_b)
    return found


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _matched(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    counts: NDArray[np.float64],
    row_degrees: NDArray[np.int64],
    column_degrees: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Shortest augmenting paths (Crouse 2016, IEEE TAES 52:1679), a row at a time."""
    n_rows, n = len(row_degrees), len(column_degrees)
    column_of, row_of = np.full(n_rows, ALONE), np.full(n, ALONE)
    u, v = np.zeros(n_rows), np.zeros(n)
    left, before = np.empty(n, np.int64), np.empty(n, np.int64)
    distance, costs = np.empty(n), np.empty(n)
    scanned, settled = np.empty(n_rows, np.int64), np.empty(n, np.int64)
    for start in range(n_rows):
        for place in range(n):
            left[place] = n - 1 - place  # so that equal costs give each row its own column
        distance[:] = np.inf
        n_left, n_steps, row, column, so_far = n, 0, start, ALONE, 0.0
        while column == ALONE:
            scanned[n_steps] = row
            _costs_of_row(indptr, indices, counts, row_degrees[row], column_degrees, row, costs)
            nearest, lowest = -1, np.inf
            for place in range(n_left):
                at = left[place]
                new = so_far + costs[at] - u[row] - v[at]
                if new < distance[at]:
                    before[at], distance[at] = row, new
                if distance[at] < lowest or (distance[at] == lowest and row_of[at] == ALONE):
                    lowest, nearest = distance[at], place
            so_far, settled[n_steps] = lowest, left[nearest]
            if row_of[left[nearest]] == ALONE:
                column = left[nearest]
            else:
                row = row_of[left[nearest]]
            n_left, n_steps = n_left - 1, n_steps + 1
            left[nearest] = left[n_left]
        u[start] += so_far
        for step in range(1, n_steps):
            u[scanned[step]] += so_far - distance[column_of[scanned[step]]]
        for step in range(n_steps):
            v[settled[step]] -= so_far - distance[settled[step]]
        while True:
            row = before[column]
            row_of[column] = row
            column, column_of[row] = column_of[row], column
            if row == start:
                break
    return column_of


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _costs_of_row(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    counts: NDArray[np.float64],
    degree: int,
    column_degrees: NDArray[np.int64],
    row: int,
    costs: NDArray[np.float64],
) -> None:
    costs[:] = 1.0
    for place in range(indptr[row], indptr[row + 1]):
        union = degree + column_degrees[indices[place]] - counts[place]
        costs[indices[place]] = (union - counts[place]) / union
    if degree == 0:
        for column in range(len(costs)):
            if column_degrees[column] == 0:
                costs[column] = 0.0
