"""The ways through a network beside those through random networks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.null_comparison import NullComparison, compare_each, compare_with_null
from analysis.null_ensemble import Null, map_null
from analysis.paths import Distances, Flow, check_most, distances, flow
from analysis.records import Record
from topology import TopologySnapshot


@dataclass(frozen=True, eq=False)
class NetworkPaths(Record):
    """What `flow` and `distances` find in a network."""

    flow: Flow
    distances: Distances


@dataclass(frozen=True, eq=False)
class PathEvidence(Record):
    """The ways through a network beside those through random networks.

    Attributes:
        paths: of the network.
        log_paths: log10 of the number of directed paths from inputs to outputs, against the null;
            of no path at all, log10 is taken as -1.
        reachable: share of the pairs of an input and an output with a path.
        active_share: share of the neurons that lie on a path.
        mean_distance: between neurons that are connected, in either direction of connections.
    """

    paths: NetworkPaths
    log_paths: NullComparison
    reachable: NullComparison
    active_share: NullComparison
    mean_distance: NullComparison


def network_paths(
    snapshot: TopologySnapshot, *, most_sources: int | None = 200, seed: int = 0
) -> NetworkPaths:
    """Both measures of the ways through a network.

    Args:
        snapshot: a chain of layers.
        most_sources: of how many inputs, and from how many neurons, to search; None for all.
        seed: of the draw of these.

    Raises:
        ValueError: if the layers are no chain, or `most_sources` is below 2.

    >>> from topology import LayerTopology
    >>> layers = LayerTopology([0, 2, 2], [0, 1], 3, 2), LayerTopology([0, 2], [0, 1], 2, 1)
    >>> network_paths(TopologySnapshot(layers)).flow.n_paths
    2.0
    """
    check_most(most_sources, "most_sources")
    return NetworkPaths(
        flow(snapshot, most_inputs=most_sources, seed=seed),
        distances(snapshot, most_sources=most_sources, seed=seed),
    )


def path_evidence(
    snapshot: TopologySnapshot,
    samples: int = 100,
    *,
    null: Null = "degrees",
    most_sources: int | None = 200,
    rng: np.random.Generator,
) -> PathEvidence:
    """Compare the ways through a network with those through random networks.

    Args:
        snapshot: a chain of layers, each with a connection.
        samples: random networks, at least 2.
        null: what each layer of them keeps, see `map_null`.
        most_sources: see `network_paths`; the same sources in every network.
        rng: the source of randomness; the result does not depend on the number of cores.

    Raises:
        ValueError: as `network_paths` and `map_null` do.

    >>> from topology import LayerTopology
    >>> layers = LayerTopology([0, 2, 3], [0, 1, 2], 3, 2), LayerTopology([0, 2], [0, 1], 2, 1)
    >>> found = path_evidence(TopologySnapshot(layers), 5, rng=np.random.default_rng(0))
    >>> found.reachable.value, found.log_paths.z
    (1.0, 0.0)
    """

    def measure(network: TopologySnapshot) -> NetworkPaths:
        return network_paths(network, most_sources=most_sources)

    found = measure(snapshot)
    return paths_beside(found, map_null(measure, snapshot, samples, null=null, rng=rng))


def paths_beside(found: NetworkPaths, null: Sequence[NetworkPaths]) -> PathEvidence:
    """The evidence from paths that are already measured."""
    flows = [one.flow for one in null]
    return PathEvidence(
        paths=found,
        log_paths=compare_with_null(_log_paths(found), [_log_paths(one) for one in null]),
        mean_distance=compare_with_null(found.distances.mean, [one.distances.mean for one in null]),
        **compare_each(found.flow, flows, "reachable", "active_share"),
    )


def _log_paths(found: NetworkPaths) -> float:
    return math.log10(found.flow.n_paths) if found.flow.n_paths > 0 else -1.0
