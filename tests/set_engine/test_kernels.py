from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.special import expit

from set_engine import kernels
from set_engine.kernel_wiring import KernelWiring

in_both_forms = pytest.mark.usefixtures("kernel_form")

SHAPES = [(1, 1), (1, 5), (5, 1), (9, 4), (40, 23)]
DENSITIES = [0.0, 0.1, 0.6, 1.0]
BATCHES = [1, 2, 13, 16, 37, 100]  # below and above a vector, full ones and rests


class Wiring:
    """A random matrix in the forms the kernels take; its transpose is counted out."""

    def __init__(self, n_outputs, n_inputs, density, dtype, seed=0):
        rng = np.random.default_rng(seed)
        present = rng.random((n_outputs, n_inputs)) < density
        rows, columns = np.nonzero(present)
        self.n_outputs, self.n_inputs = n_outputs, n_inputs
        self.weights = rng.normal(size=len(rows)).astype(dtype)
        self.bias = rng.normal(size=n_outputs).astype(dtype)
        self.indptr = np.array([(rows < row).sum() for row in range(n_outputs + 1)], np.int64)
        self.indices = columns.astype(np.int32)
        feeds = [np.flatnonzero(columns == column) for column in range(n_inputs)]
        self.t_indptr = np.cumsum([0, *map(len, feeds)]).astype(np.int64)
        self.t_places = np.concatenate(feeds).astype(np.int32)
        self.t_rows = rows[self.t_places].astype(np.int32)
        self.entries = list(zip(rows.tolist(), columns.tolist(), strict=True))

    def forward(self, x, weights=None, bias=None):
        weights = self.weights if weights is None else weights
        bias = self.bias if bias is None else bias
        return kernels.forward(self.indptr, self.indices, weights, bias, x)

    def weight_gradient(self, x, slopes):
        return kernels.weight_gradient(self.indptr, self.indices, x, slopes)

    def input_gradient(self, slopes):
        return kernels.input_gradient(
            self.t_indptr, self.t_rows, self.t_places, self.weights, slopes
        )

    def logistic_forward(self, x):
        return kernels.logistic_forward(self.indptr, self.indices, self.weights, self.bias, x)

    def logistic_back(self, y, bias):
        way = self.t_indptr, self.t_rows, self.t_places
        return kernels.logistic_back(*way, self.weights, bias, y)

    def gradients(self, x, slopes, n_parts=1):
        """In parts of equally many rows."""
        parts = np.linspace(0, self.n_outputs, n_parts + 1).astype(np.int64)
        return kernels.gradients(parts, self.indptr, self.indices, self.weights, x, slopes)


def _noise(shape, dtype, seed):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


@in_both_forms
class TestByHand:
    # W = [[0, 2, -1], [3, 0, 0]], b = [10, 20], two samples.
    indptr, indices = np.array([0, 2, 3], np.int64), np.array([1, 2, 0], np.int32)
    t_indptr, t_rows = np.array([0, 1, 2, 3], np.int64), np.array([1, 0, 0], np.int32)
    t_places = np.array([2, 0, 1], np.int32)
    weights, bias = np.array([2, -1, 3], np.float32), np.array([10, 20], np.float32)
    x = np.array([[1, 4], [2, 5], [3, 6]], np.float32)
    slopes = np.array([[1, -1], [0.5, 2]], np.float32)

    def test_forward(self):
        y = kernels.forward(self.indptr, self.indices, self.weights, self.bias, self.x)
        assert y.tolist() == [[11, 14], [23, 32]]
        assert y.dtype == np.float32

    def test_weight_gradient(self):
        weights, bias = kernels.weight_gradient(self.indptr, self.indices, self.x, self.slopes)
        assert weights.tolist() == [-3, -3, 8.5]
        assert bias.tolist() == [0, 2.5]

    def test_input_gradient(self):
        found = kernels.input_gradient(
            self.t_indptr, self.t_rows, self.t_places, self.weights, self.slopes
        )
        assert found.tolist() == [[1.5, 6], [2, -2], [-1, 1]]

    def test_both_ways_through_the_logistic_function(self):
        ln_3 = float(np.log(3))  # where the logistic function is 3/4
        one_way = np.array([0, 1], np.int64), np.zeros(1, np.int32)
        weight, bias = np.ones(1, np.float32), np.zeros(1, np.float32)
        x = np.array([[ln_3, -ln_3]], np.float32)
        y = kernels.logistic_forward(*one_way, weight, bias, x)
        back = kernels.logistic_back(*one_way, one_way[1], weight, bias + np.float32(ln_3), x)
        assert y.tolist() == [[pytest.approx(0.75), pytest.approx(0.25)]]
        assert back.tolist() == [[pytest.approx(0.9), pytest.approx(0.5)]]

    @pytest.mark.parametrize("parts", [[0, 2], [0, 1, 2], [0, 0, 1, 2, 2]])
    def test_all_gradients_at_once(self, parts):
        weights, bias, x = kernels.gradients(
            np.array(parts), self.indptr, self.indices, self.weights, self.x, self.slopes
        )
        assert weights.tolist() == [-3, -3, 8.5]
        assert bias.tolist() == [0, 2.5]
        assert x.tolist() == [[1.5, 6], [2, -2], [-1, 1]]


