"""The places of a layer where a connection can stand, numbered row by row.

Place `output * n_inputs + input` is the connection from `input` to `output`; the places of a CSR
wiring with sorted columns are strictly ascending.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from set_engine.merging import absent_of_ranks, sort_ranks

Places = NDArray[np.int64]


def places_of(indptr: NDArray[np.int64], indices: NDArray[np.int32], n_inputs: int) -> Places:
    """(n_connections,) ascending places of a CSR wiring.

    >>> places_of(np.array([0, 2, 3]), np.array([0, 2, 1]), n_inputs=3).tolist()
    [0, 2, 4]
    """
    rows = np.repeat(np.arange(len(indptr) - 1, dtype=np.int64), np.diff(indptr))
    return rows * n_inputs + indices


def wiring_of(
    places: Places, n_inputs: int, n_outputs: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The CSR wiring `indptr, indices` of ascending places: the inverse of `places_of`.

    >>> indptr, indices = wiring_of(np.array([0, 2, 4]), n_inputs=3, n_outputs=2)
    >>> indptr.tolist(), indices.tolist()
    ([0, 2, 3], [0, 2, 1])
    """
    row_starts = np.arange(n_outputs + 1, dtype=np.int64) * n_inputs
    indptr = np.searchsorted(places, row_starts)
    return indptr.astype(np.int64), (places % n_inputs).astype(np.int32)


def draw_absent(places: Places, n_places: int, count: int, rng: np.random.Generator) -> Places:
    """Draw `count` distinct places that are not in `places`, every such set equally likely.

    No rejection: the r-th absent place is found from its rank r, so a nearly full layer costs no
    more than an empty one.

    Args:
        places: ascending occupied places in [0, n_places).
        n_places: number of places of the layer, n_inputs * n_outputs.
        count: at most the number of absent places.
        rng: the source of randomness.

    Raises:
        ValueError: if there are fewer than `count` absent places.

    >>> draw_absent(np.array([0, 1, 3]), 5, 2, np.random.default_rng(0)).tolist()
    [2, 4]
    """
    n_absent = n_places - len(places)
    if count > n_absent:
        raise ValueError(f"{count} connections do not fit; {n_absent} places are free")
    ranks = sort_ranks(rng.choice(n_absent, count, replace=False, shuffle=False))
    grown: Places = absent_of_ranks(places, ranks)
    return grown
