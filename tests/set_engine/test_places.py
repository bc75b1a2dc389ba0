from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from set_engine.places import draw_absent, places_of, wiring_of


@st.composite
def _places(draw):
    n_inputs, n_outputs = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    chosen = draw(st.sets(st.integers(0, n_inputs * n_outputs - 1)))
    return np.array(sorted(chosen), np.int64), n_inputs, n_outputs


class TestPlacesAndWirings:
    def test_worked_by_hand(self):
        # Rows of 4: places 1 and 3 are in row 0, 4 in row 1, 11 in row 2.
        indptr, indices = wiring_of(np.array([1, 3, 4, 11]), n_inputs=4, n_outputs=3)
        assert indptr.tolist() == [0, 2, 3, 4]
        assert indices.tolist() == [1, 3, 0, 3]
        assert (indptr.dtype, indices.dtype) == (np.int64, np.int32)
        assert places_of(indptr, indices, 4).tolist() == [1, 3, 4, 11]

    @given(_places())
    def test_are_inverse(self, case):
        places, n_inputs, n_outputs = case
        indptr, indices = wiring_of(places, n_inputs, n_outputs)
        assert len(indptr) == n_outputs + 1
        assert places_of(indptr, indices, n_inputs).tolist() == places.tolist()

    @given(_places())
    def test_against_a_matrix(self, case):
        places, n_inputs, n_outputs = case
        matrix = np.zeros(n_outputs * n_inputs, bool)
        matrix[places] = True
        rows, columns = np.nonzero(matrix.reshape(n_outputs, n_inputs))
        indptr, indices = wiring_of(places, n_inputs, n_outputs)
        assert np.repeat(np.arange(n_outputs), np.diff(indptr)).tolist() == rows.tolist()
        assert indices.tolist() == columns.tolist()

    def test_places_beyond_32_bits(self):
        n = 1_000_000
        places = np.array([0, n * n // 2 + 7, n * n - 1])
        indptr, indices = wiring_of(places, n, n)
        assert places_of(indptr, indices, n).tolist() == places.tolist()


class TestDrawAbsent:
    @given(_places(), st.data())
    def test_draws_from_the_complement(self, case, data):
        places, n_inputs, n_outputs = case
        n_places = n_inputs * n_outputs
        absent = set(range(n_places)) - set(places.tolist())
        count = data.draw(st.integers(0, len(absent)))
        seed = data.draw(st.integers(0, 2**32))
        drawn = draw_absent(places, n_places, count, np.random.default_rng(seed))
        assert len(drawn) == count
        assert (np.diff(drawn) > 0).all()
        assert set(drawn.tolist()) <= absent

    @given(_places())
    def test_all_the_absent_are_the_complement(self, case):
        places, n_inputs, n_outputs = case
        absent = sorted(set(range(n_inputs * n_outputs)) - set(places.tolist()))
        drawn = draw_absent(places, n_inputs * n_outputs, len(absent), np.random.default_rng(0))
        assert drawn.tolist() == absent

    @pytest.mark.parametrize("free", [0, 1, 499, 998, 999])
    def test_all_but_one_full(self, free):
        places = np.delete(np.arange(1000), free)
        assert draw_absent(places, 1000, 1, np.random.default_rng(0)).tolist() == [free]

    def test_a_full_layer_gives_nothing(self):
        assert draw_absent(np.arange(7), 7, 0, np.random.default_rng(0)).tolist() == []

    @pytest.mark.parametrize(("n_taken", "count"), [(7, 1), (5, 3), (0, 8)])
    def test_refuses_more_than_are_free(self, n_taken, count):
        message = f"{count} connections do not fit; {7 - n_taken} places are free"
        with pytest.raises(ValueError, match=message):
            draw_absent(np.arange(n_taken), 7, count, np.random.default_rng(0))

    def test_every_set_is_equally_likely(self):
        taken = np.array([0, 3, 4, 8])
        sets = dict.fromkeys(combinations([1, 2, 5, 6, 7], 2), 0)
        rng = np.random.default_rng(0)
        for _ in range(20_000):
            sets[tuple(draw_absent(taken, 9, 2, rng).tolist())] += 1
        counts = np.array(list(sets.values()))
        statistic = ((counts - 2000) ** 2 / 2000).sum()
        assert 1e-4 < chi2.sf(statistic, len(sets) - 1) < 1 - 1e-4

    def test_leaves_what_it_is_given(self):
        places = np.array([0, 2])
        draw_absent(places, 9, 3, np.random.default_rng(0))
        assert places.tolist() == [0, 2]
