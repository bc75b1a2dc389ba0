"""A network as one graph: its neurons numbered from the input on, its connections as CSR arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from topology import TopologySnapshot


class LayeredGraph(NamedTuple):
    """Neurons of all layers under one number each, and their undirected connections.

    Attributes:
        starts: (n_layers + 2,) int64: neurons of layer k, the input being 0, are those from
            `starts[k]` up to `starts[k + 1]`.
        indptr: (n_neurons + 1,) int64.
        neighbours: (2 n_connections,) int64; those of neuron i from `indptr[i]` to `indptr[i + 1]`.
    """

    starts: NDArray[np.int64]
    indptr: NDArray[np.int64]
    neighbours: NDArray[np.int64]

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
        sources = [
            layer.indices + start for layer, start in zip(snapshot.layers, starts, strict=False)
        ]
        targets = [
            layer.targets + start for layer, start in zip(snapshot.layers, starts[1:], strict=False)
        ]
        one, other = np.concatenate(sources).astype(np.int64), np.concatenate(targets)
        begin, end = np.concatenate([one, other]), np.concatenate([other, one])
        order = np.lexsort((end, begin))
        indptr = np.searchsorted(begin[order], np.arange(starts[-1] + 1))
        return cls(starts, indptr.astype(np.int64), end[order])
