"""Matching the neurons of all layers together, so that the sum of their distances falls.

Layer by layer, the matching that is best for one layer can be bad for the next, whose inputs it
names. Here the matchings improve each other in turn, as the permutations of networks that are
merged do (Ainsworth, Hayase & Srinivasa 2022, arXiv 2209.04836).

With the other layers held, the similarity overlap / (degrees - overlap) of two matched neurons of
the next layer is a convex function of their overlap: the straight line that touches it where it
stands lies below it, and the assignment that is best by these lines is at least as good as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp

from analysis.assignment import ALONE, assign
from analysis.matching import (
    LARGEST_BLOCK,
    Matching,
    each_with_each,
    layer_distance,
    left_over,
    names_of,
    neuron_sets,
)
from analysis.shared_inputs import SharedInputs, counts_of_pairs, shared_inputs, similarities
from topology import LayerTopology

_LEAST_GAIN = 1e-12
_MOST_SWEEPS = 100

Layers = Sequence[LayerTopology]


def aligned_matchings(a: Layers, b: Layers, start: Sequence[Matching]) -> list[Matching]:
    """Improve the matchings of all layers in turn until none gets better.

    Args:
        a, b: the layers of two chains with inputs in common.
        start: a matching of each layer.

    Returns:
        Matchings whose distances have a sum that is not above that of `start`.
    """
    best, now = list(start), list(start)
    least = sum(distances(a, b, best))
    for _ in range(_MOST_SWEEPS):
        for k in range(len(a)):
            now[k] = _improved(a, b, now, k)
        total = sum(distances(a, b, now))
        if total >= least - _LEAST_GAIN:
            break
        best, least = list(now), total
    return best


def distances(a: Layers, b: Layers, matchings: Sequence[Matching]) -> list[float]:
    """Of each layer, with its inputs named by the matching of the layer before."""
    return [
        layer_distance(_shared(a, b, matchings, k), matching)
        for k, matching in enumerate(matchings)
    ]


def _shared(a: Layers, b: Layers, matchings: Sequence[Matching], k: int) -> SharedInputs:
    names = names_of(matchings[k - 1], b[k].n_inputs) if k else None
    return shared_inputs(neuron_sets(a[k]), neuron_sets(b[k], names))


def _improved(a: Layers, b: Layers, matchings: Sequence[Matching], k: int) -> Matching:
    """The matching of layer k that is best with the others as they are, or nearly so."""
    gains = _gains_here(_shared(a, b, matchings, k))
    if k + 1 < len(a) and not (a[k + 1].is_full and b[k + 1].is_full):
        gains = gains + _gains_above(a[k + 1], b[k + 1], matchings[k], matchings[k + 1])
    gains = sp.csr_array(gains)
    indptr, indices = gains.indptr.astype(np.int64), gains.indices.astype(np.int32)
    matching = assign(indptr, indices, gains.data, b[k].n_outputs).column_of
    # Pairs that gain nothing are pairs all the same.
    rows, columns = left_over(matching, b[k].n_outputs)
    n_pairs = min(len(rows), len(columns))
    matching[rows[:n_pairs]] = columns[:n_pairs]
    return matching


def _gains_here(shared: SharedInputs) -> Any:
    """(n_a, n_b) similarities of the neurons of the layer, for each of its neurons."""
    shape = len(shared.degrees_a), len(shared.degrees_b)
    found = sp.csr_array((similarities(shared), shared.indices, shared.indptr), shape)
    rows, columns = shared.empty
    if 0 < len(rows) * len(columns) <= LARGEST_BLOCK:
        pairs = each_with_each(rows, columns)
        found = found + sp.csr_array((np.ones(len(pairs[0])), pairs), shape)
    return found / max(shape)


def _gains_above(a: LayerTopology, b: LayerTopology, here: Matching, above: Matching) -> Any:
    """(n_a, n_b) what a pair of inputs adds to the similarities of the layer it feeds."""
    shared = shared_inputs(neuron_sets(a), neuron_sets(b, names_of(here, b.n_inputs)))
    rows = np.flatnonzero(above != ALONE)
    rows = rows[(shared.degrees_a[rows] > 0) & (shared.degrees_b[above[rows]] > 0)]
    degrees = shared.degrees_a[rows] + shared.degrees_b[above[rows]]
    union = degrees - counts_of_pairs(shared, rows, above[rows])
    slopes = sp.diags_array(degrees / union**2)
    n = max(a.n_outputs, b.n_outputs)
    return (_ones(a)[rows].T @ slopes @ _ones(b)[above[rows]]) / n


def _ones(layer: LayerTopology) -> Any:
    shape = layer.n_outputs, layer.n_inputs
    return sp.csr_array((np.ones(layer.n_connections), layer.indices, layer.indptr), shape)
