"""Every measure of wirings that hardly are any: a defined answer or a clear error, never NaN."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest

from analysis import (
    NoTailError,
    active_neurons,
    communities,
    curveball,
    degree_correlations,
    degree_distribution,
    distances,
    erdos_renyi,
    fit_power_law,
    flow,
    hub_stability,
    layer_motifs,
    layer_structure,
    mixing,
    motif_evidence,
    network_evidence,
    neural_persistence,
    nnstd,
    path_evidence,
    random_degree_distribution,
    scale_free_evidence,
    shuffle_sources,
    structure_evidence,
)
from topology import LayerTopology, TopologySnapshot


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def layer(rows: list[list[int]], n_inputs: int) -> LayerTopology:
    starts = np.cumsum([0, *map(len, rows)])
    indices = [column for row in rows for column in row]
    return LayerTopology(starts, indices, n_inputs, len(rows), np.ones(len(indices)))


LAYERS = {
    "no connections": layer([[], [], []], 4),
    "one neuron, alone": layer([[]], 1),
    "one neuron, one connection": layer([[0]], 1),
    "one connection of many": layer([[], [2], []], 4),
    "one neuron, many inputs": layer([[0, 1, 2, 3]], 4),
    "one input, many neurons": layer([[0], [0], [], [0]], 1),
    "all degrees equal": layer([[0, 1], [1, 2], [2, 3], [0, 3]], 4),
    "full": layer([[0, 1, 2]] * 4, 3),
    "few in the tail": layer([[0], [0, 1], [0, 1, 2], [0, 1, 2, 3], [0]], 5),
}
MEASURES = {
    "degrees": lambda one: degree_distribution(one.in_degrees),
    "random degrees": lambda one: random_degree_distribution(
        one.n_inputs, one.n_outputs, one.n_connections, "in"
    ),
    "power law": lambda one: fit_power_law(one.in_degrees, bootstrap=10),
    "scale-free": lambda one: scale_free_evidence(one.in_degrees, bootstrap=10),
    "motifs": layer_motifs,
    "motifs beside the null": lambda one: motif_evidence(one, 3, rng=rng()),
    "structure": layer_structure,
    "structure beside the null": lambda one: structure_evidence(one, 3, rng=rng()),
    "communities": lambda one: communities(one, rng=rng()),
    "persistence": neural_persistence,
    "hubs": lambda one: hub_stability(one, one, "in"),
    "mixing": lambda one: mixing(one, rng(), 2),
    "flow": lambda one: flow(TopologySnapshot((one,))),
    "distances": lambda one: distances(TopologySnapshot((one,))),
    "active": lambda one: active_neurons(TopologySnapshot((one,))),
    "paths beside the null": lambda one: path_evidence(TopologySnapshot((one,)), 3, rng=rng()),
    "correlations": lambda one: degree_correlations(TopologySnapshot((one,)), rng=rng()),
    "all": lambda one: network_evidence(TopologySnapshot((one,)), 3, bootstrap=10, rng=rng()),
    "nnstd": lambda one: nnstd(TopologySnapshot((one,)), TopologySnapshot((one,))),
}


def numbers_in(value: Any):
    """All numbers of a record, whatever it is made of."""
    if is_dataclass(value):
        for field in fields(value):
            yield from numbers_in(getattr(value, field.name))
    elif isinstance(value, np.ndarray):
        yield from value.ravel().tolist()
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from numbers_in(item)
    elif isinstance(value, (int, float)):
        yield value


@pytest.mark.parametrize("which", LAYERS)
@pytest.mark.parametrize("name", MEASURES)
def test_an_answer_or_a_clear_error(which, name):
    try:
        found = MEASURES[name](LAYERS[which])
    except NoTailError as error:
        clear = "a power law needs" in str(error)
    except ValueError as error:
        clear = "no connections" in str(error)
    else:
        clear = not [number for number in numbers_in(found) if math.isnan(number)]
    assert clear


@pytest.mark.parametrize("which", LAYERS)
@pytest.mark.parametrize("draw", [curveball, erdos_renyi, shuffle_sources])
def test_random_wirings_are_drawn_of_any(which, draw):
    drawn = draw(LAYERS[which], rng())
    assert drawn.n_connections == LAYERS[which].n_connections
    assert (drawn.n_inputs, drawn.n_outputs) == (LAYERS[which].n_inputs, LAYERS[which].n_outputs)


@pytest.mark.parametrize("name", ["no connections", "one neuron, alone"])
def test_without_connections_there_is_no_null(name):
    for measure in ("motifs beside the null", "structure beside the null", "all"):
        with pytest.raises(ValueError, match="no connections"):
            MEASURES[measure](LAYERS[name])
