"""Folders in the binary layout of CIFAR-10 (Krizhevsky 2009)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from set_engine.data.samples import DatasetError, Labelled, Samples

_TRAIN_FILES = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
_TEST_FILES = ("test_batch.bin",)
# Where the official archive puts them.
_INNER_FOLDER = "cifar-10-batches-bin"

IMAGE_SHAPE = (3, 32, 32)
# 1 label byte, then 1024 red, 1024 green and 1024 blue pixels, row by row.
_RECORD_SIZE = 1 + 3 * 32 * 32
_CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)


def holds_cifar10(folder: Path) -> bool:
    """Whether any file of the layout is in the folder, or in the archive's own folder in it."""
    return _inner(folder) is not None


def read_cifar10(folder: Path) -> Samples:
    """The images of a folder that `holds_cifar10`, as uint8.

    Raises:
        DatasetError: naming the file, if one is missing, is no whole number of records, or has a
            label above 9.
    """
    inner = _inner(folder) or folder
    train, test = _read(inner, _TRAIN_FILES), _read(inner, _TEST_FILES)
    n_classes = int(max(train.y.max(), test.y.max())) + 1
    return Samples(
        folder.resolve().name,
        train,
        test,
        image_shape=IMAGE_SHAPE,
        class_names=_CLASSES[:n_classes],
    )


def _inner(folder: Path) -> Path | None:
    for candidate in (folder, folder / _INNER_FOLDER):
        if any((candidate / name).is_file() for name in _TRAIN_FILES + _TEST_FILES):
            return candidate
    return None


def _read(folder: Path, names: Sequence[str]) -> Labelled:
    paths = [folder / name for name in names]
    ends = np.cumsum([0, *map(_n_records, paths)])
    records = np.empty((ends[-1], _RECORD_SIZE), np.uint8)
    for path, start, end in zip(paths, ends[:-1], ends[1:], strict=True):
        _fill(records[start:end], path)
    return Labelled(records[:, 1:], records[:, 0].astype(np.int64))


def _n_records(path: Path) -> int:
    if not path.is_file():
        raise DatasetError(f"{path.parent} has no {path.name}")
    n_bytes = path.stat().st_size
    if n_bytes == 0 or n_bytes % _RECORD_SIZE:
        raise DatasetError(
            f"{path} is {n_bytes} bytes long; it must be a multiple of {_RECORD_SIZE}, one label "
            "and 3072 pixels for each image"
        )
    return n_bytes // _RECORD_SIZE


def _fill(records: NDArray[np.uint8], path: Path) -> None:
    try:
        with path.open("rb") as file:
            n_read = file.readinto(records.reshape(-1).data)
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}") from error
    if n_read != records.size:
        raise DatasetError(f"{path} ended after {n_read} of {records.size} bytes")
    if records[:, 0].max() >= len(_CLASSES):
        number = int(np.argmax(records[:, 0] >= len(_CLASSES)))
        raise DatasetError(
            f"{path}: image {number} (from 0) has label {records[number, 0]}; it must be 0 to 9"
        )
