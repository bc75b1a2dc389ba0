from __future__ import annotations

import numpy as np
import pytest

from set_engine.data.dataset import load_dataset
from set_engine.data.samples import DatasetError


def _save(tmp_path, **arrays) -> str:
    np.savez(tmp_path / "data.npz", **arrays)
    return str(tmp_path / "data.npz")


def _split(shape=(5,), dtype=float):
    rng = np.random.default_rng(0)
    return {
        "x_train": rng.integers(0, 200, (6, *shape)).astype(dtype),
        "y_train": np.array([3, 5, 3, 5, 9, 9]),
        "x_test": rng.integers(0, 200, (2, *shape)).astype(dtype),
        "y_test": np.array([9, 3]),
    }


def _refusal(source: str) -> str:
    with pytest.raises(DatasetError) as caught:
        load_dataset(source)
    return str(caught.value)


class TestSplit:
    @pytest.mark.parametrize("capital", [False, True])
    def test_the_split_of_the_file_is_kept(self, tmp_path, capital):
        arrays = _split()
        named = {key.replace("x", "X") if capital else key: a for key, a in arrays.items()}
        data = load_dataset(_save(tmp_path, **named), scaling="unit")
        assert (data.y_train.tolist(), data.y_test.tolist()) == ([0, 1, 0, 1, 2, 2], [2, 0])
        assert data.class_names == ("3", "5", "9")
        least, most = arrays["x_train"].min(), arrays["x_train"].max()
        expected = np.clip((arrays["x_test"] - least) / (most - least), 0, 1)
        np.testing.assert_allclose(data.x_test, expected, rtol=1e-6)

    @pytest.mark.parametrize("key", ["x_train", "y_train", "x_test", "y_test"])
    def test_all_four_keys_are_needed(self, tmp_path, key):
        arrays = _split()
        del arrays[key]
        source = _save(tmp_path, **arrays)
        there = ", ".join(sorted(arrays))
        assert _refusal(source) == f"{source} has no key {key}; its keys are: {there}"

    def test_unequal_numbers_of_features(self, tmp_path):
        arrays = _split() | {"x_test": np.zeros((2, 4))}
        source = _save(tmp_path, **arrays)
        assert _refusal(source) == (
            f"{source}: training samples have 5 features but test samples 4; they must have "
            "equally many"
        )

    def test_a_class_that_training_lacks(self, tmp_path):
        source = _save(tmp_path, **_split() | {"y_test": np.array([3, 4])})
        assert _refusal(source) == (
            "data.npz has test samples of class 4, which no training sample has"
        )

    def test_text_on_one_side_only(self, tmp_path):
        source = _save(tmp_path, **_split() | {"y_test": np.array(["3", "b"])})
        assert _refusal(source) == (
            f"{source}: of y_train and y_test one holds text and one numbers; they must be alike"
        )


class TestImages:
    @pytest.mark.parametrize(
        ("shape", "image_shape"),
        [
            ((4, 6), (1, 4, 6)),
            ((3, 4, 5), (3, 4, 5)),
            ((4, 5, 3), (3, 4, 5)),
            ((4, 5, 1), (1, 4, 5)),
        ],
    )
    def test_by_their_axes(self, tmp_path, shape, image_shape):
        arrays = _split(shape, np.uint8)
        arrays["x_train"][0].flat[:2] = 0, 255
        data = load_dataset(_save(tmp_path, **arrays), scaling="unit")
        assert data.image_shape == image_shape
        images = np.rint(data.x_train.reshape(6, *image_shape) * 255)
        if image_shape == (1, *shape):
            images = images[:, 0]
        elif image_shape != shape:
            images = np.moveaxis(images, 1, -1)
        np.testing.assert_array_equal(images, arrays["x_train"])

    def test_images_share_one_deviation(self, tmp_path):
        arrays = _split((4, 6), np.uint8)
        arrays["x_train"][:, 0, 0] = [0, 0, 0, 0, 0, 1]
        data = load_dataset(_save(tmp_path, **arrays))
        assert data.x_train.std() == pytest.approx(1, abs=1e-5)
        assert data.x_train[:, 0].std() < 0.1

    @pytest.mark.parametrize("shape", [(4, 5, 2), (2, 3, 4, 5)])
    def test_other_axes(self, tmp_path, shape):
        source = _save(tmp_path, **_split(shape))
        extents = " × ".join(map(str, (6, *shape)))
        assert _refusal(source) == (
            f"{source}: x_train is {extents}; it must be samples × features, or images with 1 or "
            "3 channels"
        )


def test_text_labels(tmp_path):
    source = _save(tmp_path, X=np.eye(6), Y=np.array(["ja", "nein"] * 3))
    assert load_dataset(source).class_names == ("ja", "nein")


def test_pickles_are_not_opened(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was opened",))

    bomb = np.empty(6, object)
    bomb[0] = Bomb()
    source = _save(tmp_path, X=np.eye(6), Y=bomb)
    assert _refusal(source).startswith(f"{source} is damaged or no archive of plain arrays: Object")


def test_one_array_is_no_archive(tmp_path):
    path = tmp_path / "data.npz"
    with path.open("wb") as file:
        np.save(file, np.eye(3))
    assert _refusal(str(path)) == f"{path} is one array; it must be an archive with X and Y"
