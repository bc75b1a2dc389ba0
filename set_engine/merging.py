"""Places sorted, and ascending lists of them walked through together: linear in their lengths.

Sorting what is sorted already, and searching in it, took more than half of an evolution.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

_BITS = 11
_DIGITS = 1 << _BITS


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def merge_grown(
    places: NDArray[np.int64], kept: NDArray[np.bool_], grown: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The kept of ascending places and ascending others together, and where each comes from.

    Args:
        places: (n,) ascending.
        kept: (n,) which of them stay.
        grown: ascending, none of them among those that stay.

    Returns:
        The ascending places, and for each its index in `places`, or -1 for one of `grown`.

    >>> places, origins = merge_grown(np.array([1, 4]), np.array([False, True]), np.array([2, 7]))
    >>> places.tolist(), origins.tolist()
    ([2, 4, 7], [-1, 1, -1])
    """
    merged = np.empty(kept.sum() + len(grown), np.int64)
    origins = np.empty(len(merged), np.int64)
    slot = taken = 0
    for index in range(len(places)):
        if not kept[index]:
            continue
        while taken < len(grown) and grown[taken] < places[index]:
            merged[slot], origins[slot] = grown[taken], -1
            slot, taken = slot + 1, taken + 1
        merged[slot], origins[slot] = places[index], index
        slot += 1
    merged[slot:], origins[slot:] = grown[taken:], -1
    return merged, origins


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def absent_of_ranks(places: NDArray[np.int64], ranks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of the numbers from 0 on that are not among ascending places, those of ascending ranks.

    >>> absent_of_ranks(np.array([0, 1, 3]), np.array([0, 1])).tolist()
    [2, 4]
    """
    found = np.empty(len(ranks), np.int64)
    passed = 0
    for index in range(len(ranks)):
        # places[i] - i absent ones stand before the i-th place.
        while passed < len(places) and places[passed] - passed <= ranks[index]:
            passed += 1
        found[index] = ranks[index] + passed
    return found


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def sort_ranks(ranks: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same numbers, of at least 0, in ascending order: a radix sort, eleven bits at a time.

    >>> sort_ranks(np.array([7, 4096, 2, 7])).tolist()
    [2, 7, 7, 4096]
    """
    largest, shift = 0, 0
    for rank in ranks:
        largest = max(largest, rank)
    source, target = ranks.copy(), np.empty_like(ranks)
    while largest >> shift:
        starts = np.zeros(_DIGITS + 1, np.int64)
        for rank in source:
            starts[((rank >> shift) & (_DIGITS - 1)) + 1] += 1
        for digit in range(_DIGITS):
            starts[digit + 1] += starts[digit]
        for rank in source:
            digit = (rank >> shift) & (_DIGITS - 1)
            target[starts[digit]] = rank
            starts[digit] += 1
        source, target = target, source
        shift += _BITS
    return source
