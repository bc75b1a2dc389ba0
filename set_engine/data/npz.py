"""NumPy archives of samples, split or not."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from set_engine.data.images import square_image_shape
from set_engine.data.keyed import find_key, labelled
from set_engine.data.samples import DatasetError, Labelled, Samples

_SPLIT_KEYS = ("x_train", "y_train", "x_test", "y_test")
_CHANNELS = (1, 3)


def read_npz(path: Path) -> Samples:
    """The samples of an `.npz` file: X and Y, or x_train, y_train, x_test and y_test.

    Capital and small letters are the same. Features are (samples, features); or images, (samples,
    rows, columns), (samples, channels, rows, columns) or (samples, rows, columns, channels), with
    1 or 3 channels. Two-dimensional features may be recognised as images, see
    `set_engine.data.images`.

    Raises:
        DatasetError: naming the file and the key, if it cannot be read or lacks one.
    """
    content = _content(path)
    if not {key.lower() for key in content} & set(_SPLIT_KEYS):
        train, image_shape = _part(path, content, "X", "Y")
        return Samples(path.name, train, image_shape=image_shape)
    train, image_shape = _part(path, content, "x_train", "y_train")
    test, _ = _part(path, content, "x_test", "y_test")
    if train.x.shape[1] != test.x.shape[1]:
        raise DatasetError(
            f"{path}: training samples have {train.x.shape[1]} features but test samples "
            f"{test.x.shape[1]}; they must have equally many"
        )
    if (train.y.dtype.kind == "U") != (test.y.dtype.kind == "U"):
        raise DatasetError(
            f"{path}: of y_train and y_test one holds text and one numbers; they must be alike"
        )
    return Samples(path.name, train, test, image_shape=image_shape)


def _content(path: Path) -> dict[str, NDArray[Any]]:
    try:
        # Opened here: np.load leaves a file that it cannot read open.
        with path.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise DatasetError(f"{path} is one array; it must be an archive with X and Y")
            return {key: archive[key] for key in archive.files}
    except DatasetError:
        raise
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DatasetError(f"{path} is damaged or no archive of plain arrays: {reason}") from error
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror or error}") from error


def _part(
    path: Path, content: dict[str, NDArray[Any]], x_key: str, y_key: str
) -> tuple[Labelled, tuple[int, int, int] | None]:
    """The samples under two keys, and the shape of an image if they are images."""
    samples = labelled(path, content, x_key, y_key)
    key = find_key(path, content, x_key)
    match content[key].shape[1:]:
        case (_,):
            return samples, square_image_shape(samples.x)
        case (rows, columns):
            return samples, (1, rows, columns)
        case (channels, rows, columns) if channels in _CHANNELS:
            return samples, (channels, rows, columns)
        case (rows, columns, channels) if channels in _CHANNELS:
            by_channel = samples.x.reshape(-1, rows * columns, channels).swapaxes(1, 2)
            x = by_channel.reshape(samples.x.shape)
            return Labelled(x, samples.y), (channels, rows, columns)
    shape = " × ".join(map(str, content[key].shape))
    raise DatasetError(
        f"{path}: {key} is {shape}; it must be samples × features, or images with 1 or 3 channels"
    )
