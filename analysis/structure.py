"""Large structure of a layer: nested neighbourhoods, dense cores, and how well it mixes.

All of these follow from the degrees to a large part, so that only their difference from the null
says anything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from analysis.curveball import rounds_to_forget, trade_rounds
from analysis.null_comparison import NullComparison, check_null, compare_with_null
from analysis.overlaps import overlap_sums, users_of
from analysis.records import Record
from analysis.streams import new_streams
from topology import LayerTopology

_POWER_STEPS = 300


@dataclass(frozen=True, eq=False)
class LayerStructure(Record):
    """Large structure of one layer.

    Attributes:
        nestedness: NODF of the output neurons, in [0, 1]: over all pairs the share of the inputs of
            the one with fewer that the one with more has too, 0 for pairs of equal degree
            (Almeida-Neto et al. 2008, Oikos 117:1227, for rows).
        spectral_gap: 1 minus the second singular value of the connections, each divided by the root
            of both degrees; in [0, 1]. 0 if the layer falls into parts, large if it mixes well.
        core: (largest + 1,) int64: neurons, inputs and outputs, whose core number is 0, 1, 2, ...:
            the largest k such that they are in a part where all have k connections or more.
    """

    nestedness: float
    spectral_gap: float
    core: NDArray[np.int64]

    @property
    def degeneracy(self) -> int:
        """The largest core number."""
        return len(self.core) - 1


@dataclass(frozen=True, eq=False)
class StructureEvidence(Record):
    """Large structure of a layer beside that of random layers with the same degrees.

    Attributes:
        structure: of the layer.
        nestedness, spectral_gap, degeneracy: each against the null.
    """

    structure: LayerStructure
    nestedness: NullComparison
    spectral_gap: NullComparison
    degeneracy: NullComparison


def layer_structure(layer: LayerTopology) -> LayerStructure:
    """Measure it.

    >>> nested = LayerTopology([0, 1, 3, 6], [0, 0, 1, 0, 1, 2], n_inputs=3, n_outputs=3)
    >>> structure = layer_structure(nested)
    >>> structure.nestedness, structure.core.tolist()
    (1.0, [0, 2, 4])
    """
    return _structure(layer.indptr, layer.indices, layer.n_inputs)


def structure_evidence(
    layer: LayerTopology, samples: int = 100, *, rng: np.random.Generator
) -> StructureEvidence:
    """Compare the structure of a layer with what its degrees make by chance.

    Args:
        layer: with at least one connection.
        samples: random layers with exactly its in- and out-degrees (`curveball`), at least 2.
        rng: the source of randomness.

    Raises:
        ValueError: if `samples` is below 2 or there is no connection.

    >>> ring = LayerTopology([0, 2, 4, 6], [0, 1, 1, 2, 0, 2], n_inputs=3, n_outputs=3)
    >>> structure_evidence(ring, samples=5, rng=np.random.default_rng(0)).degeneracy.value
    2.0
    """
    check_null(layer, samples)
    rounds, null = rounds_to_forget(layer, rng), []
    for stream in new_streams(samples, rng):
        traded = layer.indices.copy()
        trade_rounds(layer.indptr, traded, stream, rounds)
        null.append(_structure(layer.indptr, traded, layer.n_inputs))
    found = layer_structure(layer)
    return StructureEvidence(
        structure=found,
        nestedness=compare_with_null(found.nestedness, [one.nestedness for one in null]),
        spectral_gap=compare_with_null(found.spectral_gap, [one.spectral_gap for one in null]),
        degeneracy=compare_with_null(found.degeneracy, [one.degeneracy for one in null]),
    )


def _structure(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], n_inputs: int
) -> LayerStructure:
    user_starts, users = users_of(indptr, indices, n_inputs)
    cores = _core_numbers(indptr, indices, user_starts, users)
    n_rows = len(indptr) - 1
    _, _, nested = overlap_sums(indptr, indices, user_starts, users, 0, n_rows)
    return LayerStructure(
        nestedness=nested / max(1, n_rows * (n_rows - 1) // 2),
        spectral_gap=1 - _second_singular_value(indptr, indices, user_starts, users),
        core=np.bincount(cores),
    )


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _core_numbers(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    user_starts: NDArray[np.int64],
    users: NDArray[np.int32],
) -> NDArray[np.int64]:
    """Outputs first, then inputs: neurons are taken away by degree (Batagelj & Zaversnik 2003)."""
    n_rows, n = len(indptr) - 1, len(indptr) + len(user_starts) - 2
    degrees = np.concatenate((np.diff(indptr), np.diff(user_starts)))
    starts = np.zeros(degrees.max() + 2, np.int64)
    for degree in degrees:
        starts[degree + 1] += 1
    starts = np.cumsum(starts)
    order, place_of, free = np.empty(n, np.int64), np.empty(n, np.int64), starts.copy()
    for node in range(n):
        place_of[node] = free[degrees[node]]
        order[place_of[node]] = node
        free[degrees[node]] += 1
    begin = starts[:-1].copy()  # of the neurons of each degree within `order`
    for place in range(n):
        node = order[place]
        if node < n_rows:
            near, offset = indices[indptr[node] : indptr[node + 1]], n_rows
        else:
            near, offset = users[user_starts[node - n_rows] : user_starts[node - n_rows + 1]], 0
        for neighbour in near:
            other = neighbour + offset
            if degrees[other] <= degrees[node]:
                continue
            # To the front of its degree, which then begins one later.
            first = max(begin[degrees[other]], place + 1)
            swapped = order[first]
            order[first], order[place_of[other]] = other, swapped
            place_of[swapped], place_of[other] = place_of[other], first
            begin[degrees[other]] = first + 1
            degrees[other] -= 1
    return degrees


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _second_singular_value(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    user_starts: NDArray[np.int64],
    users: NDArray[np.int32],
) -> float:
    """By powers of the matrix, beside its first singular vectors: the roots of the degrees."""
    row_roots, column_roots = np.sqrt(np.diff(indptr)), np.sqrt(np.diff(user_starts))
    first = column_roots / np.sqrt(max(1, len(indices)))
    found, ahead = np.cos(np.arange(len(first)) * 2.399963), np.zeros(len(indptr) - 1)
    value = 0.0
    for _ in range(_POWER_STEPS):
        found -= (found @ first) * first
        norm = math.sqrt(found @ found)
        if norm < 1e-12:
            return 0.0
        found /= norm
        for row in range(len(ahead)):
            ahead[row] = 0.0
            for place in range(indptr[row], indptr[row + 1]):
                column = indices[place]
                ahead[row] += found[column] / (row_roots[row] * column_roots[column])
        for column in range(len(found)):
            found[column] = 0.0
            for at in range(user_starts[column], user_starts[column + 1]):
                row = users[at]
                found[column] += ahead[row] / (row_roots[row] * column_roots[column])
        value = math.sqrt(ahead @ ahead)
    return value
