"""Correlation of in- and out-degrees: beside SciPy's, and against its null."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import pearsonr, spearmanr

from analysis import degree_correlations
from topology import LayerTopology, TopologySnapshot


def layer_of(matrix: np.ndarray) -> LayerTopology:
    return LayerTopology.from_scipy(csr_array(matrix))


def random_network(seed: int, widths: tuple[int, ...] = (20, 60, 60, 10)) -> TopologySnapshot:
    rng = np.random.default_rng(seed)
    layers = [
        layer_of(rng.random((n_outputs, n_inputs)) < 0.2)
        for n_inputs, n_outputs in pairwise(widths)
    ]
    return TopologySnapshot(tuple(layers))


@pytest.mark.parametrize("seed", range(5))
def test_values_are_those_of_scipy(seed):
    network = random_network(seed)
    found = degree_correlations(network, samples=10, rng=np.random.default_rng(seed))
    assert len(found) == 2
    for k, one in enumerate(found):
        degrees = network.layers[k].in_degrees, network.layers[k + 1].out_degrees
        assert one.pearson.value == pytest.approx(pearsonr(*degrees).statistic)
        assert one.spearman.value == pytest.approx(spearmanr(*degrees).statistic)


def test_p_values_of_random_wiring_are_uniform():
    rng = np.random.default_rng(0)
    p_values = [
        one.spearman.p_value
        for seed in range(60)
        for one in degree_correlations(random_network(seed), samples=200, rng=rng)
    ]
    # Of 120 uniform numbers, 12 below a tenth on average, with deviation 3.3.
    assert 3 <= sum(p < 0.1 for p in p_values) <= 24
    assert 0.4 < np.mean(p_values) < 0.6


def test_hubs_on_both_sides_are_seen():
    rng = np.random.default_rng(1)
    popularity = rng.uniform(0.02, 0.5, 80)
    first = layer_of(rng.random((80, 50)) < popularity[:, None])
    second = layer_of(rng.random((40, 80)) < popularity[None, :])
    (found,) = degree_correlations(TopologySnapshot((first, second)), rng=rng)
    for one in (found.pearson, found.spearman):
        assert one.value > 0.8
        assert one.z > 5
        assert one.p_value < 0.01


def test_the_null_of_pearson_has_the_textbook_s_spread():
    network = random_network(0)
    (found, _) = degree_correlations(network, samples=4000, rng=np.random.default_rng(0))
    # Under permutations the variance of r is exactly 1 / (n - 1).
    assert found.pearson.mean == pytest.approx(0, abs=4 / np.sqrt(59 * 4000))
    assert found.pearson.std == pytest.approx(1 / np.sqrt(59), rel=0.05)


def test_permutations_with_equal_sums_are_ties():
    # In-degrees 1, 1, 1, 2 and out-degrees 2, 1, 1, 1: three of four orders are like this one.
    first = layer_of(np.array([[1, 0], [1, 0], [1, 0], [1, 1]]))
    second = layer_of(np.array([[1, 1, 1, 1], [1, 0, 0, 0]]))
    network = TopologySnapshot((first, second))
    (found,) = degree_correlations(network, rng=np.random.default_rng(0))
    assert found.pearson.value == pytest.approx(-1 / 3)
    assert found.pearson.p_value == found.spearman.p_value == 1


class TestDegenerate:
    def test_equal_degrees_have_none(self):
        full = TopologySnapshot((LayerTopology.full(3, 4), LayerTopology.full(4, 2)))
        assert degree_correlations(full, rng=np.random.default_rng(0)) == (None,)

    def test_one_layer_has_no_hidden_neurons(self):
        alone = TopologySnapshot((LayerTopology.full(3, 4),))
        assert degree_correlations(alone, rng=np.random.default_rng(0)) == ()

    def test_refusals(self):
        network = random_network(0)
        with pytest.raises(ValueError, match="samples is 1; it must be at least 2"):
            degree_correlations(network, samples=1, rng=np.random.default_rng(0))
        gap = TopologySnapshot((LayerTopology.full(3, 4), LayerTopology.full(5, 2)))
        with pytest.raises(ValueError, match="only a chain"):
            degree_correlations(gap, rng=np.random.default_rng(0))
