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

from analysis.overlaps import users_of
from analysis.streams import below, new_streams, shuffle
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
    traded = _traded(layer, layer.indices, new_streams(1, rng)[0], rounds)
    return LayerTopology(layer.indptr, traded, layer.n_inputs, layer.n_outputs)


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
    streams, chains = new_streams(n_chains, rng), [layer.indices] * n_chains
    rounds, before, left = 0, 0, 1.0
    while rounds < _MOST:
        before, rounds = rounds, max(_FEWEST, 2 * rounds)
        chains = [
            _traded(layer, indices, stream, rounds - before)
            for indices, stream in zip(chains, streams, strict=True)
        ]
        later = sum(_share_left(layer, indices) for indices in chains) / n_chains
        if before and left - later <= 2 * math.sqrt(2 * left / (n_chains * layer.n_connections)):
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
    indices, stream, left = layer.indices, new_streams(1, rng)[0], [1.0]
    for _ in range(rounds):
        indices = _traded(layer, indices, stream, 1)
        left.append(_share_left(layer, indices))
    return np.array(left)


def _traded(
    layer: LayerTopology, indices: NDArray[np.int32], stream: NDArray[np.uint64], rounds: int
) -> NDArray[np.int32]:
    traded: NDArray[np.int32] = _trade_rounds(
        layer.indptr, indices.copy(), layer.n_inputs, stream, rounds
    )
    return traded


def _share_left(layer: LayerTopology, indices: NDArray[np.int32]) -> float:
    """Of the connections, those that are where they are in the layer."""
    return float(_in_common(layer.indptr, layer.indices, indices)) / layer.n_connections


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _trade_rounds(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    n_inputs: int,
    stream: NDArray[np.uint64],
    rounds: int,
) -> NDArray[np.int32]:
    """The indices after some rounds; rows are ascending. What was given is worked on."""
    rows = np.arange(len(indptr) - 1)
    marks, mark = np.zeros(n_inputs, np.int64), 1
    pool = np.empty_like(indices)
    for _ in range(rounds):
        shuffle(rows, stream)
        for place in range(0, len(rows) - 1, 2):
            one, other = rows[place], rows[place + 1]
            _trade(
                indices[indptr[one] : indptr[one + 1]],
                indices[indptr[other] : indptr[other + 1]],
                stream,
                marks,
                mark,
                pool,
            )
            mark += 2
    # Transposed twice, rows are sorted.
    user_starts, users = users_of(indptr, indices, n_inputs)
    ascending: NDArray[np.int32] = users_of(user_starts, users, len(indptr) - 1)[1]
    return ascending


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _trade(
    one: NDArray[np.int32],
    other: NDArray[np.int32],
    stream: NDArray[np.uint64],
    marks: NDArray[np.int64],
    mark: int,
    pool: NDArray[np.int32],
) -> None:
    """What both have, both keep; of what one of them has, every division is equally likely.

    Rows are in any order: to keep them sorted would cost branches that no processor foresees.
    `marks` are below `mark`; an input of `other` gets it, one that both have gets one more.
    """
    for value in other:
        marks[value] = mark
    shared = n = 0
    for value in one:
        if marks[value] == mark:
            marks[value] = mark + 1
            one[shared] = value
            shared += 1
        else:
            pool[n] = value
            n += 1
    n_one, kept = n, 0
    for value in other:
        if marks[value] == mark + 1:
            other[kept] = value
            kept += 1
        else:
            pool[n] = value
            n += 1
    for place in range(n_one):
        drawn = place + below(stream, n - place)
        pool[place], pool[drawn] = pool[drawn], pool[place]
    one[shared:] = pool[:n_one]
    other[shared:] = pool[n_one:n]


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
