"""Features and labels under keys, as MATLAB and NumPy files hold them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from set_engine.data.classes import as_labels
from set_engine.data.samples import DatasetError, Labelled, check_finite


def find_key(path: Path, keys: Mapping[str, Any], wanted: str) -> str:
    """The key that is `wanted`, or it in small or capital letters.

    Raises:
        DatasetError: listing the keys there are.
    """
    if wanted in keys:
        return wanted
    for key in keys:
        if key.lower() == wanted.lower():
            return key
    there = ", ".join(sorted(keys)) or "none"
    raise DatasetError(f"{path} has no key {wanted}; its keys are: {there}")


def labelled(path: Path, keys: Mapping[str, Any], x_key: str, y_key: str) -> Labelled:
    """The samples under two keys; the features may have further axes, which are flattened.

    Raises:
        DatasetError: naming the file, the key and the value, if they are not features and labels.
    """
    x_key, y_key = find_key(path, keys, x_key), find_key(path, keys, y_key)
    x, y = np.asarray(keys[x_key]), np.asarray(keys[y_key])
    _check_features(path, x_key, x)
    if y.size != max(y.shape, default=0):
        raise DatasetError(
            f"{path}: {y_key} is {_shape(y)}; it must have one label for each sample"
        )
    if len(x) != y.size:
        raise DatasetError(
            f"{path}: {x_key} has {len(x)} samples but {y_key} has {y.size} labels; they must be "
            "equally many"
        )
    x = x.reshape(len(x), -1)
    check_finite(x, lambda row, column: f"{path}: {x_key}[{row}, {column}]")
    return Labelled(x, as_labels(y.reshape(-1), lambda row: f"{path}: {y_key}[{row}]"))


def _check_features(path: Path, key: str, x: NDArray[Any]) -> None:
    if x.dtype.kind not in "biuf":
        raise DatasetError(f"{path}: {key} is of type {x.dtype}; it must hold real numbers")
    if x.ndim < 2 or x.size == 0:
        raise DatasetError(f"{path}: {key} is {_shape(x)}; it must be samples × features")


def _shape(array: NDArray[Any]) -> str:
    return " × ".join(map(str, array.shape)) or "a single value"
