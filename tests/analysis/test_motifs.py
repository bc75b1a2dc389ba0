"""Cycles and clustering: by hand, by brute force, by networkx, and against the null."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import pytest

from analysis import compare_with_null, layer_motifs, motif_evidence
from analysis.overlaps import overlaps
from topology import LayerTopology


def random_layer(seed: int) -> LayerTopology:
    rng = np.random.default_rng(seed)
    matrix = rng.random(rng.integers(1, 12, 2)) < rng.uniform(0.1, 0.8)
    rows, columns = np.nonzero(matrix)
    starts = np.searchsorted(rows, np.arange(len(matrix) + 1))
    return LayerTopology(starts, columns, matrix.shape[1], len(matrix))


def graph_of(layer: LayerTopology) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(("in", i) for i in range(layer.n_inputs))
    graph.add_nodes_from(("out", o) for o in range(layer.n_outputs))
    rows = np.repeat(np.arange(layer.n_outputs), layer.in_degrees).tolist()
    graph.add_edges_from(
        (("in", i), ("out", o)) for o, i in zip(rows, layer.indices.tolist(), strict=True)
    )
    return graph


class TestByHand:
    def test_a_full_layer(self):
        motifs = layer_motifs(LayerTopology.full(4, 3))
        assert motifs.four_cycles == 6 * 3  # pairs of inputs times pairs of outputs
        assert motifs.three_paths == 12 * 3 * 2
        assert (motifs.robins_alexander, motifs.latapy) == (1, 1)

    def test_no_connections(self):
        motifs = layer_motifs(LayerTopology([0, 0, 0], [], 2, 2))
        assert (motifs.four_cycles, motifs.three_paths) == (0, 0)
        assert (motifs.robins_alexander, motifs.latapy) == (0, 0)

    def test_one_neuron_has_no_cycle(self):
        assert layer_motifs(LayerTopology([0, 3], [0, 1, 2], 3, 1)).four_cycles == 0


@pytest.mark.parametrize("seed", range(30))
def test_cycles_by_brute_force(seed):
    layer = random_layer(seed)
    rows = [
        set(layer.indices[a:b].tolist())
        for a, b in zip(layer.indptr[:-1], layer.indptr[1:], strict=True)
    ]
    shared = [len(one & other) for one, other in combinations(rows, 2)]
    assert layer_motifs(layer).four_cycles == sum(n * (n - 1) // 2 for n in shared)


@pytest.mark.parametrize("seed", range(30))
def test_clustering_as_networkx_has_it(seed):
    layer = random_layer(seed)
    graph, motifs = graph_of(layer), layer_motifs(layer)
    assert motifs.robins_alexander == pytest.approx(
        nx.bipartite.robins_alexander_clustering(graph), abs=1e-12
    )
    outputs = [("out", o) for o in range(layer.n_outputs)]
    theirs = nx.bipartite.latapy_clustering(graph, outputs, mode="dot")
    assert motifs.latapy == pytest.approx(np.mean(list(theirs.values())), abs=1e-12)


class TestNull:
    def test_random_wiring_is_no_surprise(self):
        rng, scores = np.random.default_rng(0), []
        for _ in range(40):
            places = np.sort(rng.choice(60 * 50, 400, replace=False))
            layer = LayerTopology(np.searchsorted(places, np.arange(51) * 60), places % 60, 60, 50)
            scores.append(motif_evidence(layer, samples=60, rng=rng).four_cycles.z)
        assert abs(np.mean(scores)) < 4 / np.sqrt(40)
        assert 0.6 < np.std(scores) < 1.5

    def test_planted_cycles_are_found(self):
        rng = np.random.default_rng(1)
        places = np.sort(rng.choice(100 * 100, 500, replace=False))
        places = np.union1d(places, [100 * o + i for o in range(12) for i in range(12)])
        layer = LayerTopology(np.searchsorted(places, np.arange(101) * 100), places % 100, 100, 100)
        evidence = motif_evidence(layer, samples=50, rng=rng)
        assert evidence.four_cycles.z > 5
        assert evidence.four_cycles.value > evidence.four_cycles.high
        assert evidence.four_cycles.p_value == pytest.approx(2 / 51)

    def test_results_do_not_depend_on_cores(self, on_cores):
        one, three = on_cores(
            lambda: motif_evidence(random_layer(3), samples=9, rng=np.random.default_rng(0))
        )
        assert one == three

    def test_the_authors_networks(self, authors_network):
        # SCIENCE.md: z near 0 at epoch 0; at epoch 190 z = 13 in layer 2 and 7 in layer 3.
        for epoch, expected in (("000", (0, 0, 0)), ("190", (None, 13, 7))):
            for layer, z in zip(authors_network("w0", epoch).layers, expected, strict=False):
                if z is not None:
                    found = motif_evidence(layer, samples=200, rng=np.random.default_rng(0))
                    assert found.four_cycles.z == pytest.approx(z, abs=3)

    def test_refusals(self):
        layer = LayerTopology([0, 1], [0], 1, 1)
        with pytest.raises(ValueError, match="samples is 1; it must be at least 2"):
            motif_evidence(layer, samples=1, rng=np.random.default_rng(0))
        with pytest.raises(ValueError, match="no connections"):
            motif_evidence(LayerTopology([0, 0], [], 1, 1), samples=2, rng=np.random.default_rng(0))


class TestComparison:
    def test_by_hand(self):
        found = compare_with_null(4, [1, 2, 3, 4, 5])
        assert (found.mean, found.n) == (3, 5)
        assert found.z == pytest.approx(1 / np.sqrt(2.5))
        assert found.p_value == 1.0  # 2 × (1 + 2) / 6
        assert (found.low, found.high) == pytest.approx((1.1, 4.9))

    def test_a_null_of_one_value(self):
        assert compare_with_null(2, [2, 2]).z == 0
        assert compare_with_null(3, [2, 2]).z == np.inf
        assert compare_with_null(1, [2, 2]).z == -np.inf

    def test_rounding_is_no_difference(self):
        # 0.1 + 0.2 is not 0.3 in binary; the mean of many is neither.
        found = compare_with_null(0.1 + 0.2, [0.3] * 9 + [0.1 + 0.2] * 2)
        assert (found.z, found.std, found.p_value) == (0, 0, 1)
        assert compare_with_null(0.1 + 0.2, [0.3, 0.3, 0.4]).p_value == 1
        assert compare_with_null(0.3 + 1e-9, [0.3] * 9).z == np.inf


def test_parts_of_a_large_layer_are_summed_up(monkeypatch):
    layer = random_layer(5)
    whole = overlaps(layer)
    monkeypatch.setattr("analysis.overlaps._CONNECTIONS_OF_A_PART", 7)
    assert overlaps(layer) == pytest.approx(whole)
    monkeypatch.setattr("analysis.overlaps._MOST_PARTS", 1000)  # more than rows
    assert overlaps(layer) == pytest.approx(whole)
