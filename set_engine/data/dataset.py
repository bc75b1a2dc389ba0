"""Samples to learn from, split, numbered and scaled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from set_engine.data.classes import number_classes
from set_engine.data.samples import DatasetError
from set_engine.data.scaling import Scaling, scale_of
from set_engine.data.sources import SOURCES_HELP, check_source, find_reading
from set_engine.data.splitting import split

__all__ = [
    "SOURCES_HELP",
    "Dataset",
    "DatasetError",
    "Scaling",
    "check_source",
    "load_dataset",
]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Features scaled by training statistics, with their classes.

    Attributes:
        name: what the data are called on screen.
        x_train, x_test: (n_samples, n_features) float32, C-contiguous, read-only.
        y_train, y_test: (n_samples,) int64 classes in [0, n_classes), read-only.
        n_classes: number of classes, at least 2.
        image_shape: (channels, rows, columns) if the features are the pixels of an image, channel
            by channel and row by row.
        class_names: the labels as the file has them, by class; numbers from 0 on if not given.

    Raises:
        ValueError: if there are not as many names as classes.
    """

    name: str
    x_train: NDArray[np.float32]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.float32]
    y_test: NDArray[np.int64]
    n_classes: int
    image_shape: tuple[int, int, int] | None = None
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.class_names:
            object.__setattr__(self, "class_names", tuple(map(str, range(self.n_classes))))
        if len(self.class_names) != self.n_classes:
            raise ValueError(
                f"{self.name} has {len(self.class_names)} class names; it must have one for each "
                f"of {self.n_classes} classes"
            )

    @property
    def n_features(self) -> int:
        """Number of input features."""
        return int(self.x_train.shape[1])

    @cached_property
    def digest(self) -> str:
        """BLAKE2b of classes, image shape and arrays, in hex; equal for equal data of any name."""
        content = hashlib.blake2b(digest_size=16)
        content.update(repr((self.n_classes, self.class_names, self.image_shape)).encode())
        for name in ("x_train", "y_train", "x_test", "y_test"):
            array = np.ascontiguousarray(getattr(self, name))
            content.update(f"{name} {array.dtype.str} {array.shape}".encode())
            content.update(array.data)
        return content.hexdigest()


def load_dataset(
    source: str, *, scaling: Scaling = "standard", phase: Callable[[str], None] = lambda _: None
) -> Dataset:
    """Load the data set that `source` names.

    Files that do not say which samples are to test on are split into two thirds and a third, class
    by class, the same for every run; digits into four fifths and a fifth.

    Args:
        source: `digits`; a folder of IDX files, or of CIFAR-10's binary files; a `.mat`, `.npz` or
            `.csv` file; `openml:NAME[:VERSION]`; `synthetic[:samples=…,features=…,classes=…,
            informative=…,seed=…]`.
        scaling: `standard` or `unit`, see `set_engine.data.scaling.scale_of`.
        phase: is told what is being done, before it is begun.

    Raises:
        DatasetError: if there are no such data, or they are damaged or cannot be learned from; the
            message names the file and the value.
        ValueError: if `scaling` is none of its values.

    >>> digits = load_dataset("digits")
    >>> digits.x_train.shape, digits.x_test.shape, digits.n_classes
    ((1437, 64), (360, 64), 10)
    """
    if scaling not in get_args(Scaling):
        raise ValueError(f"scaling is '{scaling}'; it must be {' or '.join(get_args(Scaling))}")
    doing, read = find_reading(source)
    phase(doing)
    samples = read()
    train, test = split(samples)
    y_train, y_test, class_names = number_classes(samples, train, test)
    phase(f"Scaling {samples.name}")
    scale = scale_of(samples, train, scaling)
    for labels in (y_train, y_test):
        labels.setflags(write=False)
    return Dataset(
        samples.name,
        scale.apply(train),
        y_train,
        scale.apply(test),
        y_test,
        n_classes=len(class_names),
        image_shape=samples.image_shape,
        class_names=class_names,
    )
