from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from set_engine.data.samples import DatasetError, Labelled, Samples
from set_engine.data.splitting import split


def _split(labels):
    y = np.asarray(labels)
    return split(Samples("data", Labelled(np.arange(len(y))[:, None], y)))


def _refusal(labels) -> str:
    with pytest.raises(DatasetError) as caught:
        _split(labels)
    return str(caught.value)


@given(counts=st.lists(st.integers(3, 40), min_size=2, max_size=6))
def test_each_class_is_divided_two_to_one_and_nothing_is_lost(counts):
    labels = np.repeat(np.arange(len(counts)), counts)
    train, test = _split(labels)
    assert sorted([*train.rows, *test.rows]) == list(range(len(labels)))
    assert len(test) == -(-len(labels) // 3)
    for part in (train, test):
        np.testing.assert_array_equal(part.y, labels[part.rows])
    in_test = np.bincount(test.y, minlength=len(counts))
    assert (np.abs(in_test - np.array(counts) / 3) < 1 + 1e-9).all()


def test_it_is_the_same_every_time_and_no_plain_slice():
    labels = np.arange(60) % 3
    one, other = _split(labels), _split(labels)
    assert one[0].rows.tolist() == other[0].rows.tolist()
    assert one[1].rows.tolist() not in (list(range(40, 60)), list(range(20)))


def test_what_a_file_has_split_stays():
    train, test = (Labelled(np.zeros((2, 1)), np.arange(2)) for _ in range(2))
    assert split(Samples("data", train, test)) == (train, test)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([], "data has 0 samples; it must have at least 2"),
        ([1], "data has 1 samples; it must have at least 2"),
        ([4, 4, 4], "data has labels of class 4 alone; it must have at least 2 classes"),
        (
            [10, 31, 2, 7],
            "data has 4 samples and as many different labels; classes must repeat",
        ),
        (
            [1, 1, 1, 1, 2, 3, 3],
            "data has 1 sample of class 2; each class must have at least 2, to train and to test "
            "on",
        ),
        (
            ["a", "a", "b", "b", "c", "c"],
            "data has 6 samples, 2 of them to test on; its 3 classes need a test sample each",
        ),
    ],
)
def test_too_little_to_divide(labels, message):
    assert _refusal(labels) == message
