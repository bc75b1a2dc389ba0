"""Samples to learn from, split and standardised."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# The split of the bundled digits is part of the data set, the same for every seed.
_DIGITS_SPLIT_SEED = 0


class DatasetError(ValueError):
    """Data that cannot be used; the message names the file and the value."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Features standardised on training statistics, with their classes.

    Attributes:
        name: what the data are called on screen.
        x_train, x_test: (n_samples, n_features) float32, read-only.
        y_train, y_test: (n_samples,) int64 classes in [0, n_classes), read-only.
        n_classes: number of classes, at least 2.
        image_shape: (rows, columns) if the features are the pixels of an image.
    """

    name: str
    x_train: NDArray[np.float32]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.float32]
    y_test: NDArray[np.int64]
    n_classes: int
    image_shape: tuple[int, int] | None = None

    @property
    def n_features(self) -> int:
        """Number of input features."""
        return int(self.x_train.shape[1])


def load_dataset(source: str) -> Dataset:
    """Load `digits`, or a folder of IDX files.

    Raises:
        DatasetError: if there are no such data, or a file is damaged; the message names it.

    >>> digits = load_dataset("digits")
    >>> digits.x_train.shape, digits.x_test.shape, digits.n_classes
    ((1437, 64), (360, 64), 10)
    """
    if source == "digits":
        return _digits()
    return _idx(data_folder(source))


def data_folder(source: str) -> Path:
    """The folder that `source` names; `~` is the home folder.

    Raises:
        DatasetError: if there is no such folder, or it may not be looked into.
    """
    try:
        folder = Path(source).expanduser()
        if folder.is_dir():
            return folder
    except (OSError, RuntimeError, ValueError) as error:
        raise DatasetError(f"{source} cannot be a folder of data: {error}") from error
    raise DatasetError(f"{source} is not a folder; give a folder of IDX files such as MNIST's")


def _digits() -> Dataset:
    # Imported where needed: scikit-learn takes half a second to load.
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    x, y = load_digits(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=0.2, stratify=y, random_state=_DIGITS_SPLIT_SEED
    )
    return _standardised("digits", x_train, y_train, x_test, y_test, (8, 8))


def _idx(folder: Path) -> Dataset:
    from set_engine.idx import read_idx_folder

    arrays = read_idx_folder(folder)
    rows, columns = arrays["train_images"].shape[1:]
    return _standardised(
        folder.resolve().name,
        arrays["train_images"].reshape(-1, rows * columns),
        arrays["train_labels"],
        arrays["test_images"].reshape(-1, rows * columns),
        arrays["test_labels"],
        (rows, columns),
    )


def _standardised(
    name: str,
    x_train: NDArray[np.generic],
    y_train: NDArray[np.generic],
    x_test: NDArray[np.generic],
    y_test: NDArray[np.generic],
    image_shape: tuple[int, int] | None,
) -> Dataset:
    """Each pixel centred on its training mean, all divided by one deviation, that of all pixels.

    Constant pixels become 0 and say nothing. A deviation of its own for each pixel would blow the
    rare ones of a margin up to hundreds of deviations, and training diverges.
    """
    if y_train.min() == y_train.max():
        raise DatasetError(
            f"{name} has training labels of class {y_train.min()} alone; it must have at least 2 "
            "classes"
        )
    n_classes = int(max(y_train.max(), y_test.max())) + 1
    features = x_train.astype(np.float32)
    mean = features.mean(axis=0, dtype=np.float64).astype(np.float32)
    features -= mean
    # Summed in float64: over the pixels of MNIST float32 is off by 4e-4.
    squares = np.einsum("ij,ij->", features, features, dtype=np.float64)
    deviation = np.sqrt(squares / features.size)
    if deviation == 0:
        raise DatasetError(f"{name} has training samples that are all equal; they must differ")
    scale = np.float32(1 / deviation)
    features *= scale
    test_features = (x_test.astype(np.float32) - mean) * scale
    arrays = (features, y_train.astype(np.int64), test_features, y_test.astype(np.int64))
    for array in arrays:
        array.setflags(write=False)
    return Dataset(name, *arrays, n_classes=n_classes, image_shape=image_shape)
