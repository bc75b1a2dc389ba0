"""NNSTD of many pairs of networks: all of a set, or those along the course of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Unpack, cast

import numpy as np
from numpy.typing import NDArray

from analysis.cores import map_on_cores
from analysis.distance_cache import DistanceCache
from analysis.nnstd import NnstdOptions, Ties, check_comparable, mean_sparse, nnstd
from analysis.records import Record
from topology import TopologySnapshot

Pair = tuple[TopologySnapshot, TopologySnapshot]
Progress = Callable[[int, int], None]

_DEFAULTS = cast(NnstdOptions, nnstd.__kwdefaults__)
_DEFINITION = 1  # counted up when a distance comes out differently, so that no cache gives the old


class PairOptions(NnstdOptions, total=False):
    """What the distances of many pairs can be told beside the ties."""

    n_jobs: int | None
    cache: str | Path | None
    progress: Progress | None


@dataclass(frozen=True, eq=False)
class DistanceMatrix(Record):
    """Distances between all networks of a set.

    Attributes:
        labels: of the n networks.
        per_layer: (n, n, n_layers) float64, symmetric, 0 from each to itself.
        mean: (n, n) float64, over all layers.
        mean_sparse: (n, n) float64, over the layers that are not full in both networks.
        ties, aligned: see `nnstd`.
    """

    labels: tuple[str, ...]
    per_layer: NDArray[np.float64]
    mean: NDArray[np.float64]
    mean_sparse: NDArray[np.float64]
    ties: Ties
    aligned: bool

    @cached_property
    def linkage(self) -> NDArray[np.float64]:
        """(n - 1, 4) float64: what joins what at which mean distance of the sparse layers.

        Average linkage, as SciPy has it, and as its `dendrogram` draws it. Leaves are in the order
        that puts near ones beside each other (Bar-Joseph et al. 2001, Bioinformatics 17:S22).
        """
        from scipy.cluster.hierarchy import linkage
        from scipy.spatial.distance import squareform

        if len(self.labels) < 2:
            return np.empty((0, 4))
        found: NDArray[np.float64] = linkage(
            squareform(self.mean_sparse, checks=False), "average", optimal_ordering=True
        )
        return found

    @property
    def order(self) -> tuple[int, ...]:
        """The networks in the order of the leaves of the dendrogram."""
        from scipy.cluster.hierarchy import leaves_list

        if len(self.labels) < 2:
            return tuple(range(len(self.labels)))
        return tuple(leaves_list(self.linkage).tolist())

    @property
    def furthest(self) -> tuple[int, int]:
        """Which two are furthest apart, in the mean of the sparse layers; of two at least."""
        values = self.mean_sparse + np.diag(np.full(len(self.labels), -1.0))
        i, j = np.unravel_index(values.argmax(), values.shape)
        return int(min(i, j)), int(max(i, j))

    def embedding(self, n_dimensions: int = 2) -> NDArray[np.float64]:
        """(n, n_dimensions) float64: points about as far apart as the networks.

        Classical multidimensional scaling (Torgerson 1952) of the mean over the sparse layers. Of
        the two directions of an axis, the one in which the largest coordinate is positive.

        Raises:
            ValueError: if there are not more networks than dimensions.
        """
        from sklearn.manifold import ClassicalMDS

        if not 1 <= n_dimensions < len(self.labels):
            raise ValueError(
                f"n_dimensions is {n_dimensions}; it must be from 1 to {len(self.labels) - 1}, one "
                "less than there are networks"
            )
        scaling = ClassicalMDS(n_components=n_dimensions, metric="precomputed")
        points: NDArray[np.float64] = scaling.fit_transform(self.mean_sparse)
        largest = points[np.abs(points).argmax(axis=0), np.arange(n_dimensions)]
        return points * np.where(largest < 0, -1.0, 1.0)


def pairwise_nnstd(
    topologies: Sequence[TopologySnapshot],
    ties: Ties = "reference",
    *,
    labels: Sequence[str] | None = None,
    n_jobs: int | None = None,
    cache: str | Path | None = None,
    progress: Progress | None = None,
    **options: Unpack[NnstdOptions],
) -> DistanceMatrix:
    """The distance of every network from every other.

    The matrix is symmetric: of each pair the one that comes first is the first of `nnstd`. That may
    show in the third digit of deeper layers, but not with ties="structural" and `aligned` false.

    Args:
        topologies: chains of as many layers, with equally many inputs.
        ties: see `nnstd`.
        labels: of the networks; their numbers if None.
        n_jobs: pairs computed at once; as many as there are cores if None.
        cache: a file that keeps each distance as it is found, and gives those it has.
        progress: is called with the number of pairs that are done, and of all, after each.
        options: `aligned`, `restarts` and `seed` of `nnstd`.

    Raises:
        IncomparableError, ValueError: as `nnstd` does, or if `labels` or `n_jobs` does not fit.
        ForeignCacheError: if `cache` is another file.
        OSError: if the cache cannot be read or written.

    >>> from topology import LayerTopology
    >>> rows = [[0], [1], [0]]
    >>> networks = [TopologySnapshot((LayerTopology([0, 1], row, 2, 1),)) for row in rows]
    >>> pairwise_nnstd(networks).mean.tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    n = len(topologies)
    if labels is not None and len(labels) != n:
        raise ValueError(f"there are {len(labels)} labels for {n} networks")
    if n == 0:
        raise ValueError("there are no networks; it takes one at least")
    upper = np.triu_indices(n, 1)
    pairs = list(combinations(topologies, 2))  # in the order of the triangle's rows
    found = distances_of_pairs(
        pairs, ties, n_jobs=n_jobs, cache=cache, progress=progress, **options
    )
    per_layer = np.zeros((n, n, len(topologies[0].layers)))
    sparse = np.zeros((n, n))
    if pairs:
        per_layer[upper] = per_layer[upper[::-1]] = found
        sparse[upper] = sparse[upper[::-1]] = means_of_sparse(pairs, found)
    return DistanceMatrix(
        labels=tuple(labels if labels is not None else map(str, range(n))),
        per_layer=per_layer,
        mean=per_layer.mean(axis=2),
        mean_sparse=sparse,
        ties=ties,
        aligned=options.get("aligned", False),
    )


