"""A network as one graph: its neurons numbered from the input on, its connections as CSR arrays."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from analysis.overlaps import users_of
from topology import TopologySnapshot


class LayeredGraph(NamedTuple):
    """Neurons of all layers under one number each, and their undirected connections.

    Attributes:
        starts: (n_layers + 2,) int64: neurons of layer k, the input being 0, are those from
            `starts[k]` up to `starts[k + 1]`.
        indptr: (n_neurons + 1,) int64.
        neighbours: (2 n_connections,) int32; those of neuron i from `indptr[i]` to `indptr[i + 1]`,
            ascending.
    """

    starts: NDArray[np.int64]
    indptr: NDArray[np.int64]
    neighbours: NDArray[np.int32]

    @property
    def n_neurons(self) -> int:
        """Neurons of all layers, those of the input included."""
        return int(self.starts[-1])

    @classmethod
    def of(cls, snapshot: TopologySnapshot) -> LayeredGraph:
        """The graph of a chain of layers.

        Raises:
            ValueError: if the layers are no chain.

        >>> from topology import LayerTopology
        >>> layers = LayerTopology([0, 2], [0, 1], 2, 1), LayerTopology([0, 1, 1], [0], 1, 2)
        >>> graph = LayeredGraph.of(TopologySnapshot(layers))
        >>> graph.n_neurons, graph.indptr.tolist(), graph.neighbours.tolist()
        (5, [0, 1, 2, 5, 6, 6], [2, 2, 0, 1, 3, 2])
        """
        starts = np.concatenate([[0], np.cumsum(snapshot.widths)])
        degrees = np.zeros(starts[-1], np.int64)
        for layer, inputs, outputs in zip(snapshot.layers, starts, starts[1:], strict=False):
            degrees[outputs : outputs + layer.n_outputs] += layer.in_degrees
            degrees[inputs : inputs + layer.n_inputs] += layer.out_degrees
        indptr = np.concatenate([[0], np.cumsum(degrees)])
        neighbours, free = np.empty(indptr[-1], np.int32), indptr[:-1].copy()
        # From the input on, so that the inputs of a neuron stand before those it feeds.
        for layer, inputs, outputs in zip(snapshot.layers, starts, starts[1:], strict=False):
            user_starts, users = users_of(layer.indptr, layer.indices, layer.n_inputs)
            _fill(neighbours, free[outputs:], layer.indptr, layer.indices, inputs)
            _fill(neighbours, free[inputs:], user_starts, users, outputs)
        return cls(starts, indptr, neighbours)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _fill(
    neighbours: NDArray[np.int32],
    free: NDArray[np.int64],
    starts: NDArray[np.int64],
    ends: NDArray[np.int32],
    offset: int,
) -> None:
    """Append to each row the `ends` of its connections; `free` are the places after a row."""
    for row in range(len(starts) - 1):
        for place in range(starts[row], starts[row + 1]):
            neighbours[free[row]] = ends[place] + offset
            free[row] += 1
