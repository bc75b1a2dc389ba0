"""The sparse products of one layer, on existing connections only.

Activations are feature-major, (features, batch), so that a connection is one number times a row of
samples, taken as vectors of up to 64. A wiring is `indptr, indices` in CSR with one row per output
neuron; its transpose lists, for every input neuron, the outputs it feeds (`t_indptr, t_rows`) and
where in CSR order each of these connections stands (`t_places`). Arrays are contiguous, and those
of numbers have one dtype, float32 or float64; nothing is checked here. Each number is summed in an
order that the shapes alone decide: the results do not depend on the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from types import FunctionType
from typing import Any

import numba
import numpy as np
from numba import prange
from numpy.typing import NDArray

from set_engine.kernel_wiring import KernelWiring
from set_engine.vectors import last_lanes, load, logistic, multiply_add, splat, store, total

# Numba's default threading layer aborts the process when two Python threads run parallel kernels
# at once; these are safe. The setting is read at the first parallel launch.
numba.config.THREADING_LAYER = "threadsafe"
numba.config.THREADING_LAYER_PRIORITY = ["omp", "tbb", "workqueue"]

# Below this many multiplications the launch of a parallel region costs more than it saves.
_PARALLEL_FROM = 400_000

# Samples of a vector at the most: eight registers of 256 bits, and as many are left for the rest.
_MAX_LANES = 64

# A vector of any length up to this one takes little longer than the next power of two.
_SMALL_BATCH = 16

NARROW = 16
"""Batches below this size take `gradients`, one pass that needs no transposed wiring."""

_Kernel = Callable[..., None]


def _kernels(lanes: int) -> dict[str, _Kernel]:
    """The loops with vectors of `lanes` samples, at most as many as the batch has.

    Where the batch is no multiple of `lanes`, the last vector of a row overlaps the one before.
    """

    def forward(indptr, indices, weights, bias, x, out):  # type: ignore[no-untyped-def]
        batch = x.shape[1]
        for row in prange(len(indptr) - 1):
            for start in range(0, batch, lanes):
                first = min(start, batch - lanes)
                y = splat(bias[row], lanes)
                for place in range(indptr[row], indptr[row + 1]):
                    y = multiply_add(load(x, indices[place], first, lanes), weights[place], y)
                store(out, row, first, y)

    def weight_gradient(indptr, indices, x, grad_out, grad_weights, grad_bias):  # type: ignore[no-untyped-def]
        batch = x.shape[1]
        zero = splat(x.dtype.type(0), lanes)
        for row in prange(len(indptr) - 1):
            grad_bias[row] = 0
            for start in range(0, batch, lanes):
                first = min(start, batch - lanes)
                slopes = last_lanes(load(grad_out, row, first, lanes), batch - start)
                grad_bias[row] += total(slopes)
                for place in range(indptr[row], indptr[row + 1]):
                    source = load(x, indices[place], first, lanes)
                    here = total(multiply_add(source, slopes, zero))
                    grad_weights[place] = here + grad_weights[place] if start else here

    def input_gradient(t_indptr, t_rows, t_places, weights, grad_out, grad_x):  # type: ignore[no-untyped-def]
        batch = grad_out.shape[1]
        zero = splat(grad_out.dtype.type(0), lanes)
        for column in prange(len(t_indptr) - 1):
            for start in range(0, batch, lanes):
                first = min(start, batch - lanes)
                g = zero
                for place in range(t_indptr[column], t_indptr[column + 1]):
                    slopes = load(grad_out, t_rows[place], first, lanes)
                    g = multiply_add(slopes, weights[t_places[place]], g)
                store(grad_x, column, first, g)

    def logistic_forward(indptr, indices, weights, bias, x, out):  # type: ignore[no-untyped-def]
        batch = x.shape[1]
        for row in prange(len(indptr) - 1):
            for start in range(0, batch, lanes):
                first = min(start, batch - lanes)
                y = splat(bias[row], lanes)
                for place in range(indptr[row], indptr[row + 1]):
                    y = multiply_add(load(x, indices[place], first, lanes), weights[place], y)
                store(out, row, first, logistic(y))

    def logistic_back(t_indptr, t_rows, t_places, weights, bias, y, out):  # type: ignore[no-untyped-def]
        batch = y.shape[1]
        for column in prange(len(t_indptr) - 1):
            for start in range(0, batch, lanes):
                first = min(start, batch - lanes)
                x = splat(bias[column], lanes)
                for place in range(t_indptr[column], t_indptr[column + 1]):
                    source = load(y, t_rows[place], first, lanes)
                    x = multiply_add(source, weights[t_places[place]], x)
                store(out, column, first, logistic(x))

    def gradients(parts, indptr, indices, weights, x, grad_out, grad_weights, grad_bias, grads_x):  # type: ignore[no-untyped-def]
        batch = x.shape[1]
        zero = splat(x.dtype.type(0), lanes)
        for part in prange(len(parts) - 1):
            grad_x = grads_x[part]
            grad_x[:] = 0
            for row in range(parts[part], parts[part + 1]):
                grad_bias[row] = 0
                for start in range(0, batch, lanes):
                    first = min(start, batch - lanes)
                    slopes = last_lanes(load(grad_out, row, first, lanes), batch - start)
                    grad_bias[row] += total(slopes)
                    for place in range(indptr[row], indptr[row + 1]):
                        column = indices[place]
                        source = load(x, column, first, lanes)
                        here = total(multiply_add(source, slopes, zero))
                        grad_weights[place] = here + grad_weights[place] if start else here
                        before = load(grad_x, column, first, lanes)
                        store(grad_x, column, first, multiply_add(slopes, weights[place], before))

    def sum_parts(parts, out):  # type: ignore[no-untyped-def]
        for entry in prange(len(out)):
            value = parts[0, entry]
            for part in range(1, len(parts)):
                value += parts[part, entry]
            out[entry] = value

    made = (
        forward,
        weight_gradient,
        input_gradient,
        logistic_forward,
        logistic_back,
        gradients,
        sum_parts,
    )
    return {kernel.__name__: kernel for kernel in made}


@cache
def _compiled(name: str, lanes: int, parallel: bool) -> _Kernel:
    options = {"nogil": True, "cache": True, "error_model": "numpy", "parallel": parallel}
    compiled: _Kernel = numba.njit(**options)(_named(_kernels(lanes)[name], parallel))
    return compiled


def _named(kernel: _Kernel, parallel: bool) -> _Kernel:
    # Numba's disk cache tells functions apart by name, line and what they close over, not by
    # options: one name for both forms would load the one for the other.
    name = f"{kernel.__name__}_{'parallel' if parallel else 'serial'}"
    copy = FunctionType(kernel.__code__, kernel.__globals__, name, None, kernel.__closure__)
    copy.__qualname__ = name
    copy.__module__ = kernel.__module__
    return copy


def _launch(name: str, batch: int, work: int, *arrays: NDArray[Any]) -> None:
    """Run a kernel; the size of the work, never the cores, decides in which of its forms."""
    _compiled(name, _lanes(batch), work >= _PARALLEL_FROM)(*arrays)


def _lanes(batch: int) -> int:
    """The samples of a vector: all of a small batch, else a power of two that is at most the batch.

    >>> [_lanes(batch) for batch in (0, 1, 2, 7, 16, 17, 40, 100)]
    [1, 1, 2, 7, 16, 16, 32, 64]
    """
    if batch <= _SMALL_BATCH:
        return max(1, batch)
    return int(min(_MAX_LANES, 1 << (batch.bit_length() - 1)))


def forward(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[Any],
    bias: NDArray[Any],
    x: NDArray[Any],
) -> NDArray[Any]:
    """W x + b: (n_inputs, batch) -> (n_outputs, batch), in the dtype of x."""
    batch = x.shape[1]
    out = np.empty((len(indptr) - 1, batch), x.dtype)
    _launch("forward", batch, len(indices) * batch, indptr, indices, weights, bias, x, out)
    return out


def weight_gradient(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    x: NDArray[Any],
    grad_out: NDArray[Any],
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Gradients of the (n_connections,) weights and of the (n_outputs,) biases."""
    batch = x.shape[1]
    grad_weights = _unset_weights(len(indices), x)
    grad_bias = np.empty(len(indptr) - 1, x.dtype)
    arrays = (indptr, indices, x, grad_out, grad_weights, grad_bias)
    _launch("weight_gradient", batch, len(indices) * batch, *arrays)
    return grad_weights, grad_bias


