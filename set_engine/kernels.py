"""The sparse products of one layer, on existing connections only.

Activations are feature-major, (features, batch), so that every inner loop runs over the batch.
A wiring is `indptr, indices` in CSR with one row per output neuron; its transpose lists, for every
input neuron, the outputs it feeds (`t_indptr, t_rows`) and where in CSR order each of these
connections stands (`t_places`). Each output element is summed by one thread in a fixed order: the
results do not depend on the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

import numba
import numpy as np
from numba import prange
from numpy.typing import NDArray

# Numba's default threading layer aborts the process when two Python threads run parallel kernels
# at once; these are safe. The setting is read at the first parallel launch.
numba.config.THREADING_LAYER = "threadsafe"
numba.config.THREADING_LAYER_PRIORITY = ["omp", "tbb", "workqueue"]

# Reassociation lets a sum be vectorised; NaN and infinity keep their meaning, so that a diverging
# loss is seen.
_FASTMATH = {"reassoc", "contract", "nsz"}

# Below this many multiplications the launch of a parallel region costs more than it saves.
_PARALLEL_FROM = 400_000


def _forward(indptr, indices, weights, bias, x, out):  # type: ignore[no-untyped-def]
    batch = x.shape[1]
    for row in prange(len(indptr) - 1):
        target = out[row]
        target[:] = bias[row]
        for place in range(indptr[row], indptr[row + 1]):
            weight = weights[place]
            source = x[indices[place]]
            for sample in range(batch):
                target[sample] += weight * source[sample]


def _weight_gradient(indptr, indices, x, grad_out, grad_weights, grad_bias):  # type: ignore[no-untyped-def]
    batch = x.shape[1]
    for row in prange(len(indptr) - 1):
        slope = grad_out[row]
        total = slope.dtype.type(0)
        for sample in range(batch):
            total += slope[sample]
        grad_bias[row] = total
        for place in range(indptr[row], indptr[row + 1]):
            source = x[indices[place]]
            total = slope.dtype.type(0)
            for sample in range(batch):
                total += slope[sample] * source[sample]
            grad_weights[place] = total


def _input_gradient(t_indptr, t_rows, t_places, weights, grad_out, grad_x):  # type: ignore[no-untyped-def]
    batch = grad_out.shape[1]
    for column in prange(len(t_indptr) - 1):
        target = grad_x[column]
        target[:] = 0
        for place in range(t_indptr[column], t_indptr[column + 1]):
            weight = weights[t_places[place]]
            slope = grad_out[t_rows[place]]
            for sample in range(batch):
                target[sample] += weight * slope[sample]


def _compile(kernel: Callable[..., None]) -> Callable[..., None]:
    """Both forms of a kernel behind one name; the size of the work, never the cores, decides."""
    options = {"nogil": True, "cache": True, "fastmath": _FASTMATH, "error_model": "numpy"}
    serial = numba.njit(**options)(_named(kernel, "serial"))
    parallel = numba.njit(parallel=True, **options)(_named(kernel, "parallel"))

    def launch(work: int, *arrays: NDArray[Any]) -> None:
        (parallel if work >= _PARALLEL_FROM else serial)(*arrays)

    return launch


def _named(kernel: Callable[..., None], form: str) -> Callable[..., None]:
    # Numba's disk cache tells functions apart by name and line, not by options: one name for both
    # forms would load the one for the other.
    copy = FunctionType(kernel.__code__, kernel.__globals__, f"{kernel.__name__}_{form}")
    copy.__qualname__ = copy.__name__
    copy.__module__ = kernel.__module__
    return copy


_launch_forward = _compile(_forward)
_launch_weight_gradient = _compile(_weight_gradient)
_launch_input_gradient = _compile(_input_gradient)


def forward(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[Any],
    bias: NDArray[Any],
    x: NDArray[Any],
) -> NDArray[Any]:
    """W x + b: (n_inputs, batch) -> (n_outputs, batch), in the dtype of x."""
    out = np.empty((len(indptr) - 1, x.shape[1]), x.dtype)
    _launch_forward(len(indices) * x.shape[1], indptr, indices, weights, bias, x, out)
    return out


def weight_gradient(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    x: NDArray[Any],
    grad_out: NDArray[Any],
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Gradients of the (n_connections,) weights and of the (n_outputs,) biases."""
    grad_weights = np.empty(len(indices), x.dtype)
    grad_bias = np.empty(len(indptr) - 1, x.dtype)
    work = len(indices) * x.shape[1]
    _launch_weight_gradient(work, indptr, indices, x, grad_out, grad_weights, grad_bias)
    return grad_weights, grad_bias


def input_gradient(
    t_indptr: NDArray[np.int64],
    t_rows: NDArray[np.int32],
    t_places: NDArray[np.int64],
    weights: NDArray[Any],
    grad_out: NDArray[Any],
) -> NDArray[Any]:
    """Wᵀ g: (n_outputs, batch) -> (n_inputs, batch), through the transposed wiring."""
    grad_x = np.empty((len(t_indptr) - 1, grad_out.shape[1]), grad_out.dtype)
    work = len(t_rows) * grad_out.shape[1]
    _launch_input_gradient(work, t_indptr, t_rows, t_places, weights, grad_out, grad_x)
    return grad_x


def warm_up() -> None:
    """Compile every kernel, or load it from numba's cache on disk; seconds the first time."""
    indptr, indices = np.array([0, 1], np.int64), np.zeros(1, np.int32)
    places = np.zeros(1, np.int64)
    one, matrix = np.ones(1, np.float32), np.ones((1, 1), np.float32)
    grad_weights, grad_bias, out = one.copy(), one.copy(), matrix.copy()
    for work in (0, _PARALLEL_FROM):
        _launch_forward(work, indptr, indices, one, one, matrix, out)
        _launch_weight_gradient(work, indptr, indices, matrix, matrix, grad_weights, grad_bias)
        _launch_input_gradient(work, indptr, indices, places, one, matrix, out)
