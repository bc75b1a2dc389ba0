"""What two layers share, counted one connection at a time."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from analysis import nnstd
from app.matched_layer import MatchedLayer
from app.matched_panel import neuron_rows
from topology import LayerTopology, TopologySnapshot


def layer(rng: np.random.Generator, n_inputs: int, n_outputs: int) -> LayerTopology:
    rows = [np.flatnonzero(rng.random(n_inputs) < 0.3) for _ in range(n_outputs)]
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    return LayerTopology(indptr, np.concatenate(rows), n_inputs=n_inputs, n_outputs=n_outputs)


def inputs_of(one: LayerTopology, neuron: int) -> set[int]:
    return set(one.indices[one.indptr[neuron] : one.indptr[neuron + 1]].tolist())


def network(seed: int, *widths: int) -> TopologySnapshot:
    rng = np.random.default_rng(seed)
    pairs = itertools.pairwise(widths)
    return TopologySnapshot(tuple(layer(rng, *pair) for pair in pairs))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("widths", [(9, 7, 8), (9, 7, 5), (9, 4, 8)])
def test_shared_connections_are_those_of_partners(seed: int, widths: tuple[int, ...]) -> None:
    a, b = network(seed, 9, 7, 8), network(seed + 100, *widths)
    found = nnstd(a, b)
    inputs: NDArray[np.int64] = np.arange(9)
    for index, (one, other) in enumerate(zip(a.layers, b.layers, strict=True)):
        outputs = found.matching[index]
        matched = MatchedLayer.of(one, other, None if index == 0 else inputs, outputs)
        shared = [
            sum(
                int(inputs[source]) in inputs_of(other, int(partner))
                for source in inputs_of(one, k)
            )
            if partner >= 0
            else 0
            for k, partner in enumerate(outputs)
        ]
        assert matched.shared_inputs.tolist() == shared
        assert matched.shared == sum(shared)
        assert matched.only_a == one.n_connections - sum(shared)
        assert matched.only_b == other.n_connections - sum(shared)
        cost = [row["Distance"] for row in neuron_rows(a, b, matched, index)]
        assert len(cost) == one.n_outputs
        total = sum(map(float, cost)) + max(0, other.n_outputs - one.n_outputs)
        expected = found.per_layer[index] * max(one.n_outputs, other.n_outputs)
        assert total == pytest.approx(expected, abs=1e-3)
        inputs = outputs


def test_partners_stand_at_the_same_place() -> None:
    a = network(1, 9, 7, 8)
    order = np.random.default_rng(3).permutation(7)
    first, second = a.layers
    rows = [sorted(inputs_of(first, neuron)) for neuron in order]
    renamed = LayerTopology(
        np.concatenate([[0], np.cumsum([len(row) for row in rows])]),
        np.concatenate(rows),
        n_inputs=9,
        n_outputs=7,
    )
    partners = np.argsort(order)  # neuron i of a is neuron partners[i] of the other
    found = MatchedLayer.of(first, renamed, None, partners)
    assert (found.only_a, found.only_b) == (0, 0)
    assert found.ranks_a[0].tolist() == found.ranks_b[0][partners].tolist()
    assert found.ranks_a[1].tolist() == found.ranks_b[1].tolist()
    assert second.n_inputs == 7


def test_who_has_no_partner_stands_last() -> None:
    a, b = network(1, 9, 4), network(2, 9, 6)
    partners = np.array([5, 0, 3, 1])
    found = MatchedLayer.of(a.layers[0], b.layers[0], None, partners)
    assert sorted(found.ranks_b[0].tolist()) == list(range(6))
    assert sorted(found.ranks_b[0][[2, 4]].tolist()) == [4, 5]
    back = MatchedLayer.of(b.layers[0], a.layers[0], None, np.array([1, 3, -1, 2, -1, 0]))
    assert (back.shared, back.only_a, back.only_b) == (found.shared, found.only_b, found.only_a)
    assert neuron_rows(b, a, back, 0)[0].keys() >= {"Neuron of A", "Inputs in A", "Distance"}
