from __future__ import annotations

import importlib
from fractions import Fraction
from itertools import pairwise, permutations, product

import numpy as np
import pytest
import scipy.sparse as sp

from analysis import TIES, IncomparableError, nnstd, nnstd_null, shuffle_sources
from topology import LayerTopology, TopologySnapshot

# Authors' code on authors' networks, to eight decimals; the dense output layer is left out.
REFERENCE = [
    ("w0", "w5", "010", (0.40298622, 0.41230514, 0.40104374)),
    ("w0", "w1", "000", (0.29023697, 0.24305993, 0.19480435)),
    ("w0", "w1", "010", (0.35509096, 0.34267892, 0.31829119)),
    ("w0", "w1", "050", (0.40336079, 0.41175767, 0.38191096)),
    ("w0", "w1", "190", (0.47144527, 0.50408791, 0.45890301)),
    ("w3", "w5", "050", (0.42310709, 0.41631887, 0.39193021)),
]


def _layer(rows: list[set[int]], n_inputs: int) -> LayerTopology:
    indptr = np.cumsum([0, *map(len, rows)])
    return LayerTopology(indptr, [c for row in rows for c in sorted(row)], n_inputs, len(rows))


def _sets(layer: LayerTopology) -> list[set[int]]:
    return [set(row.tolist()) for row in np.split(layer.indices, layer.indptr[1:-1])]


def _network(rng: np.random.Generator, widths: list[int], density: float) -> TopologySnapshot:
    matrices = [rng.random((n, m)) < density for m, n in pairwise(widths)]
    matrices[0][0, 0] = True  # never empty
    return TopologySnapshot(
        tuple(LayerTopology.from_scipy(sp.csr_array(matrix.astype(float))) for matrix in matrices)
    )


def _relabelled(network: TopologySnapshot, rng: np.random.Generator) -> TopologySnapshot:
    """The same network with the neurons of every hidden layer in another order."""
    layers, names = [], np.arange(network.n_inputs)
    for layer in network.layers:
        order = rng.permutation(layer.n_outputs)
        layers.append(LayerTopology.from_scipy(layer.to_scipy()[order][:, names]))
        names = order
    return TopologySnapshot(tuple(layers))


def _only_first(network: TopologySnapshot) -> TopologySnapshot:
    return TopologySnapshot(network.layers[:1])


def _cheapest(a, b, k: int, names: list[int]) -> tuple[Fraction, tuple[int, ...]]:
    """The least cost of layer k over all permutations, and one that has it."""
    ours, theirs = _sets(a.layers[k]), [{names.index(c) for c in row} for row in _sets(b.layers[k])]
    return min(
        (sum(_jaccard(ours[i], theirs[j]) for i, j in enumerate(order)), order)
        for order in permutations(range(len(theirs)))
    )


def _jaccard(one: set[int], other: set[int]) -> Fraction:
    return Fraction(len(one ^ other), len(one | other)) if one | other else Fraction(0)


