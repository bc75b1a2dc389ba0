from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from set_engine.absent_gradients import largest_absent
from set_engine.places import places_of, wiring_of


def _brute_force(present, x, slopes, count):
    """Every place of the dense gradient, sorted by falling magnitude, then by place."""
    gradient = slopes.astype(np.float64) @ x.astype(np.float64).T
    absent = np.setdiff1d(np.arange(gradient.size), present)
    magnitudes = np.abs(gradient.ravel()[absent])
    ranked = sorted(zip((-magnitudes).tolist(), absent.tolist(), strict=True))
    return sorted(place for _, place in ranked[:count])


@st.composite
def _cases(draw):
    """Small layers whose gradients are small integers: exact in any order, and full of ties."""
    n_inputs, n_outputs, batch = (draw(st.integers(1, 8)) for _ in range(3))
    present = draw(st.sets(st.integers(0, n_inputs * n_outputs - 1)))
    present = np.array(sorted(present), np.int64)
    count = draw(st.integers(0, n_inputs * n_outputs - len(present)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    largest = draw(st.integers(0, 3))
    x = rng.integers(-largest, largest, (n_inputs, batch), endpoint=True).astype(np.float32)
    slopes = rng.integers(-largest, largest, (n_outputs, batch), endpoint=True).astype(np.float32)
    return present, x, slopes, count


def _found(present, x, slopes, count, **options):
    wiring = wiring_of(present, len(x), len(slopes))
    return largest_absent(*wiring, len(x), x, slopes, count, **options)


class TestByHand:
    # x has the columns (1, 2, -3) and (0, 1, 1); the gradient is
    # row 0: (1, 1) -> 1, 3, -2;  row 1: (-2, 0) -> -2, -4, 6;  row 2: (0, 5) -> 0, 5, 5.
    x = np.array([[1, 0], [2, 1], [-3, 1]], np.float32)
    slopes = np.array([[1, 1], [-2, 0], [0, 5]], np.float32)

    @pytest.mark.parametrize(
        ("present", "count", "expected"),
        [
            ([], 0, []),
            ([], 1, [5]),
            ([], 2, [5, 7]),  # 5 at places 7 and 8: the lower is taken
            ([], 3, [5, 7, 8]),
            ([5, 7], 2, [4, 8]),
            ([1, 4, 5, 7, 8], 3, [0, 2, 3]),  # 2 at places 2 and 3, then 1 at place 0
            ([1, 4, 5, 7, 8], 4, [0, 2, 3, 6]),
        ],
    )
    def test_places(self, present, count, expected):
        found = _found(np.array(present, np.int64), self.x, self.slopes, count)
        assert found.tolist() == expected
        assert found.dtype == np.int64

    def test_leaves_what_it_is_given(self):
        x, slopes = self.x.copy(), self.slopes.copy()
        x.flags.writeable = slopes.flags.writeable = False
        _found(np.array([1]), x, slopes, 3)
        assert (x == self.x).all()
        assert (slopes == self.slopes).all()

    def test_takes_any_strides(self):
        x, slopes = np.asfortranarray(self.x), np.repeat(self.slopes, 2, axis=1)[:, ::2]
        assert _found(np.array([5, 7]), x, slopes, 2).tolist() == [4, 8]


@given(_cases())
def test_absent_ascending_and_at_least_as_large_as_the_rest(case):
    present, x, slopes, count = case
    found = _found(*case)
    assert len(found) == count
    assert (np.diff(found) > 0).all()
    assert not np.isin(found, present).any()
    magnitudes = np.abs(slopes @ x.T).ravel()
    rest = np.setdiff1d(np.arange(magnitudes.size), np.concatenate([present, found]))
    if len(rest) and count:
        assert magnitudes[found].min() >= magnitudes[rest].max()


@given(_cases(), st.integers(1, 9))
def test_against_brute_force_for_every_block_size(case, block_rows):
    present, x, slopes, count = case
    expected = _brute_force(present, x, slopes, count)
    assert _found(*case).tolist() == expected
    assert _found(*case, block_rows=block_rows).tolist() == expected


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("block_rows", [1, 7, 60, 1000])
def test_against_brute_force_on_a_larger_layer(block_rows, dtype):
    rng = np.random.default_rng(0)
    x, slopes = rng.normal(size=(90, 20)).astype(dtype), rng.normal(size=(60, 20)).astype(dtype)
    present = np.sort(rng.choice(90 * 60, 500, replace=False))
    expected = _brute_force(present, x, slopes, 300)
    assert _found(present, x, slopes, 300, block_rows=block_rows).tolist() == expected


@pytest.mark.parametrize("block_rows", [1, 3, 10, None])
def test_without_any_gradient_the_lowest_places_are_taken(block_rows):
    x, slopes = np.zeros((6, 2), np.float32), np.ones((10, 2), np.float32)
    found = _found(np.array([0, 2, 30]), x, slopes, 9, block_rows=block_rows)
    assert found.tolist() == [1, 3, 4, 5, 6, 7, 8, 9, 10]


@pytest.mark.parametrize("block_rows", [1, None])
def test_nan_counts_as_no_gradient(block_rows):
    x = np.array([[np.nan], [1], [np.inf], [0]], np.float32)
    slopes = np.array([[1], [-2]], np.float32)
    none = np.empty(0, np.int64)
    assert _found(none, x, slopes, 3, block_rows=block_rows).tolist() == [2, 5, 6]
    assert _found(none, x, slopes, 5, block_rows=block_rows).tolist() == [0, 1, 2, 5, 6]


def test_all_the_absent():
    rng = np.random.default_rng(0)
    present = np.array([0, 7, 8, 19])
    x, slopes = rng.normal(size=(5, 3)), rng.normal(size=(4, 3))
    expected = np.setdiff1d(np.arange(20), present).tolist()
    assert _found(present, x, slopes, 16, block_rows=2).tolist() == expected


def test_never_holds_the_dense_gradient():
    """Its 400 MB would show; a block is 4 MB, its candidates in 64 bits 8 MB more."""
    n_inputs, n_outputs, batch, count = 5_000, 20_000, 4, 20_000
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n_inputs, batch)).astype(np.float32)
    slopes = rng.normal(size=(n_outputs, batch)).astype(np.float32)
    present = np.unique(rng.integers(0, n_inputs * n_outputs, 500_000))
    indptr, indices = wiring_of(present, n_inputs, n_outputs)
    tracemalloc.start()
    try:
        found = largest_absent(indptr, indices, n_inputs, x, slopes, count)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(found) == count
    assert 2**22 < peak < 40 * 2**20


