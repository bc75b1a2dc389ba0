"""Random wirings that keep every degree of both sides of a layer: curveball trades.

Two neurons put the inputs that only one of them has into a pool and draw from it as many as each
had (Strona et al. 2014, Nature Communications 5:4114). In a round all neurons are paired at random
and every pair trades (Carstens et al. 2018, ESA 2018: global curveball). The chain of rounds
visits all wirings with these degrees equally often (Carstens 2015, Physical Review E 91:042812).
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from analysis.streams import below, new_streams, uniform
from topology import LayerTopology

_FEWEST, _MOST = 8, 4096  # rounds until a wiring is forgotten
_CONNECTIONS = 20_000  # that are looked at for it, in several chains if the layer has fewer


def curveball(
    layer: LayerTopology, rng: np.random.Generator, rounds: int | None = None
) -> LayerTopology:
    """A random layer with the in- and out-degrees of this one.

    Args:
        layer: any layer; it is not changed.
        rng: the source of randomness; it advances.
        rounds: at least 0, in each of which every neuron trades once; `rounds_to_forget` if None.

    Returns:
        A layer without weights.

    Raises:
        ValueError: if `rounds` is below 0.

    >>> layer = LayerTopology([0, 2, 4, 6], [0, 1, 1, 2, 0, 2], n_inputs=3, n_outputs=3)
    >>> shuffled = curveball(layer, np.random.default_rng(0))
    >>> shuffled.in_degrees.tolist(), shuffled.out_degrees.tolist()
    ([2, 2, 2], [2, 2, 2])
    """
    if rounds is None:
        rounds = rounds_to_forget(layer, rng)
    _check_rounds(rounds)
    indices = layer.indices.copy()
    trade_rounds(layer.indptr, indices, new_streams(1, rng)[0], rounds)
    return LayerTopology(layer.indptr, indices, layer.n_inputs, layer.n_outputs)


def rounds_to_forget(layer: LayerTopology, rng: np.random.Generator) -> int:
    """Rounds after which a wiring has no more in common with the start than by chance.

    It is compared with the start after 8, 16, 32, ... rounds, until the share of connections that
    both have has fallen no more, by twice its standard error, in the second half of them. Hubs make
    it long: some 30 rounds for random wiring, hundreds where one neuron has a third of all inputs.

    Args:
        layer: any layer.
        rng: the source of randomness; it advances.

    >>> ring = LayerTopology([0, 2, 4, 6], [0, 1, 1, 2, 0, 2], n_inputs=3, n_outputs=3)
    >>> rounds_to_forget(ring, np.random.default_rng(0)) >= 16
    True
    """
    if not layer.n_connections:
        return 0
    n_chains = -(-_CONNECTIONS // max(layer.n_connections, 100))
    chains = [(layer.indices.copy(), stream) for stream in new_streams(n_chains, rng)]
    rounds, left = _FEWEST, _mean_after(layer, chains, _FEWEST)
    while rounds < _MOST:
        later = _mean_after(layer, chains, rounds)
        rounds *= 2
        if left - later <= 2 * math.sqrt(2 * left / (n_chains * layer.n_connections)):
            break
        left = later
    return rounds


def mixing(layer: LayerTopology, rng: np.random.Generator, rounds: int) -> NDArray[np.float64]:
    """How much of a wiring is left after each round of trades: a diagnostic.

    The share of connections that are where they were falls to what two random wirings with these
    degrees have in common, and stays there; from then on samples are independent of the start.

    Args:
        layer: any layer with a connection.
        rng: the source of randomness; it advances.
        rounds: at least 0.

    Returns:
        (rounds + 1,) float64 in [0, 1]; begins with 1.

    Raises:
        ValueError: if `rounds` is below 0, or there is no connection.

    >>> layer = LayerTopology([0, 2, 4, 6], [0, 1, 1, 2, 0, 2], n_inputs=3, n_outputs=3)
    >>> mixing(layer, np.random.default_rng(0), rounds=2)[0]
    np.float64(1.0)
    """
    _check_rounds(rounds)
    if not layer.n_connections:
        raise ValueError("the layer has no connections; there is nothing to mix")
    indices, stream = layer.indices.copy(), new_streams(1, rng)[0]
    return np.array([1.0, *(_after(layer, indices, stream, 1) for _ in range(rounds))])


def _mean_after(
    layer: LayerTopology, chains: list[tuple[NDArray[np.int32], NDArray[np.uint64]]], rounds: int
) -> float:
    return sum(_after(layer, *chain, rounds) for chain in chains) / len(chains)


def _after(
    layer: LayerTopology, indices: NDArray[np.int32], stream: NDArray[np.uint64], rounds: int
) -> float:
    """Trade in place; the share of connections that are where they are in the layer."""
    trade_rounds(layer.indptr, indices, stream, rounds)
    return float(_in_common(layer.indptr, layer.indices, indices)) / layer.n_connections


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def trade_rounds(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    stream: NDArray[np.uint64],
    rounds: int,
) -> None:
    """Trade in place; rows stay ascending."""
    rows = np.arange(len(indptr) - 1)
    scratch = np.empty_like(indices)
    for _ in range(rounds):
        for place in range(len(rows) - 1, 0, -1):  # Fisher and Yates
            other = below(stream, place + 1)
            rows[place], rows[other] = rows[other], rows[place]
        for place in range(0, len(rows) - 1, 2):
            _trade(indptr, indices, rows[place], rows[place + 1], stream, scratch)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _trade(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    one: int,
    other: int,
    stream: NDArray[np.uint64],
    scratch: NDArray[np.int32],
) -> None:
    """Both rows are walked through in ascending order; what both have, both keep.

    Of what one of them has, the first row takes each with the probability of its free places among
    those left (selection sampling), so that every set of the right size is equally likely.
    """
    first, last = indptr[one], indptr[one + 1]
    second, end = indptr[other], indptr[other + 1]
    shared = _n_shared(indices[first:last], indices[second:end])
    free, pool = last - first - shared, last - first + end - second - 2 * shared
    if free == 0 or free == pool:
        return
    a, b = first, second
    to_one, to_other = 0, last - first
    while a < last or b < end:
        if b == end or (a < last and indices[a] < indices[b]):
            value = indices[a]
            a += 1
        elif a == last or indices[b] < indices[a]:
            value = indices[b]
            b += 1
        else:
            scratch[to_one] = scratch[to_other] = indices[a]
            to_one, to_other, a, b = to_one + 1, to_other + 1, a + 1, b + 1
            continue
        if uniform(stream) * pool < free:
            scratch[to_one] = value
            to_one, free = to_one + 1, free - 1
        else:
            scratch[to_other] = value
            to_other += 1
        pool -= 1
    indices[first:last] = scratch[: last - first]
    indices[second:end] = scratch[last - first : last - first + end - second]


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _n_shared(one: NDArray[np.int32], other: NDArray[np.int32]) -> int:
    a = b = shared = 0
    while a < len(one) and b < len(other):
        if one[a] == other[b]:
            shared, a, b = shared + 1, a + 1, b + 1
        elif one[a] < other[b]:
            a += 1
        else:
            b += 1
    return shared


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _in_common(indptr: NDArray[np.int64], one: NDArray[np.int32], other: NDArray[np.int32]) -> int:
    shared = 0
    for row in range(len(indptr) - 1):
        shared += _n_shared(
            one[indptr[row] : indptr[row + 1]], other[indptr[row] : indptr[row + 1]]
        )
    return shared


def _check_rounds(rounds: int) -> None:
    if rounds < 0:
        raise ValueError(f"rounds is {rounds}; it must be at least 0")