def input_gradient(
    t_indptr: NDArray[np.int64],
    t_rows: NDArray[np.int32],
    t_places: NDArray[np.int32],
    weights: NDArray[Any],
    grad_out: NDArray[Any],
) -> NDArray[Any]:
    """Wᵀ g: (n_outputs, batch) -> (n_inputs, batch), through the transposed wiring."""
    batch = grad_out.shape[1]
    grad_x = np.empty((len(t_indptr) - 1, batch), grad_out.dtype)
    arrays = (t_indptr, t_rows, t_places, weights, grad_out, grad_x)
    _launch("input_gradient", batch, len(t_rows) * batch, *arrays)
    return grad_x


def logistic_forward(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[Any],
    bias: NDArray[Any],
    x: NDArray[Any],
) -> NDArray[Any]:
    """σ(W x + b): (n_inputs, batch) -> (n_outputs, batch)."""
    batch = x.shape[1]
    out = np.empty((len(indptr) - 1, batch), x.dtype)
    arrays = (indptr, indices, weights, bias, x, out)
    _launch("logistic_forward", batch, len(indices) * batch, *arrays)
    return out


def logistic_back(
    t_indptr: NDArray[np.int64],
    t_rows: NDArray[np.int32],
    t_places: NDArray[np.int32],
    weights: NDArray[Any],
    bias: NDArray[Any],
    y: NDArray[Any],
) -> NDArray[Any]:
    """σ(Wᵀ y + a) with `bias` a, (n_inputs,): (n_outputs, batch) -> (n_inputs, batch)."""
    batch = y.shape[1]
    out = np.empty((len(t_indptr) - 1, batch), y.dtype)
    arrays = (t_indptr, t_rows, t_places, weights, bias, y, out)
    _launch("logistic_back", batch, len(t_rows) * batch, *arrays)
    return out


