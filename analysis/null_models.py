"""Random wirings that keep something of a real one: what a measure would give by chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from topology import LayerTopology


def shuffle_sources(layer: LayerTopology, rng: np.random.Generator) -> LayerTopology:
    """Let every output neuron keep its in-degree and draw its inputs anew, uniformly.

    Every set of inputs of the right size is equally likely, independently for each neuron: the
    null model "fixed rows, equiprobable columns" of ecology (Gotelli 2000, Ecology 81:2606, SIM2).
    Out-degrees are not kept.

    Args:
        layer: any layer; it is not changed.
        rng: the source of randomness; it advances.

    Returns:
        A layer of the same shape and in-degrees, without weights.

    >>> layer = LayerTopology([0, 1, 3, 6], [0, 0, 1, 0, 1, 2], n_inputs=3, n_outputs=3)
    >>> shuffled = shuffle_sources(layer, np.random.default_rng(0))
    >>> shuffled.in_degrees.tolist(), shuffled.indices[3:].tolist()
    ([1, 2, 3], [0, 1, 2])
    """
    indices = _draw_sources(layer.in_degrees, layer.n_inputs, rng)
    return LayerTopology(layer.indptr, indices, layer.n_inputs, layer.n_outputs)


def erdos_renyi(layer: LayerTopology, rng: np.random.Generator) -> LayerTopology:
    """Put as many connections as a layer has anywhere, every wiring being equally likely: G(n, m).

    Args:
        layer: any layer; it is not changed.
        rng: the source of randomness; it advances.

    Returns:
        A layer of the same shape and number of connections, without weights.

    >>> layer = LayerTopology([0, 1, 3], [0, 0, 1], n_inputs=3, n_outputs=2)
    >>> random = erdos_renyi(layer, np.random.default_rng(0))
    >>> random.n_connections, random.n_inputs, random.n_outputs
    (3, 3, 2)
    """
    n_places = layer.n_inputs * layer.n_outputs
    places = np.sort(rng.choice(n_places, layer.n_connections, replace=False, shuffle=False))
    starts = np.searchsorted(places, np.arange(layer.n_outputs + 1) * layer.n_inputs)
    return LayerTopology(starts, places % layer.n_inputs, layer.n_inputs, layer.n_outputs)


def _draw_sources(
    degrees: NDArray[np.int64], n_inputs: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """(degrees.sum(),) inputs of all neurons one after the other, ascending within each.

    A neuron that takes more than half of the inputs draws those it leaves out.
    """
    crowded = degrees > n_inputs // 2
    drawn = _distinct_places(np.where(crowded, n_inputs - degrees, degrees), n_inputs, rng)
    if not crowded.any():
        return drawn % n_inputs
    neurons = np.flatnonzero(crowded)
    is_left_out = crowded[drawn // n_inputs]
    rows, columns = np.divmod(drawn[is_left_out], n_inputs)
    taken = np.ones((len(neurons), n_inputs), dtype=np.bool_)
    taken[np.searchsorted(neurons, rows), columns] = False
    rows, columns = np.nonzero(taken)
    places = np.concatenate([drawn[~is_left_out], neurons[rows] * n_inputs + columns])
    return np.sort(places) % n_inputs


def _distinct_places(
    counts: NDArray[np.int64], n_inputs: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """For each row, `counts` different columns, as ascending places row * n_inputs + column.

    Draws with replacement as many as a row still lacks, drops repetitions, and starts again. A row
    never gets more than it lacks, so it ends with the first distinct columns of a uniform sequence,
    and these are uniform over all sets of their size.
    """
    places = np.empty(0, dtype=np.int64)
    lacking = counts
    while lacking.any():
        rows = np.repeat(np.arange(len(counts)), lacking)
        draws = rows * n_inputs + rng.integers(n_inputs, size=len(rows))
        # A stable sort merges two ascending runs in one pass.
        places = np.sort(np.concatenate([places, np.sort(draws)]), kind="stable")
        places = places[np.diff(places, prepend=-1) > 0]
        lacking = counts - np.bincount(places // n_inputs, minlength=len(counts))
    return places
