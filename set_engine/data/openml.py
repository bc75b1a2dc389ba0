"""Data sets of openml.org (Vanschoren et al. 2013), by name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError

import numpy as np
from numpy.typing import NDArray

from set_engine.data.classes import as_labels
from set_engine.data.images import square_image_shape
from set_engine.data.samples import DatasetError, Labelled, Samples, check_finite

_SOURCE = re.compile(r"openml:(?P<name>[\w.()+-]+)(:(?P<version>[1-9]\d*))?")
# What OpenML answers to a name it does not know.
_NOT_FOUND = 404


@dataclass(frozen=True)
class OpenmlName:
    """A data set of OpenML; without a version, the oldest that is active.

    >>> OpenmlName.parse("openml:mnist_784:1")
    OpenmlName(name='mnist_784', version=1)
    """

    name: str
    version: int | None = None

    @classmethod
    def parse(cls, source: str) -> OpenmlName:
        """The data set that `openml:NAME` or `openml:NAME:VERSION` means.

        Raises:
            DatasetError: if `source` is neither.
        """
        found = _SOURCE.fullmatch(source)
        if found is None:
            raise DatasetError(
                f"{source} names no data set of OpenML; it must be openml:NAME or "
                "openml:NAME:VERSION, such as openml:mnist_784:1"
            )
        version = found["version"]
        return cls(found["name"], None if version is None else int(version))

    def __str__(self) -> str:
        return self.name if self.version is None else f"{self.name}, version {self.version}"


def read_openml(wanted: OpenmlName) -> Samples:
    """Download a data set, or read the copy that scikit-learn kept of it.

    A category that is written as a number counts as that number. Features that look like square
    images (see `set_engine.data.images`) are taken for such, row by row.

    Raises:
        DatasetError: if it cannot be had, has no label for each sample, or a feature, which is
            named, is no number.
    """
    bunch = _fetch(wanted)
    where = f"OpenML's {wanted}"
    names = list(bunch.feature_names)
    x = _features(where, bunch.data, names)
    y = _labels(where, bunch.target)
    version = bunch.details["version"]
    return Samples(
        f"{wanted.name} (OpenML, version {version})",
        Labelled(x, y),
        image_shape=square_image_shape(x),
    )


def _fetch(wanted: OpenmlName) -> Any:
    # Imported where needed: scikit-learn takes half a second to load.
    from sklearn.datasets import fetch_openml

    try:
        return fetch_openml(
            wanted.name,
            version=wanted.version or "active",
            n_retries=1,
            # Let pandas find the types. Left alone, scikit-learn 1.9 asks for categories and then
            # fails on those that pandas 3 reads as numbers, such as the classes of mnist_784.
            read_csv_kwargs={"dtype": None},
        )
    except HTTPError as error:
        error.close()
        if error.code == _NOT_FOUND:
            raise DatasetError(f"OpenML has no data set {wanted}") from error
        raise DatasetError(
            f"OpenML refused {wanted}: HTTP {error.code} {error.reason}; try again later"
        ) from error
    except (URLError, TimeoutError, ConnectionError) as error:
        raise DatasetError(
            f"{wanted} cannot be downloaded, OpenML is out of reach: "
            f"{getattr(error, 'reason', error)}. Without a network only a data set that was "
            "downloaded before can be used"
        ) from error
    except OSError as error:
        raise DatasetError(
            f"{wanted} cannot be kept in scikit-learn's folder of data: {error}"
        ) from error
    # Sent or kept, damaged data fail anywhere in scikit-learn's parsers; so does a missing pandas.
    except Exception as error:
        raise DatasetError(f"OpenML's {wanted} cannot be used: {error}") from error


def _features(where: str, data: Any, names: list[str]) -> NDArray[Any]:
    """The features of a pandas.DataFrame or a sparse matrix, as an array."""
    if hasattr(data, "toarray"):
        x: NDArray[Any] = data.astype(np.float32).toarray()
    else:
        _check_numeric(where, data.dtypes.items())
        # Columns of one NumPy type are one array already; others, and missing integers, are not.
        alike = len(set(data.dtypes)) == 1 and isinstance(data.dtypes.iloc[0], np.dtype)
        x = data.to_numpy() if alike else data.to_numpy(np.float64, na_value=np.nan)
    if x.size == 0:
        raise DatasetError(f"{where} has {x.shape[0]} samples of {x.shape[1]} features")
    check_finite(x, lambda row, column: f"{where}, row {row}, column {names[column]}")
    return x


def _check_numeric(where: str, dtypes: Iterable[tuple[str, Any]]) -> None:
    for name, dtype in dtypes:
        if dtype.kind not in "biuf":
            raise DatasetError(
                f"{where} has no numbers in column {name} but {dtype}; all features must be numbers"
            )


def _labels(where: str, target: Any) -> NDArray[Any]:
    if target is None or target.ndim != 1:
        n_columns = 0 if target is None else target.shape[1]
        raise DatasetError(f"{where} has {n_columns} columns of labels; it must have 1")
    values = np.asarray(target)
    if values.dtype.kind == "O":
        # Values with spaces are quoted in ARFF files; pandas leaves single quotes where they are.
        values = np.char.strip(values.astype(str), "'")
    return as_labels(values, lambda row: f"{where}, label of row {row}")
