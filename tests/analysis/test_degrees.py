from __future__ import annotations

import pickle
from fractions import Fraction
from itertools import combinations
from math import comb

import numpy as np
import pytest

from analysis import degree_distribution, degrees_of, random_degree_distribution
from topology import LayerTopology


class TestDegreeDistribution:
    def test_worked_by_hand(self):
        # Degrees 0, 0, 2, 2, 6: mean 2, squared deviations 4 + 4 + 0 + 0 + 16 = 24.
        found = degree_distribution([2, 0, 6, 0, 2])
        assert found.values.tolist() == [0, 2, 6]
        assert found.counts.tolist() == [2, 2, 1]
        assert found.ccdf.tolist() == [1.0, 0.6, 0.2]
        assert (found.n, found.largest, found.n_zero) == (5, 6, 2)
        assert found.mean == 2.0
        assert found.variance == pytest.approx(24 / 5, rel=1e-14)
        assert found.variance_to_mean == pytest.approx(24 / 10, rel=1e-14)
        # Pairs differ by 2 (four times), 6 (twice) and 4 (twice): 28 unordered, 56 ordered;
        # divided by 2 n² mean = 100.
        assert found.gini == pytest.approx(0.56, rel=1e-14)

    @pytest.mark.parametrize("degree", [0, 1, 7])
    def test_equal_degrees_have_no_spread(self, degree):
        found = degree_distribution([degree] * 4)
        assert (found.variance, found.variance_to_mean, found.gini) == (0.0, 0.0, 0.0)
        assert found.n_zero == (4 if degree == 0 else 0)

    @pytest.mark.parametrize("seed", range(8))
    @pytest.mark.parametrize("n", [1, 2, 17, 260])
    def test_against_plain_loops(self, n, seed):
        degrees = np.random.default_rng(seed).negative_binomial(1, 0.1, n)
        found = degree_distribution(degrees)
        for value, count, share in zip(found.values, found.counts, found.ccdf, strict=True):
            assert count == sum(k == value for k in degrees)
            assert share == pytest.approx(sum(k >= value for k in degrees) / n, rel=1e-14)
        mean = sum(map(int, degrees)) / n
        assert found.mean == pytest.approx(mean, rel=1e-14)
        assert found.variance == pytest.approx(sum((k - mean) ** 2 for k in degrees) / n, rel=1e-12)
        differences = sum(abs(int(i) - int(j)) for i in degrees for j in degrees)
        gini = differences / (2 * n * n * mean) if mean else 0.0
        assert found.gini == pytest.approx(gini, rel=1e-12, abs=1e-15)
        top = sorted(map(int, degrees))[-max(1, round(n / 100)) :]
        total = int(degrees.sum())
        assert found.top_share == pytest.approx(sum(top) / total if total else 0, rel=1e-14)

    @pytest.mark.parametrize("repeat", [2, 5])
    def test_repeating_every_neuron_changes_counts_only(self, repeat):
        once = degree_distribution([0, 1, 1, 3, 9])
        more = degree_distribution([0, 1, 1, 3, 9] * repeat)
        assert more.counts.tolist() == (once.counts * repeat).tolist()
        assert more.ccdf.tolist() == once.ccdf.tolist()
        assert more.variance_to_mean == pytest.approx(once.variance_to_mean, rel=1e-14)
        assert more.gini == pytest.approx(once.gini, rel=1e-14)

    def test_whole_floats_and_unsigned_integers_are_degrees(self):
        assert degree_distribution([1.0, 2.0]) == degree_distribution(np.array([1, 2], np.uint8))

    @pytest.mark.parametrize(
        ("degrees", "message"),
        [
            ([], "degrees are empty"),
            ([[1, 2]], r"shape \(1, 2\)"),
            (3, r"shape \(\)"),
            ([1, -2, 3], r"degrees hold -2 at place 1; they must lie in \[0, "),
            ([1, 2.5], r"degrees hold 2\.5 at place 1; they must be whole"),
            ([1, float("nan")], "degrees hold nan at place 1"),
            ([0, 10**15 + 1], r"degrees hold 1000000000000001 at place 1; they must lie in \[0, 1"),
            ([float("inf")], r"degrees hold inf at place 0; they must lie in \[0, "),
            (np.array([2**63], np.uint64), "degrees hold 9223372036854775808"),
            (["many"], "dtype <U4"),
            ([True, False], "dtype bool"),
        ],
    )
    def test_refuses_what_is_no_degree(self, degrees, message):
        with pytest.raises(ValueError, match=message):
            degree_distribution(degrees)

    def test_is_read_only_also_after_a_journey(self):
        found = degree_distribution([1, 2, 2])
        copy = pickle.loads(pickle.dumps(found))
        assert copy == found
        assert copy != degree_distribution([1, 2])
        for record in (found, copy):
            with pytest.raises(ValueError, match="read-only"):
                record.counts[0] = 5

    def test_authors_network(self, authors_network):
        start = degree_distribution(authors_network("w0", "000").layers[0].in_degrees)
        end = degree_distribution(authors_network("w0", "190").layers[0].in_degrees)
        assert start.variance_to_mean == pytest.approx(1.1, abs=0.05)
        assert end.variance_to_mean == pytest.approx(4.3, abs=0.05)
        assert end.largest == 30


