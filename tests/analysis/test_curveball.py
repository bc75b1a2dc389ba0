"""Trades keep every degree, and forget all else."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest
from scipy.stats import chi2, chisquare

from analysis import curveball, mixing, rounds_to_forget
from analysis.streams import below, new_streams, uniform
from topology import LayerTopology


def layer_of(matrix: np.ndarray) -> LayerTopology:
    rows, columns = np.nonzero(matrix)
    starts = np.searchsorted(rows, np.arange(len(matrix) + 1))
    return LayerTopology(starts, columns, matrix.shape[1], len(matrix))


def with_hubs(rng: np.random.Generator) -> LayerTopology:
    weights = 1 / np.arange(1, 301)
    return layer_of(rng.random((300, 300)) < np.minimum(0.9, 4 * np.outer(weights, weights**0.5)))


def matrix_of(layer: LayerTopology) -> np.ndarray:
    return layer.to_scipy().toarray().astype(int)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("density", [0.05, 0.4, 0.9])
def test_every_degree_of_both_sides_is_kept(seed, density):
    rng = np.random.default_rng(seed)
    shape = rng.integers(1, 30, 2)
    layer = layer_of(rng.random(shape) < density)
    shuffled = curveball(layer, rng, rounds=5)
    assert (shuffled.n_inputs, shuffled.n_outputs) == (layer.n_inputs, layer.n_outputs)
    assert shuffled.in_degrees.tolist() == layer.in_degrees.tolist()
    assert shuffled.out_degrees.tolist() == layer.out_degrees.tolist()


@pytest.mark.parametrize(
    ("rows", "columns"), [((1, 1, 1), (1, 1, 1)), ((2, 1, 1), (2, 1, 1)), ((2, 2, 1), (1, 2, 2))]
)
def test_all_wirings_with_these_degrees_come_out_equally_often(rows, columns):
    every = [np.reshape(bits, (3, 3)) for bits in product((0, 1), repeat=9)]
    allowed = [m for m in every if tuple(m.sum(axis=1)) == rows and tuple(m.sum(axis=0)) == columns]
    assert len(allowed) >= 5
    rng = np.random.default_rng(0)
    found = Counter(
        matrix_of(curveball(layer_of(allowed[0]), rng, rounds=12)).tobytes() for _ in range(6000)
    )
    assert set(found) == {m.astype(int).tobytes() for m in allowed}
    assert 1e-4 < chisquare(list(found.values())).pvalue < 1 - 1e-4


def test_weights_are_dropped_and_the_layer_is_left_alone():
    layer = LayerTopology([0, 1, 2], [0, 1], 2, 2, weights=[1.0, 2.0])
    digest = layer.digest
    assert curveball(layer, np.random.default_rng(0), rounds=9).weights is None
    assert layer.digest == digest


def test_same_seed_same_wiring():
    layer = layer_of(np.random.default_rng(0).random((30, 40)) < 0.2)
    one, same, other = (curveball(layer, np.random.default_rng(s)) for s in (1, 1, 2))
    assert one == same
    assert one != other


class TestMixing:
    def test_it_falls_to_what_random_wirings_have_in_common(self):
        layer = layer_of(np.random.default_rng(0).random((200, 200)) < 0.1)
        left = mixing(layer, np.random.default_rng(1), rounds=60)
        assert left[0] == 1
        assert left[1] > 0.4  # a pair keeps half of what only one of them has
        # A place of neurons with degrees d and k is taken with probability d k / n_connections.
        squares = (layer.in_degrees**2).sum() * (layer.out_degrees**2).sum()
        assert left[30:].mean() == pytest.approx(squares / layer.n_connections**3, abs=0.01)

    @pytest.mark.parametrize("seed", range(3))
    def test_hubs_take_longer(self, seed):
        rng = np.random.default_rng(seed)
        even = layer_of(rng.random((300, 300)) < 0.05)
        assert rounds_to_forget(even, rng) <= 64
        assert rounds_to_forget(with_hubs(rng), rng) > rounds_to_forget(even, rng)

    def test_after_so_many_rounds_nothing_more_is_forgotten(self):
        rng = np.random.default_rng(5)
        layer = with_hubs(rng)
        enough = rounds_to_forget(layer, rng)
        left = np.mean([mixing(layer, rng, rounds=2 * enough) for _ in range(20)], axis=0)
        by_chance = left[3 * enough // 2 :].mean()
        assert (left[enough] - by_chance) / (1 - by_chance) < 0.03

    def test_a_layer_without_connections(self):
        empty = LayerTopology([0, 0], [], 3, 1)
        assert rounds_to_forget(empty, np.random.default_rng(0)) == 0
        assert curveball(empty, np.random.default_rng(0)) == empty
        with pytest.raises(ValueError, match="no connections"):
            mixing(empty, np.random.default_rng(0), rounds=1)

    def test_rounds_are_not_negative(self):
        layer = LayerTopology([0, 1], [0], 1, 1)
        with pytest.raises(ValueError, match="rounds is -1; it must be at least 0"):
            curveball(layer, np.random.default_rng(0), rounds=-1)


class TestStreams:
    def test_numbers_are_uniform_and_streams_independent(self):
        streams = new_streams(200, np.random.default_rng(0))
        drawn = np.array([[uniform(stream) for _ in range(500)] for stream in streams])
        counts, _ = np.histogram(drawn, 50, (0, 1))
        assert 1e-4 < chisquare(counts).pvalue < 1 - 1e-4
        lagged = np.corrcoef(drawn.ravel()[:-1], drawn.ravel()[1:])[0, 1]
        across = np.corrcoef(drawn)[np.triu_indices(200, 1)]
        assert abs(lagged) < 4 / np.sqrt(drawn.size)
        score = (across**2).sum() * 500
        assert 1e-4 < chi2.sf(score, len(across)) < 1 - 1e-4

    def test_against_the_published_generator(self):
        # The first numbers of splitmix64 with the seed 1234567, from its reference code.
        stream = np.array([1234567], np.uint64)
        expected = [6457827717110365317, 3203168211198807973, 9817491932198370423]
        assert [uniform(stream) for _ in expected] == [(bits >> 11) / 2**53 for bits in expected]

    def test_whole_numbers_stay_below(self):
        stream = new_streams(1, np.random.default_rng(1))[0]
        assert {below(stream, 3) for _ in range(200)} == {0, 1, 2}