class TestByHand:
    def test_two_layers(self):
        # Costs of layer 1: {0,1}-{2}: 1, {0,1}-{0}: 1/2, {2}-{2}: 0, {2}-{0}: 1. So the neurons
        # cross over, at 1/2 for two neurons; and in layer 2 input 0 of b is input 1 of a.
        a = TopologySnapshot((_layer([{0, 1}, {2}], 3), _layer([{0}, {0}, {0, 1}], 2)))
        b = TopologySnapshot((_layer([{2}, {0}], 3), _layer([{0, 1}, {0}, {1}], 2)))
        found = nnstd(a, b)
        # b's second layer, renamed: {0,1}, {1}, {0}. One {0} finds its like; the rest costs 1 in
        # two ways: {0}-{1} and {0,1}-{0,1}, or {0}-{0,1} and {0,1}-{1}.
        assert found.per_layer == (0.25, 1 / 3)
        assert found.mean == pytest.approx((1 / 4 + 1 / 3) / 2, rel=1e-15)
        assert found.mean_sparse == found.mean
        assert found.matching[0].tolist() == [1, 0]
        assert found.ties == "reference"

    def test_the_renaming_is_not_its_own_inverse(self):
        # Three neurons in a cycle tell a permutation from its inverse, which two cannot.
        inputs = [{0}, {1}, {2}]
        a = TopologySnapshot((_layer(inputs, 3), _layer([{0}, {0, 1}, {1, 2}], 3)))
        b = TopologySnapshot((_layer([{2}, {0}, {1}], 3), _layer([{1}, {1, 2}, {2, 0}], 3)))
        found = nnstd(a, b)
        assert found.matching[0].tolist() == [1, 2, 0]
        assert found.per_layer == (0.0, 0.0)

    def test_empty_neurons_match_each_other_for_nothing(self):
        a = TopologySnapshot((_layer([set(), {0}], 2),))
        b = TopologySnapshot((_layer([{0}, set()], 2),))
        assert nnstd(a, b).per_layer == (0.0,)

    def test_neurons_that_share_nothing_are_at_distance_one(self):
        a = TopologySnapshot((_layer([{0}, {1}], 4),))
        b = TopologySnapshot((_layer([{2}, {3}], 4),))
        assert nnstd(a, b).mean == 1.0

    def test_full_layers_dilute_only_the_mean_over_all(self):
        full = _layer([{0, 1}, {0, 1}], 2)
        a = TopologySnapshot((_layer([{0}, set()], 2), full))
        b = TopologySnapshot((_layer([{1}, set()], 2), full))
        assert nnstd(a, b).per_layer == (0.5, 0.0)
        assert nnstd(a, b).mean == 0.25
        assert nnstd(a, b).mean_sparse == 0.5

    def test_a_layer_full_in_one_network_only_counts(self):
        a = TopologySnapshot((_layer([{0, 1}], 2),))
        b = TopologySnapshot((_layer([{0}], 2),))
        assert nnstd(a, b).mean_sparse == 0.5

    def test_networks_of_full_layers_only(self):
        full = TopologySnapshot((_layer([{0, 1}], 2),))
        assert nnstd(full, full).mean_sparse == 0.0


class TestAgainstPlainSets:
    @pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
    @pytest.mark.parametrize("density", [0.1, 0.4, 0.8])
    @pytest.mark.parametrize("seed", range(3))
    def test_no_permutation_is_cheaper(self, n, density, seed):
        rng = np.random.default_rng(seed)
        a, b = (_network(rng, [6, n, n, n], density) for _ in range(2))
        found = nnstd(a, b)
        names = list(range(6))
        for k, matching in enumerate(found.matching):
            ours = _sets(a.layers[k])
            theirs = [{names.index(c) for c in row} for row in _sets(b.layers[k])]
            cheapest = _cheapest(a, b, k, names)[0]
            taken = sum(_jaccard(ours[i], theirs[j]) for i, j in enumerate(matching.tolist()))
            assert taken == cheapest
            assert found.per_layer[k] == pytest.approx(float(cheapest) / n, abs=1e-14)
            names = matching.tolist()

    @pytest.mark.parametrize("density", [0.02, 0.3, 0.9, 1.0])
    def test_sparse_and_dense_products_agree(self, density, monkeypatch):
        module = importlib.import_module("analysis.shared_inputs")
        rng = np.random.default_rng(0)
        a, b = (_network(rng, [30, 25, 20], density) for _ in range(2))
        found = []
        for advantage in (0, 10**9):
            monkeypatch.setattr(module, "_DENSE_ADVANTAGE", advantage)
            found.append(nnstd(a, b))
        assert found[0] == found[1]


class TestInvariants:
    @pytest.mark.parametrize("density", [0.05, 0.3, 0.7])
    @pytest.mark.parametrize("seed", range(4))
    def test_bounds_order_and_symmetry(self, density, seed):
        rng = np.random.default_rng(seed)
        a, b = (_network(rng, [20, 15, 12, 10], density) for _ in range(2))
        found = nnstd(a, b)
        assert all(0 < distance <= 1 for distance in found.per_layer)
        assert found.mean == pytest.approx(sum(found.per_layer) / 3, rel=1e-14)
        assert found.per_layer[0] == pytest.approx(nnstd(b, a).per_layer[0], rel=1e-14)
        for matching, width in zip(found.matching, (15, 12, 10), strict=True):
            assert sorted(matching.tolist()) == list(range(width))
            assert matching.dtype == np.int64
            assert not matching.flags.writeable

    @pytest.mark.parametrize("seed", range(6))
    def test_a_network_is_at_zero_from_its_relabelled_copy_where_no_neurons_tie(self, seed):
        rng = np.random.default_rng(seed)
        network = _network(rng, [40, 25, 25, 8], 0.4)
        for layer in network.layers:
            assert len(set(map(frozenset, _sets(layer)))) == layer.n_outputs
        assert nnstd(network, _relabelled(network, rng)).per_layer == (0.0, 0.0, 0.0)

    def test_weights_do_not_matter(self):
        plain = LayerTopology([0, 1, 2], [0, 1], 2, 2)
        weighted = LayerTopology([0, 1, 2], [0, 1], 2, 2, weights=[-0.5, 0.0])
        assert nnstd(TopologySnapshot((plain,)), TopologySnapshot((weighted,))).mean == 0.0


