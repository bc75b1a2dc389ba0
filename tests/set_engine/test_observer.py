from __future__ import annotations

import inspect
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from set_engine import Checkpoint, EpochMetrics, Observer, Observers, Progress, Reconstructions
from set_engine.progress import ProgressObserver
from topology import LayerTopology, TopologySnapshot

METRICS = EpochMetrics(
    epoch=3,
    step=30,
    train_loss=0.5,
    test_loss=0.6,
    train_accuracy=0.8,
    test_accuracy=0.7,
    seconds=0.1,
    n_connections=9,
    replaced=2,
)
SNAPSHOT = TopologySnapshot((LayerTopology([0, 1], [0], 1, 1),))
CALLS = [
    ("phase", ("Reading",)),
    ("dataset", (object(),)),
    ("begins_after", ((METRICS,),)),
    ("notice", ("Full",)),
    ("paused", (True,)),
    ("step", (3, 2, 10)),
    ("epoch", (METRICS,)),
    ("snapshot", (SNAPSHOT,)),
    ("reconstructions", (Reconstructions(3, np.zeros((1, 2)), np.ones((1, 2))),)),
    ("checkpoint", (Checkpoint({}, {"epoch": 3}),)),
]


class Recorder(Observer):
    """Writes down every call, under a name, in a common log."""

    def __init__(self, name, log):
        for method, _arguments in CALLS:
            setattr(self, method, lambda *said, method=method: log.append((name, method, said)))


def test_every_method_is_tried_here():
    methods = {name for name, _ in inspect.getmembers(Observer, inspect.isfunction)}
    assert methods == {name for name, _arguments in CALLS} | {"wants_checkpoint"}


@pytest.mark.parametrize(("method", "arguments"), CALLS)
def test_observers_pass_each_call_on_in_their_order(method, arguments):
    log = []
    getattr(Observers(Recorder("a", log), Observer(), Recorder("b", log)), method)(*arguments)
    assert log == [("a", method, arguments), ("b", method, arguments)]


class TestCheckpoints:
    class Wanting(Observer):
        def wants_checkpoint(self):
            return True

    def test_nobody_wants_one_by_default(self):
        assert not Observer().wants_checkpoint()
        assert not Observers(Observer(), Observer()).wants_checkpoint()
        assert not Observers().wants_checkpoint()

    def test_one_who_wants_it_is_enough(self):
        assert Observers(Observer(), self.Wanting()).wants_checkpoint()
        assert Observers(self.Wanting(), Observer()).wants_checkpoint()


class TestProgress:
    def test_follows_a_run(self):
        observer = ProgressObserver()
        assert observer.now == Progress("Waiting to begin", epoch=0, step=0, n_steps=0)
        observer.phase("Training")
        observer.step(1, 4, 10)
        # In its first epoch: none completed.
        assert observer.now == Progress("Training", epoch=0, step=4, n_steps=10)
        observer.epoch(METRICS)
        assert observer.now == Progress("Training", epoch=3, step=0, n_steps=10)

    def test_what_was_read_never_changes(self):
        observer = ProgressObserver()
        before = observer.now
        observer.step(1, 4, 10)
        assert before == Progress()
        with pytest.raises(FrozenInstanceError):
            before.step = 5
