"""Recording a training that is not setscope's own, as it goes on."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, SupportsFloat

import numpy as np
import torch
from torch import nn

from set_engine.evolving_layer import EvolvingLayer
from set_engine.layers import named_layers, named_wirings
from set_engine.metrics import EpochMetrics
from set_engine.places import Places
from set_engine.recording_policy import is_recorded
from set_engine.run_record import FailureInfo, RecordedConfig, RunStatus
from set_engine.store import RunStore
from topology import TopologySnapshot


class Recorder:
    """Writes the wiring and the figures of any training loop into the store, as a run of its own.

    The run begins with the recorder, which records the wiring of epoch 0, and is there for a
    dashboard to show from then on. It ends with the `with` block: FINISHED, STOPPED by a
    KeyboardInterrupt, or FAILED by any other exception, which is recorded and raised. Without the
    block call `close`; a run whose program ends without it reads as INTERRUPTED.

    Recorded are all layers that evolve, such as those that `sparsify` makes, and each `nn.Linear`
    as a full wiring.

    Args:
        model: what is trained; read at every recording, never changed.
        name: what the run is called, not empty.
        store: where it is written: a `RunStore`, or its folder.
        settings: of the training, to be shown beside it; JSON values by name.
        epochs: how many there will be, at least 1; None if that is not known.
        record_every: epochs between two recordings of the wiring, at least 1; None records densely
            at first and ever more sparsely later. The last wiring is always recorded.
        clock: seconds, for the time that an epoch took.

    Raises:
        ValueError: if a setting is out of range (a `ConfigError`), if the model has no layer to
            record, or if a weight is not finite.
        OSError: if the store cannot be written.

    >>> import tempfile
    >>> store, model = RunStore(tempfile.mkdtemp()), nn.Sequential(nn.Linear(4, 2))
    >>> with Recorder(model, "my-net", store=store, epochs=2) as recorder:
    ...     for loss in (0.7, 0.5):
    ...         recorder.epoch(train_loss=loss)
    >>> [row.train_loss for row in store.metrics(recorder.run_id)[1]], store.epochs(recorder.run_id)
    ([0.7, 0.5], (0, 1, 2))
    """

    def __init__(
        self,
        model: nn.Module,
        name: str,
        *,
        store: RunStore | str | Path = "runs",
        settings: Mapping[str, Any] | None = None,
        epochs: int | None = None,
        record_every: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model, self._clock = model, clock
        self._config = RecordedConfig(
            name=name, epochs=epochs, record_every=record_every, settings=dict(settings or {})
        )
        self._names = tuple(named_layers(model))
        if not self._names:
            raise ValueError(
                f"{type(model).__name__} has no layer to record: no sparse one and no nn.Linear"
            )
        self._last: EpochMetrics | None = None
        self._not_finite: set[str] = set()
        self._places = _places(model)
        self._is_closed = False
        start = self._snapshot()
        store = store if isinstance(store, RunStore) else RunStore(store)
        self._writer = store.create(self._config)
        try:
            self._writer.begin()
            self._write(start)
        except BaseException as error:
            self._finish(RunStatus.FAILED, FailureInfo.of(error))
            raise
        self._moment = clock()

    @property
    def run_id(self) -> str:
        """Id of the run in the store."""
        return self._writer.run_id

    def epoch(
        self,
        *,
        train_loss: SupportsFloat | None = None,
        test_loss: SupportsFloat | None = None,
        train_accuracy: SupportsFloat | None = None,
        test_accuracy: SupportsFloat | None = None,
        step: int | None = None,
        **figures: SupportsFloat,
    ) -> None:
        """An epoch is over, and its evolution, if there is one, too.

        Every figure may be left out. One that is not finite is left out of the record, and a notice
        of the run says so.

        Args:
            train_loss, test_loss: numbers, or tensors of one element.
            train_accuracy, test_accuracy: shares in [0, 1].
            step: optimiser steps since the start of the training; as before if None.
            figures: whatever else was measured, by name.

        Raises:
            ValueError: if a figure is no number, an accuracy no share, or a name is not free; if
                the steps decrease; if a weight is not finite, or the model has other layers now.
            RuntimeError: if the recorder is closed.
        """
        if self._is_closed:
            raise RuntimeError(f"run {self.run_id!r} is closed; make a new Recorder for another")
        known = {
            "train_loss": train_loss,
            "test_loss": test_loss,
            "train_accuracy": _share("train_accuracy", train_accuracy),
            "test_accuracy": _share("test_accuracy", test_accuracy),
        }
        for name in figures.keys() & EpochMetrics.model_fields.keys():
            raise ValueError(f"{name} is no figure to give; the recorder measures it by itself")
        row = self._row(self._finite(known), self._finite(figures), self._steps(step))
        self._writer.epoch(row)
        self._last = row
        changes = bool(self._places)
        if is_recorded(row.epoch, self._config.record_every, changes=changes):
            self._write(self._snapshot(row))

    def close(self) -> None:
        """The training is over: record the last wiring and the run as FINISHED, once."""
        self._end(RunStatus.FINISHED)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self._end(RunStatus.FINISHED)
        elif isinstance(error, KeyboardInterrupt):
            self._end(RunStatus.STOPPED)
        else:
            self._end(RunStatus.FAILED, FailureInfo.of(error))

    def _row(self, known: dict[str, float], figures: dict[str, float], step: int) -> EpochMetrics:
        before, self._places = self._places, _places(self._model)
        earlier, self._moment = self._moment, self._clock()
        return EpochMetrics(
            epoch=self._completed_epochs + 1,
            step=step,
            seconds=self._moment - earlier,
            n_connections=_n_connections(self._model),
            replaced=_n_gone(before, self._places),
            figures=figures,
            **known,
        )

    @property
    def _completed_epochs(self) -> int:
        return self._last.epoch if self._last else 0

    def _steps(self, step: int | None) -> int:
        before = self._last.step if self._last else 0
        if step is None:
            return before
        if step < before:
            raise ValueError(
                f"step is {step}; it must be at least {before}, that of the last epoch"
            )
        return int(step)

    def _finite(self, values: Mapping[str, SupportsFloat | None]) -> dict[str, float]:
        """Those of the values that are given and finite."""
        numbers = {
            name: _number(name, value) for name, value in values.items() if value is not None
        }
        for name, number in numbers.items():
            if not math.isfinite(number) and name not in self._not_finite:
                self._not_finite.add(name)
                self._writer.notice(
                    f"{name} was {number} after epoch {self._completed_epochs + 1}; figures that "
                    "are not finite are not recorded"
                )
        return {name: number for name, number in numbers.items() if math.isfinite(number)}

    def _snapshot(self, row: EpochMetrics | None = None) -> TopologySnapshot:
        wirings = named_wirings(self._model)
        if tuple(wirings) != self._names:
            raise ValueError(
                f"the model's layers are {', '.join(wirings) or 'none'}; when the run began they "
                f"were {', '.join(self._names)}"
            )
        return TopologySnapshot(
            tuple(wirings.values()),
            self._completed_epochs,
            self._steps(None),
            row.values if row else {},
            self._names,
        )

    def _write(self, snapshot: TopologySnapshot) -> None:
        self._writer.snapshot(snapshot)
        self._recorded = snapshot.epoch, snapshot.digest

    def _end(self, status: RunStatus, failure: FailureInfo | None = None) -> None:
        if self._is_closed:
            return
        try:
            if failure is None:
                self._write_last(status)
        except BaseException as error:
            status, failure = RunStatus.FAILED, FailureInfo.of(error)
            raise
        finally:
            self._finish(status, failure)

    def _write_last(self, status: RunStatus) -> None:
        """Record the wiring of now, unless that is done."""
        epoch, digest = self._recorded
        if status is RunStatus.FINISHED:
            # The network may have changed once more, as by `Evolution.finish`.
            snapshot = self._snapshot(self._last)
            if (snapshot.epoch, snapshot.digest) != (epoch, digest):
                self._write(snapshot)
        elif epoch < self._completed_epochs:
            # Stopped in the middle of the next epoch: the network is not the one that was measured.
            self._write(self._snapshot())

    def _finish(self, status: RunStatus, failure: FailureInfo | None) -> None:
        self._is_closed = True
        self._writer.finish(status, failure)


def _number(name: str, value: SupportsFloat) -> float:
    try:
        return float(value.detach() if isinstance(value, torch.Tensor) else value)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"{name} is {value!r}; it must be a number") from None


def _share(name: str, value: SupportsFloat | None) -> SupportsFloat | None:
    if value is not None:
        number = _number(name, value)
        if number < 0 or number > 1:
            raise ValueError(f"{name} is {number:g}; it must be a share, from 0 to 1")
    return value


def _places(model: nn.Module) -> dict[str, Places]:
    """The places of every layer that evolves."""
    layers = named_layers(model).items()
    return {name: layer.places() for name, layer in layers if isinstance(layer, EvolvingLayer)}


def _n_gone(before: dict[str, Places], now: dict[str, Places]) -> int:
    return sum(
        len(np.setdiff1d(places, now[name], assume_unique=True))
        for name, places in before.items()
        if name in now
    )


def _n_connections(model: nn.Module) -> int:
    return sum(
        layer.n_connections if isinstance(layer, EvolvingLayer) else layer.weight.numel()
        for layer in named_layers(model).values()
    )
