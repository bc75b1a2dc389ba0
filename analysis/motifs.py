"""How often neurons of a layer share inputs: the smallest motifs that a layer can have.

A layer has no triangles, so that the clustering coefficient of Watts and Strogatz and the "small
world" coefficient made of it are 0 in any layer. Its smallest cycle has four connections.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.null_comparison import NullComparison, compare_each
from analysis.null_ensemble import Null, map_null
from analysis.overlaps import Overlaps, overlaps
from analysis.records import Record
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
    """Motifs of a layer beside those of random layers.

    Attributes:
        motifs: of the layer.
        four_cycles, robins_alexander, latapy: each against the null.
    """

    motifs: LayerMotifs
    four_cycles: NullComparison
    robins_alexander: NullComparison
    latapy: NullComparison


def layer_motifs(layer: LayerTopology) -> LayerMotifs:
    """Count them, exactly.

    The work is the sum over the inputs of their squared out-degrees.

    >>> square = LayerTopology([0, 2, 4, 5], [0, 1, 0, 1, 1], n_inputs=2, n_outputs=3)
    >>> motifs = layer_motifs(square)
    >>> motifs.four_cycles, motifs.three_paths, round(motifs.robins_alexander, 3)
    (1, 6, 0.667)
    """
    return motifs_of(layer, overlaps(layer))


def motifs_of(layer: LayerTopology, shared: Overlaps) -> LayerMotifs:
    """The motifs of a layer whose overlaps are already summed up."""
    cycles, paths = shared.four_cycles, shared.three_paths
    return LayerMotifs(
        four_cycles=round(cycles),
        three_paths=round(paths),
        robins_alexander=4 * cycles / paths if paths else 0.0,
        latapy=shared.clustering / layer.n_outputs,
    )


def motif_evidence(
    layer: LayerTopology,
    samples: int = 100,
    *,
    null: Null = "degrees",
    rng: np.random.Generator,
) -> MotifEvidence:
    """Compare the motifs of a layer with those of random layers.

    Args:
        layer: with at least one connection.
        samples: random layers, at least 2.
        null: what they keep, see `map_null`; with `degrees`, what is beyond the null is more than
            the degrees make by chance.
        rng: the source of randomness; the result does not depend on the number of cores.

    Raises:
        ValueError: if `samples` is below 2, there is no connection, or there is no such null.

    >>> layer = LayerTopology([0, 2, 4, 6], [0, 1, 1, 2, 0, 2], n_inputs=3, n_outputs=3)
    >>> evidence = motif_evidence(layer, samples=20, rng=np.random.default_rng(0))
    >>> evidence.four_cycles.value, evidence.four_cycles.z  # these degrees allow rings only
    (0.0, 0.0)
    """
    return motifs_beside(
        layer_motifs(layer), map_null(layer_motifs, layer, samples, null=null, rng=rng)
    )


def motifs_beside(found: LayerMotifs, null: Sequence[LayerMotifs]) -> MotifEvidence:
    """The evidence from motifs that are already counted."""
    names = ("four_cycles", "robins_alexander", "latapy")
    return MotifEvidence(motifs=found, **compare_each(found, null, *names))
