"""Many random wirings at once, and what a measure gives on each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Literal, TypeVar, get_args

import numpy as np

from analysis.cores import map_on_cores
from analysis.curveball import curveball, rounds_to_forget
from analysis.null_comparison import check_null
from analysis.null_models import erdos_renyi
from topology import LayerTopology, TopologySnapshot

Null = Literal["degrees", "density"]
"""What random wirings keep: `degrees`, the in- and out-degree of every neuron in every layer
(`curveball`); `density`, the number of connections of every layer (`erdos_renyi`)."""

NULLS: tuple[Null, ...] = get_args(Null)

_Wiring = TypeVar("_Wiring", LayerTopology, TopologySnapshot)
_Found = TypeVar("_Found")


def map_null(
    measure: Callable[[_Wiring], _Found],
    wiring: _Wiring,
    samples: int = 100,
    *,
    null: Null = "degrees",
    rng: np.random.Generator,
    progress: Callable[[int], None] | None = None,
) -> list[_Found]:
    """A measure on each of many random wirings, which are drawn and measured on all cores.

    Args:
        measure: is called with a random wiring, from several threads at once.
        wiring: a layer, or a network whose every layer is drawn anew; it is not changed.
        samples: how many random wirings, at least 2.
        null: what they keep of this one.
        rng: the source of randomness; it advances. What is found does not depend on the number of
            cores.
        progress: is called with the number of samples that are done, after each.

    Returns:
        What `measure` gave, a value for each sample.

    Raises:
        ValueError: if `samples` is below 2, a layer has no connection, or there is no such null.

    >>> ring = LayerTopology([0, 2, 4, 6], [0, 1, 1, 2, 0, 2], n_inputs=3, n_outputs=3)
    >>> map_null(lambda layer: layer.n_connections, ring, 3, rng=np.random.default_rng(0))
    [6, 6, 6]
    """
    draw, found = _draw_of(wiring, samples, null, rng), []
    for one in map_on_cores(lambda own: measure(draw(own)), rng.spawn(samples)):
        found.append(one)
        if progress is not None:
            progress(len(found))
    return found


def _draw_of(
    wiring: _Wiring, samples: int, null: Null, rng: np.random.Generator
) -> Callable[[np.random.Generator], _Wiring]:
    network: LayerTopology | TopologySnapshot = wiring
    layers = (network,) if isinstance(network, LayerTopology) else network.layers
    names = ("the layer",) if isinstance(network, LayerTopology) else map(repr, network.names)
    for layer, name in zip(layers, names, strict=True):
        check_null(layer, samples, name)
    draws = [_draw_of_layer(layer, null, rng) for layer in layers]

    def draw(own: np.random.Generator) -> Any:
        drawn = tuple(one(layer, own) for one, layer in zip(draws, layers, strict=True))
        return drawn[0] if isinstance(network, LayerTopology) else replace(network, layers=drawn)

    return draw


def _draw_of_layer(
    layer: LayerTopology, null: Null, rng: np.random.Generator
) -> Callable[[LayerTopology, np.random.Generator], LayerTopology]:
    if null == "degrees":
        return partial(curveball, rounds=rounds_to_forget(layer, rng))
    if null == "density":
        return erdos_renyi
    raise ValueError(f"null is {null!r}; it must be one of {', '.join(NULLS)}")
