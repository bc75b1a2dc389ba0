"""A matching of the neurons of two layers: what it names, and what it costs."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from analysis.assignment import ALONE
from analysis.shared_inputs import NeuronSets, SharedInputs, costs_of_pairs
from topology import LayerTopology

LARGEST_BLOCK = 4_000_000
"""Pairs of neurons without inputs, or left over, that are weighed one by one."""

Matching = NDArray[np.int64]
"""(n_a,) for each neuron of a the neuron of b that it is matched with, or `ALONE`."""


def names_of(matching: Matching, n_b: int) -> NDArray[np.int64]:
    """(n_b,) the neuron of a that each neuron of b stands for; a number from n_a on if none.

    >>> names_of(np.array([2, 0]), n_b=3).tolist()
    [1, 3, 0]
    """
    names = len(matching) + np.arange(n_b)
    matched = np.flatnonzero(matching != ALONE)
    names[matching[matched]] = matched
    return names


def left_over(matching: Matching, n_b: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The neurons of a, and those of b, that are matched with none.

    >>> [one.tolist() for one in left_over(np.array([2, ALONE]), n_b=3)]
    [[1], [0, 1]]
    """
    taken = np.bincount(matching[matching != ALONE], minlength=n_b)
    return np.flatnonzero(matching == ALONE), np.flatnonzero(taken == 0)


def each_with_each(
    rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All pairs of a block, row by row.

    >>> [one.tolist() for one in each_with_each(np.array([1, 2]), np.array([5, 6]))]
    [[1, 1, 2, 2], [5, 6, 5, 6]]
    """
    return np.repeat(rows, len(columns)), np.tile(columns, len(rows))


def neuron_sets(layer: LayerTopology, names: NDArray[np.int64] | None = None) -> NeuronSets:
    """The neurons of a layer by the names of their inputs, which are their numbers if not given.

    >>> layer = LayerTopology([0, 2, 3], [0, 2, 1], n_inputs=3, n_outputs=2)
    >>> neuron_sets(layer, np.array([7, 8, 9])).indices.tolist()
    [7, 9, 8]
    """
    if names is None:
        return NeuronSets(layer.indptr, layer.indices, layer.n_inputs)
    return NeuronSets(layer.indptr, names[layer.indices].astype(np.int32), int(names.max()) + 1)


def layer_distance(shared: SharedInputs, matching: Matching) -> float:
    """The cost of a matching for each neuron of the larger layer, where one alone costs 1.

    >>> from analysis.shared_inputs import shared_inputs
    >>> one = NeuronSets(np.array([0, 2, 3]), np.array([0, 1, 2], np.int32), 3)
    >>> layer_distance(shared_inputs(one, one), np.array([0, ALONE]))
    0.5
    """
    rows = np.flatnonzero(matching != ALONE)
    n = max(len(shared.degrees_a), len(shared.degrees_b))
    # Exactly rounded, so that the order of the neurons does not show.
    return (math.fsum(costs_of_pairs(shared, rows, matching[rows])) + n - len(rows)) / n
