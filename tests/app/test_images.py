"""Pictures say which pixel is which, and figures are made of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from plotly_figures import checked

from app.images import (
    PixelDegrees,
    filter_figure,
    filter_mosaic,
    grey,
    mosaic,
    pixel_figure,
    reconstruction_figure,
    reconstruction_mosaic,
)
from set_engine import Reconstructions
from topology import LayerTopology

NAN = math.nan


def test_each_sample_is_above_its_reconstruction() -> None:
    samples = np.array([[1, 2, 3, 4], [5, 6, 7, 8]], np.float32)
    found = Reconstructions(3, samples, samples / 10)
    picture = reconstruction_mosaic(found, (1, 2, 2))
    expected = [
        [1, 2, NAN, 5, 6],
        [3, 4, NAN, 7, 8],
        [NAN] * 5,
        [0.1, 0.2, NAN, 0.5, 0.6],
        [0.3, 0.4, NAN, 0.7, 0.8],
    ]
    np.testing.assert_allclose(picture.pixels, expected, rtol=1e-6)
    (heatmap,) = checked(reconstruction_figure(picture)).data
    assert (heatmap.zmin, heatmap.zmax) == (0, 1)


def test_filters_come_with_the_most_connected_unit_first_and_absent_weights_as_zero() -> None:
    # Unit 0 hears pixel 3, unit 1 pixels 0 and 2, unit 2 none.
    layer = LayerTopology([0, 1, 3, 3], [3, 0, 2], 4, 3, weights=[0.5, -1.0, 2.0])
    picture = filter_mosaic(layer, (1, 2, 2))
    assert picture.n_images == 3
    expected = [[-1, 0, NAN, 0, 0, NAN, 0, 0], [2, 0, NAN, 0, 0.5, NAN, 0, 0]]
    np.testing.assert_allclose(picture.pixels, expected)


@pytest.mark.parametrize("weights", [[0.5, -1.0, 2.0], [0.0, 0.0, 0.0]])
def test_zero_is_in_the_middle_of_the_filters_scale(weights: list[float]) -> None:
    layer = LayerTopology([0, 1, 3, 3], [3, 0, 2], 4, 3, weights=weights)
    (heatmap,) = checked(filter_figure(filter_mosaic(layer, (1, 2, 2)))).data
    assert heatmap.zmin == -heatmap.zmax < 0


def test_channels_become_their_mean() -> None:
    rows = np.array([[0, 2, 4, 6]], np.float32)  # two channels of 1 × 2 pixels
    assert grey(rows, (2, 1, 2)).tolist() == [[[2, 4]]]


@pytest.mark.parametrize("n_images", [1, 7, 8, 9, 24])
@pytest.mark.parametrize("gap", [1, 3])
def test_a_mosaic_holds_every_image_once(n_images: int, gap: int) -> None:
    images = np.arange(n_images * 6, dtype=np.float32).reshape(n_images, 2, 3)
    picture = mosaic(images, gap)
    seen = picture.pixels[~np.isnan(picture.pixels)]
    assert sorted(seen.tolist()) == images.ravel().tolist()
    down, across = -(-n_images // 8), min(8, n_images)
    assert picture.pixels.shape == (down * (2 + gap) - gap, across * (3 + gap) - gap)


def test_pixel_degrees_of_the_middle_half_and_of_the_rest() -> None:
    degrees = np.ones((4, 4), np.int64)
    degrees[1:3, 1:3] = 3
    indices = np.repeat(np.arange(16), degrees.ravel())
    # Output o hears the o-th connection alone: out-degrees are then as laid out above.
    layer = LayerTopology(np.arange(len(indices) + 1), indices, 16, len(indices))
    found = PixelDegrees.of(layer, (1, 4, 4))
    assert found.degrees.tolist() == degrees.tolist()
    assert (found.centre, found.rest) == (3, 1)
    (heatmap,) = checked(pixel_figure(found, "Now", 5)).data
    assert heatmap.z.tolist() == degrees.tolist()
    assert heatmap.zmax == 5


def test_pixel_degrees_are_summed_over_the_channels() -> None:
    layer = LayerTopology([0, 3], [0, 1, 2], n_inputs=4, n_outputs=1)
    assert PixelDegrees.of(layer, (2, 1, 2)).degrees.tolist() == [[2, 1]]
