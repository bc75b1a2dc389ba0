"""Large structure and persistence, by hand and beside networkx and SciPy."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree

from analysis import layer_structure, neural_persistence, structure_evidence
from topology import LayerTopology


def matrix_of(seed: int, shape: tuple[int, int] | None = None) -> np.ndarray:
    rng = np.random.default_rng(seed)
    shape = shape or tuple(rng.integers(2, 14, 2))
    return rng.random(shape) < rng.uniform(0.15, 0.7)


def layer_of(matrix: np.ndarray, weights: np.ndarray | None = None) -> LayerTopology:
    rows, columns = np.nonzero(matrix)
    starts = np.searchsorted(rows, np.arange(len(matrix) + 1))
    values = None if weights is None else weights[rows, columns]
    return LayerTopology(starts, columns, matrix.shape[1], len(matrix), values)


@pytest.mark.parametrize("seed", range(25))
class TestAgainstOthers:
    def test_core_numbers_are_those_of_networkx(self, seed):
        matrix = matrix_of(seed)
        graph = nx.bipartite.from_biadjacency_matrix(csr_array(matrix.astype(int)))
        numbers = list(nx.core_number(graph).values())
        found = layer_structure(layer_of(matrix))
        assert found.core.tolist() == np.bincount(numbers).tolist()
        assert found.degeneracy == max(numbers)

    def test_nestedness_is_that_of_plain_loops(self, seed):
        matrix = matrix_of(seed)
        rows = [set(np.flatnonzero(row).tolist()) for row in matrix]
        total = sum(
            len(one & other) / len(one)
            for one in rows
            for other in rows
            if 0 < len(one) < len(other)
        )
        pairs = len(rows) * (len(rows) - 1) / 2
        assert layer_structure(layer_of(matrix)).nestedness == pytest.approx(total / pairs)

    @pytest.mark.parametrize("shape", [(30, 25), (60, 90), (150, 70)])
    def test_the_gap_is_that_of_all_singular_values(self, seed, shape):
        matrix = matrix_of(seed, shape)
        graph = nx.bipartite.from_biadjacency_matrix(csr_array(matrix.astype(int)))
        parts = [part for part in nx.connected_components(graph) if len(part) > 1]
        nodes = np.array(sorted(max(parts, key=len)))
        matrix = matrix[nodes[nodes < shape[0]]][:, nodes[nodes >= shape[0]] - shape[0]]
        scaled = matrix / np.sqrt(np.outer(matrix.sum(axis=1), matrix.sum(axis=0)))
        second = np.linalg.svd(scaled, compute_uv=False)[1]
        found = layer_structure(layer_of(matrix_of(seed, shape)))
        assert found.parts == len(parts)
        assert found.spectral_gap == pytest.approx(1 - second, abs=1e-6)

    def test_persistence_is_that_of_a_spanning_tree_of_all_pairs(self, seed):
        matrix = matrix_of(seed)
        n_outputs, n_inputs = matrix.shape
        weights = np.random.default_rng(seed).normal(size=matrix.shape) * matrix
        layer = layer_of(matrix, weights)
        strengths = np.abs(weights.astype(np.float32)) / np.abs(weights).max()
        # The costs of all pairs, none of them 0, which would be no edge; those absent cost most.
        costs = np.zeros((n_outputs + n_inputs,) * 2)
        costs[:n_outputs, n_outputs:] = 2 - strengths
        tree = minimum_spanning_tree(costs).data - 1
        expected = np.sqrt((tree**2).sum() / (n_outputs + n_inputs - 1))
        assert neural_persistence(layer) == pytest.approx(expected, rel=1e-5)


class TestByHand:
    def test_parts_are_counted_and_the_largest_has_the_gap(self):
        blocks = np.kron(np.eye(2), np.ones((3, 3)))
        path = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]])
        matrix = np.block([[blocks, np.zeros((6, 5))], [np.zeros((5, 6)), np.pad(path, (0, 1))]])
        found = layer_structure(layer_of(matrix.astype(bool)))
        assert found.parts == 3
        degrees = np.sqrt(np.outer([1, 2, 2, 2], [2, 2, 2, 1]))
        second = np.linalg.svd(path / degrees, compute_uv=False)[1]
        assert found.spectral_gap == pytest.approx(1 - second)

    def test_a_full_layer(self):
        found = layer_structure(LayerTopology.full(4, 3))
        assert (found.nestedness, found.spectral_gap) == (0, 1)
        assert found.core.tolist() == [0, 0, 0, 7]

    def test_no_connections(self):
        found = layer_structure(LayerTopology([0, 0, 0], [], 2, 2))
        assert (found.nestedness, found.core.tolist()) == (0, [4])
        assert (found.parts, found.spectral_gap, found.modularity) == (0, 0, 0)

    def test_one_connection_is_a_part_that_cannot_mix_better(self):
        found = layer_structure(LayerTopology([0, 1, 1], [0], 3, 2))
        assert (found.parts, found.spectral_gap, found.nestedness) == (1, 1, 0)

    def test_persistence_without_strength(self):
        with pytest.raises(ValueError, match="no weights"):
            neural_persistence(LayerTopology([0, 1], [0], 1, 1))
        assert neural_persistence(LayerTopology([0, 1], [0], 1, 1, weights=[0.0])) == 1
        assert neural_persistence(LayerTopology([0, 0], [], 1, 1, weights=[])) == 1
        assert neural_persistence(LayerTopology([0, 1], [0], 1, 1, weights=[-3.0])) == 0


class TestNull:
    def test_parts_that_degrees_do_not_explain(self):
        rng = np.random.default_rng(0)
        blocks = np.kron(np.eye(4), np.ones((15, 15))) * 0.4 + 0.02
        layer = layer_of(rng.random((60, 60)) < blocks)
        found = structure_evidence(layer, samples=40, rng=rng)
        assert found.spectral_gap.z < -5
        assert found.spectral_gap.value == found.structure.spectral_gap

    def test_random_wiring_is_no_surprise(self):
        rng = np.random.default_rng(1)
        scores = [
            structure_evidence(
                layer_of(rng.random((40, 50)) < 0.15), samples=30, rng=rng
            ).nestedness.z
            for _ in range(20)
        ]
        assert abs(np.mean(scores)) < 4 / np.sqrt(20)

    @pytest.mark.parametrize("n", [49, 120])
    def test_a_layer_like_all_of_its_null_is_no_surprise(self, n):
        # Pairs, or stars: every wiring with these degrees is this one with other numbers.
        pairs = LayerTopology(np.arange(n + 1), np.arange(n), n, n)
        stars = LayerTopology(np.arange(n + 1), np.repeat(np.arange(n), np.arange(n))[:n], n, n)
        for layer in (pairs, stars):
            found = structure_evidence(layer, 20, rng=np.random.default_rng(n))
            for name in ("parts", "nestedness", "spectral_gap", "degeneracy", "modularity"):
                assert getattr(found, name).z == 0, name
                assert getattr(found, name).p_value == 1, name

    def test_refusals(self):
        layer = LayerTopology([0, 1], [0], 1, 1)
        with pytest.raises(ValueError, match="samples is 0; it must be at least 2"):
            structure_evidence(layer, samples=0, rng=np.random.default_rng(0))
        with pytest.raises(ValueError, match="no connections"):
            structure_evidence(LayerTopology([0, 0], [], 1, 1), rng=np.random.default_rng(0))
