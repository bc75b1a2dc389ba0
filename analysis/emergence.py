"""How the wiring of a network becomes what it is: its measures by epoch, appended as it trains."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analysis.degree_correlation import pearson
from analysis.degrees import SIDES, Side, degree_distribution, degrees_of
from analysis.history import ConnectionHistory, Turnover, hub_stability
from analysis.motifs import layer_motifs
from analysis.paths import active_neurons
from analysis.power_law import NoTailError, fit_power_law
from analysis.records import Record
from topology import LayerTopology, TopologySnapshot


@dataclass(frozen=True, eq=False)
class SideMeasures(Record):
    """One side of a layer at one epoch; NaN where a measure has no meaning.

    Attributes:
        variance_to_mean, gini, top_share, largest, dead: of the degrees, see `DegreeDistribution`.
        alpha, xmin, ks, n_tail: of the best power law, see `PowerLawFit`; NaN without a tail.
        hub_overlap: see `HubStability`, from the epoch recorded before; NaN at the first.
    """

    variance_to_mean: float
    gini: float
    top_share: float
    largest: float
    dead: float
    alpha: float
    xmin: float
    ks: float
    n_tail: float
    hub_overlap: float


@dataclass(frozen=True, eq=False)
class LayerMeasures(Record):
    """One layer at one epoch; NaN where a measure has no meaning.

    Attributes:
        n_connections: connections of the layer.
        four_cycles, robins_alexander: see `LayerMotifs`.
        turnover, mean_age, explored: see `Turnover`; NaN at the first epoch.
        degree_correlation: of the in-degree of its output neurons with their out-degree in the next
            layer (Pearson); NaN in the last layer, or where degrees are all equal.
        incoming, outgoing: the two sides.
    """

    n_connections: float
    four_cycles: float
    robins_alexander: float
    turnover: float
    mean_age: float
    explored: float
    degree_correlation: float
    incoming: SideMeasures
    outgoing: SideMeasures


@dataclass(frozen=True, eq=False)
class EpochMeasures(Record):
    """A network at one epoch.

    Attributes:
        epoch: the epoch.
        layers: its layers.
        active_share: of all neurons, see `Flow`; NaN if the layers are no chain.
    """

    epoch: int
    layers: tuple[LayerMeasures, ...]
    active_share: float


class Emergence:
    """The measures of a course of wirings.

    Args:
        after: epochs up to this one are followed, for turnover and ages, but not measured again.

    >>> layers = LayerTopology([0, 2, 3], [0, 1, 2], 3, 2), LayerTopology([0, 2], [0, 1], 2, 1)
    >>> emergence = Emergence()
    >>> emergence.extend([TopologySnapshot(layers, epoch=0), TopologySnapshot(layers, epoch=2)])
    2
    >>> emergence.epochs.tolist(), emergence.of_layer(0, "turnover").tolist()
    ([0, 2], [nan, 0.0])
    >>> emergence.of_side(0, "in", "variance_to_mean").round(3).tolist()
    [0.167, 0.167]
    """

    def __init__(self, after: int = -1) -> None:
        self._after = after
        self._rows: list[EpochMeasures] = []
        self._histories: list[ConnectionHistory] = []
        self._last: TopologySnapshot | None = None

    @property
    def rows(self) -> tuple[EpochMeasures, ...]:
        """All epochs so far."""
        return tuple(self._rows)

    @property
    def epochs(self) -> NDArray[np.int64]:
        """(n,) the epochs."""
        return np.array([row.epoch for row in self._rows], np.int64)

    def extend(self, snapshots: Iterable[TopologySnapshot]) -> int:
        """Measure those of the wirings that are later than all before; how many were measured.

        Raises:
            ValueError: if a layer has another shape than before, or their number changes.
        """
        before = len(self._rows)
        for snapshot in snapshots:
            if self._last is None or snapshot.epoch > self._last.epoch:
                self._append(snapshot)
        return len(self._rows) - before

    def of_layer(self, index: int, measure: str) -> NDArray[np.float64]:
        """(n,) a measure of one layer by epoch.

        Raises:
            ValueError: if there is no such measure.
        """
        _check_measure(measure, LayerMeasures)
        return np.array([getattr(row.layers[index], measure) for row in self._rows])

    def of_side(self, index: int, side: Side, measure: str) -> NDArray[np.float64]:
        """(n,) a measure of one side of a layer by epoch.

        Raises:
            ValueError: if there is no such measure.
        """
        _check_measure(measure, SideMeasures)
        name = "incoming" if side == "in" else "outgoing"
        return np.array([getattr(getattr(row.layers[index], name), measure) for row in self._rows])

    def _append(self, snapshot: TopologySnapshot) -> None:
        last = self._last
        if last is not None and len(last.layers) != len(snapshot.layers):
            raise ValueError(
                f"there are {len(snapshot.layers)} layers at epoch {snapshot.epoch}; before there "
                f"were {len(last.layers)}"
            )
        changes = self._follow(snapshot)
        if snapshot.epoch > self._after:
            self._rows.append(self._measured(snapshot, changes))
        self._last = snapshot

    def _follow(self, snapshot: TopologySnapshot) -> list[Turnover | None]:
        """What has changed in each layer; None at the first epoch."""
        if self._last is None:
            self._histories = [
                ConnectionHistory(layer, snapshot.epoch) for layer in snapshot.layers
            ]
            return [None] * len(snapshot.layers)
        pairs = zip(self._histories, snapshot.layers, strict=True)
        return [history.append(layer, snapshot.epoch) for history, layer in pairs]

    def _measured(
        self, snapshot: TopologySnapshot, changes: list[Turnover | None]
    ) -> EpochMeasures:
        before = [None] * len(changes) if self._last is None else self._last.layers
        parts = zip(snapshot.layers, before, changes, _degree_correlations(snapshot), strict=True)
        active = np.nan
        if snapshot.is_chain:
            active = float(active_neurons(snapshot).sum() / snapshot.n_neurons)
        return EpochMeasures(snapshot.epoch, tuple(_of_layer(*part) for part in parts), active)


def _of_layer(
    layer: LayerTopology,
    before: LayerTopology | None,
    change: Turnover | None,
    correlation: float,
) -> LayerMeasures:
    motifs = layer_motifs(layer)
    incoming, outgoing = (_of_side(layer, before, side) for side in SIDES)
    return LayerMeasures(
        n_connections=float(layer.n_connections),
        four_cycles=float(motifs.four_cycles),
        robins_alexander=motifs.robins_alexander,
        turnover=np.nan if change is None else change.rate,
        mean_age=np.nan if change is None else change.mean_age,
        explored=np.nan if change is None else change.explored,
        degree_correlation=correlation,
        incoming=incoming,
        outgoing=outgoing,
    )


def _of_side(layer: LayerTopology, before: LayerTopology | None, side: Side) -> SideMeasures:
    degrees = degrees_of(layer, side)
    summary = degree_distribution(degrees)
    alpha = xmin = ks = n_tail = np.nan
    try:
        fit = fit_power_law(degrees)
    except NoTailError:
        pass
    else:
        alpha, xmin, ks, n_tail = fit.alpha, float(fit.xmin), fit.ks, float(fit.n_tail)
    overlap = hub_stability(before, layer, side).overlap if before is not None else np.nan
    return SideMeasures(
        variance_to_mean=summary.variance_to_mean,
        gini=summary.gini,
        top_share=summary.top_share,
        largest=float(summary.largest),
        dead=float(summary.n_zero),
        alpha=alpha,
        xmin=xmin,
        ks=ks,
        n_tail=n_tail,
        hub_overlap=overlap,
    )


def _degree_correlations(snapshot: TopologySnapshot) -> list[float]:
    found = []
    for layer, following in pairwise(snapshot.layers):
        alike = layer.n_outputs == following.n_inputs
        value = pearson(layer.in_degrees, following.out_degrees) if alike else None
        found.append(np.nan if value is None else value)
    return [*found, np.nan]


def _check_measure(measure: str, kind: type[Record]) -> None:
    known = [field.name for field in fields(kind) if field.type == "float"]
    if measure not in known:
        raise ValueError(f"measure is {measure!r}; it must be one of {', '.join(known)}")