@in_both_forms
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("density", DENSITIES)
@pytest.mark.parametrize("batch", BATCHES)
class TestOverAGrid:
    @pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 2e-6), (np.float64, 1e-14)])
    def test_against_plain_loops(self, shape, density, batch, dtype, tolerance):
        wiring = Wiring(*shape, density, dtype)
        x, slopes = _noise((shape[1], batch), dtype, 1), _noise((shape[0], batch), dtype, 2)
        y = np.repeat(wiring.bias.astype(float)[:, None], batch, axis=1)
        grad_x = np.zeros((shape[1], batch))
        grad_weights = np.zeros(len(wiring.weights))
        for place, (row, column) in enumerate(wiring.entries):
            for sample in range(batch):
                y[row, sample] += float(wiring.weights[place]) * float(x[column, sample])
                grad_weights[place] += float(slopes[row, sample]) * float(x[column, sample])
                grad_x[column, sample] += float(wiring.weights[place]) * float(slopes[row, sample])
        bound = tolerance * max(shape[0], shape[1], batch)
        found = (wiring.forward(x), *wiring.weight_gradient(x, slopes))
        expected = (y, grad_weights, slopes.astype(float).sum(axis=1))
        for ours, theirs in zip(found, expected, strict=True):
            assert ours.dtype == dtype
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=bound)
        np.testing.assert_allclose(wiring.input_gradient(slopes), grad_x, rtol=0, atol=bound)
        for n_parts in (1, 3):
            at_once = wiring.gradients(x, slopes, n_parts)
            for ours, theirs in zip(at_once, (*expected[1:], grad_x), strict=True):
                assert ours.dtype == dtype
                np.testing.assert_allclose(ours, theirs, rtol=0, atol=bound)

    @pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-6), (np.float64, 1e-14)])
    def test_the_logistic_of_the_products(self, shape, density, batch, dtype, tolerance):
        wiring = Wiring(*shape, density, dtype)
        x, y = _noise((shape[1], batch), dtype, 1), _noise((shape[0], batch), dtype, 2)
        bias = _noise(shape[1], dtype, 3)
        back = wiring.input_gradient(y) + bias[:, None]
        pairs = (
            (wiring.logistic_forward(x), wiring.forward(x)),
            (wiring.logistic_back(y, bias), back),
        )
        for found, inputs in pairs:
            assert found.dtype == dtype
            np.testing.assert_allclose(found, expit(inputs), rtol=0, atol=tolerance)

    def test_the_three_products_are_one_bilinear_form(self, shape, density, batch):
        # <g, W x> = <Wᵀ g, x> = Σ_places w (g xᵀ).
        wiring = Wiring(*shape, density, np.float64)
        x, slopes = _noise((shape[1], batch), float, 1), _noise((shape[0], batch), float, 2)
        form = np.vdot(slopes, wiring.forward(x, bias=np.zeros(shape[0])))
        assert np.vdot(wiring.input_gradient(slopes), x) == pytest.approx(form, abs=1e-10)
        assert wiring.weight_gradient(x, slopes)[0] @ wiring.weights == pytest.approx(
            form, abs=1e-10
        )


