"""Folders of IDX files, the layout of MNIST and its relatives (LeCun et al.)."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from set_engine.data.samples import DatasetError, Labelled, Samples

_IMAGES, _LABELS = 2051, 2049
_NAMES = {
    ("train", "images"): "train-images-idx3-ubyte",
    ("train", "labels"): "train-labels-idx1-ubyte",
    ("test", "images"): "t10k-images-idx3-ubyte",
    ("test", "labels"): "t10k-labels-idx1-ubyte",
}


def holds_idx(folder: Path) -> bool:
    """Whether any file of the layout is in the folder."""
    return any(
        candidate.is_file() for name in _NAMES.values() for candidate in _forms(folder, name)
    )


def read_idx(folder: Path) -> Samples:
    """The images of a folder as samples, uint8.

    Raises:
        DatasetError: as `read_idx_folder`.
    """
    arrays = read_idx_folder(folder)
    rows, columns = arrays["train_images"].shape[1:]
    n_classes = int(max(arrays["train_labels"].max(), arrays["test_labels"].max())) + 1
    train, test = (
        Labelled(
            arrays[f"{split}_images"].reshape(-1, rows * columns),
            arrays[f"{split}_labels"].astype(np.int64),
        )
        for split in ("train", "test")
    )
    return Samples(
        folder.resolve().name,
        train,
        test,
        image_shape=(1, rows, columns),
        class_names=tuple(map(str, range(n_classes))),
    )


def read_idx_folder(folder: Path) -> dict[str, NDArray[np.uint8]]:
    """The four arrays of a folder in MNIST's layout, plain or gzipped.

    Returns:
        `train_images`, `test_images`: (n, rows, columns) uint8, and `train_labels`, `test_labels`:
        (n,) uint8.

    Raises:
        DatasetError: naming the file and the value, if a file is missing, a file is
            truncated or of another kind, or images and labels differ in number.
    """
    arrays = {}
    for split in ("train", "test"):
        images_file, labels_file = _find(folder, split, "images"), _find(folder, split, "labels")
        images, labels = _read(images_file, _IMAGES), _read(labels_file, _LABELS)
        if len(images) != len(labels):
            raise DatasetError(
                f"{images_file} has {len(images)} images but {labels_file.name} has "
                f"{len(labels)} labels; they must be equally many"
            )
        if images.size == 0:
            shape = " × ".join(map(str, images.shape))
            raise DatasetError(f"{images_file} has {shape} pixels; it must have at least 1 image")
        arrays[f"{split}_images"], arrays[f"{split}_labels"] = images, labels
    if arrays["train_images"].shape[1:] != arrays["test_images"].shape[1:]:
        shapes = [" × ".join(map(str, arrays[f"{s}_images"].shape[1:])) for s in ("train", "test")]
        raise DatasetError(
            f"{folder}: training images are {shapes[0]} but test images {shapes[1]}; "
            "they must be of one size"
        )
    return arrays


def _find(folder: Path, split: str, what: str) -> Path:
    name = _NAMES[split, what]
    for candidate in _forms(folder, name):
        if candidate.is_file():
            return candidate
    raise DatasetError(f"{folder} has no {name} (nor {name}.gz)")


def _forms(folder: Path, name: str) -> tuple[Path, ...]:
    dotted = name.replace("-idx", ".idx")
    return tuple(folder / form for form in (name, f"{name}.gz", dotted, f"{dotted}.gz"))


def _read(path: Path, magic: int) -> NDArray[np.uint8]:
    content = _content(path)
    n_dimensions = magic & 0xFF
    header_size = 4 + 4 * n_dimensions
    if len(content) < header_size:
        raise DatasetError(
            f"{path} is {len(content)} bytes long; its header alone needs {header_size}"
        )
    found, *shape = struct.unpack(f">{1 + n_dimensions}I", content[:header_size])
    if found != magic:
        kind = "images" if magic == _IMAGES else "labels"
        raise DatasetError(f"{path} begins with {found}; an IDX file of {kind} begins with {magic}")
    expected = int(np.prod(shape, dtype=object))
    if len(content) - header_size != expected:
        raise DatasetError(
            f"{path} holds {len(content) - header_size} values; its header promises "
            f"{' × '.join(map(str, shape))} = {expected}"
        )
    return np.frombuffer(content, np.uint8, offset=header_size).reshape(shape)


def _content(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DatasetError(f"{path} is truncated or no gzip file: {error}") from error
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}") from error