class TestDegreesOf:
    layer = LayerTopology([0, 2, 2, 3], [0, 1, 1], n_inputs=2, n_outputs=3)

    def test_sides(self):
        assert degrees_of(self.layer, "in").tolist() == [2, 0, 1]
        assert degrees_of(self.layer, "out").tolist() == [1, 2]

    def test_refuses_another_side(self):
        with pytest.raises(ValueError, match="side is 'both'; it must be one of 'in', 'out'"):
            degrees_of(self.layer, "both")


def _wirings(n_inputs: int, n_outputs: int, n_connections: int):
    places = [(i, o) for i in range(n_inputs) for o in range(n_outputs)]
    return list(combinations(places, n_connections))


class TestRandomDegreeDistribution:
    def test_worked_by_hand(self):
        # Two of the four places of a 2 x 2 layer: 6 wirings; neuron 0 has both in 1, one in 4.
        found = random_degree_distribution(2, 2, 2, "in")
        assert found.values.tolist() == [0, 1, 2]
        assert found.pmf == pytest.approx([1 / 6, 4 / 6, 1 / 6], rel=1e-14)
        assert found.ccdf == pytest.approx([1, 5 / 6, 1 / 6], rel=1e-14)
        assert (found.n, found.mean) == (2, 1.0)
        assert found.variance == pytest.approx(1 / 3, rel=1e-14)
        assert found.variance_to_mean == pytest.approx(1 / 3, rel=1e-14)

    @pytest.mark.parametrize("n_connections", range(7))
    @pytest.mark.parametrize(("side", "end", "n"), [("in", 1, 3), ("out", 0, 2)])
    def test_against_all_wirings_of_a_layer(self, n_connections, side, end, n):
        wirings = _wirings(2, 3, n_connections)
        degrees = [sum(place[end] == 0 for place in wiring) for wiring in wirings]
        expected = degree_distribution(degrees)
        found = random_degree_distribution(2, 3, n_connections, side)
        assert found.n == n
        assert found.values.tolist() == expected.values.tolist()
        assert found.pmf == pytest.approx(expected.counts / len(wirings), rel=1e-13)
        assert found.ccdf == pytest.approx(expected.ccdf, rel=1e-13)
        for name in ("mean", "variance", "variance_to_mean"):
            assert getattr(found, name) == pytest.approx(getattr(expected, name), abs=1e-14)

    @pytest.mark.parametrize("n_connections", [1, 300, 4_433, 300_000, 614_655])
    def test_against_exact_fractions(self, n_connections):
        n_inputs = n_outputs = 784
        places = n_inputs * n_outputs
        found = random_degree_distribution(n_inputs, n_outputs, n_connections, "in")
        # Counted from the other side: which of the neuron's places are among those taken.
        ways = comb(places, n_inputs)
        for k, probability in zip(found.values.tolist()[::7], found.pmf[::7], strict=True):
            rest = comb(places - n_connections, n_inputs - k)
            exact = Fraction(comb(n_connections, k) * rest, ways)
            assert probability == pytest.approx(float(exact), rel=1e-9)

    @pytest.mark.parametrize(
        "shape", [(1, 1), (1, 9), (40, 7), (784, 1000), (1_000_000, 1_000_000)]
    )
    @pytest.mark.parametrize("share", [0, 1e-6, 0.01, 0.5, 0.99, 1])
    @pytest.mark.parametrize("side", ["in", "out"])
    def test_moments_and_mass(self, shape, share, side):
        n_connections = round(shape[0] * shape[1] * share)
        found = random_degree_distribution(*shape, n_connections, side)
        own, n = shape if side == "in" else shape[::-1]
        assert found.n == n
        assert found.mean == pytest.approx(n_connections / n, rel=1e-15)
        assert 0 <= found.values[0] <= found.values[-1] <= min(own, n_connections)
        assert found.pmf.sum() == pytest.approx(1, abs=1e-12)
        assert found.pmf @ found.values == pytest.approx(found.mean, rel=1e-9)
        spread = found.pmf @ (found.values - found.mean) ** 2
        assert spread == pytest.approx(found.variance, rel=1e-7, abs=1e-9)
        assert found.ccdf[0] == pytest.approx(1, abs=1e-12)
        assert (np.diff(found.ccdf) < 0).all()

    def test_sides_swap_with_the_shape(self):
        assert random_degree_distribution(5, 8, 11, "in") == random_degree_distribution(
            8, 5, 11, "out"
        )

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((0, 3, 0, "in"), "n_inputs is 0"),
            ((3, -1, 0, "in"), "n_outputs is -1"),
            ((2, 3, 7, "in"), r"n_connections is 7; it must lie in \[0, 6\]"),
            ((2, 3, -1, "in"), r"n_connections is -1; it must lie in \[0, 6\]"),
            ((2, 3, 1, "up"), "side is 'up'"),
        ],
    )
    def test_refuses(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            random_degree_distribution(*arguments)
