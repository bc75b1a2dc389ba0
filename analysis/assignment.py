"""The cheapest way to pair rows with columns where few pairs gain anything: exact, and sparse.

Shortest augmenting paths (Jonker & Volgenant 1987, Computing 38:325) over the pairs that gain
something. A row may stay alone, for no gain, so that pairs without gain need not be stored.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

ALONE = -1
"""In place of a column: the row has none."""

_ROUNDS, _TURNS = 2, 4  # of the cheap reassignment at the beginning, and for each row in a round


class Assignment(NamedTuple):
    """Rows and columns paired for the largest sum of gains, with the prices that prove it.

    Attributes:
        column_of: (n_rows,) int64, the column of each row, or `ALONE`.
        row_price, column_price: (n_rows,) and (n_columns,) float64, at least 0. A pair gains no
            more than its two prices together, a pair of the assignment exactly that; who is alone
            has the price 0. Any other assignment is as good if and only if this holds of it too.
    """

    column_of: NDArray[np.int64]
    row_price: NDArray[np.float64]
    column_price: NDArray[np.float64]


def assign(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    gains: NDArray[np.float64],
    n_columns: int,
) -> Assignment:
    """Pair each row with at most one column, and each column with at most one row.

    Args:
        indptr, indices: the pairs that may be made, in CSR.
        gains: of each of these pairs; one of 0 or less is not made.
        n_columns: how many columns there are.

    >>> gains = np.array([3.0, 2.0, 2.0])  # row 0 with columns 0 and 1, row 1 with column 0
    >>> found = assign(np.array([0, 2, 3]), np.array([0, 1, 0], np.int32), gains, n_columns=3)
    >>> found.column_of.tolist()
    [1, 0]
    """
    column_of, u, v = _assign(indptr, indices, -gains, n_columns)
    return Assignment(column_of, -u, -v)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _assign(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    costs: NDArray[np.float64],
    n_columns: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    n_rows = len(indptr) - 1
    column_of, row_of = np.full(n_rows, ALONE), np.full(n_columns, ALONE)
    u, v = np.zeros(n_rows), np.zeros(n_columns)
    free = np.arange(n_rows)
    for _ in range(_ROUNDS):
        free = _reassign(indptr, indices, costs, u, v, column_of, row_of, free)
    # Of each column within a search: distance, the row before it, its place in the heap.
    distance, before = np.full(n_columns, np.inf), np.empty(n_columns, np.int64)
    place, heap = np.full(n_columns, -1), np.empty(n_columns, np.int64)
    settled, touched = np.empty(n_columns, np.int64), np.empty(n_columns, np.int64)
    for start in free:
        least = 0.0
        for at in range(indptr[start], indptr[start + 1]):
            least = min(least, costs[at] - v[indices[at]])
        u[start] = least
        row, so_far, end, n_settled, n_touched, n_heap = start, 0.0, np.inf, 0, 0, 0
        last_row, last_column = start, ALONE
        while True:
            if so_far - u[row] < end:  # to leave this row alone
                end, last_row, last_column = so_far - u[row], row, ALONE
            for at in range(indptr[row], indptr[row + 1]):
                column = indices[at]
                new = so_far + max(0.0, costs[at] - u[row] - v[column])
                if new >= distance[column] or new >= end:
                    continue
                if row_of[column] == ALONE:
                    end, last_row, last_column = new, row, column
                    continue
                if distance[column] == np.inf:
                    touched[n_touched] = column
                    n_touched += 1
                if place[column] < 0:
                    place[column] = n_heap
                    heap[n_heap] = column
                    n_heap += 1
                distance[column], before[column] = new, row
                _rise(heap, place, distance, place[column])
            if n_heap == 0 or distance[heap[0]] >= end:
                break
            column = heap[0]
            n_heap -= 1
            if n_heap:
                heap[0] = heap[n_heap]
                place[heap[0]] = 0
                _sink(heap, place, distance, n_heap)
            place[column] = -1
            settled[n_settled] = column
            n_settled += 1
            row, so_far = row_of[column], distance[column]
        u[start] += end
        for at in range(n_settled):
            column = settled[at]
            u[row_of[column]] += end - distance[column]
            v[column] -= end - distance[column]
        _augment(before, column_of, row_of, start, last_row, last_column)
        for at in range(n_touched):
            distance[touched[at]], place[touched[at]] = np.inf, -1
    return column_of, u, v


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _reassign(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    costs: NDArray[np.float64],
    u: NDArray[np.float64],
    v: NDArray[np.float64],
    column_of: NDArray[np.int64],
    row_of: NDArray[np.int64],
    free: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Give each free row its best column, taking it from another; the rows that are free then."""
    waiting, left, n_left = free.copy(), np.empty(len(free), np.int64), 0
    at_row, turns = 0, 0
    while at_row < len(waiting):
        row = waiting[at_row]
        at_row, turns = at_row + 1, turns + 1
        first, second, best = 0.0, 0.0, ALONE  # alone, for nothing
        for at in range(indptr[row], indptr[row + 1]):
            cost = costs[at] - v[indices[at]]
            if cost < first:
                first, second, best = cost, first, indices[at]
            elif cost < second:
                second = cost
        u[row] = second  # 0 if alone
        if best == ALONE:
            continue
        v[best] -= second - first
        other = row_of[best]
        column_of[row], row_of[best] = best, row
        if other == ALONE:
            continue
        column_of[other] = ALONE
        # Its turn at once, unless two rows take it from each other, at ever so slightly more.
        if first < second and turns < _TURNS * len(waiting):
            at_row -= 1
            waiting[at_row] = other
        else:
            left[n_left] = other
            n_left += 1
    return left[:n_left]


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _augment(
    before: NDArray[np.int64],
    column_of: NDArray[np.int64],
    row_of: NDArray[np.int64],
    start: int,
    row: int,
    column: int,
) -> None:
    """Shift the pairs along the path that ends with `row` and `column`."""
    while True:
        freed = column_of[row]
        column_of[row] = column
        if column != ALONE:
            row_of[column] = row
        if row == start:
            return
        column = freed
        row = before[column]


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _rise(
    heap: NDArray[np.int64],
    place: NDArray[np.int64],
    distance: NDArray[np.float64],
    at: int,
) -> None:
    column = heap[at]
    while at > 0:
        above = (at - 1) // 2
        if distance[heap[above]] <= distance[column]:
            break
        heap[at] = heap[above]
        place[heap[at]] = at
        at = above
    heap[at] = column
    place[column] = at


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _sink(
    heap: NDArray[np.int64], place: NDArray[np.int64], distance: NDArray[np.float64], n_heap: int
) -> None:
    at, column = 0, heap[0]
    while 2 * at + 1 < n_heap:
        below = 2 * at + 1
        if below + 1 < n_heap and distance[heap[below + 1]] < distance[heap[below]]:
            below += 1
        if distance[column] <= distance[heap[below]]:
            break
        heap[at] = heap[below]
        place[heap[at]] = at
        at = below
    heap[at] = column
    place[column] = at
