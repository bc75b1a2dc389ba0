"""Every measure of a network, each with its null or its uncertainty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from analysis.degree_correlation import DegreeCorrelation, degree_correlations
from analysis.degrees import SIDES, DegreeDistribution, Side, degree_distribution, degrees_of
from analysis.evidence import ScaleFreeEvidence, scale_free_evidence
from analysis.motifs import LayerMotifs, MotifEvidence, motifs_beside, motifs_of
from analysis.null_ensemble import Null, map_null
from analysis.overlaps import overlaps
from analysis.path_evidence import NetworkPaths, PathEvidence, network_paths, paths_beside
from analysis.paths import check_most
from analysis.persistence import neural_persistence
from analysis.power_law import NoTailError
from analysis.records import Record
from analysis.structure import LayerStructure, StructureEvidence, structure_beside, structure_of
from topology import LayerTopology, TopologySnapshot


@dataclass(frozen=True, eq=False)
class SideEvidence(Record):
    """The degrees of one side of a layer.

    Attributes:
        degrees: their distribution.
        scale_free: the test of a power law; None if none can be fitted.
        no_tail: why none can be; empty if one is.
    """

    degrees: DegreeDistribution
    scale_free: ScaleFreeEvidence | None
    no_tail: str


@dataclass(frozen=True, eq=False)
class LayerEvidence(Record):
    """What is found of one layer.

    Attributes:
        name: of the layer.
        n_inputs, n_outputs, n_connections: its size.
        incoming, outgoing: the degrees of either side.
        motifs, structure: against the null.
        persistence: see `neural_persistence`; None without weights.
        degree_correlation: of its output neurons, see `degree_correlations`; None in the last layer
            and where there is none.
    """

    name: str
    n_inputs: int
    n_outputs: int
    n_connections: int
    incoming: SideEvidence
    outgoing: SideEvidence
    motifs: MotifEvidence
    structure: StructureEvidence
    persistence: float | None
    degree_correlation: DegreeCorrelation | None


@dataclass(frozen=True, eq=False)
class NetworkEvidence(Record):
    """What is found of a network.

    Attributes:
        epoch: of the snapshot.
        null: what the random networks keep.
        samples: how many there were.
        layers: of each layer, in order.
        paths: through all layers; None if they are no chain.
    """

    epoch: int
    null: Null
    samples: int
    layers: tuple[LayerEvidence, ...]
    paths: PathEvidence | None


def network_evidence(
    snapshot: TopologySnapshot,
    samples: int = 100,
    *,
    null: Null = "degrees",
    bootstrap: int = 1000,
    most_sources: int | None = 200,
    rng: np.random.Generator,
    progress: Callable[[int], None] | None = None,
) -> NetworkEvidence:
    """Measure all there is, with one set of random networks for everything that needs a null.

    Args:
        snapshot: a network whose every layer has a connection.
        samples: random networks, at least 2.
        null: what they keep, see `map_null`.
        bootstrap: samples of each goodness-of-fit test of a power law, at least 1.
        most_sources: from how many neurons distances and reachability are found; None for all.
        rng: the source of randomness; the result does not depend on the number of cores.
        progress: is called with the number of random networks that are done.

    Raises:
        ValueError: if `samples`, `bootstrap` or `most_sources` is too small, or a layer is empty.

    >>> layers = LayerTopology([0, 2, 3], [0, 1, 2], 3, 2), LayerTopology([0, 2], [0, 1], 2, 1)
    >>> found = network_evidence(
    ...     TopologySnapshot(layers), samples=5, bootstrap=10, rng=np.random.default_rng(0)
    ... )
    >>> found.layers[0].motifs.four_cycles.value, found.paths.reachable.value
    (0.0, 1.0)
    """
    if bootstrap < 1:
        raise ValueError(f"bootstrap is {bootstrap}; it must be at least 1")
    check_most(most_sources, "most_sources")

    def measure(network: TopologySnapshot) -> _Found:
        shared = [(layer, overlaps(layer)) for layer in network.layers]
        return _Found(
            [motifs_of(*one) for one in shared],
            [structure_of(*one) for one in shared],
            network_paths(network, most_sources=most_sources) if network.is_chain else None,
        )

    random = map_null(measure, snapshot, samples, null=null, rng=rng, progress=progress)
    found = measure(snapshot)
    correlations = degree_correlations(snapshot, rng=rng) if snapshot.is_chain else ()
    seed = int(rng.integers(2**32))
    layers = tuple(
        LayerEvidence(
            name=snapshot.names[index],
            n_inputs=layer.n_inputs,
            n_outputs=layer.n_outputs,
            n_connections=layer.n_connections,
            incoming=side_evidence(layer, SIDES[0], bootstrap, seed),
            outgoing=side_evidence(layer, SIDES[1], bootstrap, seed),
            motifs=motifs_beside(found.motifs[index], [one.motifs[index] for one in random]),
            structure=structure_beside(
                found.structures[index], [one.structures[index] for one in random]
            ),
            persistence=None if layer.weights is None else neural_persistence(layer),
            degree_correlation=correlations[index] if index < len(correlations) else None,
        )
        for index, layer in enumerate(snapshot.layers)
    )
    paths = None
    if found.paths is not None:
        paths = paths_beside(found.paths, [one.paths for one in random if one.paths is not None])
    return NetworkEvidence(snapshot.epoch, null, samples, layers, paths)


class _Found(NamedTuple):
    """What is measured of random networks too."""

    motifs: list[LayerMotifs]
    structures: list[LayerStructure]
    paths: NetworkPaths | None


def side_evidence(
    layer: LayerTopology, side: Side, bootstrap: int = 1000, seed: int = 0
) -> SideEvidence:
    """Measure the degrees of one side of a layer, and test them for a power law.

    Args:
        layer: with at least one connection.
        side: whose degrees, "in" or "out".
        bootstrap: samples of the goodness-of-fit test, at least 1.
        seed: of those.

    Raises:
        ValueError: if `side` or `bootstrap` is out of range.

    >>> found = side_evidence(LayerTopology([0, 1, 2], [0, 1], 2, 2), "in", bootstrap=9)
    >>> found.degrees.mean, found.scale_free  # all are equal
    (1.0, None)
    """
    degrees = degrees_of(layer, side)
    try:
        evidence = scale_free_evidence(degrees, bootstrap=bootstrap, seed=seed)
    except NoTailError as error:
        return SideEvidence(degree_distribution(degrees), None, str(error))
    return SideEvidence(degree_distribution(degrees), evidence, "")
