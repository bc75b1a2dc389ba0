"""The most connected neurons of a layer, and what they have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topology import LayerTopology, TopologySnapshot

_SHOWN = 8


@dataclass(frozen=True)
class Hub:
    """One of the output neurons of a layer with most connections.

    Attributes:
        neuron: its number, from 0.
        in_degree: connections into it.
        out_degree: connections from it into the next layer; None if there is no such layer.
        strength: sum of the sizes of the weights into it; None without weights.
        shared: share of its inputs that feed another of these neurons too, in [0, 1].
        nearest: the one of the others that it has most inputs in common with; None if it is alone.
        overlap: inputs that these two share, of all that either has (Jaccard), in [0, 1].
    """

    neuron: int
    in_degree: int
    out_degree: int | None
    strength: float | None
    shared: float
    nearest: int | None
    overlap: float


def hubs_of(snapshot: TopologySnapshot, index: int, most: int = _SHOWN) -> list[Hub]:
    """Those of a layer, most connected first; neurons without a connection are none.

    Args:
        snapshot: the network.
        index: which layer, from 0.
        most: how many.

    >>> layer = LayerTopology([0, 2, 4, 4], [0, 1, 1, 2], 3, 3)
    >>> first, second = hubs_of(TopologySnapshot((layer,)), 0)
    >>> first.neuron, first.in_degree, first.shared, round(first.overlap, 3)
    (0, 2, 0.5, 0.333)
    """
    layer = snapshot.layers[index]
    order = np.argsort(-layer.in_degrees, kind="stable")[:most]
    chosen = [int(neuron) for neuron in order if layer.in_degrees[neuron]]
    inputs = [_inputs(layer, neuron) for neuron in chosen]
    following = snapshot.layers[index + 1 : index + 2]
    onwards = following[0].out_degrees if following and snapshot.is_chain else None
    return [
        Hub(
            neuron,
            len(inputs[place]),
            None if onwards is None else int(onwards[neuron]),
            _strength(layer, neuron),
            *_in_common(place, chosen, inputs),
        )
        for place, neuron in enumerate(chosen)
    ]


def _in_common(
    place: int, chosen: list[int], inputs: list[NDArray[np.int64]]
) -> tuple[float, int | None, float]:
    own, others = inputs[place], inputs[:place] + inputs[place + 1 :]
    if not others:
        return 0.0, None, 0.0
    shared = float(np.isin(own, np.concatenate(others)).mean())
    overlaps = [
        len(np.intersect1d(own, one, assume_unique=True)) / len(np.union1d(own, one))
        for one in others
    ]
    best = int(np.argmax(overlaps))
    return shared, (chosen[:place] + chosen[place + 1 :])[best], overlaps[best]


def _inputs(layer: LayerTopology, neuron: int) -> NDArray[np.int64]:
    begin, end = layer.indptr[neuron : neuron + 2]
    return layer.indices[begin:end].astype(np.int64)


def _strength(layer: LayerTopology, neuron: int) -> float | None:
    if layer.weights is None:
        return None
    begin, end = layer.indptr[neuron : neuron + 2]
    return float(np.abs(layer.weights[begin:end]).sum())
