"""The same layers on a GPU, through torch's sparse operations, against dense ones there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import nn

from benchmarks import peers
from benchmarks.contender import Contender, alternate, in_a_process
from benchmarks.row import Row, faster

_WORK = (((784, 1000, 1000, 1000, 10), 100), ((3072, 10_000, 10_000, 10_000, 10), 100))


def rows() -> Iterator[Row]:
    """One for each network; a machine without a CUDA device has none and says so."""
    if not in_a_process(torch.cuda.is_available):
        print("gpu: left out, there is no CUDA device", file=sys.stderr)
        return
    for widths, batch in _WORK:
        with Contender(sparse, widths, batch) as ours, Contender(dense, widths, batch) as theirs:
            alternate([ours, theirs], rounds=6, steps=20)
            name = f"on the GPU, {widths[0]}-{widths[1]}³-10, batch {batch}, against dense torch"
            yield faster(name, ours.median, theirs.median)


def sparse(widths: Sequence[int], batch: int) -> Callable[[], object]:
    """A step with sparse layers, to the end of its work on the GPU."""
    from set_engine import SparseLinear

    return _step(widths, batch, lambda n, m: SparseLinear(n, m, peers.EPSILON))


def dense(widths: Sequence[int], batch: int) -> Callable[[], object]:
    """The same with torch's dense layers."""
    return _step(widths, batch, nn.Linear)


def _step(
    widths: Sequence[int], batch: int, layer: Callable[[int, int], nn.Module]
) -> Callable[[], object]:
    step = peers.of_torch(widths, batch, layer, "cuda")

    def finished() -> None:
        step()
        torch.cuda.synchronize()

    return finished
