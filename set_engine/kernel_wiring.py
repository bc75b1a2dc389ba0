"""A wiring in the forms that the kernels walk through."""

from __future__ import annotations

from functools import cached_property

import numba
import numpy as np
from numpy.typing import NDArray

Transposed = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]

_PARTS = 8
# Each part sums into a buffer of its own, which few connections do not pay for.
_CONNECTIONS_OF_A_PART = 2**13


class KernelWiring:
    """The CSR arrays of one wiring, and what is derived from them once it is asked for.

    Args:
        indptr: (n_outputs + 1,) where the row of each output neuron begins.
        indices: (n_connections,) input neurons, ascending within a row.
        n_inputs: input neurons.
    """

    def __init__(
        self, indptr: NDArray[np.int64], indices: NDArray[np.int32], n_inputs: int
    ) -> None:
        self.indptr, self.indices, self.n_inputs = indptr, indices, n_inputs

    @cached_property
    def transposed(self) -> Transposed:
        """`t_indptr, t_rows, t_places`: of each input the outputs it feeds, and their CSR places.

        >>> wiring = KernelWiring(np.array([0, 2, 3]), np.array([0, 2, 2], np.int32), n_inputs=3)
        >>> [array.tolist() for array in wiring.transposed]
        [[0, 1, 1, 3], [0, 0, 1], [0, 1, 2]]
        """
        degrees = np.bincount(self.indices, minlength=self.n_inputs)
        t_indptr = np.concatenate([[0], np.cumsum(degrees)]).astype(np.int64)
        t_rows, t_places = np.empty_like(self.indices), np.empty_like(self.indices)
        _transpose(self.indptr, self.indices, t_indptr[:-1].copy(), t_rows, t_places)
        return t_indptr, t_rows, t_places

    @cached_property
    def parts(self) -> NDArray[np.int64]:
        """(n_parts + 1,) rows where parts of about equally many connections begin.

        How many there are the size decides, never the cores: it is the order of a sum.

        >>> KernelWiring(np.array([0, 2, 3]), np.array([0, 2, 2], np.int32), 3).parts.tolist()
        [0, 2]
        """
        n_connections = len(self.indices)
        n_parts = min(_PARTS, max(1, n_connections // _CONNECTIONS_OF_A_PART))
        wanted = np.linspace(0, n_connections, n_parts + 1)
        starts = np.searchsorted(self.indptr, wanted).astype(np.int64)
        starts[0], starts[-1] = 0, len(self.indptr) - 1
        return starts


@numba.njit(nogil=True, cache=True)
def _transpose(indptr, indices, free, t_rows, t_places):  # type: ignore[no-untyped-def]
    """A counting sort; `free` is where the next connection of each input goes."""
    for row in range(len(indptr) - 1):
        for place in range(indptr[row], indptr[row + 1]):
            column = indices[place]
            t_rows[free[column]] = row
            t_places[free[column]] = place
            free[column] += 1