@pytest.mark.parametrize(("dtype", "digits"), [(np.float32, 2e-7), (np.float64, 4e-16)])
def test_the_logistic_function_itself(dtype, digits):
    x = np.linspace(-80, 80, 100_001).astype(dtype)
    one_way = np.array([0, 1], np.int64), np.zeros(1, np.int32)
    one, zero = np.ones(1, dtype), np.zeros(1, dtype)

    def logistic(values):
        return kernels.logistic_forward(*one_way, one, zero, values[None])[0]

    exact = expit(x.astype(np.longdouble))
    np.testing.assert_allclose(logistic(x).astype(np.longdouble), exact, rtol=2 * digits, atol=0)
    far = np.array([-np.inf, -1e30, -200, 200, 1e30, np.inf, np.nan, 0.0], dtype)
    found = logistic(far)
    np.testing.assert_allclose(found[:6], [0, 0, 0, 1, 1, 1], rtol=0, atol=1e-37)
    assert np.isnan(found[6])
    assert found[7] == 0.5


@in_both_forms
class TestNotFinite:
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    def test_spreads_along_connections_only(self, value):
        wiring = Wiring(6, 5, 0.5, np.float32)
        x = _noise((5, 3), np.float32, 1)
        clean = wiring.forward(x)
        x[2, 1] = value
        y = wiring.forward(x)
        hit = np.zeros((6, 3), bool)
        hit[[row for row, column in wiring.entries if column == 2], 1] = True
        assert 0 < hit.sum() < 6
        assert (np.isfinite(y) == ~hit).all()
        assert (y[~hit] == clean[~hit]).all()

    def test_zero_times_infinity_is_not_a_number(self):
        wiring = Wiring(1, 1, 1.0, np.float32)
        x = np.full((1, 1), np.inf, np.float32)
        assert np.isnan(wiring.forward(x, weights=np.zeros(1, np.float32))).all()
        assert np.isnan(wiring.weight_gradient(x, np.zeros((1, 1), np.float32))[0]).all()

    def test_in_the_gradients(self):
        wiring = Wiring(6, 5, 0.5, np.float32)
        x, slopes = _noise((5, 3), np.float32, 1), _noise((6, 3), np.float32, 2)
        slopes[4, 0] = np.nan
        weights, bias = wiring.weight_gradient(x, slopes)
        assert np.isnan(weights).tolist() == [row == 4 for row, _column in wiring.entries]
        assert np.isnan(bias).tolist() == [row == 4 for row in range(6)]
        hit = np.zeros((5, 3), bool)
        hit[[column for row, column in wiring.entries if row == 4], 0] = True
        assert (np.isnan(wiring.input_gradient(slopes)) == hit).all()
        at_once = wiring.gradients(x, slopes, 2)
        assert np.isnan(at_once[0]).tolist() == np.isnan(weights).tolist()
        assert (np.isnan(at_once[2]) == hit).all()

    def test_samples_do_not_mix_where_vectors_overlap(self):
        # Of 19 samples, vectors of 16 begin at 0 and at 3.
        wiring = Wiring(6, 5, 1.0, np.float32)
        x = _noise((5, 19), np.float32, 1)
        clean = wiring.forward(x)
        x[:, 4] = np.nan
        found = np.isnan(wiring.forward(x))
        assert (
            found.all(axis=0).tolist()
            == found.any(axis=0).tolist()
            == [sample == 4 for sample in range(19)]
        )
        others = np.arange(19) != 4
        assert (wiring.forward(x)[:, others] == clean[:, others]).all()


