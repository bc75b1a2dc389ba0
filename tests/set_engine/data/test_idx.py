from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from set_engine import DatasetError, load_dataset
from set_engine.data.idx import read_idx_folder

NAMES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}


def _arrays(n_train: int = 6, n_test: int = 4, shape: tuple[int, int] = (3, 2)):
    rng = np.random.default_rng(0)
    arrays = {}
    for split, n in (("train", n_train), ("test", n_test)):
        arrays[f"{split}_images"] = rng.integers(0, 256, (n, *shape), np.uint8)
        arrays[f"{split}_labels"] = (np.arange(n) % 3).astype(np.uint8)
    return arrays


def _idx(array: np.ndarray) -> bytes:
    """The bytes of an IDX file: 0, 0, 8 for unsigned bytes, the dimensions, and the values."""
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.tobytes()


def _write(folder: Path, arrays, *, packed: bool = False, dotted: bool = False) -> None:
    folder.mkdir(exist_ok=True)
    for key, name in NAMES.items():
        file = folder / (name.replace("-idx", ".idx") if dotted else name)
        if packed:
            file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(_idx(arrays[key])))
        else:
            file.write_bytes(_idx(arrays[key]))


@pytest.fixture
def folder(tmp_path) -> Path:
    _write(tmp_path / "data", _arrays())
    return tmp_path / "data"


def _refusal(folder: Path) -> str:
    with pytest.raises(DatasetError) as caught:
        load_dataset(str(folder))
    return str(caught.value)


class TestReading:
    @pytest.mark.parametrize("packed", [False, True])
    @pytest.mark.parametrize("dotted", [False, True])
    def test_plain_and_packed_under_both_names(self, tmp_path, packed, dotted):
        arrays = _arrays()
        _write(tmp_path / "data", arrays, packed=packed, dotted=dotted)
        found = read_idx_folder(tmp_path / "data")
        assert found.keys() == arrays.keys()
        for name, array in arrays.items():
            assert found[name].dtype == np.uint8
            assert np.array_equal(found[name], array)

    def test_a_file_worked_by_hand(self, folder):
        images = b"\0\0\x08\x03" + b"\0\0\0\x01" + b"\0\0\0\x02" + b"\0\0\0\x03" + bytes(range(6))
        labels = b"\0\0\x08\x01" + b"\0\0\0\x01" + b"\x07"
        for split in ("train", "test"):
            (folder / NAMES[f"{split}_images"]).write_bytes(images)
            (folder / NAMES[f"{split}_labels"]).write_bytes(labels)
        found = read_idx_folder(folder)
        assert found["test_images"].tolist() == [[[0, 1, 2], [3, 4, 5]]]
        assert found["train_labels"].tolist() == [7]

    def test_a_data_set_of_it(self, folder):
        arrays = _arrays()
        data = load_dataset(str(folder))
        assert (data.name, data.n_classes, data.image_shape, data.n_features) == (
            "data",
            3,
            (1, 3, 2),
            6,
        )
        assert data.y_train.tolist() == arrays["train_labels"].tolist()
        assert data.y_test.tolist() == arrays["test_labels"].tolist()
        assert data.y_test.dtype == np.int64
        pixels = arrays["train_images"].reshape(6, 6).astype(float)
        centred = pixels - pixels.mean(axis=0)
        deviation = np.sqrt((centred**2).mean())
        np.testing.assert_allclose(data.x_train, centred / deviation, atol=1e-6)
        tested = arrays["test_images"].reshape(4, 6) - pixels.mean(axis=0)
        np.testing.assert_allclose(data.x_test, tested / deviation, atol=1e-6)

    def test_home_is_understood(self, folder, monkeypatch):
        monkeypatch.setenv("HOME", str(folder.parent))
        assert load_dataset("~/data").name == "data"

    def test_classes_that_only_the_test_set_has_count(self, tmp_path):
        arrays = _arrays()
        arrays["test_labels"][0] = 9
        _write(tmp_path / "data", arrays)
        assert load_dataset(str(tmp_path / "data")).n_classes == 10


