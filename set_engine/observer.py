"""Who follows a training run; this base class is the observer that does nothing."""

from __future__ import annotations

from collections.abc import Sequence

from set_engine.checkpoint import Checkpoint
from set_engine.data.dataset import Dataset
from set_engine.metrics import EpochMetrics
from set_engine.reconstruction import Reconstructions
from topology import TopologySnapshot


class Observer:
    """Override what is of interest. Called in the training thread: return soon, draw nothing."""

    def phase(self, what: str) -> None:
        """A part of the work begins that may take a while, in words for the user."""

    def dataset(self, dataset: Dataset) -> None:
        """The samples that the run trains on are there, and fit its settings."""

    def begins_after(self, metrics: Sequence[EpochMetrics]) -> None:
        """Training begins after these epochs: none, or those that a resumption had completed."""

    def notice(self, text: str) -> None:
        """Something the user should know about the run."""

    def paused(self, is_paused: bool) -> None:
        """The run begins, or ends, waiting."""

    def step(self, epoch: int, done: int, n_steps: int) -> None:
        """`done` of `n_steps` optimiser steps of the epoch (from 1) are completed."""

    def epoch(self, metrics: EpochMetrics) -> None:
        """An epoch is completed."""

    def snapshot(self, snapshot: TopologySnapshot) -> None:
        """The wiring at a recorded epoch."""

    def reconstructions(self, reconstructions: Reconstructions) -> None:
        """What an RBM makes of some test samples, at a recorded epoch."""

    def wants_checkpoint(self) -> bool:
        """Whether `checkpoint` should be called now; asked before every step."""
        return False

    def checkpoint(self, checkpoint: Checkpoint) -> None:
        """The state of the training between two steps, when it was wanted or at a stop."""


class Observers(Observer):
    """Several observers as one, called in their order."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def phase(self, what: str) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.phase(what)

    def dataset(self, dataset: Dataset) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.dataset(dataset)

    def begins_after(self, metrics: Sequence[EpochMetrics]) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.begins_after(metrics)

    def notice(self, text: str) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.notice(text)

    def paused(self, is_paused: bool) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.paused(is_paused)

    def step(self, epoch: int, done: int, n_steps: int) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.step(epoch, done, n_steps)

    def epoch(self, metrics: EpochMetrics) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.epoch(metrics)

    def snapshot(self, snapshot: TopologySnapshot) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.snapshot(snapshot)

    def reconstructions(self, reconstructions: Reconstructions) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.reconstructions(reconstructions)

    def wants_checkpoint(self) -> bool:
        """See `Observer`."""
        return any(observer.wants_checkpoint() for observer in self._observers)

    def checkpoint(self, checkpoint: Checkpoint) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.checkpoint(checkpoint)
