"""Scales of features, estimated on training samples alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from set_engine.data.samples import DatasetError, Labelled, Samples

Scaling = Literal["standard", "unit"]


@dataclass(frozen=True, eq=False)
class Scale:
    """x becomes (x - origin) / spread, clipped to `limits`.

    Attributes:
        origin: (n_features,) or scalar float64.
        spread: (n_features,) or scalar float64 above 0; infinite where a feature is to become 0.
        limits: smallest and largest result.
    """

    origin: NDArray[np.float64]
    spread: NDArray[np.float64]
    limits: tuple[float, float] | None = None

    def apply(self, part: Labelled) -> NDArray[np.float32]:
        """The scaled features, (n_samples, n_features) float32, C-contiguous and read-only.

        Features that are such an array already are scaled where they are: readers hand over what
        nobody else holds, and large data sets must not be in memory twice.
        """
        scaled = part.x if _can_hold_result(part) else _empty(part)
        for rows, block in part.blocks():
            block -= self.origin
            block /= self.spread
            if self.limits is not None:
                block.clip(*self.limits, out=block)
            scaled[rows] = block
        scaled.setflags(write=False)
        return scaled


def scale_of(samples: Samples, train: Labelled, scaling: Scaling) -> Scale:
    """The scale that `scaling` means for these training samples.

    `unit` maps all features to [0, 1] by their common minimum and maximum, for the visible
    units of an RBM. `standard` centres each feature on its mean. Features of a table are divided by
    their own standard deviation, and constant ones become 0. Pixels are all divided by one
    deviation, that of all pixels: one of its own for each pixel would blow the rare ones of a
    margin up to hundreds of deviations, and training diverges.

    Raises:
        DatasetError: if all training samples are equal.
    """
    if scaling == "unit":
        scale = _unit(train)
    else:
        scale = _standard(train, common=samples.image_shape is not None)
    if not (np.isfinite(scale.spread) & (scale.spread > 0)).any():
        raise DatasetError(
            f"{samples.name} has training samples that are all equal; they must differ"
        )
    return scale


def _unit(train: Labelled) -> Scale:
    least, most = np.inf, -np.inf
    for _, block in train.blocks():
        least, most = min(least, block.min()), max(most, block.max())
    return Scale(np.asarray(least), np.asarray(most - least), limits=(0.0, 1.0))


def _standard(train: Labelled, *, common: bool) -> Scale:
    # Summed as differences from the first sample: a constant feature has a mean of exactly its
    # value, and a deviation of exactly 0.
    first = next(train.blocks())[1][0]
    offset = _mean_difference(train, first)
    squares = np.zeros_like(first)
    for _, block in train.blocks():
        block -= first + offset
        squares += np.einsum("ij,ij->j", block, block)
    variance = squares / len(train)
    deviation = np.sqrt(variance.mean() if common else variance).astype(np.float32)
    spread = np.where(deviation > 0, deviation, np.inf).astype(np.float64)
    return Scale(first + _rounded(offset, spread), spread)


def _mean_difference(train: Labelled, first: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.zeros_like(first)
    for _, block in train.blocks():
        block -= first
        total += block.sum(axis=0)
    return total / len(train)


def _rounded(offset: NDArray[np.float64], spread: NDArray[np.float64]) -> NDArray[np.float64]:
    """Offsets to 2^-24 of the spread, which float32 hardly tells.

    The last bits of a sum depend on the processor; they must not reach the features, or equal data
    would differ, and with them their runs and digests, between machines.
    """
    step = np.where(np.isfinite(spread), spread, 1.0) * 2.0**-24
    rounded: NDArray[np.float64] = np.rint(offset / step) * step
    return rounded


def _can_hold_result(part: Labelled) -> bool:
    flags = part.x.flags
    return (
        part.rows is None and part.x.dtype == np.float32 and flags.writeable and flags.c_contiguous
    )


def _empty(part: Labelled) -> NDArray[np.float32]:
    return np.empty((len(part), part.x.shape[1]), np.float32)
