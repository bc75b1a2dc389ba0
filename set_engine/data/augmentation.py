"""Random changes of the training images that leave their class as it is."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Augmentation:
    """Shift, rotate and flip every image of a batch at random, each in its own way.

    The CIFAR-10 experiments of Mocanu et al. 2018 trained on such images.

    Args:
        shift: largest shift in each direction, as a fraction of height and width, in [0, 0.5].
        rotate: largest rotation either way in degrees, in [0, 180].
        flip: whether left and right are exchanged, for half of the images.

    Raises:
        ValueError: if a number is out of its range.

    >>> augmentation = Augmentation(shift=0.1, flip=True)
    >>> augmentation.is_identity
    False
    >>> images = np.zeros((100, 3072), np.float32)
    >>> augmentation.apply(images, (3, 32, 32), np.random.default_rng(0)).shape
    (100, 3072)
    """

    shift: float = 0.0
    rotate: float = 0.0
    flip: bool = False

    def __post_init__(self) -> None:
        for name, value, largest in (("shift", self.shift, 0.5), ("rotate", self.rotate, 180)):
            if not 0 <= value <= largest:
                raise ValueError(f"{name} is {value}; it must lie in [0, {largest}]")

    @property
    def is_identity(self) -> bool:
        """Whether every image stays as it is."""
        return self.shift == 0 and self.rotate == 0 and not self.flip

    def apply(
        self,
        rows: NDArray[np.float32],
        image_shape: tuple[int, int, int],
        rng: np.random.Generator,
    ) -> NDArray[np.float32]:
        """A changed copy of a batch; the batch itself if nothing is to change.

        Args:
            rows: (batch, features), each row an image in the order of `image_shape`.
            image_shape: channels, rows and columns of an image.
            rng: the source of randomness.

        Returns:
            (batch, features)

        Raises:
            ValueError: if a row is no image of this shape.
        """
        if rows.ndim != 2 or rows.shape[1] != np.prod(image_shape):
            raise ValueError(
                f"rows have shape {rows.shape}; images of shape {image_shape} make it "
                f"(batch, {np.prod(image_shape)})"
            )
        if self.is_identity:
            return rows
        batch = len(rows)
        angles = rng.uniform(-self.rotate, self.rotate, batch)
        shifts = rng.uniform(-self.shift, self.shift, (batch, 2)) * image_shape[1:]
        flips = (rng.random(batch) < 0.5) & self.flip
        images = rows.reshape(batch, *image_shape)
        return transformed(images, angles, shifts, flips).reshape(rows.shape)


def transformed(
    images: NDArray[np.float32],
    angles: NDArray[np.float64],
    shifts: NDArray[np.float64],
    flips: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """Flip each image, rotate it about its centre, and shift it: bilinear, one interpolation.

    What comes in from outside the image is the nearest pixel of its border. Flips and shifts by
    whole pixels are exact.

    Args:
        images: (batch, channels, rows, columns).
        angles: (batch,) in degrees, counter-clockwise.
        shifts: (batch, 2) in pixels, down and to the right.
        flips: (batch,) whether left and right are exchanged.

    Returns:
        (batch, channels, rows, columns)

    Raises:
        ValueError: if the shapes do not fit, or an angle or a shift is not finite.

    >>> image = np.array([[[[1, 2, 3]]]], np.float32)
    >>> transformed(image, np.zeros(1), np.array([[0.0, 1.0]]), np.array([False])).tolist()
    [[[[1.0, 1.0, 2.0]]]]
    """
    batch = len(images)
    given = (images.ndim, angles.shape, shifts.shape, flips.shape)
    if given != (4, (batch,), (batch, 2), (batch,)):
        raise ValueError(
            f"images, angles, shifts and flips have shapes {images.shape}, {angles.shape}, "
            f"{shifts.shape} and {flips.shape}; they must be (n, channels, rows, columns), (n,), "
            "(n, 2) and (n,)"
        )
    if not (np.isfinite(angles).all() and np.isfinite(shifts).all()):
        raise ValueError("an angle or a shift is not a finite number")
    out = np.empty(images.shape, np.float32)
    _resample(np.ascontiguousarray(images, np.float32), np.radians(angles), shifts, flips, out)
    return out


def warm_up() -> None:
    """Compile the kernel, or load it from numba's cache on disk; seconds the first time."""
    transformed(
        np.zeros((1, 1, 1, 1), np.float32), np.zeros(1), np.zeros((1, 2)), np.zeros(1, bool)
    )


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _resample(images, angles, shifts, flips, out):  # type: ignore[no-untyped-def]
    n_channels, n_rows, n_columns = images.shape[1:]
    # Offsets from the centre are whole or half pixels in float64: exact, if nothing is rotated.
    middle_row, middle_column = (n_rows - 1) / 2, (n_columns - 1) / 2
    for image in range(len(images)):
        cosine, sine = np.cos(angles[image]), np.sin(angles[image])
        mirror = -1.0 if flips[image] else 1.0
        for row in range(n_rows):
            down = row - middle_row - shifts[image, 0]
            for column in range(n_columns):
                right = column - middle_column - shifts[image, 1]
                # Where this pixel comes from: back through the rotation, then through the flip.
                source_row = middle_row + right * sine + down * cosine
                source_column = middle_column + mirror * (right * cosine - down * sine)
                top, bottom, low = _neighbours(source_row, n_rows)
                left, far, across = _neighbours(source_column, n_columns)
                for channel in range(n_channels):
                    pixels = images[image, channel]
                    upper = (1 - across) * pixels[top, left] + across * pixels[top, far]
                    lower = (1 - across) * pixels[bottom, left] + across * pixels[bottom, far]
                    out[image, channel, row, column] = (1 - low) * upper + low * lower


@numba.njit(nogil=True, cache=True)
def _neighbours(position, length):  # type: ignore[no-untyped-def]
    """The two pixels around a position, held inside the image, and the weight of the second."""
    position = min(max(position, 0.0), length - 1.0)
    first = int(position)
    return first, min(first + 1, length - 1), position - first
