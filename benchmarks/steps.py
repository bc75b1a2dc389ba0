"""A training step at batch 100, against dense, masked and torch's sparse layers."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import peers
from benchmarks.contender import Contender, alternate
from benchmarks.row import Row, faster

_BATCH = 100
_SMALL, _LARGE = (784, 1000, 1000, 1000, 10), (3072, 3000, 3000, 3000, 10)


def rows() -> Iterator[Row]:
    """One for each peer and network."""
    with (
        Contender(peers.sparse, _SMALL, _BATCH) as ours,
        Contender(peers.dense, _SMALL, _BATCH) as dense,
        Contender(peers.masked, _SMALL, _BATCH) as masked,
        Contender(peers.torch_sparse, _SMALL, _BATCH) as torch_sparse,
    ):
        alternate([ours, dense, masked, torch_sparse], rounds=12, steps=12)
        name = "step of 784-1000³-10, batch 100, against "
        yield faster(f"{name}dense torch", ours.median, dense.median, 3.5, 6)
        yield faster(f"{name}masked dense", ours.median, masked.median, 4.5, 8)
        yield faster(f"{name}torch.sparse CSR", ours.median, torch_sparse.median, 4, 7)
    with (
        Contender(peers.sparse, _LARGE, _BATCH) as ours,
        Contender(peers.masked, _LARGE, _BATCH) as masked,
    ):
        alternate([ours, masked], rounds=6, steps=6)
        name = "step of 3072-3000³-10, batch 100, against masked dense"
        yield faster(name, ours.median, masked.median, 14, 25)
