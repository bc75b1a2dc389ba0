"""How far a network goes as it trains: NNSTD along the course of its wirings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, Unpack, get_args

import numpy as np
from numpy.typing import NDArray

from analysis.distance_matrix import Pair, PairOptions, distances_of_pairs, means_of_sparse
from analysis.nnstd import Ties
from analysis.records import Record
from topology import TopologySnapshot

Since = Literal["start", "previous"]
"""From where the distance of a wiring is: from the first one of its course, or the one before."""

SINCE: tuple[Since, ...] = get_args(Since)


@dataclass(frozen=True, eq=False)
class Trajectory(Record):
    """Distances by epoch.

    Attributes:
        epochs: (n,) int64.
        per_layer: (n, n_layers) float64.
        mean: (n,) float64, over all layers.
        mean_sparse: (n,) float64, over the layers that are not full in both networks.
    """

    epochs: NDArray[np.int64]
    per_layer: NDArray[np.float64]
    mean: NDArray[np.float64]
    mean_sparse: NDArray[np.float64]


def nnstd_since(
    snapshots: Sequence[TopologySnapshot],
    since: Since = "start",
    ties: Ties = "reference",
    **options: Unpack[PairOptions],
) -> Trajectory:
    """The distance of each wiring of a course from its first, or from the one before.

    Args:
        snapshots: at least 2, by ascending epoch.
        since: one of `SINCE`.
        ties: see `nnstd`.
        options: see `distances_of_pairs`.

    Returns:
        A distance for each wiring but the first.

    Raises:
        ValueError: if there are too few wirings, their epochs do not ascend, or there is no such
            way; and as `pairwise_nnstd` does.

    >>> from topology import LayerTopology
    >>> course = [
    ...     TopologySnapshot((LayerTopology([0, 1], [place], 3, 1),), epoch=epoch)
    ...     for epoch, place in enumerate((0, 1, 1))
    ... ]
    >>> nnstd_since(course).mean.tolist(), nnstd_since(course, "previous").mean.tolist()
    ([1.0, 1.0], [1.0, 0.0])
    """
    if since not in SINCE:
        raise ValueError(f"since is {since!r}; it must be one of {', '.join(map(repr, SINCE))}")
    if len(snapshots) < 2:
        raise ValueError(f"there are {len(snapshots)} wirings; a course needs at least 2")
    for one, other in pairwise(snapshots):
        if other.epoch <= one.epoch:
            raise ValueError(f"epoch {other.epoch} comes after {one.epoch}; epochs must ascend")
    if since == "start":
        pairs = [(snapshots[0], later) for later in snapshots[1:]]
    else:
        pairs = list(pairwise(snapshots))
    return _trajectory(pairs, ties, options)


def nnstd_between(
    a: Sequence[TopologySnapshot],
    b: Sequence[TopologySnapshot],
    ties: Ties = "reference",
    **options: Unpack[PairOptions],
) -> Trajectory:
    """The distance of two courses at each epoch that both have.

    Args:
        a, b: wirings.
        ties: see `nnstd`.
        options: see `distances_of_pairs`.

    Raises:
        ValueError: if they have no epoch in common; and as `pairwise_nnstd` does.

    >>> from topology import LayerTopology
    >>> layer = LayerTopology([0, 1], [0], n_inputs=3, n_outputs=1)
    >>> a = [TopologySnapshot((layer,), epoch=epoch) for epoch in (0, 10, 20)]
    >>> nnstd_between(a, a[1:]).epochs.tolist()
    [10, 20]
    """
    of_a, of_b = ({one.epoch: one for one in course} for course in (a, b))
    common = sorted(of_a.keys() & of_b.keys())
    if not common:
        raise ValueError(
            f"the courses have no epoch in common: one has {_reach(of_a)}, the other {_reach(of_b)}"
        )
    return _trajectory([(of_a[epoch], of_b[epoch]) for epoch in common], ties, options)


def _trajectory(pairs: Sequence[Pair], ties: Ties, options: PairOptions) -> Trajectory:
    per_layer = distances_of_pairs(pairs, ties, **options)
    return Trajectory(
        epochs=np.array([later.epoch for _, later in pairs], np.int64),
        per_layer=per_layer,
        mean=per_layer.mean(axis=1),
        mean_sparse=means_of_sparse(pairs, per_layer),
    )


def _reach(by_epoch: dict[int, TopologySnapshot]) -> str:
    return f"epochs {min(by_epoch)} to {max(by_epoch)}" if by_epoch else "none"
