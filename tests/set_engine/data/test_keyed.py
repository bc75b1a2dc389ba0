"""What MATLAB and NumPy files have in common, tested on both."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.io import savemat

from set_engine.data.dataset import load_dataset
from set_engine.data.samples import DatasetError


@pytest.fixture(params=["mat", "npz"])
def save(request, tmp_path):
    """Save arrays under keys; the path of the file."""

    def to_file(**arrays):
        path = tmp_path / f"data.{request.param}"
        if request.param == "mat":
            savemat(path, arrays)
        else:
            np.savez(path, **arrays)
        return path

    return to_file


def _arrays(n: int = 12):
    x = np.random.default_rng(0).normal(size=(n, 5))
    return {"X": x, "Y": np.array([[-1], [1], [4]] * (n // 3))}


def _refusal(path) -> str:
    with pytest.raises(DatasetError) as caught:
        load_dataset(str(path))
    return str(caught.value)


class TestReading:
    @pytest.mark.parametrize(("x_key", "y_key"), [("X", "Y"), ("x", "y"), ("X", "y")])
    def test_every_sample_keeps_its_label(self, save, x_key, y_key):
        arrays = _arrays()
        arrays["X"][:, 0] = arrays["Y"].ravel()
        data = load_dataset(str(save(**{x_key: arrays["X"], y_key: arrays["Y"]})))
        assert (len(data.y_train), len(data.y_test), data.n_classes) == (8, 4, 3)
        assert data.class_names == ("-1", "1", "4")
        assert data.image_shape is None
        for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test)):
            # The first feature, however scaled, rises with the label.
            assert (np.diff(x[np.argsort(y), 0]) >= -1e-6).all()
            assert len(np.unique(np.round(x[:, 0], 4))) == len(np.unique(y))

    def test_each_feature_has_its_own_deviation(self, save):
        arrays = _arrays(90)
        arrays["X"][:, 2] *= 1000
        data = load_dataset(str(save(**arrays)))
        np.testing.assert_allclose(data.x_train.std(axis=0), 1, rtol=1e-5)

    @pytest.mark.parametrize("shape", [(12,), (12, 1), (1, 12)])
    @pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float64])
    def test_labels_in_a_row_or_a_column(self, save, shape, dtype):
        arrays = _arrays()
        labels = np.tile([2, 7], 6).reshape(shape).astype(dtype)
        assert load_dataset(str(save(X=arrays["X"], Y=labels))).class_names == ("2", "7")


class TestRefusals:
    def test_missing_keys(self, save):
        arrays = _arrays()
        path = save(features=arrays["X"], Y=arrays["Y"])
        assert _refusal(path) == f"{path} has no key X; its keys are: Y, features"
        path = save(X=arrays["X"], gnd=arrays["Y"])
        assert _refusal(path) == f"{path} has no key Y; its keys are: X, gnd"

    def test_no_keys_at_all(self, save):
        path = save()
        assert _refusal(path) == f"{path} has no key X; its keys are: none"

    def test_unequal_numbers(self, save):
        arrays = _arrays()
        path = save(X=arrays["X"], Y=arrays["Y"][:-1])
        assert _refusal(path) == (
            f"{path}: X has 12 samples but Y has 11 labels; they must be equally many"
        )

    def test_more_than_one_label_a_sample(self, save):
        path = save(X=_arrays()["X"], Y=np.eye(12, 3))
        assert _refusal(path) == f"{path}: Y is 12 × 3; it must have one label for each sample"

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_no_number(self, save, value):
        arrays = _arrays()
        arrays["X"][7, 3] = value
        path = save(**arrays)
        assert _refusal(path) == (
            f"{path}: X[7, 3] is {value}; it must be a finite number of at most 3.4e+38 in size"
        )

    @pytest.mark.parametrize("value", [0.5, np.nan])
    def test_no_class(self, save, value):
        labels = np.tile([0.0, 1.0], 6)
        labels[9] = value
        path = save(X=_arrays()["X"], Y=labels)
        assert _refusal(path) == f"{path}: Y[9] is {value}; a label must be a whole number or text"

    def test_measurements_in_place_of_classes(self, save):
        path = save(X=_arrays()["X"], Y=np.arange(12.0))
        assert _refusal(path) == (
            f"{path.name} has 12 samples and as many different labels; classes must repeat"
        )

    def test_complex_features(self, save):
        path = save(X=_arrays()["X"] * 1j, Y=_arrays()["Y"])
        assert _refusal(path) == f"{path}: X is of type complex128; it must hold real numbers"

    def test_no_features(self, save):
        path = save(X=np.zeros((12, 0)), Y=_arrays()["Y"])
        assert _refusal(path) == f"{path}: X is 12 × 0; it must be samples × features"

    def test_one_class(self, save):
        path = save(X=_arrays()["X"], Y=np.ones(12))
        assert _refusal(path) == (
            f"{path.name} has labels of class 1 alone; it must have at least 2 classes"
        )

    @pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\3\4 and then nothing"])
    def test_damaged_files(self, save, content):
        path = save(**_arrays())
        path.write_bytes(content)
        assert _refusal(path).startswith(f"{path} is damaged or no ")

    @pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
    def test_files_cut_short(self, save, share):
        path = save(**_arrays(90))
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * share)])
        assert _refusal(path).startswith(f"{path} ")
