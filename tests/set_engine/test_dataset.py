from __future__ import annotations

import numpy as np
import pytest

from set_engine import DatasetError, load_dataset


def _assert_standardised(data) -> None:
    mean = data.x_train.mean(axis=0, dtype=np.float64)
    assert np.abs(mean).max() < 1e-4
    # One deviation for all pixels together, not one for each.
    deviation = np.sqrt(np.square(data.x_train, dtype=np.float64).mean())
    assert deviation == pytest.approx(1, abs=1e-5)


class TestDigits:
    def test_the_split_is_stratified_and_whole(self):
        data = load_dataset("digits")
        assert (data.name, data.n_classes, data.image_shape) == ("digits", 10, (8, 8))
        assert (data.x_train.shape, data.x_test.shape) == ((1437, 64), (360, 64))
        train, test = np.bincount(data.y_train), np.bincount(data.y_test)
        assert train.sum() + test.sum() == 1797
        assert (np.abs(test - 0.2 * (train + test)) < 1).all()

    def test_is_standardised_as_the_pixels_say(self):
        from sklearn.datasets import load_digits

        data = load_dataset("digits")
        _assert_standardised(data)
        # The transformation is affine with one scale, so it can be undone up to that.
        pixels = np.concatenate([data.x_train, data.x_test])
        steps = np.unique(np.round(pixels - pixels.min(axis=0), 4))
        assert len(steps) == 17
        assert np.diff(steps) == pytest.approx(steps[1], rel=1e-3)
        levels = np.rint((pixels - pixels.min(axis=0)) / steps[1]).sum(axis=1)
        expected = (load_digits().data - load_digits().data.min(axis=0)).sum(axis=1)
        assert sorted(levels) == sorted(expected)

    def test_is_the_same_each_time(self):
        one, other = load_dataset("digits"), load_dataset("digits")
        assert np.array_equal(one.x_train, other.x_train)
        assert np.array_equal(one.y_test, other.y_test)

    def test_is_read_only(self):
        data = load_dataset("digits")
        for array in (data.x_train, data.y_train, data.x_test, data.y_test):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0
        assert {a.dtype.name for a in (data.x_train, data.x_test)} == {"float32"}
        assert {a.dtype.name for a in (data.y_train, data.y_test)} == {"int64"}


@pytest.fixture(scope="module")
def mnist(shared_data):
    folder = shared_data / "mnist"
    if not folder.is_dir():
        pytest.skip(f"shared data is absent: no folder {folder}")
    return load_dataset(str(folder))


class TestMnist:
    def test_is_all_there(self, mnist):
        assert (mnist.name, mnist.n_classes, mnist.image_shape) == ("mnist", 10, (28, 28))
        assert (mnist.x_train.shape, mnist.x_test.shape) == ((60_000, 784), (10_000, 784))
        # As published with the data.
        assert mnist.y_train[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
        assert mnist.y_test[:5].tolist() == [7, 2, 1, 0, 4]
        assert np.bincount(mnist.y_train)[:3].tolist() == [5923, 6742, 5958]

    def test_is_standardised(self, mnist):
        _assert_standardised(mnist)
        # The corner is black in every image.
        assert not mnist.x_train[:, 0].any()
        assert not mnist.x_test[:, 0].any()


def test_an_unknown_name_is_taken_for_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatasetError, match="mnist is not a folder; give a folder of IDX files"):
        load_dataset("mnist")
