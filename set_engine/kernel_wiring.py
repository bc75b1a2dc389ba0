"""A wiring in the forms that the kernels walk through."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import scipy.sparse as sp
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
        places = np.arange(len(self.indices), dtype=np.int32)
        shape = (len(self.indptr) - 1, self.n_inputs)
        columns = sp.csr_array((places, self.indices, self.indptr), shape=shape).tocsc()
        return columns.indptr.astype(np.int64), columns.indices.astype(np.int32), columns.data

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