def distances_of_pairs(
    pairs: Sequence[Pair],
    ties: Ties = "reference",
    *,
    n_jobs: int | None = None,
    cache: str | Path | None = None,
    progress: Progress | None = None,
    **options: Unpack[NnstdOptions],
) -> NDArray[np.float64]:
    """(n_pairs, n_layers) float64: `nnstd` of each pair, in its order; arguments as there.

    Raises:
        As `pairwise_nnstd` does, before anything is computed.

    >>> from topology import LayerTopology
    >>> network = TopologySnapshot((LayerTopology([0, 1], [0], n_inputs=2, n_outputs=1),))
    >>> distances_of_pairs([(network, network)]).tolist()
    [[0.0]]
    """
    if n_jobs is not None and n_jobs < 1:
        raise ValueError(f"n_jobs is {n_jobs}; it must be at least 1")
    for a, b in pairs:
        check_comparable(a, b)
    known = DistanceCache(cache)

    def of_pair(pair: Pair) -> tuple[float, ...]:
        key = _key(*pair, ties, options)
        found = known.get(key)
        if found is None:
            found = nnstd(*pair, ties, **options).per_layer
            known.put(key, found)
        return found

    rows = []
    for row in map_on_cores(of_pair, pairs, n_jobs):
        rows.append(row)
        if progress is not None:
            progress(len(rows), len(pairs))
    return np.array(rows).reshape(len(pairs), len(pairs[0][0].layers) if pairs else 0)


def means_of_sparse(pairs: Sequence[Pair], distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n_pairs,) mean over the layers that are not full in both networks, 0 if all are."""
    return np.array([mean_sparse(row, *pair) for row, pair in zip(distances, pairs, strict=True)])


def _key(a: TopologySnapshot, b: TopologySnapshot, ties: Ties, options: NnstdOptions) -> str:
    chosen = " ".join(f"{name}={value}" for name, value in sorted((_DEFAULTS | options).items()))
    return f"{a.digest} {b.digest} ties={ties} {chosen} definition={_DEFINITION}"
