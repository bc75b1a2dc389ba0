"""Pictures of what image data make of a network: reconstructions, filters, input pixels.

Each is first a record of plain arrays, and then a figure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.figure import Figure
from app.palette import DIVERGING
from set_engine import Reconstructions
from topology import LayerTopology

ImageShape = tuple[int, int, int]

_TILES_IN_A_ROW = 8
_MOST_FILTERS = 48


@dataclass(frozen=True, eq=False)
class Mosaic:
    """Small images side by side.

    Attributes:
        pixels: (rows, columns) float32, NaN between the images.
        n_images: how many there are.
    """

    pixels: NDArray[np.float32]
    n_images: int


def reconstruction_mosaic(found: Reconstructions, shape: ImageShape) -> Mosaic:
    """Every sample with its reconstruction right below it.

    Args:
        found: samples beside reconstructions.
        shape: (channels, rows, columns) of each; shown is the mean over the channels.
    """
    pairs = zip(grey(found.samples, shape), grey(found.reconstructed, shape), strict=True)
    line = np.full((1, shape[2]), np.nan, np.float32)
    tiles = [np.vstack((sample, line, reconstructed)) for sample, reconstructed in pairs]
    return mosaic(tiles, _gap(shape))


def filter_mosaic(layer: LayerTopology, shape: ImageShape) -> Mosaic:
    """The weights into the hidden units with the most connections, most first; absent ones are 0.

    Args:
        layer: between the pixels and the hidden units, with weights.
        shape: (channels, rows, columns) of the inputs; shown is the mean over the channels.
    """
    order = np.argsort(-layer.in_degrees, kind="stable")[:_MOST_FILTERS]
    weights = layer.to_scipy()[order].toarray().astype(np.float32)
    return mosaic(grey(weights, shape), _gap(shape))


def grey(rows: NDArray[np.float32], shape: ImageShape) -> NDArray[np.float32]:
    """(n, features) pixels, channel by channel, as (n, rows, columns) means over the channels."""
    images: NDArray[np.float32] = rows.reshape(-1, *shape).mean(1)
    return images


def _gap(shape: ImageShape) -> int:
    """Pixels between two tiles: more than the line within one, where images have room for it."""
    return 1 + min(shape[1:]) // 8


def mosaic(images: Sequence[NDArray[np.float32]] | NDArray[np.float32], gap: int) -> Mosaic:
    """Images of one size, laid out row by row with `gap` pixels between them.

    >>> mosaic([np.ones((1, 2), np.float32)] * 2, gap=1).pixels.tolist()
    [[1.0, 1.0, nan, 1.0, 1.0]]
    """
    across = min(_TILES_IN_A_ROW, len(images))
    down = math.ceil(len(images) / across)
    height, width = (size + gap for size in images[0].shape)
    pixels = np.full((down * height - gap, across * width - gap), np.nan, np.float32)
    for place, image in enumerate(images):
        top, left = place // across * height, place % across * width
        pixels[top : top + height - gap, left : left + width - gap] = image
    return Mosaic(pixels, len(images))


@dataclass(frozen=True, eq=False)
class PixelDegrees:
    """Connections of each input pixel.

    Attributes:
        degrees: (rows, columns) float32, summed over the channels.
        centre, rest: mean number for a pixel of the middle half of rows and columns, and for one
            outside of it.
    """

    degrees: NDArray[np.float32]
    centre: float
    rest: float

    @classmethod
    def of(cls, layer: LayerTopology, shape: ImageShape) -> PixelDegrees:
        """Count them in the first layer of a network on images of this shape."""
        degrees = layer.out_degrees.reshape(shape).sum(0)
        inside = np.zeros(degrees.shape, np.bool_)
        rows, columns = degrees.shape
        inside[rows // 4 : rows - rows // 4, columns // 4 : columns - columns // 4] = True
        rest = degrees[~inside]
        return cls(
            degrees.astype(np.float32),
            float(degrees[inside].mean()),
            float(rest.mean()) if rest.size else math.nan,
        )


def reconstruction_figure(found: Mosaic) -> Figure:
    """Light on dark, from 0 to 1, whatever the page's theme."""
    return _image(found.pixels, "Samples, and below each its reconstruction", "gray", 0, 1)


def filter_figure(found: Mosaic) -> Figure:
    """Orange for positive weights, blue for negative ones; 0 is in the middle of the scale."""
    # By a quantile, for one large weight would leave all others pale. With few weights it is 0.
    sizes = np.abs(found.pixels)
    largest = float(np.nanquantile(sizes, 0.995)) or float(np.nanmax(sizes)) or 1.0
    title = f"Weights into the {found.n_images} hidden units with the most connections"
    return _image(found.pixels, title, DIVERGING, -largest, largest, shows_scale=True)


def pixel_figure(found: PixelDegrees, title: str, largest: float) -> Figure:
    """The number of connections of each pixel; `largest` is the end of the colour scale."""
    hover = "row %{y}, column %{x}: %{z:.0f}"
    return _image(found.degrees, title, "cividis", 0, largest, hover=hover, shows_scale=True)


def _image(
    pixels: NDArray[np.float32],
    title: str,
    colors: object,
    low: float,
    high: float,
    *,
    hover: str = "%{z:.3f}",
    shows_scale: bool = False,
) -> Figure:
    figure = Figure()
    figure.add_heatmap(
        z=pixels,
        zmin=low,
        zmax=high,
        colorscale=colors,
        showscale=shows_scale,
        hoverongaps=False,
        hovertemplate=f"{hover}<extra></extra>",
    )
    # Square pixels, the first row on top, as in a picture.
    hidden = {"visible": False, "constrain": "domain"}
    figure.update_layout(
        title=title,
        xaxis=hidden,
        yaxis={**hidden, "autorange": "reversed", "scaleanchor": "x"},
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
    )
    return figure
