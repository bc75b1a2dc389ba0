"""Train one network from its configuration."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from set_engine import kernels
from set_engine.config import TrainingConfig
from set_engine.control import RunControl, StopRequested
from set_engine.dataset import Dataset, load_dataset
from set_engine.erdos_renyi import is_overfilled
from set_engine.metrics import EpochMetrics
from set_engine.mlp import SetMLP
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
        metrics: of every completed epoch.
        stopped: whether a stop ended it before its last epoch.
    """

    model: SetMLP
    snapshot: TopologySnapshot
    metrics: tuple[EpochMetrics, ...]
    stopped: bool


def train(
    config: TrainingConfig,
    *,
    dataset: Dataset | None = None,
    control: RunControl | None = None,
    observer: Observer | None = None,
) -> TrainingResult:
    """Train SET-MLP (Mocanu et al. 2018) and tell `observer` all about it.

    Args:
        config: what to train.
        dataset: already loaded samples; those that `config.dataset` names if None.
        control: through which other threads pause and stop the training.
        observer: who follows it.

    Raises:
        DatasetError: if the samples cannot be loaded.
        ConfigError: if the batch is larger than the training set.
        DivergedError: if the loss becomes infinite or not a number.

    >>> result = train(TrainingConfig(hidden=(32,), epochs=2, batch_size=144))
    >>> [metrics.epoch for metrics in result.metrics], result.stopped
    ([1, 2], False)
    """
    control, observer = control or RunControl(), observer or Observer()
    if dataset is None:
        observer.phase("Reading the data set")
        dataset = load_dataset(config.dataset)
    observer.phase("Preparing the kernels; compiled once on each machine, which takes seconds")
    kernels.warm_up()
    trainer = Trainer(config, dataset)
    for notice in overfilled_layers(config, dataset.n_features, dataset.n_classes):
        observer.notice(notice)
    observer.snapshot(trainer.snapshot())
    observer.phase("Training")
    return _run(trainer, control, observer)


def overfilled_layers(config: TrainingConfig, n_features: int, n_classes: int) -> list[str]:
    """A sentence for each sparse layer that ε would overfill and that is made full instead.

    >>> overfilled_layers(TrainingConfig(hidden=(8,), epsilon=20), 64, 10)
    ['epsilon 20 would overfill layer 1 (64 to 8): it is full, with 512 connections']
    """
    widths = [n_features, *config.hidden, *([n_classes] if config.sparse_output else [])]
    return [
        f"epsilon {config.epsilon:g} would overfill layer {number} ({width} to {following}): it is "
        f"full, with {width * following:,} connections"
        for number, (width, following) in enumerate(pairwise(widths), 1)
        if is_overfilled(width, following, config.epsilon)
    ]


def _metrics_of_now(trainer: Trainer, history: list[EpochMetrics]) -> EpochMetrics | None:
    # After a stop in the middle of an epoch the network is no longer the one that was measured.
    measured = bool(history) and history[-1].step == trainer.completed_steps
    return history[-1] if measured else None


def _run(trainer: Trainer, control: RunControl, observer: Observer) -> TrainingResult:
    history: list[EpochMetrics] = []
    recorded = 0
    stopped = False
    try:
        while trainer.completed_epochs < trainer.config.epochs:
            metrics = trainer.run_epoch(control, observer)
            history.append(metrics)
            observer.epoch(metrics)
            if is_recorded(metrics.epoch, trainer.config.record_every):
                observer.snapshot(trainer.snapshot(metrics))
                recorded = metrics.epoch
            control.after_epoch()
    except StopRequested:
        stopped = True
    snapshot = trainer.snapshot(_metrics_of_now(trainer, history))
    if recorded < trainer.completed_epochs:
        observer.snapshot(snapshot)
    return TrainingResult(trainer.model, snapshot, tuple(history), stopped)
