"""Ways through a network: what reaches what, over how many paths, and how far apart neurons are.

Every directed path from an input to an output has as many connections as there are layers, so its
length says nothing; distances are those of the undirected graph.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from analysis.cores import map_on_cores
from analysis.layered_graph import LayeredGraph
from analysis.records import Record
from topology import LayerTopology, TopologySnapshot

_WORD = 64  # inputs that are followed through the network at once, one bit each


@dataclass(frozen=True, eq=False)
class Flow(Record):
    """Directed paths from the inputs to the outputs of a network.

    Attributes:
        active: (n_layers + 1,) int64, neurons of the input and of each layer that lie on some path.
        active_share: their share of all neurons, the active neuron percentage of Cannistraci's
            group, in [0, 1].
        n_paths: number of paths, as a float: it has hundreds of digits in a deep network.
        reachable: share of the pairs of an input and an output with a path, in [0, 1].
        reachable_error: its standard error, 0 if all inputs were followed.
    """

    active: NDArray[np.int64]
    active_share: float
    n_paths: float
    reachable: float
    reachable_error: float


@dataclass(frozen=True, eq=False)
class Distances(Record):
    """Distances between the neurons of a network, along connections in either direction.

    Attributes:
        mean: of all pairs of neurons that are connected at all; 0 if none are.
        mean_error: its standard error, 0 if all neurons were started from.
        largest: that was met: the diameter of the largest component if all were started from.
        connected: share of all pairs that are connected, in [0, 1].
        sources: neurons that were started from.
    """

    mean: float
    mean_error: float
    largest: int
    connected: float
    sources: int


def check_most(most: int | None, name: str) -> None:
    """Refuse, by a ValueError, a sample that has no standard error.

    >>> check_most(None, "most_inputs")
    """
    if most is not None and most < 2:
        raise ValueError(f"{name} is {most}; it must be at least 2")


def flow(snapshot: TopologySnapshot, *, most_inputs: int | None = None, seed: int = 0) -> Flow:
    """Follow all paths from the inputs to the outputs.

    Args:
        snapshot: a chain of layers.
        most_inputs: of how many inputs, drawn at random, to find what they reach; None for all. The
            work is the number of connections times the inputs / 64.
        seed: of the draw.

    Raises:
        ValueError: if the layers are no chain, or `most_inputs` is below 2.

    >>> layers = LayerTopology([0, 2, 2], [0, 1], 3, 2), LayerTopology([0, 2], [0, 1], 2, 1)
    >>> found = flow(TopologySnapshot(layers))
    >>> found.active.tolist(), found.n_paths, round(found.reachable, 3)
    ([2, 1, 1], 2.0, 0.667)
    """
    widths = snapshot.widths
    check_most(most_inputs, "most_inputs")
    forward, backward = _counts(snapshot.layers)
    active = _on_a_path(forward, backward)
    followed = np.arange(widths[0])
    if most_inputs is not None and most_inputs < widths[0]:
        followed = np.random.default_rng(seed).choice(widths[0], most_inputs, replace=False)
    shares = _reached(snapshot.layers, followed) / widths[-1]
    error = 0.0
    if len(followed) < widths[0]:
        left = 1 - len(followed) / widths[0]  # drawn without replacement
        error = float(np.sqrt(left * shares.var(ddof=1) / len(followed)))
    return Flow(
        active=active,
        active_share=float(active.sum() / sum(widths)),
        n_paths=float(forward[-1].sum()),
        reachable=float(shares.mean()),
        reachable_error=error,
    )


def active_neurons(snapshot: TopologySnapshot) -> NDArray[np.int64]:
    """(n_layers + 1,) neurons of the input and of each layer that lie on a path, as in `Flow`.

    Raises:
        ValueError: if the layers are no chain.

    >>> layers = LayerTopology([0, 2, 2], [0, 1], 3, 2), LayerTopology([0, 2], [0, 1], 2, 1)
    >>> active_neurons(TopologySnapshot(layers)).tolist()
    [2, 1, 1]
    """
    _ = snapshot.widths  # refuses what is no chain
    return _on_a_path(*_counts(snapshot.layers))


def distances(
    snapshot: TopologySnapshot, *, most_sources: int | None = None, seed: int = 0
) -> Distances:
    """Mean distance of the undirected graph, by a breadth-first search from every neuron.

    Args:
        snapshot: a chain of layers.
        most_sources: from how many neurons, drawn at random, to search; None for all. The work is
            the number of connections times the largest distance times the sources / 64.
        seed: of the draw.

    Raises:
        ValueError: if the layers are no chain, or `most_sources` is below 2.

    >>> layers = LayerTopology([0, 1, 2], [0, 0], 1, 2), LayerTopology([0, 1], [1], 2, 1)
    >>> found = distances(TopologySnapshot(layers))
    >>> round(found.mean, 3), found.largest, found.connected
    (1.667, 3, 1.0)
    """
    check_most(most_sources, "most_sources")
    graph = LayeredGraph.of(snapshot)
    sources = np.arange(graph.n_neurons)
    if most_sources is not None and most_sources < graph.n_neurons:
        sources = np.random.default_rng(seed).choice(graph.n_neurons, most_sources, replace=False)
    blocks = [sources[begin : begin + _WORD] for begin in range(0, len(sources), _WORD)]
    sums = map_on_cores(lambda block: _search(graph.indptr, graph.neighbours, block), blocks)
    total, met, largest = np.concatenate([np.empty((0, 3), np.int64), *sums]).T
    mean = float(total.sum() / met.sum()) if met.sum() else 0.0
    error = 0.0
    if len(sources) < graph.n_neurons and met.sum():
        # Of a ratio of two means, by the deviations of the sources from it.
        rest = (total - mean * met) / met.mean()
        left = 1 - len(sources) / graph.n_neurons
        error = float(np.sqrt(left * rest.var(ddof=1) / len(sources)))
    return Distances(
        mean=mean,
        mean_error=error,
        largest=int(largest.max()),
        connected=float(met.sum() / (len(sources) * max(1, graph.n_neurons - 1))),
        sources=len(sources),
    )


def _counts(
    layers: tuple[LayerTopology, ...],
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
    """For each neuron, paths from the inputs to it, and from it to the outputs."""
    forward = [np.ones(layers[0].n_inputs)]
    for layer in layers:
        rows = layer.targets
        weights = forward[-1][layer.indices]
        forward.append(np.bincount(rows, weights, layer.n_outputs).astype(np.float64))
    backward = [np.ones(layers[-1].n_outputs)]
    for layer in reversed(layers):
        rows = layer.targets
        weights = backward[-1][rows]
        backward.append(np.bincount(layer.indices, weights, layer.n_inputs).astype(np.float64))
    return forward, backward[::-1]


def _on_a_path(
    forward: list[NDArray[np.float64]], backward: list[NDArray[np.float64]]
) -> NDArray[np.int64]:
    return np.array(
        [int(((f > 0) & (b > 0)).sum()) for f, b in zip(forward, backward, strict=True)]
    )


def _reached(layers: tuple[LayerTopology, ...], inputs: NDArray[np.int64]) -> NDArray[np.int64]:
    """(len(inputs),) outputs that each of them reaches."""

    def of_block(block: NDArray[np.int64]) -> NDArray[np.int64]:
        bits = np.zeros(layers[0].n_inputs, np.uint64)
        bits[block] = np.uint64(1) << np.arange(len(block), dtype=np.uint64)
        for layer in layers:
            bits = _passed_on(layer.indptr, layer.indices, bits)
        one = np.uint64(1)
        return np.array([(bits >> np.uint64(bit) & one).sum() for bit in range(len(block))])

    blocks = [inputs[begin : begin + _WORD] for begin in range(0, len(inputs), _WORD)]
    return np.concatenate(list(map_on_cores(of_block, blocks)))


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _passed_on(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], bits: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    found = np.zeros(len(indptr) - 1, np.uint64)
    for row in range(len(indptr) - 1):
        together = np.uint64(0)
        for place in range(indptr[row], indptr[row + 1]):
            together |= bits[indices[place]]
        found[row] = together
    return found


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _search(
    indptr: NDArray[np.int64], neighbours: NDArray[np.int32], sources: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(n_sources, 3): sum of the distances to the neurons met, their number, the largest.

    Level by level from up to 64 sources at once, one bit each (Then et al. 2014, VLDB 8:449).
    """
    n = len(indptr) - 1
    found = np.zeros((len(sources), 3), np.int64)
    frontier = np.zeros(n, np.uint64)
    for bit in range(len(sources)):
        frontier[sources[bit]] |= np.uint64(1) << np.uint64(bit)
    seen, following = frontier.copy(), np.zeros(n, np.uint64)
    everyone = frontier.sum()  # each bit stands once: no carries
    distance, goes_on = 0, True
    while goes_on:
        distance, goes_on = distance + 1, False
        arrivals = np.zeros(_WORD, np.int64)
        for neuron in range(n):
            following[neuron] = 0
            missing, new = everyone & ~seen[neuron], np.uint64(0)
            if not missing:
                continue
            for at in range(indptr[neuron], indptr[neuron + 1]):
                new |= frontier[neighbours[at]] & missing
                if new == missing:
                    break
            if new:
                following[neuron], goes_on = new, True
                for bit in range(_WORD):
                    arrivals[bit] += (new >> np.uint64(bit)) & np.uint64(1)
        for bit in range(len(sources)):
            if arrivals[bit]:
                found[bit, 0] += distance * arrivals[bit]
                found[bit, 1] += arrivals[bit]
                found[bit, 2] = distance
        for neuron in range(n):
            seen[neuron] |= following[neuron]
        frontier, following = following, frontier
    return found
