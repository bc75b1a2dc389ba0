"""Colours: made of surroundings alone, the same in two networks, all different as inputs."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from analysis.colours import Colouring, Wires, are_alike, numbered, of_pairs, refine_together
from analysis.structural_matching import _as_inputs
from topology import LayerTopology


def colouring(*matrices: list[list[int]] | np.ndarray) -> Colouring:
    """Of layers whose matrices have a row for each neuron and a column for each input."""
    layers = [LayerTopology.from_scipy(sp.csr_array(np.array(one, float))) for one in matrices]
    return Colouring([Wires.of(layer) for layer in layers], numbered(layers[0].n_inputs))


def test_neurons_are_told_apart_by_inputs_and_by_what_they_feed():
    # Neurons 0 and 1 have the same input but feed others; 2 and 3 have and feed the same.
    inputs = [[1, 0], [1, 0], [0, 1], [0, 1]]
    targets = [[1, 0, 0, 0], [0, 0, 1, 1], [0, 1, 1, 1]]
    found, same = colouring(inputs, targets), colouring(inputs, targets)
    refine_together(found, same)
    first = found.layers[0].tolist()
    assert first[2] == first[3]
    assert len(set(first)) == 3
    assert len(set(found.layers[1].tolist())) == 3


def test_the_order_of_neurons_does_not_show():
    rng = np.random.default_rng(0)
    first, second = rng.random((30, 20)) < 0.1, rng.random((15, 30)) < 0.1
    order = rng.permutation(30)
    a, b = colouring(first, second), colouring(first[order], second[:, order])
    refine_together(a, b)
    assert (b.layers[0] == a.layers[0][order]).all()
    assert (b.layers[1] == a.layers[1]).all()
    assert are_alike(a, b)
    b.choose(0)
    assert not are_alike(a, b)


def test_a_single_connection_elsewhere_shows():
    a, b = colouring([[1, 1, 0], [0, 0, 1]]), colouring([[1, 0, 1], [0, 1, 0]])
    refine_together(a, b)
    assert not set(a.layers[0].tolist()) & set(b.layers[0].tolist())


def test_pairs_have_colours_of_their_own_whichever_comes_first():
    a, b = numbered(6)[[0, 1, 1, 2, 2, 2]], numbered(6)[[3, 3, 3, 4, 4, 5]]
    assert len(set(of_pairs(a, b).tolist())) == 6
    assert sorted(of_pairs(a, b).tolist()) == sorted(of_pairs(b, a).tolist())


@pytest.mark.parametrize("matching", [[0, 1], [1, 2], [2, 1], [2, 0]])
def test_whoever_is_alone_has_a_colour_of_its_own(matching):
    same = numbered(1)
    a, b = _as_inputs(np.array(matching), np.repeat(same, 2), np.repeat(same, 3))
    assert len(set(b.tolist())) == 3
    assert b[matching].tolist() == a.tolist()
    alone = ({0, 1, 2} - set(matching)).pop()
    assert b[alone] not in a