class TestRefusals:
    present = np.array([0, 1, 5])
    x, slopes = np.ones((3, 4), np.float32), np.ones((2, 4), np.float32)

    @pytest.mark.parametrize("count", [-1, 4])
    def test_more_than_are_absent(self, count):
        message = rf"count is {count}; it must lie in \[0, 3\], the absent places"
        with pytest.raises(ValueError, match=message):
            _found(self.present, self.x, self.slopes, count)

    @pytest.mark.parametrize("block_rows", [0, -1])
    def test_empty_blocks(self, block_rows):
        with pytest.raises(ValueError, match=f"block_rows is {block_rows}; it must be at least 1"):
            _found(self.present, self.x, self.slopes, 1, block_rows=block_rows)

    @pytest.mark.parametrize(
        ("x", "slopes", "message"),
        [
            (np.ones((4, 4)), slopes, r"x has shape \(4, 4\); it must be \(3, batch\)"),
            (np.ones(3), slopes, r"x has shape \(3,\); it must be \(3, batch\)"),
            (x, np.ones((3, 4)), r"slopes have shape \(3, 4\); it must be \(2, 4\)"),
            (x, np.ones((2, 5)), r"slopes have shape \(2, 5\); it must be \(2, 4\)"),
        ],
    )
    def test_shapes_that_do_not_fit(self, x, slopes, message):
        indptr, indices = wiring_of(self.present, 3, 2)
        with pytest.raises(ValueError, match=message):
            largest_absent(indptr, indices, 3, x, slopes, 1)


def test_chosen_places_are_new_to_the_wiring():
    rng = np.random.default_rng(1)
    present = np.sort(rng.choice(400, 100, replace=False))
    wiring = wiring_of(present, 20, 20)
    x, slopes = rng.normal(size=(20, 5)), rng.normal(size=(20, 5))
    grown = np.union1d(places_of(*wiring, 20), largest_absent(*wiring, 20, x, slopes, 50))
    assert len(grown) == 150
