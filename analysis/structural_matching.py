"""The matching of neurons whose ties are broken by what the neurons feed.

Often many matchings cost the same, and the one that is taken names the inputs of the next layer. Of
all that cost the least, this one pairs neurons that feed alike neurons; what is a tie even then is
broken by a hash of the colours of the pair. No number of a neuron plays a part, except among those
that no colour tells apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from analysis.assignment import ALONE, assign
from analysis.choices import tell_apart
from analysis.colours import (
    Colouring,
    Colours,
    Wires,
    numbered,
    of_pairs,
    refine_together,
    sums_of,
)
from analysis.matching import LARGEST_BLOCK, each_with_each, left_over
from analysis.shared_inputs import SharedInputs, similarities
from analysis.streams import mixed

_ROUNDING = 1e-11  # of a sum of costs: by less, two matchings do not differ
_HASH_SHARE = 1e-6  # of the last resort in what breaks ties
_ALONE_COLOUR = np.uint64(0x5851F42D4C957F2D)

Indices = NDArray[np.int64]


class Rest(NamedTuple):
    """A network from the layer to be matched on.

    Attributes:
        wires: of that layer and those after it.
        inputs: (n_inputs,) colours of the inputs of that layer: all different in one network, and
            the same in the other where they are matched.
    """

    wires: Sequence[Wires]
    inputs: Colours


class Structural(NamedTuple):
    """A matching of a layer.

    Attributes:
        matching: (n_a,) the neuron of b that each neuron of a is matched with, or `ALONE`.
        colours: of the neurons of a, and of those of b, as inputs of the next layer.
    """

    matching: Indices
    colours: tuple[Colours, Colours]


def structural_matchings(
    shared: SharedInputs, a: Rest, b: Rest, seeds: Sequence[int]
) -> list[Structural]:
    """One for each seed of the hash that breaks the last ties.

    Args:
        shared: inputs that the neurons of the layer share.
        a, b: the networks from that layer on.
        seeds: each below 2^64.
    """
    ties, made = _Ties(a, b), _cheapest(shared)
    found = []
    for seed in seeds:
        column_of = made.broken(ties, seed)
        _pair_block(column_of, *shared.empty, ties, seed)
        _pair_block(column_of, *left_over(column_of, len(shared.degrees_b)), ties, seed)
        found.append(Structural(column_of, _as_inputs(column_of, *ties.colours)))
    return found


def _as_inputs(matching: Indices, a: Colours, b: Colours) -> tuple[Colours, Colours]:
    """Colours of the neurons of both networks, the same where they are matched."""
    rows = np.flatnonzero(matching != ALONE)
    columns = matching[rows]
    pairs, found = of_pairs(a[rows], b[columns]), (a.copy(), b.copy())
    for colours, matched in zip(found, (rows, columns), strict=True):
        alone = np.ones(len(colours), bool)
        alone[matched] = False
        # None that a pair has; numbered among themselves, so that only their colours count.
        colours[alone] = of_pairs(colours[alone], colours[alone]) ^ _ALONE_COLOUR
        colours[matched] = pairs
    return found


class _Looks(NamedTuple):
    """Two networks by one round of colours.

    Attributes:
        colours: of the neurons of the first layer of either.
        targets: of either, in CSR form, the sorted colours of the targets of each such neuron.
    """

    colours: tuple[Colours, Colours]
    targets: tuple[tuple[Indices, Colours], tuple[Indices, Colours]]


class _Ties:
    """What breaks ties between the neurons of the first layers of two networks."""

    def __init__(self, a: Rest, b: Rest) -> None:
        self._a, self._b = a, b

    def costs(self, rows: Indices, columns: Indices, seed: int) -> NDArray[np.float64]:
        """(n_pairs,) from 0, for two neurons that feed the same, to a little above 1."""
        of_targets = [
            _distances(*looks.targets[0], *looks.targets[1], rows, columns) for looks in self._looks
        ]
        a, b = self.colours
        hashes = _hashes(a[rows], b[columns], np.uint64(seed))
        found: NDArray[np.float64] = np.mean(of_targets, axis=0) + _HASH_SHARE * hashes
        return found

    @property
    def colours(self) -> tuple[Colours, Colours]:
        """Of the neurons of either network, as far as colours can tell them apart."""
        return self._looks[-1].colours

    @cached_property
    def _looks(self) -> list[_Looks]:
        """Targets by their number; by their degrees; by all there is."""
        a, b = (Colouring(*one) for one in (self._a, self._b))
        looks = [self._look(a, b)]
        a.refine()
        b.refine()
        looks.append(self._look(a, b))
        refine_together(a, b)
        tell_apart(a, b, *(_identities(one) for one in (self._a, self._b)))
        looks.append(self._look(a, b))
        return looks

    def _look(self, a: Colouring, b: Colouring) -> _Looks:
        of_targets = _of_targets(self._a, a), _of_targets(self._b, b)
        return _Looks((a.layers[0], b.layers[0]), of_targets)


class _Cheapest(NamedTuple):
    """All matchings of neurons that share inputs, of the least cost.

    Attributes:
        column_of: one of them.
        indptr, indices: in CSR form, the pairs of which they are made.
        must: (n_pairs,) how many of the two neurons of a pair are matched in all of them.
    """

    column_of: Indices
    indptr: Indices
    indices: NDArray[np.int32]
    must: NDArray[np.int64]

    def broken(self, ties: _Ties, seed: int) -> Indices:
        """The one that breaks ties at the least cost."""
        if len(self.indices) == np.count_nonzero(self.column_of != ALONE):
            return self.column_of.copy()
        rows = np.repeat(np.arange(len(self.column_of)), np.diff(self.indptr))
        columns = self.indices.astype(np.int64)
        # Whoever must be matched counts for more than the ties of all neurons together.
        weight = 4.0 * len(self.column_of)
        gains = weight * self.must + 2 - ties.costs(rows, columns, seed)
        n_columns = int(columns.max()) + 1
        return assign(self.indptr, self.indices, gains, n_columns).column_of


def _cheapest(shared: SharedInputs) -> _Cheapest:
    """By complementary slackness: the pairs that gain what their neurons are worth."""
    gains = similarities(shared)
    best = assign(shared.indptr, shared.indices, gains, len(shared.degrees_b))
    rows = np.repeat(np.arange(len(shared.degrees_a)), np.diff(shared.indptr))
    prices = best.row_price[rows], best.column_price[shared.indices]
    is_tight = gains > prices[0] + prices[1] - _ROUNDING
    must = np.sum([price > _ROUNDING for price in prices], axis=0)
    starts = np.concatenate([[0], np.cumsum(is_tight)])[shared.indptr]
    return _Cheapest(best.column_of, starts, shared.indices[is_tight], must[is_tight])


def _pair_block(
    column_of: Indices, rows: Indices, columns: Indices, ties: _Ties, seed: int
) -> None:
    """Pair neurons that cost the same whoever is paired with whom, as many as can be."""
    n_pairs = min(len(rows), len(columns))
    if len(rows) * len(columns) > LARGEST_BLOCK:
        a, b = ties.colours
        rows, columns = (one[np.argsort(of[one])] for one, of in ((rows, a), (columns, b)))
        column_of[rows[:n_pairs]] = columns[:n_pairs]
    elif max(len(rows), len(columns)) == 1 or not n_pairs:
        column_of[rows[:n_pairs]] = columns[:n_pairs]
    else:
        costs = ties.costs(*each_with_each(rows, columns), seed).reshape(len(rows), len(columns))
        one, other = linear_sum_assignment(costs)
        column_of[rows[one]] = columns[other]


def _identities(rest: Rest) -> Colours:
    """(n_outputs,) a number for the set of targets of each neuron of the first layer."""
    if len(rest.wires) == 1:
        return np.zeros(len(rest.wires[0].indptr) - 1, np.uint64)
    above = rest.wires[1]
    return sums_of(above.target_starts, above.targets, numbered(len(above.indptr) - 1))


def _of_targets(rest: Rest, colouring: Colouring) -> tuple[Indices, Colours]:
    """The colours of the targets of each neuron of the first layer, sorted, in CSR form."""
    if len(rest.wires) == 1:
        return np.zeros(len(rest.wires[0].indptr), np.int64), np.empty(0, np.uint64)
    above = rest.wires[1]
    return above.target_starts, _sorted(above.target_starts, colouring.layers[1][above.targets])


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _sorted(indptr: Indices, colours: Colours) -> Colours:
    for row in range(len(indptr) - 1):
        colours[indptr[row] : indptr[row + 1]].sort()
    return colours


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _hashes(a: Colours, b: Colours, seed: np.uint64) -> NDArray[np.float64]:
    """Of each pair of colours, in [0, 1), and 0 for equal ones; the same for (b, a)."""
    found = np.zeros(len(a))
    for pair in range(len(a)):
        if a[pair] != b[pair]:
            both = mixed(a[pair] ^ seed) + mixed(b[pair] ^ seed)
            found[pair] = float(mixed(both) >> np.uint64(11)) * 2.0**-53
    return found


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _distances(
    starts_a: Indices,
    colours_a: Colours,
    starts_b: Indices,
    colours_b: Colours,
    rows: Indices,
    columns: Indices,
) -> NDArray[np.float64]:
    """(n_pairs,) Jaccard distances of the multisets of colours of each pair."""
    found = np.zeros(len(rows))
    for pair in range(len(rows)):
        at, end = starts_a[rows[pair]], starts_a[rows[pair] + 1]
        other, other_end = starts_b[columns[pair]], starts_b[columns[pair] + 1]
        shared, union = 0, end - at + other_end - other
        while at < end and other < other_end:
            if colours_a[at] == colours_b[other]:
                shared, at, other = shared + 1, at + 1, other + 1
            elif colours_a[at] < colours_b[other]:
                at += 1
            else:
                other += 1
        if union:
            found[pair] = 1 - shared / (union - shared)
    return found
