"""The matching of the authors' code, which is SciPy's of the dense matrix, to the last tie."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from analysis.assignment import ALONE
from analysis.reference_matching import reference_matching
from analysis.shared_inputs import NeuronSets, costs_of_pairs, shared_inputs


def sets_of(matrix: np.ndarray) -> NeuronSets:
    rows = sp.csr_array(matrix)
    return NeuronSets(rows.indptr.astype(np.int64), rows.indices.astype(np.int32), matrix.shape[1])


def dense_costs(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    overlap = a.astype(float) @ b.astype(float).T
    union = a.sum(axis=1)[:, None] + b.sum(axis=1) - overlap
    return np.divide(union - overlap, union, out=np.zeros_like(union), where=union > 0)


@given(
    seed=st.integers(0, 2**32),
    n_a=st.integers(1, 14),
    n_b=st.integers(1, 14),
    n_inputs=st.integers(1, 14),
    density=st.sampled_from([0.05, 0.1, 0.3, 0.7, 1.0]),
    advantage=st.sampled_from([0, 1e9]),
)
def test_is_that_of_scipy(seed, n_a, n_b, n_inputs, density, advantage):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analysis.shared_inputs._DENSE_ADVANTAGE", advantage)
        rng = np.random.default_rng(seed)
        a, b = (rng.random((n, n_inputs)) < density for n in (n_a, n_b))
        costs = dense_costs(a, b)
        rows, columns = linear_sum_assignment(costs)
        expected = np.full(n_a, ALONE)
        expected[rows] = columns
        assert reference_matching(sets_of(a), sets_of(b)).tolist() == expected.tolist()
        shared = shared_inputs(sets_of(a), sets_of(b))
        assert (costs_of_pairs(shared, rows, columns) == costs[rows, columns]).all()


def test_is_that_of_scipy_for_larger_layers():
    rng = np.random.default_rng(0)
    a, b = (rng.random((150, 120)) < 0.05 for _ in range(2))
    found = reference_matching(sets_of(a), sets_of(b))
    assert found.tolist() == linear_sum_assignment(dense_costs(a, b))[1].tolist()
