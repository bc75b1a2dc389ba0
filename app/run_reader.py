"""What a page knows of one run, read from the store piece by piece as the run goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis import SIDES, DegreeDistribution, Side, degree_distribution, degrees_of
from set_engine import DamagedRunError, EpochMetrics, RunNotFoundError, RunRecord, RunStore
from topology import TopologyFileError, TopologySnapshot


@dataclass(frozen=True)
class RunView:
    """A run at one moment.

    Attributes:
        record: its settings and status.
        metrics: of every completed epoch.
        first: the wiring before training; None until it is recorded.
        latest: the wiring recorded last; None until the first is.
        recorded: epochs whose wiring is recorded, ascending, whether it can be read or not.
        dispersion_epochs: (n,) int64, recorded epochs whose degrees have been read, ascending.
        dispersion: for "in" and "out", (n, n_layers) float32: variance/mean of the degrees.
        degrees: for "in" and "out", n times the distribution of each layer.
        is_complete: whether every recorded epoch has been read.
        problems: a sentence for each recorded wiring that cannot be read.
    """

    record: RunRecord
    metrics: tuple[EpochMetrics, ...]
    first: TopologySnapshot | None
    latest: TopologySnapshot | None
    recorded: tuple[int, ...]
    dispersion_epochs: NDArray[np.int64]
    dispersion: dict[Side, NDArray[np.float32]]
    degrees: dict[Side, tuple[tuple[DegreeDistribution, ...], ...]]
    is_complete: bool
    problems: tuple[str, ...]

    @property
    def trained_seconds(self) -> float:
        """Wall-clock time of all completed epochs, pauses left out."""
        return sum(row.seconds for row in self.metrics)

    @property
    def is_expecting(self) -> bool:
        """Whether a later reading may show more."""
        return self.record.status.is_active or not self.is_complete


class RunReader:
    """Reads on where it left off; shared by all sessions, safe to call from any thread.

    Args:
        store: where the run is.
        run_id: its id.
        clock: seconds, for the time a reading may take.
    """

    def __init__(
        self, store: RunStore, run_id: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store, self._run_id, self._clock = store, run_id, clock
        self._guard = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._log: int | None = None
        self._cursor = 0
        self._metrics: tuple[EpochMetrics, ...] = ()
        self._first: TopologySnapshot | None = None
        self._latest: TopologySnapshot | None = None
        self._looked_at: TopologySnapshot | None = None
        self._problems: dict[int, str] = {}
        self._degrees: dict[int, dict[Side, tuple[DegreeDistribution, ...]]] = {}

    def read(self, budget_seconds: float = 0.3) -> RunView:
        """The run as of now.

        Recorded wirings not read before are read for at most `budget_seconds`, spread over the
        whole course first and finer at every call.

        Raises:
            RunNotFoundError, DamagedRunError: as the store does.
        """
        with self._guard:
            record, epochs = self._read_record()
            if epochs:
                self._read_wirings(epochs, self._clock() + budget_seconds)
            return self._view(record, epochs)

    def glance(self) -> RunView:
        """The run as of now but for its wirings, of which it has those that were read before.

        Quick whatever the size of the network.

        Raises:
            RunNotFoundError, DamagedRunError: as the store does.
        """
        with self._guard:
            return self._view(*self._read_record())

    def wiring(self, epoch: int) -> TopologySnapshot | None:
        """The one that is recorded at an epoch; None if it cannot be read."""
        with self._guard:
            for known in (self._first, self._latest, self._looked_at):
                if known is not None and known.epoch == epoch:
                    return known
            self._looked_at = self._load(epoch)
            return self._looked_at

    def _read_record(self) -> tuple[RunRecord, tuple[int, ...]]:
        record = self._store.record(self._run_id)
        self._read_metrics()
        return record, self._store.epochs(self._run_id)

    def _read_metrics(self) -> None:
        while True:
            log = self._log_identity()
            if log != self._log:
                self._begin()
                self._log = log
            try:
                cursor, rows = self._store.metrics(self._run_id, self._cursor)
            except DamagedRunError:
                if log == self._log_identity():
                    raise
            else:
                # Otherwise it was replaced between the two looks, and the cursor means nothing.
                if log == self._log_identity():
                    self._cursor, self._metrics = cursor, self._metrics + rows
                    return

    def _log_identity(self) -> int | None:
        """Changes when a run that is resumed has replaced its log, which forgets some epochs."""
        try:
            return (self._store.root / self._run_id / "metrics.jsonl").stat().st_ino
        except FileNotFoundError:
            return None

    def _read_wirings(self, epochs: tuple[int, ...], deadline: float) -> None:
        if self._first is None:
            self._first = self._load(epochs[0])
        if self._latest is None or self._latest.epoch < epochs[-1]:
            self._latest = self._load(epochs[-1]) or self._latest
        missing = [
            epoch for epoch in epochs if epoch not in self._degrees and epoch not in self._problems
        ]
        for epoch in _coarse_to_fine(missing):
            if self._clock() > deadline:
                return
            self._load(epoch)

    def _load(self, epoch: int) -> TopologySnapshot | None:
        if epoch in self._problems:
            return None
        try:
            snapshot = self._store.snapshot(self._run_id, epoch)
        except RunNotFoundError:
            return None  # a resumption has just forgotten it
        except TopologyFileError as error:
            self._problems[epoch] = str(error)
            return None
        if epoch not in self._degrees:
            self._degrees[epoch] = {
                side: tuple(degree_distribution(degrees_of(one, side)) for one in snapshot.layers)
                for side in SIDES
            }
        return snapshot

    def _view(self, record: RunRecord, recorded: tuple[int, ...]) -> RunView:
        epochs = sorted(self._degrees)
        degrees = {side: tuple(self._degrees[epoch][side] for epoch in epochs) for side in SIDES}
        return RunView(
            record=record,
            metrics=self._metrics,
            first=self._first,
            latest=self._latest,
            recorded=recorded,
            dispersion_epochs=np.array(epochs, np.int64),
            dispersion={side: _dispersion(degrees[side]) for side in SIDES},
            degrees=degrees,
            is_complete=len(epochs) + len(self._problems) == len(recorded),
            problems=tuple(self._problems.values()),
        )


def _dispersion(
    distributions: tuple[tuple[DegreeDistribution, ...], ...],
) -> NDArray[np.float32]:
    values = [[one.variance_to_mean for one in layers] for layers in distributions]
    return np.array(values, np.float32) if values else np.empty((0, 0), np.float32)


def _coarse_to_fine(epochs: list[int]) -> list[int]:
    """Every 2^k-th first, then those between: any beginning of it covers the whole course.

    >>> _coarse_to_fine([0, 1, 2, 3, 4, 5, 6])
    [0, 4, 2, 6, 1, 3, 5]
    """
    ordered = []
    stride = 1 << max(0, len(epochs).bit_length() - 1)
    seen: set[int] = set()
    while stride:
        for place in range(0, len(epochs), stride):
            if place not in seen:
                seen.add(place)
                ordered.append(epochs[place])
        stride //= 2
    return ordered