def gradients(
    parts: NDArray[np.int64],
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[Any],
    x: NDArray[Any],
    grad_out: NDArray[Any],
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Gradients of the weights, the biases and of x, in one pass over the connections.

    For few samples a walk through the transposed wiring costs more than all else. Here each part
    of the rows, (n_parts + 1,) `parts`, adds into a gradient of x of its own.
    """
    batch, n_connections = x.shape[1], len(indices)
    grad_weights = _unset_weights(n_connections, x)
    grad_bias = np.empty(len(indptr) - 1, x.dtype)
    grads_x = np.empty((len(parts) - 1, *x.shape), x.dtype)
    arrays = (parts, indptr, indices, weights, x, grad_out, grad_weights, grad_bias, grads_x)
    _launch("gradients", batch, 2 * n_connections * batch, *arrays)
    if len(grads_x) == 1:
        return grad_weights, grad_bias, grads_x[0]
    grad_x = np.empty(x.shape, x.dtype)
    flat = (grads_x.reshape(len(grads_x), -1), grad_x.reshape(-1))
    _launch("sum_parts", 1, grads_x.size, *flat)
    return grad_weights, grad_bias, grad_x


def _unset_weights(n_connections: int, x: NDArray[Any]) -> NDArray[Any]:
    # Without samples no pass over them sets anything, and the sum over none is 0.
    make = np.empty if x.shape[1] else np.zeros
    return make(n_connections, x.dtype)


def warm_up(wiring: KernelWiring, training: Collection[int], evaluation: Collection[int]) -> None:
    """Compile what a layer needs, or load it from numba's cache on disk; seconds the first time.

    Args:
        wiring: of the layer.
        training: sizes of the batches that are trained on.
        evaluation: sizes of the batches without gradients.
    """
    n_connections, n_parts = len(wiring.indices), len(wiring.parts) - 1
    for batch in {*training, *evaluation}:
        work, x = n_connections * batch, np.ones((1, batch), np.float32)
        _launch("forward", batch, work, *_WAY, _ONE, _ONE, x, x.copy())
        if batch not in training:
            continue
        outputs = (_ONE.copy(), _ONE.copy())
        _launch("weight_gradient", batch, work, *_WAY, x, x, *outputs)
        if batch < NARROW:
            arrays = (_WAY[0], *_WAY, _ONE, x, x, *outputs, x[None].copy())
            _launch("gradients", batch, 2 * work, *arrays)
            _launch("sum_parts", 1, n_parts * wiring.n_inputs * batch, x.copy(), x[0].copy())
        else:
            _ = wiring.transposed
            _launch("input_gradient", batch, work, *_WAY, _WAY[1], _ONE, x, x.copy())


def warm_up_both_ways(
    wiring: KernelWiring, training: Collection[int], evaluation: Collection[int]
) -> None:
    """As `warm_up`, for the layer of an RBM."""
    _ = wiring.transposed
    n_connections = len(wiring.indices)
    for batch in {*training, *evaluation}:
        work, x = n_connections * batch, np.ones((1, batch), np.float32)
        _launch("logistic_forward", batch, work, *_WAY, _ONE, _ONE, x, x.copy())
        _launch("logistic_back", batch, work, *_WAY, _WAY[1], _ONE, _ONE, x, x.copy())
    for batch in training:
        # Data and the model's samples side by side.
        work, x = n_connections * 2 * batch, np.ones((1, 2 * batch), np.float32)
        _launch("weight_gradient", 2 * batch, work, *_WAY, x, x, _ONE.copy(), _ONE.copy())


# The wiring of one connection, and its weight.
_WAY = np.array([0, 1], np.int64), np.zeros(1, np.int32)
_ONE = np.ones(1, np.float32)