class TestReference:
    @pytest.mark.parametrize(("one", "other", "epoch", "expected"), REFERENCE)
    def test_authors_values(self, authors_network, one, other, epoch, expected):
        found = nnstd(authors_network(one, epoch), authors_network(other, epoch))
        assert found.per_layer[:3] == pytest.approx(expected, abs=1e-8, rel=0)
        assert found.per_layer[3] == 0.0
        assert found.mean_sparse == pytest.approx(sum(expected) / 3, abs=1e-8, rel=0)
        assert found.mean == pytest.approx(sum(expected) / 4, abs=1e-8, rel=0)

    def test_null_of_the_authors_networks(self, authors_network):
        a, b = authors_network("w0", "000"), authors_network("w1", "000")
        null = nnstd_null(a, b, samples=3, rng=np.random.default_rng(0))
        assert {round(distance, 2) for distance in null.per_layer[:3].tolist()} <= {0.80, 0.81}
        assert null.per_layer[3] == 0.0
        assert null.mean_sparse == pytest.approx(null.per_layer[:3].mean(), rel=1e-14)


class TestAMetric:
    def test_on_the_first_layer_of_the_authors_networks(self, authors_network):
        names = [f"w{number}" for number in range(6)]
        first = {
            (one, other): nnstd(
                *(_only_first(authors_network(name, "050")) for name in (one, other))
            )
            for one, other in product(names, names)
        }
        distance = {pair: found.mean for pair, found in first.items()}
        for one, other in product(names, names):
            assert (distance[one, other] == 0) == (one == other)
            assert distance[one, other] == pytest.approx(distance[other, one], abs=1e-14)
            assert distance[one, other] <= 1
        for one, other, third in product(names, names, names):
            assert distance[one, third] <= distance[one, other] + distance[other, third] + 1e-12

    @pytest.mark.parametrize("seed", range(20))
    def test_on_the_first_layer_of_random_ones(self, seed):
        rng = np.random.default_rng(seed)
        a, b, c = (_network(rng, [7, 9], density) for density in rng.random(3))
        assert nnstd(a, c).mean <= nnstd(a, b).mean + nnstd(b, c).mean + 1e-12


