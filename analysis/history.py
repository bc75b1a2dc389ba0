"""The connections of one layer through time: which come, which go, and how old they become.

Between two recorded wirings nobody looked: a connection that went and came back meanwhile counts as
one that stayed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.degrees import Side, degrees_of, n_hubs
from analysis.records import Record
from topology import LayerTopology


@dataclass(frozen=True, eq=False)
class Turnover(Record):
    """What changed in a layer from one recorded wiring to the next.

    Attributes:
        epoch: of the later one.
        kept, dropped, grown: connections that both have, that only the earlier and that only the
            later has.
        rate: share of the earlier's connections that are gone, in [0, 1]; 0 if it had none.
        mean_age: of the later's connections, in epochs since they were first seen without a break.
        explored: share of all places of the layer that have ever had a connection, R_p of Liu et
            al. 2021 (arXiv 2102.02887), in [0, 1].
    """

    epoch: int
    kept: int
    dropped: int
    grown: int
    rate: float
    mean_age: float
    explored: float


@dataclass(frozen=True, eq=False)
class HubStability(Record):
    """Whether the neurons with most connections stay those with most.

    Attributes:
        hubs: how many neurons were looked at: the 1 % with the highest degrees, at least one.
        overlap: share of the earlier hubs that are hubs later too, in [0, 1].
        by_chance: the share that would be if the hubs were drawn anew.
        spearman: rank correlation of all degrees, in [-1, 1]; 0 where one side's are all equal.
    """

    hubs: int
    overlap: float
    by_chance: float
    spearman: float


class ConnectionHistory:
    """Reads the recorded wirings of one layer in turn, and remembers what it has seen.

    Args:
        layer: the first wiring.
        epoch: when it was recorded.

    >>> history = ConnectionHistory(LayerTopology([0, 2], [0, 1], 3, 1), epoch=0)
    >>> turnover = history.append(LayerTopology([0, 2], [0, 2], 3, 1), epoch=4)
    >>> turnover.kept, turnover.grown, turnover.mean_age, turnover.explored
    (1, 1, 2.0, 1.0)
    """

    def __init__(self, layer: LayerTopology, epoch: int) -> None:
        self._shape = (layer.n_outputs, layer.n_inputs)
        self._epoch = epoch
        self._places = _places(layer)
        self._born = np.full(len(self._places), epoch, np.int64)
        self._ever = self._places

    @property
    def ages(self) -> NDArray[np.int64]:
        """(n_connections,) epochs since each connection of the latest wiring was first seen."""
        return self._epoch - self._born

    def append(self, layer: LayerTopology, epoch: int) -> Turnover:
        """Go on to a later wiring of the same layer.

        Raises:
            ValueError: if the epoch is not later, or the layer has another shape.
        """
        if epoch <= self._epoch:
            raise ValueError(f"epoch is {epoch}; it must be later than {self._epoch}")
        if (layer.n_outputs, layer.n_inputs) != self._shape:
            raise ValueError(
                f"the layer has {layer.n_inputs} inputs and {layer.n_outputs} outputs; before it "
                f"had {self._shape[1]} and {self._shape[0]}"
            )
        places = _places(layer)
        _, stayed, were = np.intersect1d(
            places, self._places, assume_unique=True, return_indices=True
        )
        born = np.full(len(places), epoch, np.int64)
        born[stayed] = self._born[were]
        n_before = len(self._places)
        self._epoch, self._places, self._born = epoch, places, born
        self._ever = np.union1d(self._ever, places)
        return Turnover(
            epoch=epoch,
            kept=len(stayed),
            dropped=n_before - len(stayed),
            grown=len(places) - len(stayed),
            rate=1 - len(stayed) / n_before if n_before else 0.0,
            mean_age=float(self.ages.mean()) if len(places) else 0.0,
            explored=len(self._ever) / (self._shape[0] * self._shape[1]),
        )


def hub_stability(before: LayerTopology, after: LayerTopology, side: Side) -> HubStability:
    """Compare the hubs of two wirings of a layer.

    Of neurons with equal degrees at the border between hubs and others, each counts for the share
    of them that has a place among the hubs.

    Raises:
        ValueError: if the layers have different shapes, or `side` is neither "in" nor "out".

    >>> hubs = LayerTopology([0, 3, 4, 5], [0, 1, 2, 0, 1], 3, 3)
    >>> stability = hub_stability(hubs, hubs, "in")
    >>> stability.hubs, stability.overlap, round(stability.spearman, 3)
    (1, 1.0, 1.0)
    """
    one, other = degrees_of(before, side), degrees_of(after, side)
    if len(one) != len(other):
        raise ValueError(f"the layers have {len(one)} and {len(other)} neurons; they must be alike")
    hubs = n_hubs(len(one))
    from scipy.stats import spearmanr  # loads for a third of a second

    differ = one.min() < one.max() and other.min() < other.max()
    return HubStability(
        hubs=hubs,
        overlap=float(_hubness(one, hubs) @ _hubness(other, hubs)) / hubs,
        by_chance=hubs / len(one),
        spearman=float(spearmanr(one, other).statistic) if differ else 0.0,
    )


def _places(layer: LayerTopology) -> NDArray[np.int64]:
    return layer.targets * layer.n_inputs + layer.indices


def _hubness(degrees: NDArray[np.int64], hubs: int) -> NDArray[np.float64]:
    """(n,) 1 for a hub, 0 for others, a share for those at the border; they sum to `hubs`."""
    border = np.partition(degrees, len(degrees) - hubs)[len(degrees) - hubs]
    above, at = degrees > border, degrees == border
    share = (hubs - int(above.sum())) / int(at.sum())
    return np.where(above, 1.0, np.where(at, share, 0.0))
