"""What a reader hands over: features and labels as the file holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# 1 MB of float64: blocks stay in the processor's cache, and no data set is ever float64 as a whole.
_BLOCK_VALUES = 2**17
# In float64, or a comparison with float16 would turn it into infinity.
_LARGEST = np.float64(np.finfo(np.float32).max)


class DatasetError(ValueError):
    """Data that cannot be used; the message names the file and the value."""


@dataclass(frozen=True, eq=False)
class Labelled:
    """Samples with their labels, not yet scaled.

    Attributes:
        x: (n_stored, n_features) real numbers of any dtype.
        y: (n_samples,) int64 or text labels.
        rows: (n_samples,) int64, which rows of `x` the samples are; None if they are all of them.
    """

    x: NDArray[Any]
    y: NDArray[Any]
    rows: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.y)

    def blocks(self) -> Iterator[tuple[slice, NDArray[np.float64]]]:
        """The features in float64, some samples at a time, and which samples they are."""
        for part in _parts(len(self), self.x.shape[1]):
            chosen = part if self.rows is None else self.rows[part]
            yield part, self.x[chosen].astype(np.float64)


@dataclass(frozen=True, eq=False)
class Samples:
    """A data set as its file holds it: not yet split, numbered or scaled.

    Attributes:
        name: what the data are called on screen.
        train: the training samples, or all if `test` is None.
        test: the test samples, if the file says which they are.
        test_share: the fraction to test on if it does not; a third, as the authors of SET-RBM do.
        image_shape: (channels, rows, columns) if the features are pixels in this order.
        class_names: by number, if the labels are numbers from 0 on already; None to number them.
    """

    name: str
    train: Labelled
    test: Labelled | None = None
    test_share: float = 1 / 3
    image_shape: tuple[int, int, int] | None = None
    class_names: tuple[str, ...] | None = None


def check_finite(x: NDArray[Any], place: Callable[[int, int], str]) -> None:
    """Refuse NaN, infinities and what float32 cannot hold; `place` names a row and a column.

    Raises:
        DatasetError: naming the first such value and its place.
    """
    if x.dtype.kind != "f":
        return
    for part in _parts(*x.shape):
        # NaN fails the comparison too.
        good = np.abs(x[part]) <= _LARGEST
        if not good.all():
            row, column = np.argwhere(~good)[0]
            row += part.start
            raise DatasetError(
                f"{place(int(row), int(column))} is {x[row, column]}; it must be a finite number "
                f"of at most {_LARGEST:.2g} in size"
            )


def _parts(n_rows: int, n_columns: int) -> Iterator[slice]:
    step = max(1, _BLOCK_VALUES // max(1, n_columns))
    for start in range(0, n_rows, step):
        yield slice(start, min(start + step, n_rows))
