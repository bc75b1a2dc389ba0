from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from set_engine.data.cifar10 import read_cifar10
from set_engine.data.dataset import load_dataset
from set_engine.data.samples import DatasetError

NAMES = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]


def _records(n: int, seed: int = 0) -> np.ndarray:
    records = np.random.default_rng(seed).integers(0, 256, (n, 3073), np.uint8)
    records[:, 0] = np.arange(n) % 10
    return records


@pytest.fixture
def folder(tmp_path) -> Path:
    for seed, name in enumerate(NAMES):
        _records(4 + seed, seed).tofile(tmp_path / name)
    return tmp_path


def _refusal(folder: Path) -> str:
    with pytest.raises(DatasetError) as caught:
        load_dataset(str(folder))
    return str(caught.value)


class TestReading:
    def test_a_pixel_worked_by_hand(self, folder):
        # The third image of the second file: class 6, and one green pixel in row 5, column 7.
        images = np.zeros((4, 3073), np.uint8)
        images[2, 0], images[2, 1 + 1024 + 5 * 32 + 7] = 6, 200
        images.tofile(folder / NAMES[1])
        train = read_cifar10(folder).train
        assert train.y[4:8].tolist() == [0, 0, 6, 0]
        assert np.argwhere(train.x[4:8].reshape(4, 3, 32, 32)).tolist() == [[2, 1, 5, 7]]

    def test_files_follow_each_other(self, folder):
        samples = read_cifar10(folder)
        expected = np.concatenate([_records(4 + seed, seed) for seed in range(5)])
        np.testing.assert_array_equal(samples.train.x, expected[:, 1:])
        np.testing.assert_array_equal(samples.train.y, expected[:, 0])
        np.testing.assert_array_equal(samples.test.x, _records(9, 5)[:, 1:])
        assert samples.train.x.dtype == np.uint8

    def test_the_folder_of_the_archive_may_be_one_below(self, folder):
        inner = folder / "cifar-10-batches-bin"
        inner.mkdir()
        for name in NAMES:
            (folder / name).rename(inner / name)
        assert read_cifar10(folder).train.x.shape == (30, 3072)
        (inner / NAMES[3]).unlink()
        assert _refusal(folder) == f"{inner} has no data_batch_4.bin"

    def test_a_data_set_of_it(self, folder):
        data = load_dataset(str(folder))
        assert (data.name, data.image_shape) == (folder.name, (3, 32, 32))
        # The largest label here is 8.
        assert (data.n_classes, data.class_names[0], data.class_names[-1]) == (
            9,
            "airplane",
            "ship",
        )
        assert data.y_test.tolist() == list(range(9))

    def test_published_images(self, shared_data, folder):
        from PIL import Image

        with np.load(shared_data / "cifar10" / "test.npz") as packed:
            labels, ends, jpeg = packed["labels"][:9], packed["offsets"][:10], packed["jpeg"]
        files = [io.BytesIO(jpeg[ends[k] : ends[k + 1]].tobytes()) for k in range(9)]
        images = np.stack([np.asarray(Image.open(file).convert("RGB")) for file in files])
        with (folder / "test_batch.bin").open("wb") as file:
            for label, image in zip(labels, images, strict=True):
                colours = (image[..., channel].tobytes() for channel in range(3))
                file.write(bytes([label]) + b"".join(colours))
        test = read_cifar10(folder).test
        np.testing.assert_array_equal(test.y, labels)
        np.testing.assert_array_equal(test.x.reshape(9, 3, 32, 32).transpose(0, 2, 3, 1), images)


class TestRefusals:
    @pytest.mark.parametrize("name", NAMES)
    def test_a_missing_file(self, folder, name):
        (folder / name).unlink()
        assert _refusal(folder) == f"{folder} has no {name}"

    @pytest.mark.parametrize("name", [NAMES[0], NAMES[5]])
    @pytest.mark.parametrize("n_bytes", [0, 1, 3072, 3074, 2 * 3073 - 1])
    def test_no_whole_number_of_records(self, folder, name, n_bytes):
        (folder / name).write_bytes(bytes(n_bytes))
        assert _refusal(folder) == (
            f"{folder / name} is {n_bytes} bytes long; it must be a multiple of 3073, one label "
            "and 3072 pixels for each image"
        )

    @pytest.mark.parametrize("label", [10, 255])
    def test_a_label_of_no_class(self, folder, label):
        records = _records(5)
        records[3, 0] = label
        records.tofile(folder / NAMES[2])
        assert _refusal(folder) == (
            f"{folder / NAMES[2]}: image 3 (from 0) has label {label}; it must be 0 to 9"
        )

    def test_one_class(self, folder):
        for name in NAMES[:5]:
            np.zeros((2, 3073), np.uint8).tofile(folder / name)
        assert _refusal(folder).endswith(
            "has training labels of class 0 alone; it must have at least 2 classes"
        )

    def test_a_file_that_cannot_be_read(self, folder, monkeypatch):
        def denied(path, _mode):
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr(Path, "open", denied)
        assert _refusal(folder) == f"{folder / NAMES[0]} cannot be read: Permission denied"
