"""Communities of a layer: groups of inputs and outputs with more connections than by chance."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from analysis.overlaps import users_of
from analysis.records import Record
from analysis.streams import new_streams, shuffle
from topology import LayerTopology

# CSR of the links of nodes, their weights, and what each node has of the degrees of either side.
_Graph = tuple[
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
]


@dataclass(frozen=True, eq=False)
class Communities(Record):
    """A division of all neurons of a layer into communities.

    Attributes:
        modularity: Q of Barber (2007), Physical Review E 76:066102, eq. 17: the share of
            connections within communities, minus that which random wiring with these degrees has
            on average; in [0, 1).
        inputs: (n_inputs,) int64, the community of each input neuron.
        outputs: (n_outputs,) int64, that of each output neuron; communities count from 0.
    """

    modularity: float
    inputs: NDArray[np.int64]
    outputs: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of communities."""
        return int(max(self.inputs.max(), self.outputs.max())) + 1


def communities(
    layer: LayerTopology, restarts: int = 1, *, rng: np.random.Generator
) -> Communities:
    """The division of the highest modularity that is found.

    By the Louvain method (Blondel et al. 2008): each neuron in turn goes to the community where it
    raises the modularity most, then whole communities do. The best division is not certain to be
    found, so that numbers compare only with those found in the same way: see
    `structure_evidence`. Random wiring has a high modularity too, the higher the sparser it is.

    Args:
        layer: any layer; without connections each neuron is a community.
        restarts: with how many orders of the neurons to try, at least 1.
        rng: the source of randomness; it advances.

    Raises:
        ValueError: if `restarts` is below 1.

    >>> apart = LayerTopology([0, 2, 4, 6], [0, 1, 0, 1, 2, 3], n_inputs=4, n_outputs=3)
    >>> found = communities(apart, rng=np.random.default_rng(0))
    >>> round(found.modularity, 3), found.inputs.tolist(), found.outputs.tolist()
    (0.444, [0, 0, 1, 1], [0, 0, 1])
    """
    if restarts < 1:
        raise ValueError(f"restarts is {restarts}; it must be at least 1")
    tries = [_communities(layer, stream) for stream in new_streams(restarts, rng)]
    return max(tries, key=lambda found: found.modularity)


def _communities(layer: LayerTopology, stream: NDArray[np.uint64]) -> Communities:
    n_outputs, n = layer.n_outputs, layer.n_outputs + layer.n_inputs
    user_starts, users = users_of(layer.indptr, layer.indices, layer.n_inputs)
    # One graph of all neurons, outputs first.
    starts = np.concatenate([layer.indptr, layer.n_connections + user_starts[1:]])
    ends = np.concatenate([layer.indices + np.int64(n_outputs), users.astype(np.int64)])
    weights = np.ones(len(ends))
    rows, columns = np.zeros(n), np.zeros(n)
    rows[:n_outputs], columns[n_outputs:] = layer.in_degrees, layer.out_degrees
    total, labels = float(max(1, layer.n_connections)), np.arange(n)
    neurons = starts, ends, weights, rows, columns
    while True:
        moved, labels = _move(*neurons, total, labels, stream)
        if moved:
            continue
        # Whole communities once no neuron gains; then neurons again, as what was best for all of a
        # community may not be for each.
        joined = _join(neurons, labels, total, stream)
        if joined.max() + 1 == len(np.unique(labels)):
            break
        labels = joined
    labels = _by_first(np.concatenate([labels[n_outputs:], labels[:n_outputs]]))
    inputs, outputs = labels[: layer.n_inputs], labels[layer.n_inputs :]
    return Communities(_modularity(layer, inputs, outputs), inputs, outputs)


def _join(
    neurons: _Graph, labels: NDArray[np.int64], total: float, stream: NDArray[np.uint64]
) -> NDArray[np.int64]:
    """Move whole communities together until none gains; they are numbered from 0 without gaps."""
    graph, group, moved = neurons, labels, True
    while moved:
        names, group = np.unique(group, return_inverse=True)
        labels = group if graph is neurons else group[labels]
        graph = _merged(*graph, group, len(names))
        moved, group = _move(*graph, total, np.arange(len(names)), stream)
    return labels