@pytest.mark.parametrize("batch", [1, 10, 100])
@pytest.mark.parametrize("parallel_from", [0, 10**9])
@pytest.mark.parametrize("warm_up", ["warm_up", "warm_up_both_ways"])
def test_warm_up_compiles_all_that_training_needs(run_python, batch, parallel_from, warm_up):
    script = """
import json, sys
import torch
from set_engine import SparseLinear, kernels

warm_up = sys.argv[3]
batch, kernels._PARALLEL_FROM = map(int, sys.argv[1:3])
used = []
compiled = kernels._compiled

def noted(*form):
    used.append(form)
    return compiled(*form)

kernels._compiled = noted
layer = SparseLinear(300, 200, epsilon=40, generator=torch.Generator().manual_seed(0))
getattr(kernels, warm_up)(layer.kernel_wiring(), training=[batch], evaluation=[24])
warm = {form: len(compiled(*form).signatures) for form in used}
used.clear()
if warm_up == "warm_up":
    layer(torch.ones(batch, 300)).sum().backward()
    layer(torch.ones(batch, 300, requires_grad=True)).sum().backward()
    with torch.no_grad():
        layer(torch.ones(24, 300))
else:
    for size in (batch, 24):
        layer.logistic_back(layer.logistic(torch.ones(size, 300)), torch.zeros(300))
    layer.add_gradient(torch.ones(2 * batch, 300), torch.ones(2 * batch, 200))
after = {form: len(compiled(*form).signatures) for form in used}
print(json.dumps([len(after), all(warm.get(form) == n == 1 for form, n in after.items())]))
"""
    arguments = map(str, (batch, parallel_from, warm_up))
    n_used, all_were_warm = json.loads(run_python(script, *arguments))
    assert all_were_warm
    assert n_used == (5 if warm_up == "warm_up_both_ways" or batch < kernels.NARROW else 4)


def test_vectors_are_as_long_as_the_batch_allows():
    assert [kernels._lanes(batch) for batch in (0, 1, 2, 3, 15, 16, 17, 31, 32, 64, 1000)] == [
        1, 1, 2, 3, 15, 16, 16, 16, 32, 64, 64
    ]  # fmt: skip


def test_threads_change_no_bit(run_python):
    script = """
import hashlib
import numba, torch
from set_engine import SparseLinear, kernels

kernels._PARALLEL_FROM = 0
layer = SparseLinear(1000, 900, epsilon=20, generator=torch.Generator().manual_seed(0))
assert len(layer.kernel_wiring().parts) > 3
for batch in (3, 37):
    x = torch.randn(batch, 1000, generator=torch.Generator().manual_seed(1), requires_grad=True)
    for n_threads in (1, 2, 3, 5, 2):
        numba.set_num_threads(n_threads)
        y = layer(x)
        gradients = torch.autograd.grad(y.square().sum(), (x, layer.weight, layer.bias))
        content = b"".join(tensor.detach().numpy().tobytes() for tensor in (y, *gradients))
        print(numba.threading_layer(), batch, hashlib.sha256(content).hexdigest())
"""
    lines = run_python(script, NUMBA_NUM_THREADS="5").splitlines()
    assert len(lines) == 10
    assert len(set(lines)) == 2
    assert lines[0].split()[0] in ("omp", "tbb")


class TestKernelWiring:
    def test_transposed_by_hand(self):
        wiring = KernelWiring(np.array([0, 2, 3]), np.array([1, 2, 1], np.int32), n_inputs=3)
        assert [array.tolist() for array in wiring.transposed] == [
            [0, 0, 2, 3],
            [0, 1, 0],
            [0, 2, 1],
        ]

    @pytest.mark.parametrize("shape", SHAPES)
    @pytest.mark.parametrize("density", DENSITIES)
    def test_transposed_as_counted_out(self, shape, density):
        counted = Wiring(*shape, density, np.float32)
        found = KernelWiring(counted.indptr, counted.indices, counted.n_inputs).transposed
        expected = (counted.t_indptr, counted.t_rows, counted.t_places)
        for ours, theirs in zip(found, expected, strict=True):
            assert ours.dtype == theirs.dtype
            assert ours.tolist() == theirs.tolist()

    @pytest.mark.parametrize("density", DENSITIES)
    def test_parts_are_all_rows_once_and_about_equal(self, density):
        rng = np.random.default_rng(0)
        degrees = rng.binomial(400, density, size=900)
        indptr = np.concatenate([[0], np.cumsum(degrees)])
        parts = KernelWiring(indptr, np.zeros(indptr[-1], np.int32), 400).parts
        assert parts[0] == 0
        assert parts[-1] == 900
        sizes = np.diff(indptr[parts])
        assert sizes.sum() == indptr[-1]
        assert 1 <= len(sizes) <= 8
        assert sizes.max() - sizes.min() <= 2 * 400
