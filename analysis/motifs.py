"""How often neurons of a layer share inputs: the smallest motifs that a layer can have.

A layer has no triangles, so that the clustering coefficient of Watts and Strogatz and the "small
world" coefficient made of it are 0 in any layer. Its smallest cycle has four connections.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numba import prange
from numpy.typing import NDArray

from analysis.curveball import rounds_to_forget, trade_rounds
from analysis.null_comparison import NullComparison, check_null, compare_with_null
from analysis.overlaps import motif_sums, overlap_sums, three_paths, users_of
from analysis.records import Record
from analysis.streams import new_streams
from topology import LayerTopology


@dataclass(frozen=True, eq=False)
class LayerMotifs(Record):
    """Cycles and clustering of one layer.

    Attributes:
        four_cycles: sets of two inputs and two outputs that are connected by all four connections.
        three_paths: paths of three connections.
        robins_alexander: 4 four_cycles / three_paths: the share of such paths that are closed
            (Robins & Alexander 2004, CMOT 10:69); 0 without any.
        latapy: mean over the output neurons of Latapy's coefficient: how much of the union of the
            inputs of two neurons both have, averaged over the neurons that share an input
            (Latapy, Magnien & Del Vecchio 2008, Social Networks 30:31); 0 for neurons without.
    """

    four_cycles: int
    three_paths: int
    robins_alexander: float
    latapy: float


@dataclass(frozen=True, eq=False)
class MotifEvidence(Record):
    """Motifs of a layer beside those of random layers with the same degrees.

    Attributes:
        motifs: of the layer.
        four_cycles, robins_alexander, latapy: each against the null.
        rounds: of curveball trades between the layer and each random one.
    """

    motifs: LayerMotifs
    four_cycles: NullComparison
    robins_alexander: NullComparison
    latapy: NullComparison
    rounds: int


def layer_motifs(layer: LayerTopology) -> LayerMotifs:
    """Count them, exactly.

    The work is the sum over the inputs of their squared out-degrees.

    >>> square = LayerTopology([0, 2, 4, 5], [0, 1, 0, 1, 1], n_inputs=2, n_outputs=3)
    >>> motifs = layer_motifs(square)
    >>> motifs.four_cycles, motifs.three_paths, round(motifs.robins_alexander, 3)
    (1, 6, 0.667)
    """
    return _motifs(layer, *motif_sums(layer.indptr, layer.indices, layer.n_inputs))


def motif_evidence(
    layer: LayerTopology, samples: int = 100, *, rng: np.random.Generator
) -> MotifEvidence:
    """Compare the motifs of a layer with those its degrees make by chance.

    Args:
        layer: with at least one connection.
        samples: random layers with exactly its in- and out-degrees (`curveball`), at least 2.
        rng: the source of randomness; the result does not depend on the number of threads.

    Raises:
        ValueError: if `samples` is below 2 or there is no connection.

    >>> layer = LayerTopology([0, 2, 4, 6], [0, 1, 1, 2, 0, 2], n_inputs=3, n_outputs=3)
    >>> evidence = motif_evidence(layer, samples=20, rng=np.random.default_rng(0))
    >>> evidence.four_cycles.value, evidence.four_cycles.z  # these degrees allow rings only
    (0.0, 0.0)
    """
    check_null(layer, samples)
    found, rounds = layer_motifs(layer), rounds_to_forget(layer, rng)
    streams = new_streams(samples, rng)
    sums = _null_sums(layer.indptr, layer.indices, layer.n_inputs, streams, rounds)
    null = [_motifs(layer, *row) for row in sums]
    return MotifEvidence(
        motifs=found,
        four_cycles=compare_with_null(found.four_cycles, [one.four_cycles for one in null]),
        robins_alexander=compare_with_null(
            found.robins_alexander, [one.robins_alexander for one in null]
        ),
        latapy=compare_with_null(found.latapy, [one.latapy for one in null]),
        rounds=rounds,
    )


def _motifs(layer: LayerTopology, cycles: float, paths: float, clustering: float) -> LayerMotifs:
    return LayerMotifs(
        four_cycles=round(cycles),
        three_paths=round(paths),
        robins_alexander=4 * cycles / paths if paths else 0.0,
        latapy=clustering / layer.n_outputs,
    )


@numba.njit(nogil=True, cache=True, parallel=True)  # type: ignore[untyped-decorator]
def _null_sums(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    n_inputs: int,
    streams: NDArray[np.uint64],
    rounds: int,
) -> NDArray[np.float64]:
    """(n_samples, 3): what `motif_sums` gives for each random layer."""
    found = np.empty((len(streams), 3))
    for sample in prange(len(streams)):
        traded = indices.copy()
        trade_rounds(indptr, traded, streams[sample], rounds)
        user_starts, users = users_of(indptr, traded, n_inputs)
        pairs, clustering, _ = overlap_sums(indptr, traded, user_starts, users, 0, len(indptr) - 1)
        found[sample, 0] = pairs / 2
        found[sample, 1] = three_paths(indptr, traded, user_starts)
        found[sample, 2] = clustering
    return found
