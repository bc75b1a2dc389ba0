from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from set_engine.data.classes import as_labels, number_classes
from set_engine.data.samples import DatasetError, Labelled, Samples


def _place(row: int) -> str:
    return f"row {row}"


def _number(train, test, class_names=None):
    x = np.zeros((9, 1))
    parts = [Labelled(x, np.asarray(labels)) for labels in (train, test)]
    samples = Samples("data", *parts, class_names=class_names)
    return number_classes(samples, *parts)


class TestLabels:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            (np.array([3, 1], np.uint8), [3, 1]),
            (np.array([-1.0, 1.0]), [-1, 1]),
            (np.array(["10", "9.0", "-1"]), [10, 9, -1]),
            (np.array(["10", "b"]), ["10", "b"]),
            (np.array([True, False]), ["True", "False"]),
        ],
    )
    def test_numbers_stay_numbers_and_text_text(self, values, expected):
        found = as_labels(values, _place)
        assert found.tolist() == expected
        assert found.dtype.kind in "iU"

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            (np.array([1.0, 0.5]), "row 1 is 0.5; a label must be a whole number or text"),
            (np.array([np.nan, 1]), "row 0 is nan; a label must be a whole number or text"),
            (np.array([1, np.inf]), "row 1 is inf; a label must be a whole number or text"),
            (np.array([1, 1e300]), "row 1 is 1e+300; a label must be a whole number or text"),
            (np.array(["1", "2.5"]), "row 1 is 2.5; a label must be a whole number or text"),
            (np.array([1j]), "row 0 is of type complex128; a label must be a whole number or text"),
            (np.array([None]), "row 0 is of type object; a label must be a whole number or text"),
        ],
    )
    def test_what_is_no_class(self, values, message):
        with pytest.raises(DatasetError) as caught:
            as_labels(values, _place)
        assert str(caught.value) == message


class TestNumbering:
    def test_worked_by_hand(self):
        y_train, y_test, names = _number([5, -1, 5, 10, 10], [10, -1])
        assert (y_train.tolist(), y_test.tolist()) == ([1, 0, 1, 2, 2], [2, 0])
        assert names == ("-1", "5", "10")

    def test_text_is_sorted_as_text(self):
        y_train, y_test, names = _number(["b", "a", "b"], ["b"])
        assert (y_train.tolist(), y_test.tolist(), names) == ([1, 0, 1], [1], ("a", "b"))

    @given(st.lists(st.integers(-3, 3), min_size=8, max_size=30))
    def test_names_give_the_labels_back(self, labels):
        labels = [-9, 9, *labels]
        y_train, y_test, names = _number(labels, labels[::-1])
        assert [int(names[y]) for y in y_train] == labels
        assert [int(names[y]) for y in y_test] == labels[::-1]
        assert y_train.dtype == y_test.dtype == np.int64
        assert set(y_train.tolist()) == set(range(len(names)))

    def test_numbers_of_a_format_stay(self):
        names = ("a", "b", "c", "d")
        y_train, y_test, found = _number([2, 0, 2], [3], names)
        assert (y_train.tolist(), y_test.tolist(), found) == ([2, 0, 2], [3], names)

    @pytest.mark.parametrize("class_names", [None, ("0", "1", "2", "3")])
    def test_one_class(self, class_names):
        with pytest.raises(DatasetError) as caught:
            _number([3, 3], [3, 0], class_names)
        assert str(caught.value) == (
            "data has training labels of class 3 alone; it must have at least 2 classes"
        )

    def test_a_class_to_test_on_that_training_lacks(self):
        with pytest.raises(DatasetError) as caught:
            _number([1, 2, 2], [2, 7, 1])
        assert str(caught.value) == "data has test samples of class 7, which no training sample has"

    def test_measurements_in_place_of_classes(self):
        with pytest.raises(DatasetError) as caught:
            _number([100, 203, 17], [17])
        assert str(caught.value) == (
            "data has 3 samples and as many different labels; classes must repeat"
        )
