"""What a data set may be called, and which reader each name means."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from set_engine.data.cifar10 import holds_cifar10, read_cifar10
from set_engine.data.csv_table import read_csv
from set_engine.data.digits import read_digits
from set_engine.data.idx import holds_idx, read_idx
from set_engine.data.matlab import read_matlab
from set_engine.data.npz import read_npz
from set_engine.data.openml import OpenmlName, read_openml
from set_engine.data.samples import DatasetError, Samples
from set_engine.data.synthetic import SyntheticShape, make_synthetic

SOURCES_HELP = (
    "digits; a folder of IDX files such as MNIST's, or of CIFAR-10's binary files; a .mat, .npz "
    "or .csv file; openml:NAME or openml:NAME:VERSION; or "
    "synthetic:samples=…,features=…,classes=…"
)

_FILE_READERS = {".mat": read_matlab, ".npz": read_npz, ".csv": read_csv}

Reading = tuple[str, Callable[[], Samples]]


def check_source(source: str) -> None:
    """Refuse what cannot be a data set, without reading it: quick enough to do while one types.

    Raises:
        DatasetError: if there is no such folder or file, or a name is not written as it must be.

    >>> check_source("synthetic:samples=1000,features=20")
    >>> check_source("synthetic:samples=few")
    Traceback (most recent call last):
    set_engine.data.samples.DatasetError: synthetic: samples is 'few'; it must be a whole number
    """
    find_reading(source)


def find_reading(source: str) -> Reading:
    """What is done to have the data set, in words, and the function that does it.

    A file or folder called like one of the other data sets is meant by a path such as `./digits`.

    Raises:
        DatasetError: as `check_source`.
    """
    kind = source.partition(":")[0]
    if source == "digits":
        return "Reading digits", read_digits
    if kind == "openml":
        name = OpenmlName.parse(source)
        return f"Downloading {name} from OpenML, unless a copy is here", partial(read_openml, name)
    if kind == "synthetic":
        shape = SyntheticShape.parse(source)
        return f"Making up {shape.samples:,} samples", partial(make_synthetic, shape)
    try:
        return _path_reading(source)
    except (OSError, RuntimeError, ValueError) as error:
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(f"{source} cannot be a folder of data: {error}") from error


def _path_reading(source: str) -> Reading:
    path = Path(source).expanduser()
    if path.is_dir():
        return f"Reading {path.resolve().name}", partial(_folder_reader(path), path)
    reader = _FILE_READERS.get(path.suffix.lower())
    if reader is None:
        raise DatasetError(
            f"{source} is not a folder, nor any other data set; it must be one of: {SOURCES_HELP}"
        )
    if not path.is_file():
        raise DatasetError(f"{path} is not there; no such file")
    return f"Reading {path.name}", partial(reader, path)


def _folder_reader(folder: Path) -> Callable[[Path], Samples]:
    if holds_cifar10(folder):
        return read_cifar10
    if holds_idx(folder):
        return read_idx
    raise DatasetError(
        f"{folder} holds neither IDX files (train-images-idx3-ubyte …) nor those of CIFAR-10 "
        "(data_batch_1.bin …)"
    )
