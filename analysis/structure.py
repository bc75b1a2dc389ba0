"""Large structure of a layer: nesting, dense cores, communities, and how well it mixes.

All of these follow from the degrees to a large part, so that only their difference from the null
says anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import LinearOperator, svds

from analysis.modularity import communities
from analysis.null_comparison import NullComparison, compare_each
from analysis.null_ensemble import Null, map_null
from analysis.overlaps import Overlaps, overlaps, users_of
from analysis.records import Record
from topology import LayerTopology

_SMALL = 50  # neurons of a side, below which all singular values are found
_TOLERANCE = 1e-2  # of its vector; the error of the value is its square, below 1e-7
_GOLDEN_ANGLE = 2.399963  # a start without symmetry, the same for every layer


@dataclass(frozen=True, eq=False)
class LayerStructure(Record):
    """Large structure of one layer.

    Attributes:
        parts: into which the layer falls, neurons without connection left out.
        nestedness: NODF of the output neurons, in [0, 1]: over all pairs the share of the inputs of
            the one with fewer that the one with more has too, 0 for pairs of equal degree
            (Almeida-Neto et al. 2008, Oikos 117:1227, for rows).
        spectral_gap: of its largest part, 1 minus the second singular value of the connections,
            each divided by the root of both degrees; in [0, 1], large if the part mixes well.
        modularity: of the communities that one run of the Louvain method finds, see `Communities`.
        core: (largest + 1,) int64: neurons, inputs and outputs, whose core number is 0, 1, 2, ...:
            the largest k such that they are in a part where all have k connections or more.
    """

    parts: int
    nestedness: float
    spectral_gap: float
    modularity: float
    core: NDArray[np.int64]

    @property
    def degeneracy(self) -> int:
        """The largest core number."""
        return len(self.core) - 1


@dataclass(frozen=True, eq=False)
class StructureEvidence(Record):
    """Large structure of a layer beside that of random layers.

    Attributes:
        structure: of the layer.
        parts, nestedness, spectral_gap, degeneracy, modularity: each against the null.
    """

    structure: LayerStructure
    parts: NullComparison
    nestedness: NullComparison
    spectral_gap: NullComparison
    degeneracy: NullComparison
    modularity: NullComparison


def layer_structure(layer: LayerTopology) -> LayerStructure:
    """Measure it.

    >>> nested = LayerTopology([0, 1, 3, 6], [0, 0, 1, 0, 1, 2], n_inputs=3, n_outputs=3)
    >>> structure = layer_structure(nested)
    >>> structure.nestedness, structure.core.tolist()
    (1.0, [0, 2, 4])
    """
    return structure_of(layer, overlaps(layer))


def structure_of(layer: LayerTopology, shared: Overlaps) -> LayerStructure:
    """The structure of a layer whose overlaps are already summed up."""
    transposed = users_of(layer.indptr, layer.indices, layer.n_inputs)
    cores = _core_numbers(layer.indptr, layer.indices, *transposed)
    n_pairs = layer.n_outputs * (layer.n_outputs - 1) // 2
    n_parts, parts = _parts(layer)
    return LayerStructure(
        parts=n_parts,
        nestedness=shared.nested / max(1, n_pairs),
        spectral_gap=_spectral_gap(layer, parts),
        modularity=communities(layer, rng=np.random.default_rng(0)).modularity,
        core=np.bincount(cores),
    )


def structure_evidence(
    layer: LayerTopology,
    samples: int = 100,
    *,
    null: Null = "degrees",
    rng: np.random.Generator,
) -> StructureEvidence:
    """Compare the structure of a layer with that of random layers.

    Args:
        layer: with at least one connection.
        samples: random layers, at least 2.
        null: what they keep, see `map_null`; with `degrees`, what is beyond the null is more than
            the degrees make by chance.
        rng: the source of randomness; the result does not depend on the number of cores.

    Raises:
        ValueError: if `samples` is below 2, there is no connection, or there is no such null.

    >>> ring = LayerTopology([0, 2, 4, 6], [0, 1, 1, 2, 0, 2], n_inputs=3, n_outputs=3)
    >>> structure_evidence(ring, samples=5, rng=np.random.default_rng(0)).degeneracy.value
    2.0
    """
    found = layer_structure(layer)
    return structure_beside(found, map_null(layer_structure, layer, samples, null=null, rng=rng))


def structure_beside(found: LayerStructure, null: Sequence[LayerStructure]) -> StructureEvidence:
    """The evidence from structures that are already measured."""
    names = ("parts", "nestedness", "spectral_gap", "degeneracy", "modularity")
    return StructureEvidence(structure=found, **compare_each(found, null, *names))


def _spectral_gap(layer: LayerTopology, parts: NDArray[np.int32]) -> float:
    """Of the largest part; 0 if there is no connection."""
    if not layer.n_connections:
        return 0.0
    is_largest = parts == np.bincount(parts).argmax()
    outputs, inputs = is_largest[: layer.n_outputs], is_largest[layer.n_outputs :]
    ones = np.ones(layer.n_connections)
    matrix = csr_array((ones, layer.indices, layer.indptr), (layer.n_outputs, layer.n_inputs))
    part = matrix[outputs][:, inputs]
    # Without the digits that rounding makes, in which equal layers differ.
    digits = 9 if min(part.shape) < _SMALL else 7
    return round(1 - _second_singular_value(part), digits)


def _second_singular_value(matrix: csr_array[Any]) -> float:
    """Of ones, each divided by the root of both degrees, none 0; 0 if it is the only one."""
    rows, columns = (np.sqrt(matrix.sum(axis=axis)) for axis in (1, 0))
    scaled = matrix.multiply(1 / rows[:, None]).multiply(1 / columns).tocsr()
    if min(matrix.shape) < _SMALL:
        return float(np.append(np.linalg.svd(scaled.toarray(), compute_uv=False), 0.0)[1])
    # The first singular vectors are the roots of the degrees; beside them the second is the first.
    left, right = (roots / np.sqrt(matrix.nnz) for roots in (rows, columns))
    rest = LinearOperator(
        matrix.shape,
        matvec=lambda x: scaled @ x.ravel() - left * (right @ x.ravel()),
        rmatvec=lambda y: scaled.T @ y.ravel() - right * (left @ y.ravel()),
        dtype=np.float64,
    )
    start = np.cos(np.arange(min(matrix.shape)) * _GOLDEN_ANGLE)
    return float(svds(rest, k=1, v0=start, tol=_TOLERANCE, return_singular_vectors=False)[0])


def _parts(layer: LayerTopology) -> tuple[int, NDArray[np.int32]]:
    """How many parts with a connection there are, and the part of each output and each input."""
    n = layer.n_outputs + layer.n_inputs
    ends = layer.targets, layer.indices + layer.n_outputs
    links = coo_array((np.ones(layer.n_connections, np.int8), ends), (n, n))
    _, labels = connected_components(links, directed=False)
    return len(np.unique(labels[layer.targets])), labels


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
