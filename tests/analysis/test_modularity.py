"""Communities: by hand, by trying every division, and by the definition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from analysis import communities
from topology import LayerTopology


def layer_of(matrix: np.ndarray) -> LayerTopology:
    return LayerTopology.from_scipy(csr_array(matrix))


def modularity_of(matrix: np.ndarray, inputs: np.ndarray, outputs: np.ndarray) -> float:
    """Barber's Q as the formula has it: the sum over all pairs of an output and an input."""
    total = matrix.sum()
    expected = np.outer(matrix.sum(axis=1), matrix.sum(axis=0)) / total
    same = outputs[:, None] == inputs[None, :]
    return float(((matrix - expected) * same).sum() / total)


def divisions(n: int):
    """All divisions of n things into groups, as restricted growth strings."""
    if n == 0:
        yield []
        return
    for rest in divisions(n - 1):
        for label in range(max(rest, default=-1) + 2):
            yield [*rest, label]


@pytest.mark.parametrize("seed", range(12))
def test_the_best_of_all_divisions(seed):
    rng = np.random.default_rng(seed)
    shape = [(3, 4), (4, 3), (2, 5), (4, 4)][seed % 4]
    matrix = rng.random(shape) < 0.5
    matrix[0, 0] = True
    best = max(
        modularity_of(matrix, np.array(labels[: shape[1]]), np.array(labels[shape[1] :]))
        for labels in divisions(sum(shape))
    )
    found = communities(layer_of(matrix), restarts=30, rng=rng)
    assert found.modularity == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_is_that_of_its_division(seed):
    rng = np.random.default_rng(seed)
    matrix = rng.random(rng.integers(2, 40, 2)) < rng.uniform(0.05, 0.6)
    matrix[0, 0] = True
    found = communities(layer_of(matrix), rng=rng)
    assert found.modularity == pytest.approx(
        max(0, modularity_of(matrix, found.inputs, found.outputs)), abs=1e-12
    )
    labels = {*found.inputs.tolist(), *found.outputs.tolist()}
    assert labels == set(range(found.count))


def test_finds_the_blocks_that_were_planted():
    rng = np.random.default_rng(0)
    blocks = np.kron(np.eye(4), np.ones((25, 30))) * 0.5 + 0.02
    found = communities(layer_of(rng.random(blocks.shape) < blocks), rng=rng)
    assert found.count == 4
    assert np.array_equal(np.repeat(np.unique(found.inputs), 30), np.sort(found.inputs))
    assert [len(set(found.inputs[k * 30 : (k + 1) * 30])) for k in range(4)] == [1] * 4
    for k in range(4):
        assert set(found.outputs[k * 25 : (k + 1) * 25]) == {found.inputs[k * 30]}


def test_no_single_move_is_better():
    rng = np.random.default_rng(3)
    matrix = rng.random((12, 15)) < 0.25
    found = communities(layer_of(matrix), rng=rng)
    for side in ("inputs", "outputs"):
        for neuron in range(len(getattr(found, side))):
            for label in range(found.count):
                sides = {"inputs": found.inputs.copy(), "outputs": found.outputs.copy()}
                sides[side][neuron] = label
                assert modularity_of(matrix, **sides) <= found.modularity + 1e-9


class TestDegenerate:
    def test_no_connections(self):
        found = communities(LayerTopology([0, 0, 0], [], 2, 2), rng=np.random.default_rng(0))
        assert (found.modularity, found.count) == (0, 4)

    def test_a_full_layer_has_no_more_than_by_chance(self):
        found = communities(LayerTopology.full(5, 4), rng=np.random.default_rng(0))
        assert found.modularity == 0

    def test_one_connection_neither(self):
        found = communities(LayerTopology([0, 1], [0], 1, 1), rng=np.random.default_rng(0))
        assert found.modularity == 0

    def test_refuses_no_restart(self):
        with pytest.raises(ValueError, match="restarts is 0; it must be at least 1"):
            communities(LayerTopology.full(2, 2), restarts=0, rng=np.random.default_rng(0))


def test_equal_seeds_give_equal_divisions_and_more_restarts_no_worse():
    matrix = np.random.default_rng(5).random((40, 40)) < 0.1
    layer = layer_of(matrix)
    one, same = (communities(layer, rng=np.random.default_rng(1)) for _ in range(2))
    assert one == same
    assert communities(layer, restarts=8, rng=np.random.default_rng(1)).modularity >= one.modularity
