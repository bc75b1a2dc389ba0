"""The training loop of SET: epochs of gradient steps, each ended by an evolution."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from set_engine.config import ConfigError, TrainingConfig
from set_engine.control import RunControl
from set_engine.dataset import Dataset
from set_engine.evolution import SetEvolution, evolve, prune
from set_engine.metrics import EpochMetrics
from set_engine.mlp import SetMLP
from set_engine.observer import Observer
from topology import TopologySnapshot

_EVALUATION_BATCH = 1000


class DivergedError(ArithmeticError):
    """The loss is no longer a finite number; the message says where and what to change."""


class Trainer:
    """A network in training: model, optimiser and sources of randomness.

    Args:
        config: what to train.
        dataset: samples to train on and to test with.

    Raises:
        ConfigError: if the batch is larger than the training set.
    """

    def __init__(self, config: TrainingConfig, dataset: Dataset) -> None:
        check_fit(config, dataset)
        self.config, self.dataset = config, dataset
        model_seed, batch_seed, evolution_seed = np.random.SeedSequence(config.seed).spawn(3)
        generator = torch.Generator().manual_seed(int(model_seed.generate_state(1, np.uint64)[0]))
        self._batch_rng = np.random.default_rng(batch_seed)
        self._evolution_rng = np.random.default_rng(evolution_seed)
        self.model = SetMLP(dataset.n_features, dataset.n_classes, config, generator)
        self.optimizer = torch.optim.SGD(
            self.model.parameters(),
            lr=config.learning_rate,
            momentum=config.momentum,
            weight_decay=config.weight_decay,
        )
        self.method = SetEvolution(config.zeta)
        self.completed_epochs = 0
        self.completed_steps = 0

    @property
    def n_steps(self) -> int:
        """Optimiser steps in one epoch; the last batch may be smaller."""
        return math.ceil(len(self.dataset.x_train) / self.config.batch_size)

    @property
    def is_last_epoch(self) -> bool:
        """Whether the next epoch is the last one."""
        return self.completed_epochs + 1 == self.config.epochs

    def run_epoch(self, control: RunControl, observer: Observer) -> EpochMetrics:
        """Train, evaluate and evolve once.

        Raises:
            StopRequested: before the step at which a stop was found; the state stays consistent.
            DivergedError: if the loss of a batch, or of the test set, is not finite.
        """
        started = time.perf_counter()
        train_loss, train_accuracy, waited = self._train(control, observer)
        last = self.is_last_epoch
        replaced = self._evolve(remove_only=True) if last else 0
        test_loss, test_accuracy = self.evaluate(self.dataset.x_test, self.dataset.y_test)
        self._require_finite(test_loss, "test loss")
        if not last:
            replaced = self._evolve(remove_only=False)
        self.completed_epochs += 1
        return EpochMetrics(
            epoch=self.completed_epochs,
            step=self.completed_steps,
            train_loss=train_loss,
            test_loss=test_loss,
            train_accuracy=train_accuracy,
            test_accuracy=test_accuracy,
            seconds=time.perf_counter() - started - waited,
            n_connections=self._n_connections(),
            replaced=replaced,
        )

    def evaluate(self, x: NDArray[np.float32], y: NDArray[np.int64]) -> tuple[float, float]:
        """Mean cross-entropy and accuracy on (n, n_features) samples with (n,) classes."""
        self.model.eval()
        loss, hits = 0.0, 0
        with torch.no_grad():
            for start in range(0, len(x), _EVALUATION_BATCH):
                part = slice(start, start + _EVALUATION_BATCH)
                logits, classes = self.model(_feature_major(x[part])), torch.tensor(y[part])
                loss += functional.cross_entropy(logits, classes, reduction="sum").item()
                hits += int((logits.argmax(1) == classes).sum())
        return loss / len(x), hits / len(x)

    def snapshot(self, metrics: EpochMetrics | None = None) -> TopologySnapshot:
        """A frozen copy of the network's wiring and weights.

        Raises:
            DivergedError: if a weight is not finite.
        """
        for parameter in self.model.parameters():
            self._require_finite(float(parameter.detach().abs().sum()), "sum of the weights")
        values = {} if metrics is None else metrics.model_dump(exclude={"epoch", "step"})
        layers = self.model.topology()
        return TopologySnapshot(layers, self.completed_epochs, self.completed_steps, values)

    def _train(self, control: RunControl, observer: Observer) -> tuple[float, float, float]:
        """Mean loss and accuracy over an epoch's batches, and the seconds spent paused."""
        self.model.train()
        loss, hits, n_samples, waited = 0.0, 0, 0, 0.0
        for done, batch in enumerate(self._batches(), 1):
            asked = time.perf_counter()
            control.before_step(observer.paused)
            waited += time.perf_counter() - asked
            batch_loss, batch_hits = self._step(batch)
            loss, hits = loss + batch_loss * len(batch), hits + batch_hits
            n_samples += len(batch)
            observer.step(self.completed_epochs + 1, done, self.n_steps)
        return loss / n_samples, hits / n_samples, waited

    def _batches(self) -> Iterator[NDArray[np.int64]]:
        order = self._batch_rng.permutation(len(self.dataset.x_train))
        for start in range(0, len(order), self.config.batch_size):
            yield order[start : start + self.config.batch_size]

    def _step(self, batch: NDArray[np.int64]) -> tuple[float, int]:
        classes = torch.from_numpy(self.dataset.y_train[batch])
        logits = self.model(_feature_major(self.dataset.x_train[batch]))
        loss = functional.cross_entropy(logits, classes)
        value = loss.item()
        self._require_finite(value, "loss")
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.completed_steps += 1
        return value, int((logits.argmax(1) == classes).sum())

    def _evolve(self, *, remove_only: bool) -> int:
        turnovers = [
            prune(layer, self.method, self.optimizer)
            if remove_only
            else evolve(layer, self.method, self.optimizer, self._evolution_rng)
            for layer in self.model.sparse_layers
        ]
        return sum(turnover.dropped for turnover in turnovers)

    def _n_connections(self) -> int:
        return sum(p.numel() for name, p in self.model.named_parameters() if "weight" in name)

    def _require_finite(self, value: float, what: str) -> None:
        if not math.isfinite(value):
            raise DivergedError(
                f"the {what} became {value} in epoch {self.completed_epochs + 1}, step "
                f"{self.completed_steps + 1}, with learning_rate {self.config.learning_rate}; it "
                "must stay finite: choose a smaller learning rate"
            )


def check_fit(config: TrainingConfig, dataset: Dataset) -> None:
    """Refuse settings that do not fit the data, before anything is made of either.

    Raises:
        ConfigError: if the batch is larger than the training set.
    """
    n_train = len(dataset.x_train)
    if config.batch_size > n_train:
        message = (
            f"batch_size is {config.batch_size}; it must be at most {n_train}, the number of "
            f"training samples in {dataset.name}"
        )
        raise ConfigError({"batch_size": message})


def _feature_major(rows: NDArray[np.float32]) -> torch.Tensor:
    """A (batch, features) tensor that lies in memory as the sparse kernels want it."""
    return torch.from_numpy(np.ascontiguousarray(rows.T)).t()
