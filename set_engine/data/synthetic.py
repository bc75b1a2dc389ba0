"""Made-up samples of any shape, for runs that measure scaling."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from set_engine.data.samples import DatasetError, Labelled, Samples

# Typical distance between two classes in standard deviations of the noise: nearly all samples can
# be told apart, if all informative features are used.
_DISTANCE = 6.0
_BLOCK_ROWS = 256
_MOST = 1_000_000_000


@dataclass(frozen=True)
class SyntheticShape:
    """How many samples to make up; `informative` features tell the classes apart.

    >>> SyntheticShape.parse("synthetic:samples=600,features=20")
    SyntheticShape(samples=600, features=20, classes=10, informative=4, seed=0)
    """

    samples: int = 3000
    features: int = 100
    classes: int = 10
    # 0 stands for a fifth of the features.
    informative: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.informative == 0:
            object.__setattr__(self, "informative", max(1, self.features // 5))
        self._check("classes", 2, _MOST)
        # A third is to test on, at least once for each class.
        self._check("samples", 3 * self.classes, _MOST)
        self._check("features", 1, _MOST)
        self._check("informative", 1, self.features)
        self._check("seed", 0, 2**63 - 1)

    @classmethod
    def parse(cls, source: str) -> SyntheticShape:
        """The shape that `synthetic:samples=…,features=…,classes=…,informative=…,seed=…` means.

        Raises:
            DatasetError: naming the setting and its value.
        """
        settings: dict[str, int] = {}
        names = [field.name for field in fields(cls)]
        for setting in filter(None, source.partition(":")[2].split(",")):
            name, _, value = (piece.strip() for piece in setting.partition("="))
            if name not in names:
                raise DatasetError(f"synthetic has no setting '{name}'; it has {', '.join(names)}")
            if not (value.isascii() and value.isdigit()):
                raise DatasetError(f"synthetic: {name} is '{value}'; it must be a whole number")
            settings[name] = int(value)
        return cls(**settings)

    def _check(self, name: str, least: int, most: int) -> None:
        value = getattr(self, name)
        if not least <= value <= most:
            raise DatasetError(
                f"synthetic: {name} is {value:,}; it must be from {least:,} to {most:,}"
            )


def make_synthetic(shape: SyntheticShape) -> Samples:
    """Gaussian noise of deviation 1 around a centroid for each class; a third is to test on.

    The centroids are Gaussian too, and lie about 6 deviations apart; features that are not
    informative are noise alone. Features are float32, classes equally frequent.

    Raises:
        DatasetError: if there is not enough memory.
    """
    n_test = shape.samples // 3
    # First of all: what is too large is refused before anything else is made.
    x_train, x_test = _empty(shape, shape.samples - n_test), _empty(shape, n_test)
    rng = np.random.default_rng(shape.seed)
    # Two Gaussian centroids of deviation s in d features are about s √(2d) apart.
    deviation = _DISTANCE / np.sqrt(2 * shape.informative)
    centroids = rng.normal(0, deviation, (shape.classes, shape.informative)).astype(np.float32)
    informative = rng.choice(shape.features, shape.informative, replace=False)
    return Samples(
        f"synthetic {shape.samples} × {shape.features}",
        _filled(x_train, centroids, informative, rng),
        _filled(x_test, centroids, informative, rng),
    )


def _empty(shape: SyntheticShape, n_samples: int) -> NDArray[np.float32]:
    try:
        return np.empty((n_samples, shape.features), np.float32)
    # NumPy calls a size beyond all addresses a ValueError.
    except (MemoryError, ValueError) as error:
        n_bytes = 4 * shape.samples * shape.features
        raise DatasetError(
            f"synthetic: {shape.samples:,} samples of {shape.features:,} features need "
            f"{n_bytes / 1e9:,.1f} GB, which is more memory than there is"
        ) from error


def _filled(
    x: NDArray[np.float32],
    centroids: NDArray[np.float32],
    informative: NDArray[np.int64],
    rng: np.random.Generator,
) -> Labelled:
    y = np.arange(len(x)) % len(centroids)
    rng.standard_normal(out=x, dtype=np.float32)
    for start in range(0, len(x), _BLOCK_ROWS):
        rows = slice(start, start + _BLOCK_ROWS)
        x[rows, informative] += centroids[y[rows]]
    return Labelled(x, y)