class TestStructural:
    @pytest.mark.parametrize("epoch", ["000", "010", "050", "190"])
    @pytest.mark.parametrize("name", [f"w{number}" for number in range(6)])
    def test_a_relabelled_copy_of_the_authors_networks_is_at_zero(
        self, authors_network, name, epoch
    ):
        network = authors_network(name, epoch)
        copy = _relabelled(network, np.random.default_rng(int(epoch)))
        assert nnstd(network, copy, "structural").per_layer == (0.0, 0.0, 0.0, 0.0)

    @pytest.mark.parametrize("seed", range(30))
    def test_a_relabelled_copy_full_of_ties_is_at_zero(self, seed):
        # One or two inputs a neuron: most neurons have a twin, many of them feed others than it.
        rng = np.random.default_rng(seed)
        network = _network(rng, [8, 30, 30, 30], 0.05)
        found = nnstd(network, _relabelled(network, rng), "structural")
        assert found.per_layer == (0.0, 0.0, 0.0)

    def test_what_no_colour_tells_apart_is_chosen_one_by_one(self):
        # Six neurons without inputs in a ring of six that have two of them each: all of one colour,
        # and a copy is at 0 only if the choice of the first decides on its neighbours.
        ring = [{k, (k + 1) % 6} for k in range(6)]
        network = TopologySnapshot((_layer([set()] * 6, 2), _layer(ring, 6)))
        for seed in range(10):
            copy = _relabelled(network, np.random.default_rng(seed))
            assert nnstd(network, copy, "structural").per_layer == (0.0, 0.0)

    @pytest.mark.parametrize("cycles", [[6, 3, 3], [4, 8], [3] * 20])
    @pytest.mark.parametrize("inputs", [set(), {0}])
    def test_nor_by_colours_that_do_not_tell_orbits_apart(self, cycles, inputs):
        # Cycles of 3 and of 6 look alike from within: Weisfeiler-Leman gives all one colour.
        n, pairs, start = sum(cycles), [], 0
        for length in cycles:
            pairs += [{start + k, start + (k + 1) % length} for k in range(length)]
            start += length
        network = TopologySnapshot((_layer([inputs] * n, 2), _layer(pairs, n)))
        for seed in range(4):
            copy = _relabelled(network, np.random.default_rng(seed))
            assert nnstd(network, copy, "structural").per_layer == (0.0, 0.0)

    @pytest.mark.parametrize("seed", range(150))
    def test_no_order_shows_in_small_networks_of_any_widths(self, seed):
        rng = np.random.default_rng(seed)
        widths = rng.integers(1, 9, (2, rng.integers(2, 6)))
        widths[1, 0] = widths[0, 0]
        if seed % 2:
            widths[1] = widths[0]
        density = rng.choice([0.15, 0.3, 0.6])
        a, b = (_network(rng, one.tolist(), density) for one in widths)
        found = nnstd(a, b, "structural")
        assert nnstd(b, a, "structural").per_layer == found.per_layer
        relabelled = _relabelled(a, rng), _relabelled(b, rng)
        assert nnstd(*relabelled, "structural").per_layer == found.per_layer
        assert not any(nnstd(a, relabelled[0], "structural").per_layer)

    @pytest.mark.parametrize("density", [0.03, 0.1, 0.5])
    @pytest.mark.parametrize("seed", range(5))
    def test_the_order_of_neurons_and_of_networks_does_not_matter(self, seed, density):
        rng = np.random.default_rng(seed)
        a, b = (_network(rng, [20, 25, 25, 15], density) for _ in range(2))
        found = nnstd(a, b, "structural")
        for one, other in ((b, a), (_relabelled(a, rng), b), (a, _relabelled(b, rng))):
            again = nnstd(one, other, "structural")
            assert again.per_layer == found.per_layer
            assert again.spread == found.spread

    def test_nor_does_it_for_the_authors_networks(self, authors_network):
        a, b = authors_network("w3", "190"), authors_network("w5", "190")
        found, rng = nnstd(a, b, "structural"), np.random.default_rng(0)
        again = nnstd(_relabelled(b, rng), _relabelled(a, rng), "structural")
        assert again.per_layer == found.per_layer

    @pytest.mark.parametrize("n", [1, 3, 5])
    @pytest.mark.parametrize("density", [0.1, 0.4, 0.8])
    @pytest.mark.parametrize("seed", range(3))
    def test_no_permutation_is_cheaper(self, n, density, seed):
        rng = np.random.default_rng(seed)
        a, b = (_network(rng, [6, n, n, n], density) for _ in range(2))
        found, names = nnstd(a, b, "structural"), list(range(6))
        for k, matching in enumerate(found.matching):
            assert found.per_layer[k] == pytest.approx(_cheapest(a, b, k, names)[0] / n, abs=1e-14)
            names = matching.tolist()

    @pytest.mark.parametrize("pair", [("w0", "w5", "010"), ("w0", "w1", "190")])
    def test_the_first_layer_is_never_dearer(self, authors_network, pair):
        a, b = (authors_network(name, pair[2]) for name in pair[:2])
        found, reference = nnstd(a, b, "structural"), nnstd(a, b)
        assert found.per_layer[0] == pytest.approx(reference.per_layer[0], abs=1e-12)
        assert found.per_layer[1] != reference.per_layer[1]

    def test_the_spread_is_that_of_single_restarts(self, authors_network):
        a, b = authors_network("w0", "050"), authors_network("w1", "050")
        found = nnstd(a, b, "structural", restarts=3, seed=5)
        singles = [nnstd(a, b, "structural", restarts=n, seed=5) for n in (1, 2, 3)]
        assert found.spread[0] == 0
        assert found.spread[2] > 0
        assert singles[0].spread is None
        assert found.mean == singles[2].mean <= singles[1].mean <= singles[0].mean
        assert max(found.spread) >= max(singles[1].spread)


