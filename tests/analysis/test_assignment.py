"""The sparse assignment: as good as SciPy's of the whole matrix, with prices that prove it."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.optimize import linear_sum_assignment

from analysis.assignment import ALONE, Assignment, assign


def assigned(gains: np.ndarray) -> Assignment:
    rows = sp.csr_array(gains)
    indptr, indices = rows.indptr.astype(np.int64), rows.indices.astype(np.int32)
    return assign(indptr, indices, rows.data.astype(np.float64), gains.shape[1])


def check(gains: np.ndarray) -> None:
    found = assigned(gains)
    rows = np.flatnonzero(found.column_of != ALONE)
    columns = found.column_of[rows]
    assert len(set(columns.tolist())) == len(columns)
    one, other = linear_sum_assignment(np.maximum(gains, 0), maximize=True)
    best = np.maximum(gains, 0)[one, other].sum()
    assert gains[rows, columns].sum() == pytest.approx(best, abs=1e-9)
    # What proves that none is better.
    prices = found.row_price[:, None] + found.column_price
    assert found.row_price.sum() + found.column_price.sum() == pytest.approx(best, abs=1e-9)
    assert (gains <= prices + 1e-12).all()
    assert found.row_price.min() > -1e-12
    assert found.column_price.min() > -1e-12
    assert np.abs(found.row_price[found.column_of == ALONE]).sum() < 1e-12


shapes = array_shapes(min_dims=2, max_dims=2, max_side=8)


@given(arrays(np.float64, shapes, elements=st.integers(-2, 4).map(float)))
def test_whole_numbers_with_many_ties(gains):
    check(gains)


@given(arrays(np.float64, shapes, elements=st.sampled_from([0, 0, 1 / 3, 1 / 2, 2 / 3, 0.9])))
def test_fractions(gains):
    check(gains)


@pytest.mark.parametrize("shape", [(60, 60), (40, 90), (90, 40)])
@pytest.mark.parametrize("density", [0.03, 0.2, 1.0])
def test_larger_ones(shape, density):
    rng = np.random.default_rng(0)
    for _ in range(10):
        check((rng.random(shape) < density) * rng.random(shape))


def test_a_war_of_prices_ends():
    # Three rows want two columns and outbid each other by a billionth: as many turns as there is
    # room in the prices would not end.
    gains = np.array([[1.0, 1 - 1e-9], [1.0, 1 - 1e-9], [1.0, 1.0]])
    check(gains)


def test_nothing_to_gain():
    assert assigned(np.zeros((3, 2))).column_of.tolist() == [ALONE] * 3
    assert assigned(-np.ones((2, 2))).column_of.tolist() == [ALONE] * 2
