"""Train one network from its configuration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import nn

from set_engine.checkpoint import Checkpoint
from set_engine.config import TrainingConfig
from set_engine.control import RunControl, StopRequested
from set_engine.data.dataset import Dataset, Scaling, load_dataset
from set_engine.erdos_renyi import is_overfilled
from set_engine.methods import METHODS
from set_engine.metrics import EpochMetrics
from set_engine.networks import sparse_widths
from set_engine.observer import Observer
from set_engine.recording_policy import is_recorded
from set_engine.trainer import Trainer
from topology import TopologySnapshot


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """What a training left behind.

    Attributes:
        model: the trained network.
        snapshot: its wiring and weights, with the metrics of the last epoch, unless a stop in
            the middle of the next one has moved it on.
        metrics: of every completed epoch, those before a checkpoint included.
        stopped: whether a stop ended it before its last epoch.
    """

    model: nn.Module
    snapshot: TopologySnapshot
    metrics: tuple[EpochMetrics, ...]
    stopped: bool


@dataclass(frozen=True, eq=False)
class Resumption:
    """Where an earlier training of the same settings broke off.

    Attributes:
        checkpoint: its state.
        metrics: of the epochs it had completed.
    """

    checkpoint: Checkpoint
    metrics: Sequence[EpochMetrics]


def train(
    config: TrainingConfig,
    *,
    dataset: Dataset | None = None,
    control: RunControl | None = None,
    observer: Observer | None = None,
    resumption: Resumption | None = None,
) -> TrainingResult:
    """Train a network by SET (Mocanu et al. 2018) or a method beside it, and tell `observer` all.

    Args:
        config: what to train.
        dataset: already loaded samples; those that `config.dataset` names if None.
        control: through which other threads pause and stop the training.
        observer: who follows it.
        resumption: where to go on; the result is then that of a training never broken off.

    Raises:
        DatasetError: if the samples cannot be loaded.
        ConfigError: if the settings do not fit the data.
        CheckpointError: if the resumption belongs to other settings or other data.
        DivergedError: if the loss becomes infinite or not a number.

    >>> result = train(TrainingConfig(hidden=(32,), epochs=2, batch_size=144))
    >>> [metrics.epoch for metrics in result.metrics], result.stopped
    ([1, 2], False)
    """
    control, observer = control or RunControl(), observer or Observer()
    if dataset is None:
        dataset = load_data(config, observer.phase)
    observer.phase("Preparing the kernels; compiled once on each machine, which takes seconds")
    trainer = Trainer(config, dataset)
    trainer.warm_up()
    if resumption is not None:
        trainer.restore(resumption.checkpoint)
        _notice_threads(resumption.checkpoint, observer)
    # Whoever records overwrites nothing before this: a refused resumption harms nothing.
    history = list(resumption.metrics if resumption else ())
    observer.dataset(dataset)
    observer.begins_after(history)
    if resumption is None:
        for notice in overfilled_layers(config, dataset):
            observer.notice(notice)
        _record(trainer, observer, trainer.snapshot())
    observer.phase("Training")
    return _run(trainer, control, observer, history)


def _notice_threads(checkpoint: Checkpoint, observer: Observer) -> None:
    before, now = checkpoint.facts["threads"], torch.get_num_threads()
    if before != now:
        observer.notice(
            f"torch had {before} threads before the run broke off and has {now} now, so that its "
            "end may differ in the last digits from that of a run which went through"
        )


def load_data(config: TrainingConfig, phase: Callable[[str], None] = lambda _what: None) -> Dataset:
    """The samples that a configuration names, scaled as its model needs them.

    Args:
        config: names the data; an RBM takes features in [0, 1], the others standardised ones.
        phase: told what is being done, in words.

    Raises:
        DatasetError: if they cannot be loaded.
    """
    phase("Reading the data set")
    scaling: Scaling = "unit" if config.model == "rbm" else "standard"
    return load_dataset(config.dataset, scaling=scaling, phase=phase)


def overfilled_layers(config: TrainingConfig, dataset: Dataset) -> list[str]:
    """A sentence for each sparse layer that ε would overfill and that is made full instead."""
    if METHODS[config.method].storage == "dense":
        return []
    return [
        f"epsilon {config.epsilon:g} would overfill layer {number} ({width} to {following}): it is "
        f"full, with {width * following:,} connections"
        for number, (width, following) in enumerate(pairwise(sparse_widths(config, dataset)), 1)
        if is_overfilled(width, following, config.epsilon)
    ]


def _metrics_of_now(trainer: Trainer, history: list[EpochMetrics]) -> EpochMetrics | None:
    # After a stop in the middle of an epoch the network is no longer the one that was measured.
    measured = bool(history) and history[-1].step == trainer.completed_steps
    return history[-1] if measured else None


def _record(trainer: Trainer, observer: Observer, snapshot: TopologySnapshot) -> None:
    observer.snapshot(snapshot)
    reconstructions = trainer.reconstructions()
    if reconstructions is not None:
        observer.reconstructions(reconstructions)


def _is_recorded(trainer: Trainer) -> bool:
    every, changes = trainer.config.record_every, trainer.config.changes_wiring
    return is_recorded(trainer.completed_epochs, every, changes=changes)


def _run(
    trainer: Trainer, control: RunControl, observer: Observer, history: list[EpochMetrics]
) -> TrainingResult:
    recorded = _is_recorded(trainer)
    stopped = False
    try:
        while trainer.completed_epochs < trainer.config.epochs:
            metrics = trainer.run_epoch(control, observer)
            history.append(metrics)
            observer.epoch(metrics)
            recorded = _is_recorded(trainer)
            if recorded:
                _record(trainer, observer, trainer.snapshot(metrics))
            control.after_epoch()
    except StopRequested:
        stopped = True
        observer.checkpoint(trainer.checkpoint())
    snapshot = trainer.snapshot(_metrics_of_now(trainer, history))
    if not recorded:
        _record(trainer, observer, snapshot)
    return TrainingResult(trainer.model, snapshot, tuple(history), stopped)
