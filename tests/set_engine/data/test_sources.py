from __future__ import annotations

from pathlib import Path

import pytest

from set_engine.data.dataset import check_source
from set_engine.data.samples import DatasetError
from set_engine.data.sources import SOURCES_HELP, find_reading


def _refusal(source: str) -> str:
    with pytest.raises(DatasetError) as caught:
        check_source(source)
    return str(caught.value)


@pytest.mark.parametrize(
    "source",
    ["digits", "openml:iris", "openml:mnist_784:1", "synthetic", "synthetic:samples=90,classes=3"],
)
def test_names_that_can_be_data_sets(source, monkeypatch):
    def forbidden(*_args, **_kwargs):
        raise AssertionError("a check must not read")

    monkeypatch.setattr("sklearn.datasets._openml.urlopen", forbidden)
    monkeypatch.setattr("set_engine.data.synthetic.make_synthetic", forbidden)
    check_source(source)
    assert find_reading(source)[0]


@pytest.mark.parametrize("name", ["data.mat", "data.NPZ", "data.csv"])
def test_files_are_looked_for_but_not_into(tmp_path, name):
    path = tmp_path / name
    assert _refusal(str(path)) == f"{path} is not there; no such file"
    path.write_bytes(b"nonsense")
    check_source(str(path))


@pytest.mark.parametrize(
    ("file", "reader"),
    [
        ("test_batch.bin", "read_cifar10"),
        ("cifar-10-batches-bin/data_batch_3.bin", "read_cifar10"),
        ("t10k-labels-idx1-ubyte", "read_idx"),
        ("train-images.idx3-ubyte.gz", "read_idx"),
    ],
)
def test_a_folder_is_known_by_any_of_its_files(tmp_path, file, reader):
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.touch()
    check_source(str(tmp_path))
    assert find_reading(str(tmp_path))[1].func.__name__ == reader


def test_a_folder_of_something_else(tmp_path):
    (tmp_path / "notes.txt").touch()
    assert _refusal(str(tmp_path)) == (
        f"{tmp_path} holds neither IDX files (train-images-idx3-ubyte …) nor those of CIFAR-10 "
        "(data_batch_1.bin …)"
    )


@pytest.mark.parametrize("source", ["absent", "digits.txt", "MNIST:1", " digits", "a\0b"])
def test_unknown_names(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    message = f"{source} is not a folder, nor any other data set; it must be one of: {SOURCES_HELP}"
    assert _refusal(source) == message


@pytest.mark.parametrize("source", ["x" * 5000, "~nobody-of-this-name/data"])
def test_what_no_system_takes_for_a_path(source):
    assert _refusal(source).startswith(f"{source} cannot be a folder of data: ")


def test_home_is_understood(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    Path(tmp_path / "a.csv").write_text("1,a")
    check_source("~/a.csv")


def test_a_folder_called_like_a_name_is_meant_by_its_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits").mkdir()
    assert find_reading("digits")[0] == "Reading digits"
    assert _refusal("./digits").startswith("digits holds neither IDX files")