class TestAligned:
    @pytest.mark.parametrize("ties", TIES)
    @pytest.mark.parametrize("seed", range(6))
    def test_is_never_above_the_greedy_one(self, ties, seed):
        rng = np.random.default_rng(seed)
        widths = [[12, 10, 14, 8], [12, 10, 11, 9]][seed % 2]
        a, b = (_network(rng, one, 0.2) for one in ([12, 10, 14, 8], widths))
        assert nnstd(a, b, ties, aligned=True).mean <= nnstd(a, b, ties).mean + 1e-15

    def test_finds_what_layer_by_layer_misses(self):
        # Layer 1 is a tie but for a half; layer 2 is a copy with the two neurons swapped.
        a = TopologySnapshot((_layer([{0, 1}, {0, 1, 2}], 3), _layer([{0}, {0}, {0}], 2)))
        b = TopologySnapshot((_layer([{0, 1}, {0, 1, 2}], 3), _layer([{1}, {1}, {1}], 2)))
        assert nnstd(a, b).per_layer == (0.0, 1.0)
        found = nnstd(a, b, aligned=True)
        assert found.per_layer == pytest.approx((1 / 3, 0.0), abs=1e-15)
        assert found.matching[0].tolist() == [1, 0]

    @pytest.mark.parametrize("seed", range(4))
    def test_is_near_the_best_of_all_pairs_of_permutations(self, seed):
        rng = np.random.default_rng(seed)
        a, b = (_network(rng, [6, 4, 4], 0.4) for _ in range(2))
        best = min(
            sum(_jaccard(ours, theirs) for ours, theirs in zip(*sets, strict=True)) / 4
            + _cheapest(a, b, 1, list(order))[0] / 4
            for order in permutations(range(4))
            for sets in [(_sets(a.layers[0]), [_sets(b.layers[0])[j] for j in order])]
        )
        found = 2 * nnstd(a, b, "structural", aligned=True, restarts=8).mean
        assert found >= float(best) - 1e-12
        assert found <= float(best) + 0.1

    def test_a_network_is_at_zero_from_its_relabelled_copy(self):
        rng = np.random.default_rng(0)
        network = _network(rng, [10, 30, 30, 30], 0.05)
        found = nnstd(network, _relabelled(network, rng), "structural", aligned=True)
        assert found.per_layer == (0.0, 0.0, 0.0)

    def test_the_authors_networks_come_nearer(self, authors_network):
        a, b = authors_network("w0", "190"), authors_network("w1", "190")
        assert nnstd(a, b, aligned=True).mean_sparse < 0.85 * nnstd(a, b).mean_sparse


class TestOtherWidths:
    @pytest.mark.parametrize("ties", TIES)
    def test_by_hand(self, ties):
        # {0} and {1} find their like; {2, 3} is alone. Above, the inputs of b are named 0 and 1
        # and those of a 0, 1 and 2, so that {0, 2} and {0, 1} share one of three.
        a = TopologySnapshot((_layer([{0}, {2, 3}, {1}], 4), _layer([{0, 1}], 3)))
        b = TopologySnapshot((_layer([{1}, {0}], 4), _layer([{0, 1}], 2)))
        found = nnstd(a, b, ties)
        assert found.per_layer == pytest.approx((1 / 3, 2 / 3), abs=1e-15)
        assert found.unmatched == (1, 0)
        assert found.matching[0].tolist() == [1, -1, 0]
        other_way = nnstd(b, a, ties)
        assert other_way.per_layer == pytest.approx((1 / 3, 2 / 3), abs=1e-15)
        assert other_way.matching[0].tolist() == [2, 0]

    @pytest.mark.parametrize("ties", TIES)
    @pytest.mark.parametrize("aligned", [False, True])
    def test_neurons_without_inputs_that_are_over_cost_one(self, ties, aligned):
        a, b = (TopologySnapshot((_layer([{0}] + [set()] * n, 2),)) for n in (4, 1))
        assert nnstd(a, b, ties, aligned=aligned).per_layer == (0.6,)

    @pytest.mark.parametrize("aligned", [False, True])
    @pytest.mark.parametrize("ties", TIES)
    @pytest.mark.parametrize("seed", range(4))
    def test_bounds_and_matchings(self, seed, ties, aligned):
        rng = np.random.default_rng(seed)
        a, b = _network(rng, [9, 12, 7, 5], 0.3), _network(rng, [9, 8, 10, 5], 0.3)
        found = nnstd(a, b, ties, aligned=aligned)
        assert all(0 < distance <= 1 for distance in found.per_layer)
        assert found.unmatched == (4, 3, 0)
        for matching, n_a, n_b in zip(found.matching, (12, 7, 5), (8, 10, 5), strict=True):
            matched = matching[matching >= 0].tolist()
            assert len(matching) == n_a
            assert len(set(matched)) == len(matched) == min(n_a, n_b)


