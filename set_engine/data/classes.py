"""Labels of any kind, checked and numbered from 0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from set_engine.data.samples import DatasetError, Labelled, Samples


def as_labels(values: NDArray[Any], place: Callable[[int], str]) -> NDArray[Any]:
    """Labels as int64 if they are all numbers, text if not; `place` names a row.

    Raises:
        DatasetError: if a label is a fraction, NaN, infinite or of another kind of value.

    >>> as_labels(np.array([2.0, 1.0]), str), as_labels(np.array(["10", "9"]), str)
    (array([2, 1]), array([10,  9]))
    >>> as_labels(np.array(["1", "b"]), str)
    array(['1', 'b'], dtype='<U1')
    """
    if values.dtype.kind in "bU":
        values = _numbers_if_all(values.astype(str))
    if values.dtype.kind not in "iufU":
        raise DatasetError(
            f"{place(0)} is of type {values.dtype}; a label must be a whole number or text"
        )
    if values.dtype.kind == "f":
        _check_whole(values, place)
    return values if values.dtype.kind == "U" else values.astype(np.int64)


def number_classes(
    samples: Samples, train: Labelled, test: Labelled
) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[str, ...]]:
    """The labels as numbers from 0 on, in the order of the training labels, and their names.

    Raises:
        DatasetError: if training knows one class only, or as many as samples, or a test label is
            none of them.
    """
    known, numbers = np.unique(train.y, return_inverse=True)
    if len(known) == 1:
        raise DatasetError(
            f"{samples.name} has training labels of class {known[0]} alone; it must have at least "
            "2 classes"
        )
    if samples.class_names is not None:
        return train.y.astype(np.int64), test.y.astype(np.int64), samples.class_names
    check_repeated(samples.name, known, len(train))
    _check_known(samples.name, known, test.y)
    tested = np.searchsorted(known, test.y)
    return numbers.astype(np.int64), tested.astype(np.int64), tuple(map(str, known))


def check_repeated(name: str, known: NDArray[Any], n_samples: int) -> None:
    """Refuse labels that are all different: measurements rather than classes."""
    if len(known) == n_samples:
        raise DatasetError(
            f"{name} has {n_samples} samples and as many different labels; classes must repeat"
        )


def _numbers_if_all(texts: NDArray[np.str_]) -> NDArray[Any]:
    try:
        return texts.astype(np.float64)
    except ValueError:
        return texts


def _check_whole(values: NDArray[np.floating[Any]], place: Callable[[int], str]) -> None:
    # NaN and infinities fail too; from 2^53 on float64 no longer tells whole numbers apart.
    with np.errstate(invalid="ignore"):
        whole = (values % 1 == 0) & (np.abs(values) <= 2.0**53)
    if not whole.all():
        row = int(np.argmin(whole))
        raise DatasetError(f"{place(row)} is {values[row]}; a label must be a whole number or text")


def _check_known(name: str, known: NDArray[Any], labels: NDArray[Any]) -> None:
    unknown = np.setdiff1d(labels, known)
    if len(unknown):
        raise DatasetError(
            f"{name} has test samples of class {unknown[0]}, which no training sample has"
        )
