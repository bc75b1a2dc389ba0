from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from set_engine.data import samples
from set_engine.data.samples import DatasetError, Labelled, Samples
from set_engine.data.scaling import scale_of

IMAGE = (1, 1, 3)


def _scaled(x_train, x_test, scaling="standard", image_shape=None):
    train, test = (Labelled(np.asarray(x), np.zeros(len(x))) for x in (x_train, x_test))
    scale = scale_of(Samples("data", train, test, image_shape=image_shape), train, scaling)
    return scale.apply(train), scale.apply(test)


class TestByHand:
    TRAIN, TEST = [[0, 7, 1], [4, 7, 3]], [[6, 9, 2]]

    def test_a_table(self):
        train, test = _scaled(self.TRAIN, self.TEST)
        # Means 2, 7, 2; deviations 2, 0, 1; the constant feature says nothing of a test sample.
        assert train.tolist() == [[-1, 0, -1], [1, 0, 1]]
        assert test.tolist() == [[2, 0, 0]]

    def test_an_image(self):
        train, test = _scaled(self.TRAIN, self.TEST, image_shape=IMAGE)
        # Squares of differences: 4, 0, 1 in each sample; one variance of 5/3.
        deviation = np.sqrt(5 / 3)
        np.testing.assert_allclose(train, np.array([[-2, 0, -1], [2, 0, 1]]) / deviation, 1e-6)
        # A constant pixel is 0 in training, but a test sample is told when it differs.
        # Means are rounded to 2^-24 deviations.
        np.testing.assert_allclose(test, np.array([[4, 2, 0]]) / deviation, 1e-6, atol=2**-24)

    @pytest.mark.parametrize("image_shape", [None, IMAGE])
    def test_unit(self, image_shape):
        train, test = _scaled([[2, 4], [6, 3]], [[1, 9], [5, 2]], "unit", image_shape)
        assert train.tolist() == [[0, 0.5], [1, 0.25]]
        assert test.tolist() == [[0, 1], [0.75, 0]]

    def test_unit_leaves_what_is_from_0_to_1(self):
        x = np.random.default_rng(0).random((20, 5)).astype(np.float32)
        x[3, 2], x[4, 4] = 0, 1
        train, test = _scaled(x.copy(), x[5:8].copy(), "unit")
        np.testing.assert_array_equal(train, x)
        np.testing.assert_array_equal(test, x[5:8])


class TestAnyData:
    @given(
        seed=st.integers(0, 99),
        dtype=st.sampled_from(["u1", "i8", "f4", "f8"]),
        shift=st.sampled_from([0, 100, 1e9]),
        common=st.booleans(),
        block=st.integers(1, 60),
    )
    def test_standard_agrees_with_the_definition(self, seed, dtype, shift, common, block):
        rng = np.random.default_rng(seed)
        x = rng.integers(0, 100, (12, 3))
        x = (x if dtype == "u1" else x + int(shift)).astype(dtype)
        rows, others = np.array([0, 3, 4, 7, 9]), np.array([1, 11])
        train, test = Labelled(x, rows, rows), Labelled(x, others, others)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(samples, "_BLOCK_VALUES", block)
            image_shape = IMAGE if common else None
            scale = scale_of(Samples("d", train, image_shape=image_shape), train, "standard")
            found = [scale.apply(train), scale.apply(test)]
        centred = x.astype(np.longdouble) - x[rows].mean(axis=0, dtype=np.longdouble)
        squares = np.square(centred[rows])
        deviation = np.sqrt(squares.mean() if common else squares.mean(axis=0))
        known = np.broadcast_to(deviation > 0, 3)
        for part, result in zip((rows, others), found, strict=True):
            expected = centred[part] / np.where(deviation > 0, deviation, np.inf)
            np.testing.assert_allclose(
                result[:, known], expected[:, known].astype(float), rtol=1e-6, atol=1e-6
            )
            assert not result[:, ~known].any()

    @given(value=st.floats(-1e30, 1e30), n=st.integers(3, 50))
    def test_a_constant_feature_is_exactly_0(self, value, n):
        # 0.1 is the classic: the mean of three of them is not 0.1 in floating point.
        x = np.stack([np.full(n, value), np.arange(n)], axis=1)
        train, _ = _scaled(x, x[:1])
        assert not train[:, 0].any()
        assert train[:, 1].std() == pytest.approx(1, abs=1e-5)

    @pytest.mark.parametrize("scaling", ["standard", "unit"])
    def test_the_test_samples_have_no_say(self, scaling):
        x = np.random.default_rng(0).normal(size=(30, 4))
        train, _ = _scaled(x, x[:3], scaling)
        beside, _ = _scaled(x, x[:3] * 1e6, scaling)
        np.testing.assert_array_equal(train, beside)

    @pytest.mark.parametrize("image_shape", [None, (1, 1, 30)])
    def test_rounding_of_sums_does_not_reach_the_scale(self, image_shape):
        # The order of summation stands in for another processor: equal data must come out equal.
        x = np.random.default_rng(0).normal(50, 3, (400, 30))
        shuffled = np.concatenate([x[:1], x[:0:-1]])
        assert not np.array_equal(x.mean(axis=0), shuffled.mean(axis=0))
        one, other = (
            scale_of(Samples("data", part, image_shape=image_shape), part, "standard")
            for part in (Labelled(x, np.zeros(400)), Labelled(shuffled, np.zeros(400)))
        )
        np.testing.assert_array_equal(one.origin, other.origin)
        np.testing.assert_array_equal(one.spread, other.spread)

    @pytest.mark.parametrize("dtype", ["u1", "f4", "f8"])
    @pytest.mark.parametrize("order", ["C", "F"])
    def test_results_are_contiguous_and_read_only(self, dtype, order):
        x = np.asarray(np.arange(12).reshape(4, 3), dtype, order=order)
        for result in _scaled(x, x.copy(order="K")):
            assert result.dtype == np.float32
            assert result.flags.c_contiguous
            with pytest.raises(ValueError, match="read-only"):
                result[0] = 0

    def test_float32_is_scaled_where_it_is(self):
        x = np.arange(12, dtype=np.float32).reshape(4, 3)
        train, test = _scaled(x, x[:2].copy())
        assert np.shares_memory(train, x)
        np.testing.assert_array_equal(test, train[:2])

    def test_rows_that_are_picked_leave_the_others(self):
        x = np.arange(12, dtype=np.float32).reshape(4, 3)
        before = x.copy()
        train = Labelled(x, np.zeros(2), np.array([3, 0]))
        scaled = scale_of(Samples("data", train), train, "standard").apply(train)
        np.testing.assert_array_equal(scaled, [[1, 1, 1], [-1, -1, -1]])
        np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("image_shape", [None, IMAGE])
@pytest.mark.parametrize("scaling", ["standard", "unit"])
def test_equal_samples(scaling, image_shape):
    with pytest.raises(DatasetError) as caught:
        _scaled(np.full((3, 3), 0.1), np.zeros((1, 3)), scaling, image_shape)
    assert str(caught.value) == "data has training samples that are all equal; they must differ"
