"""NNSTD: pairs of the authors' networks, and pairs of large layers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.contender import in_a_process
from benchmarks.epochs import peak_gibibytes
from benchmarks.row import Row
from benchmarks.taken import Taken, timed

if TYPE_CHECKING:
    from topology import TopologySnapshot

EPOCHS = ("000", "010", "050", "190")
N_NETWORKS = 6
_BESIDE = Path(__file__).parents[2] / "shared" / "data"
_INPUTS = 13  # of each neuron of a large layer
_LARGE = ((10_000, 15, 5), (30_000, 120, 40), (100_000, None, None))


def authors_folder() -> Path:
    """Of the networks that the authors of NNSTD saved; `SETSCOPE_SHARED_DATA` says where else."""
    return Path(os.environ.get("SETSCOPE_SHARED_DATA") or _BESIDE) / "nnstd_topologies"


def authors_file(number: int, epoch: str) -> Path:
    """The folder of one of them."""
    return authors_folder() / f"e5_s0_w{number}" / f"epoch_{epoch}"


def rows() -> Iterator[Row]:
    """One for each that must be quick; those of the authors' networks where there are these."""
    if authors_folder().is_dir():
        for way in ("reference", "structural", "aligned"):
            found = in_a_process(one_pair, way)
            floor = None if way == "aligned" else 0.15
            name = f"a pair of 784³ networks, {way}"
            yield Row(name, found.seconds, "s", floor, detail=found.detail)
        for way in ("reference", "structural"):
            found = in_a_process(all_pairs, way)
            name = f"15 pairs at 4 epochs from files, {way}"
            yield Row(name, found.seconds, "s", 15, detail=found.detail)
    for n, floor, aim in _LARGE:
        for way in ("reference", "structural"):
            found = in_a_process(large_layers, n, way)
            name = f"two layers of {n:,} neurons, {way}"
            yield Row(name, found.seconds, "s", floor, aim, detail=found.detail)
            memory = 4 if n == 30_000 else None
            yield Row(f"their peak memory, {way}", found.gibibytes, "GiB", memory)


def one_pair(way: str) -> Taken:
    """The median over all pairs of all epochs, each already read."""
    networks = [[_network(number, epoch) for number in range(N_NETWORKS)] for epoch in EPOCHS]
    distance = _distance(way)
    distance(*networks[0][:2])  # compiles
    seconds = [
        timed(partial(distance, networks[at][one], networks[at][other]))[0]
        for at in range(len(EPOCHS))
        for one in range(N_NETWORKS)
        for other in range(one)
    ]
    return Taken(median(seconds), peak_gibibytes(), f"the slowest of 60 took {max(seconds):.3f} s")


def all_pairs(ties: Any) -> Taken:
    """Reading included."""
    from analysis import pairwise_nnstd

    pairwise_nnstd([_network(number, "000") for number in range(2)], ties)  # compiles

    def every() -> None:
        for epoch in EPOCHS:
            pairwise_nnstd([_network(number, epoch) for number in range(N_NETWORKS)], ties)

    return Taken(timed(every)[0], peak_gibibytes(), "60 pairs, on all cores")


def large_layers(n: int, ties: str) -> Taken:
    """Two random layers of as many inputs as neurons."""
    distance = _distance(ties)
    distance(_random(50, 0), _random(50, 1))  # compiles
    seconds, found = timed(partial(distance, _random(n, 0), _random(n, 1)))
    return Taken(seconds, peak_gibibytes(), f"distance {found.mean:.4f}, {_INPUTS} inputs each")


def _distance(way: Any) -> Callable[..., Any]:
    from analysis import nnstd

    if way == "aligned":
        return partial(nnstd, ties="structural", aligned=True)
    return partial(nnstd, ties=way)


def _network(number: int, epoch: str) -> TopologySnapshot:
    from topology import import_scipy_layers

    return import_scipy_layers(authors_file(number, epoch)).snapshot


def _random(n: int, seed: int) -> TopologySnapshot:
    import numpy as np

    from topology import LayerTopology, TopologySnapshot

    rng = np.random.default_rng(seed)
    rows = [np.sort(rng.choice(n, _INPUTS, replace=False)) for _ in range(n)]
    starts = np.arange(n + 1) * _INPUTS
    return TopologySnapshot((LayerTopology(starts, np.concatenate(rows), n, n),))
