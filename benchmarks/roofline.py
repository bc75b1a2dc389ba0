"""How fast each kernel is, beside what the machine can copy and multiply in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.contender import in_a_process
from benchmarks.row import Row

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from set_engine.kernel_wiring import KernelWiring

    _Array = NDArray[Any]

_COPIED = 2**28  # bytes: larger than any cache
_MATRIX = 1500
_LAYER, _BATCH = 1000, 100
_WIDE_LAYER, _NARROW_BATCH = 300_000, 2


def rows() -> Iterator[Row]:
    """The machine, then the kernels at a large and at a small batch."""
    for work, value, unit, detail in in_a_process(_measured):
        yield Row(work, value, unit, detail=detail)


def _measured() -> list[tuple[str, float, str, str]]:
    from set_engine.cores import available_cores

    cores = f"{available_cores()} cores"
    return [
        ("copy", _copy_rate(), "GB/s", f"read and written, {cores}"),
        ("dense product 1500³, float32", _product_rate(), "GFLOP/s", cores),
        *_wide_batch(),
        *_narrow_batch(),
    ]


def _seconds(work: Callable[[], object], repeats: int) -> float:
    found = []
    for _ in range(repeats + 2):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return median(found[2:])


def _copy_rate() -> float:
    import torch

    source = torch.ones(_COPIED // 4)
    target = torch.empty_like(source)
    return 2 * _COPIED / _seconds(lambda: target.copy_(source), 10) / 1e9


def _product_rate() -> float:
    import torch

    a, b = torch.ones(_MATRIX, _MATRIX), torch.ones(_MATRIX, _MATRIX)
    return 2 * _MATRIX**3 / _seconds(lambda: a @ b, 20) / 1e9


def _layer(width: int, batch: int) -> tuple[KernelWiring, _Array, _Array, _Array, _Array]:
    import numpy as np
    import torch

    from set_engine import SparseLinear

    layer = SparseLinear(width, width, 20, generator=torch.Generator().manual_seed(0))
    rng = np.random.default_rng(0)
    x, slopes = (rng.normal(size=(width, batch)).astype(np.float32) for _ in range(2))
    weights, bias = layer.connection_weights(), np.zeros(width, np.float32)
    return layer.kernel_wiring(), weights, bias, x, slopes


def _wide_batch() -> Iterator[tuple[str, float, str, str]]:
    from set_engine import kernels

    wiring, weights, bias, x, slopes = _layer(_LAYER, _BATCH)
    way, back = (wiring.indptr, wiring.indices), wiring.transposed
    products: dict[str, Callable[[], object]] = {
        "forward": lambda: kernels.forward(*way, weights, bias, x),
        "weight gradient": lambda: kernels.weight_gradient(*way, x, slopes),
        "input gradient": lambda: kernels.input_gradient(*back, weights, slopes),
    }
    for name, product in products.items():
        seconds = _seconds(product, 2000)
        rate = 2 * len(weights) * _BATCH / seconds / 1e9
        each = f"{seconds * 1e9 / len(weights):.1f} ns a connection"
        yield f"{name}, {_LAYER}², batch {_BATCH}", rate, "GFLOP/s", each


def _narrow_batch() -> Iterator[tuple[str, float, str, str]]:
    from set_engine import kernels

    wiring, weights, bias, x, slopes = _layer(_WIDE_LAYER, _NARROW_BATCH)
    way = wiring.indptr, wiring.indices
    # Bytes of a connection that stream by: index and weight are read, a gradient is written.
    products: dict[str, tuple[int, Callable[[], object]]] = {
        "forward": (8, lambda: kernels.forward(*way, weights, bias, x)),
        "all gradients": (12, lambda: kernels.gradients(wiring.parts, *way, weights, x, slopes)),
    }
    for name, (n_bytes, product) in products.items():
        seconds = _seconds(product, 20)
        each = f"{seconds * 1e9 / len(weights):.1f} ns a connection"
        rate = n_bytes * len(weights) / seconds / 1e9
        yield f"{name}, {_WIDE_LAYER:,}², batch {_NARROW_BATCH}", rate, "GB/s", each
