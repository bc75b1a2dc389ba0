"""The division of samples into those to train on and those to test on."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from set_engine.data.classes import check_repeated
from set_engine.data.samples import DatasetError, Labelled, Samples

# The split is part of the data set: the same for every run, whatever its seed.
_SPLIT_SEED = 0


def split(samples: Samples) -> tuple[Labelled, Labelled]:
    """Training and test samples: as the file has them, or else drawn class by class.

    Raises:
        DatasetError: if a class or the whole has too few samples to divide.
    """
    if samples.test is not None:
        return samples.train, samples.test
    # Imported where needed: scikit-learn takes half a second to load.
    from sklearn.model_selection import train_test_split

    whole = samples.train
    _check_divisible(samples.name, whole.y, ceil(samples.test_share * len(whole)))
    train, test = train_test_split(
        np.arange(len(whole)),
        test_size=samples.test_share,
        stratify=whole.y,
        random_state=_SPLIT_SEED,
    )
    return Labelled(whole.x, whole.y[train], train), Labelled(whole.x, whole.y[test], test)


def _check_divisible(name: str, labels: NDArray[Any], n_test: int) -> None:
    if len(labels) < 2:
        raise DatasetError(f"{name} has {len(labels)} samples; it must have at least 2")
    known, counts = np.unique(labels, return_counts=True)
    if len(known) == 1:
        raise DatasetError(
            f"{name} has labels of class {known[0]} alone; it must have at least 2 classes"
        )
    check_repeated(name, known, len(labels))
    if counts.min() < 2:
        raise DatasetError(
            f"{name} has 1 sample of class {known[counts.argmin()]}; each class must have at least "
            "2, to train and to test on"
        )
    if n_test < len(known):
        raise DatasetError(
            f"{name} has {len(labels)} samples, {n_test} of them to test on; its {len(known)} "
            "classes need a test sample each"
        )