class TestNull:
    def test_single_connections_agree_by_chance_one_time_in_n(self):
        network = TopologySnapshot((_layer([{0}], 5),))
        null = nnstd_null(network, network, samples=1500, rng=np.random.default_rng(1))
        # 0 with probability 1/5, otherwise 1: standard error of the mean sqrt(0.16 / 1500).
        assert null.per_layer[0] == pytest.approx(0.8, abs=4 * (0.16 / 1500) ** 0.5)
        assert null.per_layer_std[0] == pytest.approx(0.4, abs=0.04)

    def test_records_what_its_samples_give(self):
        rng = np.random.default_rng(2)
        a, b = (_network(rng, [12, 9, 7], 0.3) for _ in range(2))
        null = nnstd_null(a, b, samples=4, rng=np.random.default_rng(3))
        assert null.distances.shape == (null.samples, 2) == (4, 2)
        assert len(set(null.distances[:, 0].tolist())) > 1
        columns = null.distances.T.tolist()
        for k, column in enumerate(columns):
            mean = sum(column) / 4
            spread = (sum((x - mean) ** 2 for x in column) / 3) ** 0.5
            assert null.per_layer[k] == pytest.approx(mean, rel=1e-14)
            assert null.per_layer_std[k] == pytest.approx(spread, rel=1e-12)
        assert null.mean == pytest.approx(sum(map(sum, columns)) / 8, rel=1e-14)

    def test_both_networks_are_shuffled(self):
        rng = np.random.default_rng(4)
        (child,) = np.random.default_rng(9).spawn(1)
        a, b = (_network(rng, [9, 6], 0.4) for _ in range(2))
        expected = [
            TopologySnapshot(tuple(shuffle_sources(layer, child) for layer in network.layers))
            for network in (a, b)
        ]
        null = nnstd_null(a, b, samples=2, rng=np.random.default_rng(9))
        assert null.distances[0].tolist() == list(nnstd(*expected).per_layer)

    def test_a_sample_does_not_depend_on_how_many_follow(self):
        rng = np.random.default_rng(6)
        a, b = (_network(rng, [9, 6], 0.4) for _ in range(2))
        few, many = (nnstd_null(a, b, n, rng=np.random.default_rng(0)) for n in (2, 5))
        assert many.distances[:2].tolist() == few.distances.tolist()
        assert few == nnstd_null(a, b, 2, rng=np.random.default_rng(0))

    def test_networks_without_freedom_are_their_own_null(self):
        full = TopologySnapshot((_layer([{0, 1}, {0, 1}], 2), _layer([set()], 2)))
        null = nnstd_null(full, full, rng=np.random.default_rng(0))
        assert null.samples == 10
        assert null.distances.tolist() == [[0.0, 0.0]] * 10
        assert null.per_layer_std.tolist() == [0.0, 0.0]

    @pytest.mark.parametrize("samples", [1, 0, -3])
    def test_refuses_too_few_samples(self, samples):
        network = TopologySnapshot((_layer([{0}], 2),))
        with pytest.raises(ValueError, match=f"samples is {samples}; it must be at least 2"):
            nnstd_null(network, network, samples, rng=np.random.default_rng(0))


class TestRefusals:
    def _of(self, *widths: int) -> TopologySnapshot:
        return _network(np.random.default_rng(0), list(widths), 0.5)

    @pytest.mark.parametrize(
        ("one", "other", "message"),
        [
            ((3, 2), (3, 2, 2), "the networks have 1 and 2 layers"),
            ((3, 2), (4, 2), "the networks have 3 and 4 inputs"),
        ],
    )
    def test_networks_of_other_shapes(self, one, other, message):
        with pytest.raises(IncomparableError, match=message):
            nnstd(self._of(*one), self._of(*other))
        with pytest.raises(IncomparableError, match=message):
            nnstd_null(self._of(*one), self._of(*other), rng=np.random.default_rng(0))

    def test_an_empty_network(self):
        empty, other = (TopologySnapshot((_layer([row], 2),)) for row in (set(), {0}))
        with pytest.raises(IncomparableError, match="the second network has no connections"):
            nnstd(other, empty)

    def test_unknown_ties(self):
        network = self._of(3, 2)
        with pytest.raises(ValueError, match="'best'; it must be one of 'reference', 'structural'"):
            nnstd(network, network, ties="best")

    @pytest.mark.parametrize(("name", "value", "least"), [("restarts", 0, 1), ("seed", -2, 0)])
    def test_numbers_out_of_range(self, name, value, least):
        network = self._of(3, 2)
        with pytest.raises(ValueError, match=f"{name} is {value}; it must be at least {least}"):
            nnstd(network, network, "structural", **{name: value})
