from __future__ import annotations

import math
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import typeof
from scipy.ndimage import map_coordinates

from set_engine.data import augmentation
from set_engine.data.augmentation import Augmentation, transformed, warm_up

SHAPES = [(1, 1, 1, 1), (3, 1, 4, 4), (2, 3, 5, 8), (4, 2, 7, 3)]


def _images(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def _one(images, angle=0.0, shift=(0.0, 0.0), flip=False):
    """The same change for every image."""
    n = len(images)
    return transformed(images, np.full(n, angle), np.tile(shift, (n, 1)), np.full(n, flip))


def _by_coordinates(image, angle, shift, flip):
    """One channel by scipy: the position each output pixel comes from, as a complex number."""
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]].astype(float)
    centre = complex((image.shape[1] - 1) / 2, -(image.shape[0] - 1) / 2)
    # Columns point along the real axis, rows against the imaginary one.
    here = columns - 1j * rows - centre - complex(shift[1], -shift[0])
    source = here * np.exp(-1j * math.radians(angle))
    if flip:
        source = -source.conjugate()
    source = source + centre
    at = [-source.imag, source.real]
    return map_coordinates(image.astype(float), at, order=1, mode="nearest")


class TestByHand:
    image = np.array([[[[1, 2, 3], [4, 5, 6]]]], np.float32)

    @pytest.mark.parametrize(
        ("shift", "expected"),
        [
            ((0, 1), [[1, 1, 2], [4, 4, 5]]),
            ((0, -1), [[2, 3, 3], [5, 6, 6]]),
            ((1, 0), [[1, 2, 3], [1, 2, 3]]),
            ((-1, 2), [[4, 4, 4], [4, 4, 4]]),
            ((0, 0.5), [[1, 1.5, 2.5], [4, 4.5, 5.5]]),
            ((-0.25, 0), [[1.75, 2.75, 3.75], [4, 5, 6]]),
            ((0.5, 0.5), [[1, 1.5, 2.5], [2.5, 3, 4]]),
            ((9, 9), [[1, 1, 1], [1, 1, 1]]),
        ],
    )
    def test_shift(self, shift, expected):
        assert _one(self.image, shift=shift).tolist() == [[expected]]

    def test_flip(self):
        assert _one(self.image, flip=True).tolist() == [[[[3, 2, 1], [6, 5, 4]]]]

    def test_flips_before_it_shifts(self):
        found = _one(self.image, shift=(0, 1), flip=True)
        assert found.tolist() == [[[[3, 3, 2], [6, 6, 5]]]]

    def test_each_image_in_its_own_way(self):
        images = np.repeat(self.image, 3, axis=0)
        shifts, flips = np.array([[0, 0], [0, 1], [0, 0]], float), np.array([True, False, False])
        found = transformed(images, np.array([0.0, 0.0, 180.0]), shifts, flips)
        assert found[:2].tolist() == [[[[3, 2, 1], [6, 5, 4]]], [[[1, 1, 2], [4, 4, 5]]]]
        np.testing.assert_allclose(found[2], [[[6, 5, 4], [3, 2, 1]]], rtol=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
class TestClosedForms:
    def test_nothing_to_do_is_exact(self, shape):
        images = _images(*shape)
        assert (_one(images) == images).all()

    def test_a_flip_is_exact(self, shape):
        images = _images(*shape)
        assert (_one(images, flip=True) == images[..., ::-1]).all()
        assert (_one(_one(images, flip=True), flip=True) == images).all()

    def test_a_half_turn(self, shape):
        images = _images(*shape)
        turned = np.rot90(images, 2, axes=(2, 3))
        np.testing.assert_allclose(_one(images, angle=180), turned, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(_one(images, angle=-180), turned, rtol=1e-6, atol=1e-6)

    def test_quarter_turns_of_square_images(self, shape):
        side = shape[2]
        images = _images(*shape[:2], side, side)
        for quarters in (-1, 1, 2, 3):
            turned = np.rot90(images, quarters, axes=(2, 3))
            found = _one(images, angle=90.0 * quarters)
            np.testing.assert_allclose(found, turned, rtol=1e-6, atol=1e-6)

    def test_a_constant_image_stays(self, shape):
        images = np.full(shape, 0.7, np.float32)
        found = _one(images, angle=33.0, shift=(0.3, -1.7), flip=True)
        np.testing.assert_allclose(found, images, rtol=1e-6)

    def test_leaves_what_it_is_given(self, shape):
        images = _images(*shape)
        images.flags.writeable = False
        before = images.copy()
        _one(images, angle=10.0, shift=(1.0, 0.5), flip=True)
        assert (images == before).all()


@given(
    st.sampled_from(SHAPES),
    st.floats(-180, 180),
    st.tuples(st.floats(-4, 4), st.floats(-4, 4)),
    st.booleans(),
)
def test_against_scipy(shape, angle, shift, flip):
    images = _images(*shape)
    found = _one(images, angle, shift, flip)
    assert found.dtype == np.float32
    for image, ours in zip(images, found, strict=True):
        for channel, our_channel in zip(image, ours, strict=True):
            expected = _by_coordinates(channel, angle, shift, flip)
            np.testing.assert_allclose(our_channel, expected, rtol=1e-5, atol=1e-5)


class TestAugmentation:
    shape = (3, 6, 8)
    rows = _images(40, 3 * 6 * 8)

    def _apply(self, seed=0, **ranges):
        return Augmentation(**ranges).apply(self.rows, self.shape, np.random.default_rng(seed))

    @pytest.mark.parametrize(
        ("ranges", "identity"),
        [({}, True), ({"shift": 0.1}, False), ({"rotate": 5}, False), ({"flip": True}, False)],
    )
    def test_is_identity(self, ranges, identity):
        assert Augmentation(**ranges).is_identity is identity
        assert (self._apply(**ranges) == self.rows).all() == identity

    def test_flips_some_images_and_changes_nothing_else(self):
        found = self._apply(flip=True).reshape(-1, *self.shape)
        images = self.rows.reshape(-1, *self.shape)
        kept = (found == images).all(axis=(1, 2, 3))
        flipped = (found == images[..., ::-1]).all(axis=(1, 2, 3))
        assert (kept ^ flipped).all()
        # Outside of these bounds lies one in 10,000 of fair draws.
        assert 8 <= flipped.sum() <= 32

    @pytest.mark.parametrize("ranges", [{"shift": 0.2}, {"rotate": 20}])
    def test_each_image_differs(self, ranges):
        same = np.tile(self.rows[0], (10, 1))
        found = Augmentation(**ranges).apply(same, self.shape, np.random.default_rng(0))
        assert len(np.unique(found, axis=0)) == 10

    def test_shifts_fill_their_range_and_no_more(self):
        # Where intensity is the number of the row or column, its middle shows the shift.
        n, sides, shift = 2000, (21, 41), 0.25
        images = np.stack(np.mgrid[: sides[0], : sides[1]]).astype(np.float32)
        rows = np.tile(images.ravel(), (n, 1))
        found = Augmentation(shift).apply(rows, images.shape, np.random.default_rng(0))
        moved = np.array([10, 20]) - found.reshape(n, *images.shape)[:, :, 10, 20]
        for axis, side in enumerate(sides):
            largest = shift * side
            assert np.abs(moved[:, axis]).max() <= largest + 1e-5
            counts, _ = np.histogram(moved[:, axis], bins=4, range=(-largest, largest))
            # 500 each, with a standard deviation of 19.4.
            assert np.abs(counts - 500).max() < 80
        assert abs(np.corrcoef(moved.T)[0, 1]) < 0.1

    def test_rotations_fill_their_range_and_no_more(self):
        # On a ramp along the columns the slope down the rows is -sin(angle).
        n, side, rotate = 2000, 21, 30.0
        image = np.tile(np.arange(side, dtype=np.float32), (side, 1))
        rows = np.tile(image.ravel(), (n, 1))
        found = Augmentation(rotate=rotate).apply(rows, (1, side, side), np.random.default_rng(0))
        found = found.reshape(n, side, side).astype(float)
        angles = np.degrees(np.arcsin((found[:, 9, 10] - found[:, 11, 10]) / 2))
        assert np.abs(angles).max() <= rotate + 1e-3
        counts, _ = np.histogram(angles, bins=4, range=(-rotate, rotate))
        assert np.abs(counts - 500).max() < 80

    def test_reproducible_by_its_rng(self):
        ranges = {"shift": 0.1, "rotate": 10.0, "flip": True}
        assert (self._apply(seed=3, **ranges) == self._apply(seed=3, **ranges)).all()
        assert (self._apply(seed=3, **ranges) != self._apply(seed=4, **ranges)).any()

    def test_keeps_form_and_input(self):
        before = self.rows.copy()
        found = self._apply(shift=0.1, rotate=10.0, flip=True)
        assert found.shape == self.rows.shape
        assert found.dtype == np.float32
        assert (self.rows == before).all()
        assert not np.shares_memory(found, self.rows)

    def test_no_image_at_all(self):
        none = np.empty((0, 144), np.float32)
        found = Augmentation(0.1).apply(none, self.shape, np.random.default_rng(0))
        assert found.shape == (0, 144)

    def test_is_frozen(self):
        with pytest.raises(FrozenInstanceError):
            Augmentation().shift = 0.5


class TestRefusals:
    @pytest.mark.parametrize("shift", [-0.01, 0.51, math.nan])
    def test_shift(self, shift):
        with pytest.raises(ValueError, match=rf"shift is {shift}; it must lie in \[0, 0.5\]"):
            Augmentation(shift=shift)

    @pytest.mark.parametrize("rotate", [-1, 180.5, math.inf])
    def test_rotate(self, rotate):
        with pytest.raises(ValueError, match=rf"rotate is {rotate}; it must lie in \[0, 180\]"):
            Augmentation(rotate=rotate)

    @pytest.mark.parametrize("ranges", [{}, {"flip": True}])
    def test_rows_that_are_no_such_images(self, ranges):
        message = r"rows have shape \(2, 10\); images of shape \(1, 3, 3\) make it \(batch, 9\)"
        rng = np.random.default_rng(0)
        with pytest.raises(ValueError, match=message):
            Augmentation(**ranges).apply(np.zeros((2, 10), np.float32), (1, 3, 3), rng)

    def test_changes_that_do_not_fit_the_images(self):
        with pytest.raises(ValueError, match=r"\(2, 1, 3, 3\), \(2,\), \(1, 2\) and \(2,\); they"):
            transformed(_images(2, 1, 3, 3), np.zeros(2), np.zeros((1, 2)), np.zeros(2, bool))

    def test_a_change_that_is_no_number(self):
        with pytest.raises(ValueError, match="an angle or a shift is not a finite number"):
            _one(_images(1, 1, 3, 3), angle=math.nan)


def test_warm_up_compiles_the_form_that_training_calls(monkeypatch):
    forms = []
    monkeypatch.setattr(augmentation, "_resample", lambda *a: forms.append([*map(typeof, a)]))
    warm_up()
    Augmentation(0.1, 5, True).apply(_images(2, 12), (3, 2, 2), np.random.default_rng(0))
    assert len(forms) == 2
    assert forms[0] == forms[1]