class TestRefusals:
    def test_a_missing_folder(self, tmp_path):
        assert _refusal(tmp_path / "absent").startswith(f"{tmp_path / 'absent'} is not a folder")

    def test_a_file_in_place_of_a_folder(self, folder):
        path = folder / NAMES["train_images"]
        assert _refusal(path).startswith(f"{path} is not a folder")

    @pytest.mark.parametrize("key", list(NAMES))
    def test_a_missing_file(self, folder, key):
        (folder / NAMES[key]).unlink()
        assert _refusal(folder) == f"{folder} has no {NAMES[key]} (nor {NAMES[key]}.gz)"

    @pytest.mark.parametrize("key", list(NAMES))
    def test_a_truncated_file(self, folder, key):
        path = folder / NAMES[key]
        content = path.read_bytes()
        path.write_bytes(content[:-1])
        shape = " × ".join(map(str, _arrays()[key].shape))
        n = _arrays()[key].size
        message = f"{path} holds {n - 1} values; its header promises {shape} = {n}"
        assert _refusal(folder) == message
        path.write_bytes(content + b"\0\0")
        assert f"{path} holds {n + 2} values" in _refusal(folder)

    @pytest.mark.parametrize(("key", "needed"), [("train_images", 16), ("test_labels", 8)])
    @pytest.mark.parametrize("length", [0, 3, 7])
    def test_a_header_cut_short(self, folder, key, needed, length):
        path = folder / NAMES[key]
        path.write_bytes(path.read_bytes()[:length])
        message = f"{path} is {length} bytes long; its header alone needs {needed}"
        assert _refusal(folder) == message

    def test_files_mistaken_for_each_other(self, folder):
        images, labels = folder / NAMES["train_images"], folder / NAMES["train_labels"]
        content = images.read_bytes(), labels.read_bytes()
        labels.write_bytes(content[0])
        message = f"{labels} begins with 2051; an IDX file of labels begins with 2049"
        assert _refusal(folder) == message
        images.write_bytes(content[1] + bytes(8))
        message = f"{images} begins with 2049; an IDX file of images begins with 2051"
        assert _refusal(folder) == message

    @pytest.mark.parametrize("length", [0, 1, 15, 40])
    def test_a_truncated_gzip_file(self, tmp_path, length):
        _write(tmp_path / "data", _arrays(), packed=True)
        path = tmp_path / "data" / f"{NAMES['train_images']}.gz"
        path.write_bytes(path.read_bytes()[:length])
        # gzip takes no bytes at all for an empty file.
        reason = "is 0 bytes long" if length == 0 else "is truncated or no gzip file"
        assert _refusal(tmp_path / "data").startswith(f"{path} {reason}")

    @pytest.mark.parametrize("damage", ["not gzip at all", "flipped"])
    def test_a_damaged_gzip_file(self, tmp_path, damage):
        _write(tmp_path / "data", _arrays(), packed=True)
        path = tmp_path / "data" / f"{NAMES['test_labels']}.gz"
        content = bytearray(path.read_bytes())
        content[-5] ^= 0xFF
        path.write_bytes(content if damage == "flipped" else damage.encode())
        assert _refusal(tmp_path / "data").startswith(f"{path} is truncated or no gzip file")

    @pytest.mark.parametrize("split", ["train", "test"])
    def test_unequal_numbers_of_images_and_labels(self, tmp_path, split):
        arrays = _arrays()
        n = len(arrays[f"{split}_labels"])
        arrays[f"{split}_labels"] = arrays[f"{split}_labels"][:-1]
        _write(tmp_path / "data", arrays)
        images, labels = NAMES[f"{split}_images"], NAMES[f"{split}_labels"]
        assert _refusal(tmp_path / "data") == (
            f"{tmp_path / 'data' / images} has {n} images but {labels} has {n - 1} labels; "
            "they must be equally many"
        )

    @pytest.mark.parametrize(("n_train", "n_test", "split"), [(0, 4, "train"), (6, 0, "test")])
    def test_no_images(self, tmp_path, n_train, n_test, split):
        _write(tmp_path / "data", _arrays(n_train, n_test))
        path = tmp_path / "data" / NAMES[f"{split}_images"]
        assert _refusal(tmp_path / "data").startswith(f"{path} has 0 × 3 × 2 pixels")

    def test_images_without_pixels(self, tmp_path):
        _write(tmp_path / "data", _arrays(shape=(0, 2)))
        path = tmp_path / "data" / NAMES["train_images"]
        assert _refusal(tmp_path / "data").startswith(f"{path} has 6 × 0 × 2 pixels")

    def test_images_of_two_sizes(self, tmp_path):
        arrays = _arrays() | {"test_images": _arrays(shape=(2, 3))["test_images"]}
        _write(tmp_path / "data", arrays)
        message = "training images are 3 × 2 but test images 2 × 3; they must be of one size"
        assert _refusal(tmp_path / "data") == f"{tmp_path / 'data'}: {message}"

    def test_one_class(self, tmp_path):
        arrays = {k: v * 0 + 3 if "labels" in k else v for k, v in _arrays().items()}
        _write(tmp_path / "data", arrays)
        assert _refusal(tmp_path / "data") == (
            "data has training labels of class 3 alone; it must have at least 2 classes"
        )

    def test_equal_images(self, tmp_path):
        arrays = {k: v * 0 + 7 if "images" in k else v for k, v in _arrays().items()}
        _write(tmp_path / "data", arrays)
        message = "data has training samples that are all equal; they must differ"
        assert _refusal(tmp_path / "data") == message

    def test_a_file_that_cannot_be_read(self, folder, monkeypatch):
        def denied(path):
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr(Path, "read_bytes", denied)
        path = folder / NAMES["train_images"]
        assert _refusal(folder) == f"{path} cannot be read: Permission denied"
