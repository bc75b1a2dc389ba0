"""Against a stand-in for openml.org: nothing here goes out to a network."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
from collections.abc import Callable
from urllib.error import HTTPError, URLError

import numpy as np
import pytest

from set_engine.data.dataset import load_dataset
from set_engine.data.openml import OpenmlName
from set_engine.data.samples import DatasetError

pytestmark = [
    pytest.mark.filterwarnings("ignore:A network error occurred"),
    pytest.mark.filterwarnings("ignore:Invalid cache"),
]

_ROWS = [(f"{k}", f"{k * k}.5", "yes" if k % 3 else "no") for k in range(12)]
_COLUMNS = {"width": "NUMERIC", "height": "REAL", "answer": "{yes,no}"}


class _Response(io.BytesIO):
    def info(self) -> dict[str, str]:
        return {}


class _Server:
    """Answers the addresses that scikit-learn asks for one data set, called toy."""

    def __init__(self, columns=_COLUMNS, rows=_ROWS, target="answer", form="ARFF") -> None:
        self._form, self._file = form, "toy.arff"
        if form == "Sparse_ARFF":
            self._file = "toy_sparse.arff"
            rows = [["{" + ",".join(f"{i} {v}" for i, v in enumerate(row)) + "}"] for row in rows]
        header = [f"@ATTRIBUTE {name} {kind}" for name, kind in columns.items()]
        lines = ["@RELATION toy", *header, "@DATA", *map(",".join, rows)]
        self._arff = "\n".join(lines).encode()
        self._features = [
            {
                "index": str(index),
                "name": name,
                "data_type": {"{": "nominal", "S": "string"}.get(kind[0], "numeric"),
                "is_target": str(name == target).lower(),
                "is_ignore": "false",
                "is_row_identifier": "false",
                "number_of_missing_values": "0",
            }
            for index, (name, kind) in enumerate(columns.items())
        ]
        self.asked: list[str] = []

    def __call__(self, request, *_args, **_kwargs) -> _Response:
        url = request.full_url
        self.asked.append(url)
        if self._file in url:
            return _Response(self._arff)
        if "/data/list/" in url and "data_name/toy/" not in url:
            raise HTTPError(url, 412, "Precondition Failed", None, None)
        return _Response(json.dumps(self._answer(url)).encode())

    def _answer(self, url: str) -> dict[str, object]:
        if "/data/list/" in url:
            return {"data": {"dataset": [{"did": 7, "version": 2, "status": "active"}]}}
        if "/data/features/" in url:
            return {"data_features": {"feature": self._features}}
        if "/data/qualities/" in url:
            return {"data_qualities": {"quality": []}}
        return {
            "data_set_description": {
                "id": "7",
                "name": "toy",
                "version": "2",
                "status": "active",
                "format": self._form,
                "description": "",
                "url": f"https://www.openml.org/data/v1/download/7/{self._file}",
                "md5_checksum": hashlib.md5(self._arff).hexdigest(),
            }
        }


@pytest.fixture
def serve(tmp_path, monkeypatch) -> Callable[[object], None]:
    """Let `answer(request)` stand for the network, with an empty folder of kept copies."""
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    monkeypatch.setattr("sklearn.datasets._openml.time.sleep", lambda _seconds: None)
    return lambda answer: monkeypatch.setattr("sklearn.datasets._openml.urlopen", answer)


def _raise(error: Exception):
    def answer(*_args, **_kwargs):
        raise error

    return answer


def _refusal(source: str) -> str:
    with pytest.raises(DatasetError) as caught:
        load_dataset(source)
    return str(caught.value)


class TestNames:
    def test_with_and_without_a_version(self):
        assert OpenmlName.parse("openml:mnist_784") == OpenmlName("mnist_784", None)
        assert OpenmlName.parse("openml:Fashion-MNIST:12") == OpenmlName("Fashion-MNIST", 12)

    @pytest.mark.parametrize(
        "source", ["openml:", "openml", "openml:a:0", "openml:a:one", "openml:a/b", "openml:a:1:2"]
    )
    def test_others(self, source):
        with pytest.raises(DatasetError) as caught:
            OpenmlName.parse(source)
        assert str(caught.value).startswith(f"{source} names no data set of OpenML; it must be")


class TestReading:
    @pytest.mark.parametrize("source", ["openml:toy", "openml:toy:2"])
    def test_every_sample_keeps_its_label(self, serve, source):
        serve(_Server())
        told = []
        data = load_dataset(source, phase=told.append)
        assert (data.name, data.class_names) == ("toy (OpenML, version 2)", ("no", "yes"))
        assert (data.x_train.shape, data.x_test.shape) == ((8, 2), (4, 2))
        assert told[0].startswith("Downloading toy")
        # Both features rise from row to row, scaled or not.
        features = np.concatenate([data.x_train, data.x_test])
        k, beside = features.argsort(axis=0).argsort(axis=0).T
        np.testing.assert_array_equal(k, beside)
        np.testing.assert_array_equal(np.concatenate([data.y_train, data.y_test]), k % 3 != 0)

    def test_a_copy_is_kept_for_when_there_is_no_network(self, serve):
        server = _Server()
        serve(server)
        first = load_dataset("openml:toy")
        assert server.asked
        serve(_raise(URLError("no network")))
        assert load_dataset("openml:toy").digest == first.digest

    def test_numbers_as_names_of_classes(self, serve):
        rows = [(str(k), str(k % 2), f"{8 + k % 3}") for k in range(12)]
        columns = _COLUMNS | {"answer": "{8,9,10}"}
        serve(_Server(columns, rows))
        assert load_dataset("openml:toy").class_names == ("8", "9", "10")

    def test_quoted_names_of_classes(self, serve):
        rows = [(str(k), str(k % 2), "'very good'" if k % 2 else "bad") for k in range(12)]
        serve(_Server(_COLUMNS | {"answer": "{'very good',bad}"}, rows))
        assert load_dataset("openml:toy").class_names == ("bad", "very good")

    def test_sparse_rows(self, serve, tmp_path):
        serve(_Server())
        expected = load_dataset("openml:toy")
        shutil.rmtree(tmp_path / "openml")
        sparse = _Server(form="Sparse_ARFF")
        serve(sparse)
        assert load_dataset("openml:toy").digest == expected.digest
        assert any("toy_sparse.arff" in url for url in sparse.asked)

    def test_images_are_recognised(self, serve):
        from sklearn.datasets import load_digits

        digits = load_digits()
        columns = {f"pixel{k}": "NUMERIC" for k in range(64)} | {"class": "{0,1,2,3,4,5,6,7,8,9}"}
        rows = [
            (*map(str, x.astype(int)), str(y))
            for x, y in zip(digits.data[:300], digits.target, strict=False)
        ]
        serve(_Server(columns, rows, "class"))
        assert load_dataset("openml:toy").image_shape == (1, 8, 8)


class TestRefusals:
    def test_features_that_are_no_numbers(self, serve):
        rows = [(k, "red" if int(k) % 2 else "blue", y) for k, _, y in _ROWS]
        serve(_Server(_COLUMNS | {"height": "{red,blue}"}, rows))
        assert _refusal("openml:toy") == (
            "OpenML's toy has no numbers in column height but str; all features must be numbers"
        )

    def test_text(self, serve):
        rows = [(k, f"word{k}", y) for k, _, y in _ROWS]
        serve(_Server(_COLUMNS | {"height": "STRING"}, rows))
        assert _refusal("openml:toy").startswith("OpenML's toy has no numbers in column height but")

    def test_missing_values(self, serve):
        rows = [*_ROWS[:4], ("?", "1", "no"), *_ROWS[4:]]
        serve(_Server(rows=rows))
        assert _refusal("openml:toy") == (
            "OpenML's toy, row 4, column width is nan; it must be a finite number of at most "
            "3.4e+38 in size"
        )

    def test_measurements_in_place_of_classes(self, serve):
        columns = {"width": "NUMERIC", "height": "REAL", "depth": "NUMERIC"}
        serve(_Server(columns, [(k, f"{int(k) / 4}", "1") for k, _, _ in _ROWS], "height"))
        assert _refusal("openml:toy") == (
            "OpenML's toy, label of row 1 is 0.25; a label must be a whole number or text"
        )

    def test_no_labels(self, serve):
        serve(_Server(_COLUMNS | {"answer": "NUMERIC"}, [(*r[:2], "1") for r in _ROWS], None))
        assert _refusal("openml:toy") == "OpenML's toy has 0 columns of labels; it must have 1"

    def test_an_unknown_name(self, serve):
        serve(_Server())
        assert _refusal("openml:absent") == (
            "OpenML's absent cannot be used: No active dataset absent found."
        )
        assert _refusal("openml:absent:3") == (
            "OpenML's absent, version 3 cannot be used: Dataset absent with version 3 not found."
        )

    def test_no_network(self, serve):
        serve(_raise(URLError("Name or service not known")))
        assert _refusal("openml:mnist_784:1") == (
            "mnist_784, version 1 cannot be downloaded, OpenML is out of reach: Name or service "
            "not known. Without a network only a data set that was downloaded before can be used"
        )

    def test_no_answer_in_time(self, serve):
        serve(_raise(TimeoutError("timed out")))
        assert "OpenML is out of reach: timed out" in _refusal("openml:toy")

    @pytest.mark.parametrize(
        ("code", "message"),
        [
            (404, "OpenML has no data set toy"),
            (503, "OpenML refused toy: HTTP 503 Busy; try again later"),
        ],
    )
    def test_other_answers(self, serve, code, message):
        serve(_raise(HTTPError("https://www.openml.org", code, "Busy", None, None)))
        assert _refusal("openml:toy") == message

    def test_damage_on_the_way(self, serve):
        server = _Server()
        serve(lambda request: _Response(server(request).read()[:-40]))
        assert _refusal("openml:toy").startswith("OpenML's toy cannot be used: ")

    def test_a_damaged_copy(self, serve, tmp_path):
        serve(_Server())
        load_dataset("openml:toy")
        for copy in tmp_path.rglob("toy.arff.gz"):
            copy.write_bytes(gzip.compress(b"something else"))
        serve(_raise(URLError("no network")))
        assert _refusal("openml:toy").startswith("toy cannot be downloaded, OpenML is out of reach")