def _modularity(
    layer: LayerTopology, inputs: NDArray[np.int64], outputs: NDArray[np.int64]
) -> float:
    if not layer.n_connections:
        return 0.0
    n = int(max(inputs.max(), outputs.max())) + 1
    within = float((inputs[layer.indices] == outputs[layer.targets]).mean())
    rows = np.bincount(outputs, layer.in_degrees, n) / layer.n_connections
    columns = np.bincount(inputs, layer.out_degrees, n) / layer.n_connections
    return max(0.0, within - float(rows @ columns))


def _by_first(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same groups, numbered in the order in which they first appear."""
    _, firsts, inverse = np.unique(labels, return_index=True, return_inverse=True)
    ranks: NDArray[np.int64] = np.argsort(np.argsort(firsts))[inverse]
    return ranks


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _merged(
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    weights: NDArray[np.float64],
    rows: NDArray[np.float64],
    columns: NDArray[np.float64],
    group: NDArray[np.int64],
    n_groups: int,
) -> _Graph:
    """The graph whose nodes are the groups; links within a group are left out."""
    # Each node as a row with one entry, its group: the transpose has the members of each.
    first, members = users_of(np.arange(len(group) + 1), group, n_groups)
    new_rows, new_columns = np.zeros(n_groups), np.zeros(n_groups)
    for node in range(len(group)):
        new_rows[group[node]] += rows[node]
        new_columns[group[node]] += columns[node]
    new_starts, n_links = np.zeros(n_groups + 1, np.int64), 0
    new_ends, new_weights = np.empty(len(ends), np.int64), np.empty(len(ends))
    links = np.zeros(n_groups)
    for here in range(n_groups):
        begin = n_links
        for node in members[first[here] : first[here + 1]]:
            for place in range(starts[node], starts[node + 1]):
                there = group[ends[place]]
                if there == here:
                    continue
                if links[there] == 0:
                    new_ends[n_links] = there
                    n_links += 1
                links[there] += weights[place]
        for place in range(begin, n_links):
            new_weights[place] = links[new_ends[place]]
            links[new_ends[place]] = 0
        new_starts[here + 1] = n_links
    return new_starts, new_ends[:n_links], new_weights[:n_links], new_rows, new_columns


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _move(
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    weights: NDArray[np.float64],
    rows: NDArray[np.float64],
    columns: NDArray[np.float64],
    total: float,
    group: NDArray[np.int64],
    stream: NDArray[np.uint64],
) -> tuple[bool, NDArray[np.int64]]:
    """Move nodes one by one until none gains; whether any moved, and the new group of each.

    `rows` and `columns` are what a node has of the degrees of either side; a pair of nodes is
    expected to have (rows · columns' + columns · rows') / total links.
    """
    n = len(starts) - 1
    group, order = group.copy(), np.arange(n)
    group_rows, group_columns = np.zeros(n), np.zeros(n)
    for place in range(n):
        group_rows[group[place]] += rows[place]
        group_columns[group[place]] += columns[place]
    links, touched = np.zeros(n), np.empty(n, np.int64)
    shuffle(order, stream)
    # A ring of the nodes to look at: all, and then those next to one that moved, for only they
    # can have come to gain (Traag, Waltman & van Eck 2019).
    waits, first, n_waiting, has_moved = np.ones(n, np.bool_), 0, n, False
    while n_waiting:
        node = order[first]
        waits[node], first, n_waiting = False, (first + 1) % n, n_waiting - 1
        home, n_touched = group[node], 1
        touched[0] = home
        for place in range(starts[node], starts[node + 1]):
            near = group[ends[place]]
            if links[near] == 0 and near != home:
                touched[n_touched] = near
                n_touched += 1
            links[near] += weights[place]
        group_rows[home] -= rows[node]
        group_columns[home] -= columns[node]
        best, most = home, -np.inf
        for at in range(n_touched):
            there = touched[at]
            chance = rows[node] * group_columns[there] + columns[node] * group_rows[there]
            gain = links[there] - chance / total
            links[there] = 0
            # Of equal ones, home is first; rounding must not send a node to and fro.
            if gain > most + 1e-9:
                best, most = there, gain
        group_rows[best] += rows[node]
        group_columns[best] += columns[node]
        if best == home:
            continue
        group[node], has_moved = best, True
        for place in range(starts[node], starts[node + 1]):
            other = ends[place]
            if not waits[other] and group[other] != best:
                waits[other] = True
                order[(first + n_waiting) % n] = other
                n_waiting += 1
    return has_moved, group
