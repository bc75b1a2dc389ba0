from __future__ import annotations

import numpy as np
import pytest

from set_engine.data.csv_table import read_csv
from set_engine.data.dataset import load_dataset
from set_engine.data.samples import DatasetError


@pytest.fixture
def read(tmp_path):
    """What is read of a table."""

    def samples_of(text: str):
        (tmp_path / "table.csv").write_text(text, encoding="utf-8")
        return read_csv(tmp_path / "table.csv").train

    return samples_of


@pytest.fixture
def refusal(tmp_path):
    """Why a table is refused, without the name of the file."""
    path = tmp_path / "table.csv"

    def reason(text: str | bytes) -> str:
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        with pytest.raises(DatasetError) as caught:
            load_dataset(str(path))
        message = str(caught.value)
        assert message.startswith((str(path), path.name))
        return message.removeprefix(str(path)).removeprefix(path.name).lstrip(", ")

    return reason


class TestReading:
    @pytest.mark.parametrize(
        "text",
        [
            "1,2,0\n3,4,1\n",
            "a,b,c\n1,2,0\n3,4,1\n",
            "label,a,b\n0,1,2\n1,3,4\n",
            "a,Class,b\n1,0,2\n3,1,4",
            "a,b,TARGET\r\n1, 2 ,0\r\n\r\n3,4,1.0\r\n",
            "y,a,b\n0,1,2\n1,3,4\n",
            '"a","b","c"\n"1","2","0"\n"3","4","1"\n',
            "\ufeff1,2,0\n3,4,1\n",
            # Columns called by numbers, as pandas saves those without names.
            "0,1,label\n1,2,0\n3,4,1\n",
            "1,2,0\n\n\n3.0,4e0,1\n",
        ],
    )
    def test_one_table_in_many_forms(self, read, text):
        found = read(text)
        assert (found.x.tolist(), found.y.tolist()) == ([[1, 2], [3, 4]], [0, 1])

    def test_several_columns_could_have_the_labels(self, read):
        assert read("y,target,class\n1,2,3\n4,5,6\n").y.tolist() == [3, 6]

    def test_text_labels(self, read):
        assert read("1,2,red\n3,4,dark blue\n").y.tolist() == ["red", "dark blue"]
        # A last y among numbers is a label, not the name of a column.
        assert read("1,2,y\n3,4,n\n").y.tolist() == ["y", "n"]

    def test_quoted_labels_may_have_commas_and_lines(self, read):
        assert read('1,"a, b"\n2,"c\nd"\n').y.tolist() == ["a, b", "c\nd"]

    def test_a_data_set_of_it(self, tmp_path):
        rng = np.random.default_rng(0)
        x = rng.normal(size=(30, 4)) * [1, 10, 100, 1000]
        names = np.array(["oak", "elm", "fir"])[np.arange(30) % 3]
        lines = [
            ",".join([*map(repr, row.tolist()), name]) for row, name in zip(x, names, strict=True)
        ]
        (tmp_path / "trees.csv").write_text("\n".join(lines))
        data = load_dataset(str(tmp_path / "trees.csv"))
        assert (data.name, data.class_names) == ("trees.csv", ("elm", "fir", "oak"))
        assert (data.x_train.shape, data.x_test.shape, data.image_shape) == ((20, 4), (10, 4), None)
        np.testing.assert_allclose(data.x_train.std(axis=0), 1, rtol=1e-5)
        # Found again by its second feature, every sample has the label it had in the file.
        order = np.argsort(x[:, 1])
        found = np.argsort(np.concatenate([data.x_train, data.x_test])[:, 1])
        labels = np.concatenate([data.y_train, data.y_test])[found]
        assert [data.class_names[y] for y in labels] == names[order].tolist()


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "line 1 has 0 fields; it must have at least a feature and a label, with a comma "
             "between them"),
            ("\n\n", "line 1 has 0 fields; it must have at least a feature and a label, with a "
             "comma between them"),
            ("1;2;3\n", "line 1 has 1 fields; it must have at least a feature and a label, with a "
             "comma between them"),
            ("a,b\n", "has a header but no samples"),
            ("1,2,0\n3,1\n", "line 2 has 2 fields; it must have 3 like the first"),
            ("a,b,c\n1,2,0\n\n1,2,3,4\n", "line 4 has 4 fields; it must have 3 like the first"),
            ("1,2,0\n3,x,1\n", "line 2, column 2 is 'x'; it must be a number"),
            ("a,label,b\n1,0,2\n3,1,\n", "line 3, column b is ''; it must be a number"),
            ("5,x,0\n1,2,0\n", "line 1, column 2 is 'x'; it must be a number"),
            ("1,2,0\n3,nan,1\n", "line 2, column 2 is nan; it must be a finite number of at most "
             "3.4e+38 in size"),
            ("a,b,y\n1,2,0\n-inf,4,1\n", "line 3, column a is -inf; it must be a finite number of "
             "at most 3.4e+38 in size"),
            ("1,2,0\n\n3,4,0.5\n", "line 3, column 3 is 0.5; a label must be a whole number or "
             "text"),
            ("1,2,0\n3,4,\n", "line 2 has no label"),
            (",a,label\n0,1,0\n", "line 1: column 1 has no name; if it is an index, save the table "
             "without it"),
            ("1,2,7\n3,4,8\n5,6,9\n", "has 3 samples and as many different labels; classes must "
             "repeat"),
            ("1,2,7\n3,4,7\n", "has labels of class 7 alone; it must have at least 2 classes"),
            ("1,7\n", "has 1 samples; it must have at least 2"),
        ],
    )  # fmt: skip
    def test_lines_that_are_no_samples(self, refusal, text, message):
        assert refusal(text) == message

    def test_no_text(self, refusal):
        assert refusal(b"1,2,\xff\xfe\n").startswith(" is no text in UTF-8".lstrip())

    def test_a_field_without_an_end(self, refusal):
        assert refusal('1,2,"' + "x" * 200_000).startswith("is damaged: field larger than")

    def test_a_file_that_cannot_be_read(self, tmp_path):
        (tmp_path / "folder.csv").mkdir()
        with pytest.raises(DatasetError, match=r"folder\.csv cannot be read: Is a directory"):
            read_csv(tmp_path / "folder.csv")
