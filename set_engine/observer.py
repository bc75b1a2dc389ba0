"""Who follows a training run; this base class is the observer that does nothing."""

from __future__ import annotations

from set_engine.metrics import EpochMetrics
from topology import TopologySnapshot


class Observer:
    """Override what is of interest. Called in the training thread: return soon, draw nothing."""

    def phase(self, what: str) -> None:
        """A part of the work begins that may take a while, in words for the user."""

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


class Observers(Observer):
    """Several observers as one, called in their order."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def phase(self, what: str) -> None:
        """See `Observer`."""
        for observer in self._observers:
            observer.phase(what)

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
