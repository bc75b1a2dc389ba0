from __future__ import annotations

import re
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from set_engine.data.dataset import SOURCES_HELP, Dataset, DatasetError, load_dataset


def _assert_standardised(data) -> None:
    mean = data.x_train.mean(axis=0, dtype=np.float64)
    assert np.abs(mean).max() < 1e-4
    # One deviation for all pixels together, not one for each.
    deviation = np.sqrt(np.square(data.x_train, dtype=np.float64).mean())
    assert deviation == pytest.approx(1, abs=1e-5)


class TestDigits:
    def test_the_split_is_stratified_and_whole(self):
        data = load_dataset("digits")
        assert (data.name, data.n_classes, data.image_shape) == ("digits", 10, (1, 8, 8))
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
        assert (mnist.name, mnist.n_classes, mnist.image_shape) == ("mnist", 10, (1, 28, 28))
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


class TestDataset:
    def test_the_digest_is_that_of_the_content(self):
        one, other = load_dataset("digits"), load_dataset("digits")
        assert one.digest == other.digest
        assert replace(one, name="numerals").digest == one.digest
        assert re.fullmatch("[0-9a-f]{32}", one.digest)

    @pytest.mark.parametrize("field", ["x_train", "y_train", "x_test", "y_test"])
    def test_any_other_value_gives_another_digest(self, field):
        data = load_dataset("digits")
        changed = getattr(data, field).copy()
        changed.flat[-1] += 1
        assert replace(data, **{field: changed}).digest != data.digest

    def test_any_other_shape_or_name_of_a_class_gives_another_digest(self):
        data = load_dataset("digits")
        others = [
            replace(data, image_shape=None),
            replace(data, class_names=tuple("abcdefghij")),
            replace(data, n_classes=11, class_names=()),
            replace(data, x_train=data.x_train.reshape(-1, 32)),
            # The last training sample becomes the first to test on: the same bytes in the same row.
            replace(
                data,
                x_train=data.x_train[:-1],
                x_test=np.concatenate([data.x_train[-1:], data.x_test]),
            ),
        ]
        assert len({data.digest, *(other.digest for other in others)}) == 6

    def test_classes_are_numbers_unless_named(self):
        arrays = (np.zeros((2, 1), np.float32), np.arange(2)) * 2
        assert Dataset("bits", *arrays, n_classes=2).class_names == ("0", "1")
        named = Dataset("bits", *arrays, n_classes=2, class_names=("off", "on"))
        assert named.class_names == ("off", "on")
        with pytest.raises(ValueError, match="bits has 1 class names; it must have one for each"):
            Dataset("bits", *arrays, n_classes=2, class_names=("off",))


class TestLoading:
    def test_it_says_what_it_does(self):
        told = []
        load_dataset("digits", phase=told.append)
        assert told == ["Reading digits", "Scaling digits"]

    def test_the_unit_scale_is_that_of_all_pixels_together(self):
        data = load_dataset("digits", scaling="unit")
        pixels = data.x_train * 16
        np.testing.assert_array_equal(pixels, np.rint(pixels))
        assert (data.x_train.min(), data.x_train.max()) == (0, 1)

    def test_another_scaling_is_refused(self):
        with pytest.raises(ValueError, match="scaling is 'robust'; it must be standard or unit"):
            load_dataset("digits", scaling="robust")

    @pytest.mark.parametrize("scaling", ["standard", "unit"])
    def test_large_images_are_in_memory_once(self, tmp_path, scaling):
        """Beside the bytes of the file, a quarter of the result, only small blocks are needed."""
        rng = np.random.default_rng(0)
        n = 6 * 1000
        records = rng.integers(0, 256, (n, 3073), np.uint8)
        records[:, 0] %= 10
        names = [*(f"data_batch_{k}.bin" for k in range(1, 6)), "test_batch.bin"]
        for name, part in zip(names, np.split(records, 6), strict=True):
            part.tofile(tmp_path / name)
        size_of_features = n * 3072 * np.float32().itemsize
        assert size_of_features > 70e6
        load_dataset("digits")  # What is imported once is not counted.
        tracemalloc.start()
        data = load_dataset(str(tmp_path), scaling=scaling)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert data.x_train.nbytes + data.x_test.nbytes == size_of_features
        assert peak <= 1.5 * size_of_features


def test_a_name_of_nothing_is_refused_with_what_there_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatasetError) as caught:
        load_dataset("mnist")
    assert str(caught.value) == (
        f"mnist is not a folder, nor any other data set; it must be one of: {SOURCES_HELP}"
    )
