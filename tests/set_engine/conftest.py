"""What the tests of the engine share."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from set_engine import Dataset, RunStore, kernels, leave_cores_to_kernels, load_dataset


@pytest.fixture(params=["serial", "parallel"])
def kernel_form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the two forms of the kernels, whatever the size of the work."""
    monkeypatch.setattr(
        kernels, "_PARALLEL_FROM", 0 if request.param == "parallel" else sys.maxsize
    )
    return request.param


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    """A store without runs."""
    return RunStore(tmp_path / "runs")


@pytest.fixture(scope="session")
def blobs() -> Dataset:
    """Three classes of 12 features that overlap a little: 120 samples to train on, 45 to test."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(3, 12))

    def samples(n: int) -> tuple[np.ndarray, np.ndarray]:
        y = np.arange(n) % 3
        return (centres[y] + rng.normal(0, 0.7, (n, 12))).astype(np.float32), y.astype(np.int64)

    arrays = (*samples(120), *samples(45))
    for array in arrays:
        array.setflags(write=False)
    return Dataset("blobs", *arrays, n_classes=3)


def _few(dataset: Dataset) -> Dataset:
    parts = dataset.x_train[:100], dataset.y_train[:100], dataset.x_test[:50], dataset.y_test[:50]
    return Dataset("digits", *parts, n_classes=10, image_shape=dataset.image_shape)


@pytest.fixture(scope="session")
def digits() -> Dataset:
    """All of scikit-learn's digits, standardised: images of 8 by 8 pixels."""
    return load_dataset("digits")


@pytest.fixture(scope="session")
def unit_digits() -> Dataset:
    """The same in [0, 1], as an RBM takes them."""
    return load_dataset("digits", scaling="unit")


@pytest.fixture(scope="session")
def few_digits(digits) -> Dataset:
    """100 of the digits to train on, 50 to test."""
    return _few(digits)


@pytest.fixture(scope="session")
def few_unit_digits(unit_digits) -> Dataset:
    """100 of the digits in [0, 1] to train on, 50 to test."""
    return _few(unit_digits)


@pytest.fixture(autouse=True)
def _as_in_our_own_processes() -> None:
    """Whatever ran before each test, torch computes on one core; equal runs need equal threads."""
    leave_cores_to_kernels()


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """Wait for something another thread or process does; fail if it never happens."""

    def wait(condition: Callable[[], object], seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.005)

    return wait
