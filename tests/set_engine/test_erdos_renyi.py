from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import chi2

from set_engine.erdos_renyi import connection_probability, erdos_renyi, is_overfilled
from set_engine.places import places_of


class TestProbability:
    def test_worked_by_hand(self):
        # 3 (30 + 40) / (30 · 40) = 210 / 1200.
        assert connection_probability(30, 40, 3) == pytest.approx(0.175, rel=1e-15)

    @pytest.mark.parametrize(
        ("epsilon", "overfilled"), [(4.999, False), (5, False), (5.001, True), (1e9, True)]
    )
    def test_the_boundary_of_a_full_layer(self, epsilon, overfilled):
        # 10 · 10 = 5 (10 + 10).
        assert is_overfilled(10, 10, epsilon) == overfilled
        assert (connection_probability(10, 10, epsilon) == 1) == (epsilon >= 5)

    @pytest.mark.parametrize("epsilon", [5, 20, 1e9])
    def test_a_layer_at_or_beyond_it_is_full(self, epsilon):
        indptr, indices = erdos_renyi(10, 10, epsilon, np.random.default_rng(0))
        assert indptr.tolist() == list(range(0, 101, 10))
        assert indices.tolist() == list(range(10)) * 10


class TestErdosRenyi:
    @pytest.mark.parametrize(
        ("n_inputs", "n_outputs", "epsilon"), [(30, 40, 3), (40, 30, 15), (1, 200, 0.3)]
    )
    def test_the_count_is_binomial(self, n_inputs, n_outputs, epsilon):
        n, p = n_inputs * n_outputs, connection_probability(n_inputs, n_outputs, epsilon)
        mean, variance = n * p, n * p * (1 - p)
        rng, repeats = np.random.default_rng(0), 2000
        counts = np.array(
            [len(erdos_renyi(n_inputs, n_outputs, epsilon, rng)[1]) for _ in range(repeats)]
        )
        assert abs(counts.mean() - mean) < 5 * math.sqrt(variance / repeats)
        # The fourth moment of a binomial is at most 3 variance² + variance.
        spread = math.sqrt((2 * variance**2 + variance) / repeats)
        assert abs(counts.var(ddof=1) - variance) < 5 * spread

    def test_every_place_is_equally_likely(self):
        rng, repeats, n = np.random.default_rng(0), 3000, 20
        p = connection_probability(4, 5, 1)
        counts = np.zeros(n)
        for _ in range(repeats):
            counts[places_of(*erdos_renyi(4, 5, 1, rng), 4)] += 1
        # Independent binomials: their standardised squares add up to chi-square.
        statistic = ((counts - repeats * p) ** 2).sum() / (repeats * p * (1 - p))
        assert 1e-4 < chi2.sf(statistic, n) < 1 - 1e-4

    def test_places_are_independent_of_each_other(self):
        rng, repeats = np.random.default_rng(0), 3000
        p = connection_probability(4, 5, 1)
        both = sum(
            {0, 13} <= set(places_of(*erdos_renyi(4, 5, 1, rng), 4).tolist())
            for _ in range(repeats)
        )
        assert abs(both - repeats * p**2) < 5 * math.sqrt(repeats * p**2 * (1 - p**2))

    @pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (50, 30)])
    @pytest.mark.parametrize("epsilon", [1e-9, 0.5, 100])
    def test_is_a_wiring(self, shape, epsilon):
        indptr, indices = erdos_renyi(*shape, epsilon, np.random.default_rng(0))
        assert (indptr.dtype, indices.dtype) == (np.int64, np.int32)
        assert (len(indptr), indptr[0], indptr[-1]) == (shape[1] + 1, 0, len(indices))
        places = places_of(indptr, indices, shape[0])
        assert (np.diff(places) > 0).all()
        assert ((indices >= 0) & (indices < shape[0])).all()

    def test_equal_seeds_give_equal_wirings(self):
        one, same, other = (
            erdos_renyi(30, 40, 3, np.random.default_rng(seed))[1].tolist() for seed in (0, 0, 1)
        )
        assert one == same
        assert one != other
