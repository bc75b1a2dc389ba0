"""The training loop of SET: epochs of gradient steps, and evolutions between them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from set_engine import kernels, srelu
from set_engine.checkpoint import Checkpoint, CheckpointError
from set_engine.config import TrainingConfig
from set_engine.control import RunControl
from set_engine.data import augmentation
from set_engine.data.augmentation import Augmentation
from set_engine.data.dataset import Dataset
from set_engine.epoch_in_progress import Clock, EpochInProgress
from set_engine.evolution import Evolution
from set_engine.evolution_plan import EvolutionPlan
from set_engine.evolving_layer import EvolvingLayer
from set_engine.fit import check_fit
from set_engine.layers import wirings
from set_engine.methods import METHODS
from set_engine.metrics import EpochMetrics
from set_engine.networks import evaluation_size, make_network
from set_engine.objectives import Score, objective_of
from set_engine.observer import Observer
from set_engine.optimizer_state import optimizer_tensors, restore_optimizer
from set_engine.optimizers import make_optimizer
from set_engine.rbm import SetRBM
from set_engine.reconstruction import Reconstructions
from set_engine.schedules import factor
from set_engine.sparse_linear import SparseLinear
from topology import TopologySnapshot

_RECONSTRUCTED = 24


class DivergedError(ArithmeticError):
    """The loss is no longer a finite number; the message says where and what to change."""


class Trainer:
    """A network in training: model, optimiser and sources of randomness.

    Args:
        config: what to train.
        dataset: samples to train on and to test with.

    Raises:
        ConfigError: if the settings do not fit the data.
    """

    def __init__(self, config: TrainingConfig, dataset: Dataset) -> None:
        check_fit(config, dataset)
        self.config, self.dataset = config, dataset
        seeds = np.random.SeedSequence(config.seed).spawn(4)
        model_seed = int(seeds[0].generate_state(1, np.uint64)[0])
        self._generator = torch.Generator().manual_seed(model_seed)
        rngs = [np.random.default_rng(seed) for seed in seeds[1:]]
        self._batch_rng, evolution_rng, self._augmentation_rng = rngs
        self.model = make_network(config, dataset, self._generator)
        self.objective = objective_of(config)
        self.optimizer = make_optimizer(
            config.optimizer,
            self.model.parameters(),
            learning_rate=config.learning_rate,
            momentum=config.momentum,
            weight_decay=config.weight_decay,
        )
        self.evolution = Evolution(
            self.model,
            self.optimizer,
            METHODS[config.method](),
            zeta=config.zeta,
            new_weights=config.new_weights,
            rng=evolution_rng,
        )
        self.plan = EvolutionPlan(config, self.n_steps)
        self._evaluation_size = evaluation_size(config, dataset)
        self.augmentation = Augmentation(config.shift, config.rotate, config.flip)
        self.completed_epochs = 0
        self.completed_steps = 0
        self._epoch: EpochInProgress | None = None

    @property
    def n_steps(self) -> int:
        """Optimiser steps in one epoch; the last batch may be smaller."""
        return math.ceil(len(self.dataset.x_train) / self.config.batch_size)

    @property
    def is_last_epoch(self) -> bool:
        """Whether the next epoch is the last one."""
        return self.completed_epochs + 1 == self.config.epochs

    @property
    def progress(self) -> float:
        """Share of all steps that are completed, in [0, 1]."""
        return self.completed_steps / (self.config.epochs * self.n_steps)

    def run_epoch(self, control: RunControl, observer: Observer) -> EpochMetrics:
        """Train, evaluate and evolve once; an epoch that was broken off goes on.

        Raises:
            StopRequested: before the step at which a stop was found; the state stays consistent.
            DivergedError: if the loss of a batch, or of the test set, is not finite.
        """
        clock = Clock()
        epoch = self._epoch or EpochInProgress(dict(self._batch_rng.bit_generator.state))
        self._epoch, earlier = epoch, epoch.seconds
        self.model.train()
        for batch in self._batches(epoch):
            # Before a step, never after one: the gradient of RigL's next growth is not kept.
            if observer.wants_checkpoint():
                observer.checkpoint(self.checkpoint())
            clock.wait(control, observer)
            epoch.add(self._step(batch), len(batch))
            epoch.replaced += self._evolve_between_steps()
            epoch.seconds = earlier + clock.seconds
            observer.step(self.completed_epochs + 1, epoch.done, self.n_steps)
        return self._end_epoch(epoch, earlier, clock)

    def evaluate(self, x: NDArray[np.float32], y: NDArray[np.int64]) -> tuple[float, float | None]:
        """Mean loss and accuracy on (n, n_features) samples with (n,) classes."""
        self.model.eval()
        loss, hits = 0.0, 0
        size = self._evaluation_size
        for start in range(0, len(x), size):
            part = slice(start, start + size)
            rows, classes = _feature_major(x[part]), torch.tensor(y[part])
            score = self.objective.score(self.model, rows, classes)
            loss, hits = loss + score.loss * len(rows), hits + (score.hits or 0)
        return loss / len(x), self._accuracy(hits, len(x))

    def warm_up(self) -> None:
        """Compile the kernels that a training needs, or load them; seconds the first time."""
        training = _batch_sizes(len(self.dataset.x_train), self.config.batch_size)
        evaluation = _batch_sizes(len(self.dataset.x_test), self._evaluation_size)
        is_rbm = self.config.model == "rbm"
        warm_up = kernels.warm_up_both_ways if is_rbm else kernels.warm_up
        for layer in self.evolution.layers:
            if isinstance(layer, SparseLinear):
                warm_up(layer.kernel_wiring(), training, evaluation)
        if self.config.activation == "srelu":
            srelu.warm_up()
        if not self.augmentation.is_identity:
            augmentation.warm_up()

    def snapshot(self, metrics: EpochMetrics | None = None) -> TopologySnapshot:
        """A frozen copy of the network's wiring and weights.

        Raises:
            DivergedError: if a weight is not finite.
        """
        for parameter in self.model.parameters():
            self._require_finite(float(parameter.detach().abs().sum()), "sum of the weights")
        values = {} if metrics is None else metrics.values
        return TopologySnapshot(
            wirings(self.model), self.completed_epochs, self.completed_steps, values
        )

    def reconstructions(self) -> Reconstructions | None:
        """Test samples, evenly spread, beside what an RBM makes of them; None of other models."""
        if not isinstance(self.model, SetRBM):
            return None
        x = self.dataset.x_test
        samples = x[np.linspace(0, len(x) - 1, min(len(x), _RECONSTRUCTED)).astype(int)]
        with torch.no_grad():
            reconstructed = self.model(_feature_major(samples)).numpy()
        return Reconstructions(self.completed_epochs, samples, np.ascontiguousarray(reconstructed))

    def checkpoint(self) -> Checkpoint:
        """All that `restore` needs, copied: training on does not change it."""
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        tensors |= {
            f"optimizer.{name}": value for name, value in optimizer_tensors(self.optimizer).items()
        }
        tensors["generator"] = self._generator.get_state()
        facts = {
            "settings": self.config.model_dump(mode="json"),
            "data": self.dataset.digest,
            "threads": torch.get_num_threads(),
            "epoch": self.completed_epochs,
            "step": self.completed_steps,
            "in_progress": None if self._epoch is None else asdict(self._epoch),
            "generators": {name: rng.bit_generator.state for name, rng in self._rngs().items()},
        }
        return Checkpoint({name: value.detach().clone() for name, value in tensors.items()}, facts)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on where a trainer of the same settings and data was.

        Raises:
            CheckpointError: if it belongs to other data or other settings.
        """
        try:
            self._require_same(checkpoint.facts)
            self._restore(checkpoint)
        except (RuntimeError, LookupError, TypeError) as error:
            raise CheckpointError(f"the checkpoint does not fit the settings: {error}") from error

    def _require_same(self, facts: Mapping[str, Any]) -> None:
        settings = self.config.model_dump(mode="json")
        for name, value in facts["settings"].items():
            # Data may have moved: what they are, their digest says.
            if name != "dataset" and settings.get(name) != value:
                raise CheckpointError(
                    f"{name} is {settings.get(name)!r}; it must be {value!r}, as when the "
                    "checkpoint was written"
                )
        if facts["data"] != self.dataset.digest:
            raise CheckpointError(
                f"{self.dataset.name} has changed since the run was trained on it: its digest is "
                f"{self.dataset.digest}, not {facts['data']}"
            )

    def _restore(self, checkpoint: Checkpoint) -> None:
        facts = checkpoint.facts
        self.model.load_state_dict(checkpoint.part("model"))
        restore_optimizer(self.optimizer, checkpoint.part("optimizer"))
        self._generator.set_state(checkpoint.tensors["generator"])
        for name, rng in self._rngs().items():
            rng.bit_generator.state = facts["generators"][name]
        self.completed_epochs, self.completed_steps = facts["epoch"], facts["step"]
        self._epoch = facts["in_progress"] and EpochInProgress(**facts["in_progress"])

    def _rngs(self) -> dict[str, np.random.Generator]:
        return {
            "batch": self._batch_rng,
            "evolution": self.evolution.rng,
            "augmentation": self._augmentation_rng,
        }

    def _batches(self, epoch: EpochInProgress) -> Iterator[NDArray[np.int64]]:
        """The batches of the epoch that are still to come."""
        self._batch_rng.bit_generator.state = epoch.shuffle
        order = self._batch_rng.permutation(len(self.dataset.x_train))
        size = self.config.batch_size
        for start in range(epoch.done * size, len(order), size):
            yield order[start : start + size]

    def _step(self, batch: NDArray[np.int64]) -> Score:
        x, classes = self._augmented(batch), torch.from_numpy(self.dataset.y_train[batch])
        score, backward = self.objective.prepare(self.model, x, classes)
        self._require_finite(score.loss, "loss")
        self.optimizer.zero_grad()
        backward()
        self._schedule_learning_rate()
        self.optimizer.step()
        self.completed_steps += 1
        return score

    def _augmented(self, batch: NDArray[np.int64]) -> torch.Tensor:
        rows = self.dataset.x_train[batch]
        shape = self.dataset.image_shape
        if shape is not None and not self.augmentation.is_identity:
            rows = self.augmentation.apply(rows, shape, self._augmentation_rng)
        return _feature_major(rows)

    def _schedule_learning_rate(self) -> None:
        share = factor(self.config.learning_rate_schedule, self.progress)
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.learning_rate * share

    def _evolve_between_steps(self) -> int:
        return self._evolve() if self.plan.is_due_after_step(self.completed_steps) else 0

    def _evolve_after_epoch(self) -> int:
        # In this order: growth by gradient looks at the last backward pass.
        replaced = self._evolve() if self.config.evolve_every == "epoch" else 0
        return replaced + self._prune_neurons()

    def _evolve(self) -> int:
        zeta = self.plan.zeta(self.completed_steps)
        return 0 if zeta is None else self.evolution.step(zeta).dropped

    def _remove_at_end(self) -> int:
        zeta = self.plan.zeta(self.completed_steps)
        return 0 if zeta is None else self.evolution.finish(zeta).dropped

    def _prune_neurons(self) -> int:
        percentile = self.plan.importance_percentile(self.completed_epochs + 1)
        return 0 if percentile is None else self.evolution.prune_neurons(percentile).dropped

    def _end_epoch(self, epoch: EpochInProgress, earlier: float, clock: Clock) -> EpochMetrics:
        last = self.is_last_epoch
        if last:
            epoch.replaced += self._prune_neurons() + self._remove_at_end()
        test_loss, test_accuracy = self.evaluate(self.dataset.x_test, self.dataset.y_test)
        self._require_finite(test_loss, "test loss")
        if not last:
            epoch.replaced += self._evolve_after_epoch()
        self.completed_epochs += 1
        self._epoch = None
        return EpochMetrics(
            epoch=self.completed_epochs,
            step=self.completed_steps,
            train_loss=epoch.loss / epoch.n_samples,
            test_loss=test_loss,
            train_accuracy=self._accuracy(epoch.hits, epoch.n_samples),
            test_accuracy=test_accuracy,
            seconds=earlier + clock.seconds,
            n_connections=self._n_connections(),
            replaced=epoch.replaced,
        )

    def _accuracy(self, hits: int, n_samples: int) -> float | None:
        return None if self.config.model == "rbm" else hits / n_samples

    def _n_connections(self) -> int:
        return sum(
            layer.n_connections if isinstance(layer, EvolvingLayer) else layer.weight.numel()
            for layer in self.model.modules()
            if isinstance(layer, (EvolvingLayer, nn.Linear))
        )

    def _require_finite(self, value: float, what: str) -> None:
        if not math.isfinite(value):
            raise DivergedError(
                f"the {what} became {value} in epoch {self.completed_epochs + 1}, step "
                f"{self.completed_steps + 1}, with learning_rate {self.config.learning_rate}; it "
                "must stay finite: choose a smaller learning rate"
            )


def _batch_sizes(n_samples: int, size: int) -> set[int]:
    """Sizes of the batches of so many samples: the full one, and that of a rest."""
    return {min(size, n_samples), n_samples % size} - {0}


def _feature_major(rows: NDArray[np.float32]) -> torch.Tensor:
    """A (batch, features) tensor that lies in memory as the sparse kernels want it."""
    return torch.from_numpy(np.ascontiguousarray(rows.T)).t()
