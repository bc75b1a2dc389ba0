"""MATLAB files of X and Y, as feature selection benchmarks are published (Li et al. 2018)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from set_engine.data.images import square_image_shape
from set_engine.data.keyed import find_key, labelled
from set_engine.data.samples import DatasetError, Labelled, Samples


def read_matlab(path: Path) -> Samples:
    """The samples of a `.mat` file: X, samples × features, and Y, a label for each.

    If the features look like square images (see `set_engine.data.images`), their pixels are put
    into order row by row: MATLAB stores matrices column by column, and COIL20 stands on its side if
    one forgets it.

    Raises:
        DatasetError: naming the file and the key, if it cannot be read or has no X and Y.
    """
    samples = labelled(path, _content(path), "X", "Y")
    image_shape = square_image_shape(samples.x)
    if image_shape is not None:
        pixels = samples.x.reshape(-1, *image_shape[1:]).swapaxes(1, 2)
        samples = Labelled(pixels.reshape(samples.x.shape), samples.y)
    return Samples(path.name, samples, image_shape=image_shape)


def _content(path: Path) -> dict[str, Any]:
    # Here: SciPy loads for a fifth of a second, and other data go without.
    from scipy.io import loadmat
    from scipy.sparse import issparse

    try:
        found = loadmat(path)
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror or error}") from error
    except NotImplementedError as error:
        raise DatasetError(
            f"{path} is a MATLAB 7.3 file, which is HDF5; save it by save('…', '-v7')"
        ) from error
    # The parser has no error of its own: damaged bytes fail wherever they are met.
    except Exception as error:
        raise DatasetError(f"{path} is damaged or no MATLAB file: {error}") from error
    content = {key: value for key, value in found.items() if not key.startswith("__")}
    x_key = find_key(path, content, "X")
    if issparse(content[x_key]):
        content[x_key] = np.asarray(content[x_key].toarray())
    return content
