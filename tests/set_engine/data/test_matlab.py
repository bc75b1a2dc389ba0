from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.io import loadmat, savemat

from set_engine.data.dataset import load_dataset
from set_engine.data.samples import DatasetError


class TestPublishedFiles:
    def test_coil20(self, shared_data):
        data = load_dataset(str(shared_data / "COIL20.mat"), scaling="unit")
        # Two thirds to train on, as the authors of SET-RBM had it.
        assert (data.x_train.shape, data.x_test.shape) == ((960, 1024), (480, 1024))
        assert (data.name, data.n_classes, data.image_shape) == ("COIL20.mat", 20, (1, 32, 32))
        assert data.class_names == tuple(str(label) for label in range(1, 21))
        assert np.bincount(data.y_test).tolist() == [24] * 20

    def test_coil20_stays_as_it_is_in_the_unit_scale_but_stands_upright(self, shared_data):
        data = load_dataset(str(shared_data / "COIL20.mat"), scaling="unit")
        stored = loadmat(shared_data / "COIL20.mat")["X"].astype(np.float32)
        # In MATLAB, reshape(X(i, :), 32, 32) fills columns first.
        upright = {np.reshape(row, (32, 32), order="F").tobytes() for row in stored}
        images = np.concatenate([data.x_train, data.x_test])
        assert {image.tobytes() for image in images} == upright

    def test_isolet(self, shared_data):
        data = load_dataset(str(shared_data / "Isolet.mat"))
        assert (data.x_train.shape, data.n_classes, data.image_shape) == ((1040, 617), 26, None)
        np.testing.assert_allclose(data.x_train.std(axis=0), 1, rtol=1e-4)
        assert np.abs(data.x_train.mean(axis=0)).max() < 1e-5

    def test_madelon(self, shared_data):
        data = load_dataset(str(shared_data / "madelon.mat"))
        assert (data.x_train.shape, data.class_names) == ((1733, 500), ("-1", "1"))
        assert data.image_shape is None


def test_sparse_features(tmp_path):
    x = np.random.default_rng(0).integers(0, 3, (30, 7)).astype(float)
    y = np.arange(30) % 3
    savemat(tmp_path / "dense.mat", {"X": x, "Y": y})
    savemat(tmp_path / "sparse.mat", {"X": sp.csc_matrix(x), "Y": y})
    dense, sparse = (load_dataset(str(tmp_path / f"{kind}.mat")) for kind in ("dense", "sparse"))
    assert dense.digest == sparse.digest


def test_cells_are_no_labels(tmp_path):
    path = tmp_path / "cells.mat"
    savemat(path, {"X": np.eye(4), "Y": np.array(["a", "b", "a", 3], object)})
    with pytest.raises(DatasetError) as caught:
        load_dataset(str(path))
    assert str(caught.value) == (
        f"{path}: Y[0] is of type object; a label must be a whole number or text"
    )


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (NotImplementedError("Please use HDF reader"), "is a MATLAB 7.3 file, which is HDF5"),
        (PermissionError(13, "Permission denied"), "cannot be read: Permission denied"),
    ],
)
def test_files_that_cannot_be_read(tmp_path, monkeypatch, error, message):
    def fail(_path):
        raise error

    monkeypatch.setattr("scipy.io.loadmat", fail)
    path = tmp_path / "data.mat"
    path.touch()
    with pytest.raises(DatasetError) as caught:
        load_dataset(str(path))
    assert str(caught.value).startswith(f"{path} {message}")


def test_the_header_of_matlab_7_3_is_known(tmp_path):
    path = tmp_path / "new.mat"
    # Text, then the version, 2.0, and the byte order; HDF5 follows.
    path.write_bytes(b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM" + bytes(512))
    with pytest.raises(DatasetError, match=r"new\.mat is a MATLAB 7\.3 file"):
        load_dataset(str(path))
