from __future__ import annotations

import numpy as np
import pytest
from scipy.io import loadmat
from scipy.ndimage import gaussian_filter

from set_engine.data.images import square_image_shape


def _smooth_images(n: int, side: int) -> np.ndarray:
    noise = np.random.default_rng(0).normal(size=(n, side, side))
    return gaussian_filter(noise, (0, 1.5, 1.5)).reshape(n, -1)


class TestImages:
    @pytest.mark.parametrize("side", [8, 13, 32])
    @pytest.mark.parametrize("n", [20, 2500])
    def test_smooth_squares_are_images(self, side, n):
        assert square_image_shape(_smooth_images(n, side)) == (1, side, side)

    def test_digits_are_images_whatever_the_order_of_their_pixels_by_rows_or_columns(self):
        from sklearn.datasets import load_digits

        images = load_digits().images
        for pixels in (images, images.swapaxes(1, 2)):
            assert square_image_shape(pixels.reshape(-1, 64)) == (1, 8, 8)
        shuffled = np.random.default_rng(0).permutation(64)
        assert square_image_shape(images.reshape(-1, 64)[:, shuffled]) is None

    def test_published_tables(self, shared_data):
        assert square_image_shape(loadmat(shared_data / "COIL20.mat")["X"]) == (1, 32, 32)
        # Cut to squares: 617 and 500 features are none.
        isolet = loadmat(shared_data / "Isolet.mat")["X"]
        madelon = loadmat(shared_data / "madelon.mat")["X"]
        for table, side in ((isolet, 24), (isolet, 20), (madelon, 22)):
            assert square_image_shape(table) is None
            assert square_image_shape(table[:, : side * side]) is None


class TestTables:
    def test_too_small_or_not_square(self):
        assert square_image_shape(_smooth_images(50, 7)) is None
        assert square_image_shape(_smooth_images(50, 8)[:, :-1]) is None
        assert square_image_shape(_smooth_images(1, 8)) is None

    @pytest.mark.parametrize("seed", range(10))
    def test_noise(self, seed):
        assert square_image_shape(np.random.default_rng(seed).normal(size=(30, 64))) is None

    def test_series_are_smooth_but_have_no_rows(self):
        steps = np.random.default_rng(0).normal(size=(300, 400))
        assert square_image_shape(steps.cumsum(axis=1)) is None

    def test_features_that_all_agree(self):
        common = np.random.default_rng(0).normal(size=(300, 1))
        assert square_image_shape(np.repeat(common, 64, axis=1)) is None

    def test_constants(self):
        assert square_image_shape(np.ones((10, 64))) is None
