from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from set_engine.data import samples
from set_engine.data.samples import DatasetError, Labelled, check_finite


class TestBlocks:
    @given(
        n=st.integers(1, 40),
        columns=st.integers(1, 9),
        block=st.integers(1, 50),
        dtype=st.sampled_from(["u1", "i4", "f4", "f8"]),
        picked=st.booleans(),
    )
    def test_together_they_are_the_samples(self, n, columns, block, dtype, picked):
        rng = np.random.default_rng(n)
        x = rng.integers(0, 200, (50, columns)).astype(dtype)
        rows = rng.permutation(50)[:n] if picked else None
        part = Labelled(x if picked else x[:n], np.zeros(n), rows)
        expected = x[rows] if picked else x[:n]
        found = np.full((n, columns), np.nan)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(samples, "_BLOCK_VALUES", block)
            for where, values in part.blocks():
                assert values.dtype == np.float64
                assert values.size <= max(block, columns)
                found[where] = values
                values += 1  # Blocks are copies: this must not reach the samples.
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(x[rows] if picked else part.x, expected)


class TestFinite:
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e39])
    @pytest.mark.parametrize(("row", "column"), [(0, 0), (6, 2), (9, 3)])
    def test_a_bad_value_is_named_with_its_place(self, value, row, column, monkeypatch):
        monkeypatch.setattr(samples, "_BLOCK_VALUES", 12)
        x = np.zeros((10, 4))
        x[row, column] = value
        x[9, 3] = value
        with pytest.raises(DatasetError) as caught:
            check_finite(x, lambda row, column: f"r{row}c{column}")
        assert str(caught.value) == (
            f"r{row}c{column} is {value}; it must be a finite number of at most 3.4e+38 in size"
        )

    def test_infinity_of_half_precision(self):
        with pytest.raises(DatasetError, match="here is inf"):
            check_finite(np.array([[1, np.inf]], np.float16), lambda *_: "here")

    @pytest.mark.parametrize("dtype", ["u1", "i8", "f2", "f4", "f8", "?"])
    def test_ordinary_numbers_pass(self, dtype):
        places = []
        check_finite(np.ones((3, 2), dtype), lambda *place: places.append(place) or "")
        check_finite(np.full((1, 1), np.finfo(np.float32).max, np.float64), lambda *_: "")
        assert places == []
