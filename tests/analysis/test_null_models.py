from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import chi2, chisquare

from analysis import erdos_renyi, random_degree_distribution, shuffle_sources
from topology import LayerTopology


def _layer(degrees: list[int], n_inputs: int) -> LayerTopology:
    """Every neuron takes the first inputs."""
    indices = [column for degree in degrees for column in range(degree)]
    return LayerTopology(np.cumsum([0, *degrees]), indices, n_inputs, len(degrees))


def _rows(layer: LayerTopology) -> list[tuple[int, ...]]:
    return [tuple(row) for row in np.split(layer.indices.tolist(), layer.indptr[1:-1])]


class TestByHand:
    def test_rows_without_choice_stay(self):
        layer = _layer([0, 4, 0, 4], 4)
        assert shuffle_sources(layer, np.random.default_rng(0)) == layer

    def test_weights_are_dropped_and_the_layer_is_left_alone(self):
        layer = LayerTopology([0, 2], [0, 1], 5, 1, weights=[1.0, 2.0])
        digest = layer.digest
        assert shuffle_sources(layer, np.random.default_rng(0)).weights is None
        assert layer.digest == digest

    def test_same_seed_same_wiring(self):
        layer = _layer([5] * 20, 30)
        one, same, other = (shuffle_sources(layer, np.random.default_rng(s)) for s in (1, 1, 2))
        assert one == same
        assert one != other


@pytest.mark.parametrize("n_inputs", [1, 2, 3, 8, 101])
@pytest.mark.parametrize("seed", range(6))
def test_in_degrees_are_kept(n_inputs, seed):
    rng = np.random.default_rng(seed)
    degrees = rng.integers(0, n_inputs + 1, size=40).tolist()
    shuffled = shuffle_sources(_layer(degrees, n_inputs), rng)
    assert (shuffled.n_inputs, shuffled.n_outputs) == (n_inputs, 40)
    assert shuffled.in_degrees.tolist() == degrees


# Half full, sparse, nearly full (which draws what is left out), and a single choice.
@pytest.mark.parametrize(
    ("degree", "n_inputs"), [(3, 6), (2, 6), (3, 7), (4, 6), (5, 6), (4, 5), (1, 4), (2, 3), (4, 7)]
)
def test_every_set_of_inputs_is_equally_likely(degree, n_inputs):
    n_rows = 30_000
    shuffled = shuffle_sources(_layer([degree] * n_rows, n_inputs), np.random.default_rng(11))
    counts = Counter(_rows(shuffled))
    sets = list(combinations(range(n_inputs), degree))
    assert set(counts) == set(sets)
    assert chisquare([counts[s] for s in sets]).pvalue > 1e-3


def test_neurons_of_mixed_degrees_draw_independently():
    # Neuron 0 takes one of three inputs, neuron 1 two of three: nine equally likely layers.
    layer, rng = _layer([1, 2], 3), np.random.default_rng(5)
    counts = Counter(tuple(_rows(shuffle_sources(layer, rng))) for _ in range(3000))
    assert len(counts) == 9
    assert chisquare(list(counts.values())).pvalue > 1e-3


@pytest.mark.parametrize("degree", [3, 12, 20, 28])
def test_pairs_of_inputs_occur_as_often_as_with_plain_draws(degree):
    n_inputs, n_rows = 30, 4000
    rng = np.random.default_rng(3)
    shuffled = shuffle_sources(_layer([degree] * n_rows, n_inputs), rng)
    plain = [rng.choice(n_inputs, degree, replace=False) for _ in range(n_rows)]
    pairs = []
    for rows in (_rows(shuffled), plain):
        takes = np.zeros((n_rows, n_inputs))
        for place, row in enumerate(rows):
            takes[place, row] = 1
        pairs.append((takes.T @ takes)[np.triu_indices(n_inputs, 1)])
    # Differences of two binomial counts, standardised; their squares sum to about their number,
    # correlated among the pairs, hence the wide band.
    share = degree * (degree - 1) / (n_inputs * (n_inputs - 1))
    squares = (pairs[0] - pairs[1]) ** 2 / (2 * n_rows * share * (1 - share))
    assert 0.5 < squares.mean() < 2
    inputs = np.bincount(shuffled.indices, minlength=n_inputs)
    expected = n_rows * degree / n_inputs
    statistic = ((inputs - expected) ** 2).sum() / (expected * (1 - degree / n_inputs))
    # Each neuron's degree is fixed, so that 29 of the 30 counts are free.
    assert chi2.sf(statistic * (n_inputs - 1) / n_inputs, n_inputs - 1) > 1e-3


class TestErdosRenyi:
    @pytest.mark.parametrize("count", [1, 3, 5])
    def test_every_wiring_is_equally_likely(self, count):
        layer = LayerTopology(
            [0, min(count, 3), count], [*range(min(count, 3)), *range(count - 3)], 3, 2
        )
        rng = np.random.default_rng(count)
        found = Counter(str(_rows(erdos_renyi(layer, rng))) for _ in range(6000))
        assert len(found) == len(list(combinations(range(6), count)))
        assert 1e-4 < chisquare(list(found.values())).pvalue < 1 - 1e-4

    def test_degrees_are_those_of_random_wiring(self):
        layer, rng = _layer([6] * 300, 200), np.random.default_rng(3)
        drawn = np.concatenate([erdos_renyi(layer, rng).in_degrees for _ in range(40)])
        expected = random_degree_distribution(200, 300, 1800, "in")
        assert drawn.mean() == pytest.approx(expected.mean)
        assert drawn.var() == pytest.approx(expected.variance, rel=0.05)

    def test_none_and_all(self):
        empty, full = LayerTopology([0, 0], [], 4, 1), LayerTopology.full(3, 2)
        assert erdos_renyi(empty, np.random.default_rng(0)) == empty
        assert erdos_renyi(full, np.random.default_rng(0)) == full
