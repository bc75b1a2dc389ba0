from __future__ import annotations

import math
import random
import re
import threading
from itertools import pairwise

import numpy as np
import pytest
import torch

from set_engine import (
    ConfigError,
    DatasetError,
    DivergedError,
    Observer,
    RunControl,
    TrainingConfig,
    load_dataset,
    overfilled_layers,
    train,
)
from set_engine.layers import wirings
from set_engine.places import places_of
from set_engine.trainer import Trainer

PATIENCE = 20.0
# Of the 120 samples of `blobs`: seven batches of 16, and one of 8.
N_STEPS = 8


def _config(**settings) -> TrainingConfig:
    usual = {
        "hidden": (20, 15),
        "epsilon": 2,
        "epochs": 5,
        "batch_size": 16,
        "learning_rate": 0.05,
        "record_every": 1,
    }
    return TrainingConfig(**(usual | settings))


class Trace(Observer):
    """Writes down all it is told; `on_step` may react to a step."""

    def __init__(self, on_step=lambda _epoch, _done: None) -> None:
        self.events, self.snapshots, self.metrics, self.notices = [], [], [], []
        self.checkpoints = []
        self.held = threading.Semaphore(0)
        self._on_step = on_step

    def phase(self, what):
        self.events.append(("phase", what))

    def notice(self, text):
        self.notices.append(text)

    def paused(self, is_paused):
        self.events.append(("paused", is_paused))
        if is_paused:
            self.held.release()

    def step(self, epoch, done, n_steps):
        self.events.append(("step", epoch, done, n_steps))
        self._on_step(epoch, done)

    def epoch(self, metrics):
        self.events.append(("epoch", metrics.epoch))
        self.metrics.append(metrics)

    def checkpoint(self, checkpoint):
        self.checkpoints.append(checkpoint)

    def dataset(self, dataset):
        self.events.append(("dataset", dataset.name))

    def begins_after(self, metrics):
        self.events.append(("begins_after", len(metrics)))

    def snapshot(self, snapshot):
        self.events.append(("snapshot", snapshot.epoch))
        self.snapshots.append(snapshot)

    @property
    def steps(self):
        return [event[1:3] for event in self.events if event[0] == "step"]

    def wait_held(self) -> None:
        assert self.held.acquire(timeout=PATIENCE)


def _content(trace: Trace):
    """All that a run must repeat: everything but its seconds."""
    return (
        [snapshot.digest for snapshot in trace.snapshots],
        [metrics.model_dump(exclude={"seconds"}) for metrics in trace.metrics],
    )


def _traced(dataset, control=None, on_step=lambda _epoch, _done: None, **settings):
    trace = Trace(on_step)
    result = train(_config(**settings), dataset=dataset, control=control, observer=trace)
    return result, trace


def _wiring(layer) -> set[int]:
    return set(places_of(layer.indptr, layer.indices, layer.n_inputs).tolist())


IMAGES = {"shift": 0.1, "rotate": 10, "flip": True}
SRELU = {"activation": "srelu", "dropout": 0.3}
CNN = {"model": "cnn", "channels": (3, 4), "hidden": (12,)}
RBM = {"model": "rbm", "hidden": (30,), "cd_steps": 2}
COURSES = {
    "images": IMAGES,
    "cnn": CNN | IMAGES | {"dropout": 0.2},
    "rbm": RBM,
    "masked": {"method": "masked"},
    "dense": {"method": "dense"},
    "fixprob": {"method": "fixprob"},
    "random removal": {"method": "set-random-removal", "new_weights": 0.1},
    "largest removal": {"method": "set-largest-removal"},
    "rigl": {"method": "rigl", "evolve_every": 3},
    "rigl rbm": RBM | {"method": "rigl", "evolve_every": "epoch"},
    "adam": {"optimizer": "adam", "learning_rate": 0.01},
    "adamw": {"optimizer": "adamw", "learning_rate": 0.01},
    "rmsprop": {"optimizer": "rmsprop", "learning_rate": 0.001},
    "adagrad": {"optimizer": "adagrad", "learning_rate": 0.01},
    "importance": {"importance_percentile": 20, "importance_every": 1},
    "mse": {"loss": "mse", "initialisation": "xavier_uniform"},
}


class TestReproducible:
    @pytest.mark.parametrize(
        "settings",
        [{}, {"activation": "srelu", "dropout": 0.3}, {"sparse_output": True, "momentum": 0}],
    )
    def test_equal_seeds_give_equal_runs(self, blobs, settings):
        one, same, other = (_traced(blobs, seed=seed, **settings)[1] for seed in (0, 0, 1))
        assert len(one.snapshots) == 6
        assert _content(one) == _content(same)
        for ours, theirs in zip(_content(one)[0], _content(other)[0], strict=True):
            assert ours != theirs

    def test_global_randomness_is_neither_used_nor_touched(self, blobs):
        settings = {"dropout": 0.3, "epochs": 2}
        expected = _content(_traced(blobs, **settings)[1])
        torch.manual_seed(123)
        np.random.seed(123)  # noqa: NPY002
        random.seed(123)
        before = torch.get_rng_state(), np.random.get_state()[1], random.getstate()  # noqa: NPY002
        assert _content(_traced(blobs, **settings)[1]) == expected
        assert torch.equal(torch.get_rng_state(), before[0])
        assert np.array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002
        assert random.getstate() == before[2]

    @pytest.mark.parametrize("course", COURSES)
    def test_so_is_every_kind_of_run(self, few_digits, few_unit_digits, course):
        settings = {"epochs": 3} | COURSES[course]
        dataset = few_unit_digits if settings.get("model") == "rbm" else few_digits
        one, same, other = (_traced(dataset, seed=seed, **settings)[1] for seed in (0, 0, 1))
        assert len(one.metrics) == 3
        assert _content(one) == _content(same)
        assert _content(one)[0][-1] != _content(other)[0][-1]

    @pytest.mark.parametrize("settings", [CNN | IMAGES | {"dropout": 0.3}, RBM])
    def test_nor_do_cnn_and_rbm_touch_global_randomness(
        self, few_digits, few_unit_digits, settings
    ):
        settings = settings | {"epochs": 2}
        dataset = few_unit_digits if settings["model"] == "rbm" else few_digits
        expected = _content(_traced(dataset, **settings)[1])
        torch.manual_seed(321)
        np.random.seed(321)  # noqa: NPY002
        before = torch.get_rng_state(), np.random.get_state()[1]  # noqa: NPY002
        assert _content(_traced(dataset, **settings)[1]) == expected
        assert torch.equal(torch.get_rng_state(), before[0])
        assert np.array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002

    def test_an_observer_changes_nothing(self, blobs):
        result = train(_config(), dataset=blobs)
        assert result.snapshot.digest == _traced(blobs)[0].snapshot.digest


class TestCourse:
    def test_the_order_of_events(self, blobs):
        _result, trace = _traced(blobs, epochs=2)
        said = [event for event in trace.events if event[0] != "phase"]
        steps = [[("step", e, done, N_STEPS) for done in range(1, N_STEPS + 1)] for e in (1, 2)]
        assert said == [
            ("dataset", "blobs"),
            ("begins_after", 0),
            ("snapshot", 0),
            *steps[0],
            ("epoch", 1),
            ("snapshot", 1),
            *steps[1],
            ("epoch", 2),
            ("snapshot", 2),
        ]

    def test_the_first_snapshot_is_that_of_the_untrained_network(self, blobs):
        start = _traced(blobs)[1].snapshots[0]
        assert (start.epoch, start.step, dict(start.metrics)) == (0, 0, {})
        # A run that never takes a step ends where it began.
        control = RunControl()
        control.stop()
        assert train(_config(), dataset=blobs, control=control).snapshot.digest == start.digest

    @pytest.mark.parametrize("sparse_output", [True, False])
    def test_counts_are_constant_until_the_last_epoch_which_only_removes(
        self, blobs, sparse_output
    ):
        result, trace = _traced(blobs, epochs=6, sparse_output=sparse_output)
        n_sparse = 3 if sparse_output else 2
        counts = [[layer.n_connections for layer in s.layers] for s in trace.snapshots]
        assert counts[:-1] == [counts[0]] * 6
        wirings = [[_wiring(layer) for layer in s.layers] for s in trace.snapshots]
        for earlier, later in pairwise(wirings[:-1]):
            assert all(a != b for a, b in zip(earlier[:n_sparse], later[:n_sparse], strict=True))
        for earlier, later in zip(wirings[-2][:n_sparse], wirings[-1][:n_sparse], strict=True):
            assert later < earlier
        if not sparse_output:
            assert counts[-1][-1] == 15 * 3
        removed = sum(counts[-2]) - sum(counts[-1])
        assert [m.n_connections for m in result.metrics] == [sum(c) for c in counts[1:]]
        assert result.metrics[-1].replaced == removed

    def test_replaced_counts_every_connection_that_was_dropped(self, blobs):
        _result, trace = _traced(blobs, epochs=3)
        for metrics, snapshot in zip(trace.metrics[:-1], trace.snapshots[1:-1], strict=True):
            # New connections weigh 0, survivors do not.
            new = sum(int((layer.weights == 0).sum()) for layer in snapshot.layers)
            assert metrics.replaced == new > 0

    def test_metrics_count_epochs_and_steps(self, blobs):
        result, trace = _traced(blobs)
        assert [m.epoch for m in result.metrics] == [1, 2, 3, 4, 5]
        assert [m.step for m in result.metrics] == [N_STEPS * e for e in (1, 2, 3, 4, 5)]
        assert [s.step for s in trace.snapshots] == [N_STEPS * e for e in range(6)]
        assert result.metrics == tuple(trace.metrics)
        for metrics in result.metrics:
            # Every sample counts once.
            assert metrics.train_accuracy * 120 == pytest.approx(
                round(metrics.train_accuracy * 120)
            )
            assert metrics.test_accuracy * 45 == pytest.approx(round(metrics.test_accuracy * 45))

    def test_a_snapshot_carries_the_metrics_of_its_epoch(self, blobs):
        _result, trace = _traced(blobs)
        for metrics, snapshot in zip(trace.metrics, trace.snapshots[1:], strict=True):
            assert snapshot.metrics == metrics.model_dump(exclude={"epoch", "step", "figures"})

    @pytest.mark.parametrize(
        ("record_every", "expected"),
        [
            (1, [0, 1, 2, 3, 4, 5]),
            (2, [0, 2, 4, 5]),
            (5, [0, 5]),
            (99, [0, 5]),
            (None, [*range(6)]),
        ],
    )
    def test_recorded_are_the_policy_s_epochs_the_first_and_the_last(
        self, blobs, record_every, expected
    ):
        _result, trace = _traced(blobs, record_every=record_every)
        assert [snapshot.epoch for snapshot in trace.snapshots] == expected

    @pytest.mark.parametrize(
        ("method", "expected"),
        [
            ("set", [*range(11)]),
            ("rigl", [*range(11)]),
            ("fixprob", [0, 1, 2, 4, 8, 10]),
            ("dense", [0, 1, 2, 4, 8, 10]),
        ],
    )
    def test_a_wiring_that_never_changes_is_recorded_less_often(self, blobs, method, expected):
        _result, trace = _traced(blobs, method=method, epochs=10, record_every=None)
        assert [snapshot.epoch for snapshot in trace.snapshots] == expected

    def test_masked_layers_take_the_course_of_sparse_ones(self, blobs):
        settings = {"epochs": 6, "momentum": 0.9, "weight_decay": 0.001, "sparse_output": True}
        (_, sparse), (_, masked) = (
            _traced(blobs, method=method, **settings) for method in ("set", "masked")
        )
        assert len(sparse.snapshots) == 7
        for ours, theirs in zip(sparse.snapshots, masked.snapshots, strict=True):
            for a, b in zip(ours.layers, theirs.layers, strict=True):
                assert _wiring(a) == _wiring(b)
                assert np.allclose(a.weights, b.weights, atol=1e-4)
        for ours, theirs in zip(sparse.metrics, masked.metrics, strict=True):
            exact = {"epoch", "step", "n_connections", "replaced"}
            assert ours.model_dump(include=exact) == theirs.model_dump(include=exact)
            for name in ("train_loss", "test_loss", "train_accuracy", "test_accuracy"):
                assert getattr(ours, name) == pytest.approx(getattr(theirs, name), abs=1e-4)

    def test_the_result_is_the_end_of_the_run(self, blobs):
        result, trace = _traced(blobs)
        assert not result.stopped
        assert result.snapshot == trace.snapshots[-1]
        assert result.snapshot.layers == wirings(result.model)

    def test_training_never_rewrites_a_snapshot(self, blobs):
        kept = []

        class Keeper(Trace):
            def snapshot(self, snapshot):
                super().snapshot(snapshot)
                kept.append([layer.weights.copy() for layer in snapshot.layers])

        trace = Keeper()
        train(_config(), dataset=blobs, observer=trace)
        for snapshot, weights in zip(trace.snapshots, kept, strict=True):
            for layer, before in zip(snapshot.layers, weights, strict=True):
                assert np.array_equal(layer.weights, before)

    @pytest.mark.parametrize("sparse_output", [True, False])
    def test_the_last_test_metrics_are_those_of_the_network_kept(self, blobs, sparse_output):
        # Dropout is for training alone.
        result, _trace = _traced(blobs, sparse_output=sparse_output, dropout=0.5)
        x = blobs.x_test.astype(np.float64)
        biases = [
            p.detach().numpy() for name, p in result.model.named_parameters() if "bias" in name
        ]
        for number, (layer, bias) in enumerate(zip(result.snapshot.layers, biases, strict=True)):
            x = (x if number == 0 else np.maximum(x, 0)) @ layer.to_scipy().toarray().T + bias
        losses = np.log(np.exp(x).sum(axis=1)) - x[np.arange(45), blobs.y_test]
        assert result.metrics[-1].test_loss == pytest.approx(losses.mean(), rel=1e-4)
        hits = (x.argmax(axis=1) == blobs.y_test).mean()
        assert result.metrics[-1].test_accuracy == pytest.approx(hits, abs=1e-12)

    def test_learns_digits(self):
        config = TrainingConfig(hidden=(150, 100), epsilon=5, epochs=8, learning_rate=0.1)
        result = train(config, dataset=load_dataset("digits"))
        assert result.metrics[-1].test_accuracy >= 0.93
        assert result.metrics[-1].train_loss < result.metrics[0].train_loss / 3

    def test_reads_the_data_set_its_configuration_names(self):
        trace = Trace()
        config = TrainingConfig(hidden=(8,), epochs=1, batch_size=500)
        result = train(config, observer=trace)
        assert result.snapshot.widths == (64, 8, 10)
        assert trace.events[0] == ("phase", "Reading the data set")


class TestStop:
    @pytest.mark.parametrize("at", [(1, 1), (1, 5), (2, 3), (5, 7)])
    def test_comes_before_the_next_step_and_keeps_what_was_trained(self, blobs, at):
        control = RunControl()

        def on_step(epoch, done):
            if (epoch, done) == at:
                control.stop()

        result, trace = _traced(blobs, control, on_step)
        assert result.stopped
        assert trace.steps[-1] == at
        assert len(result.metrics) == at[0] - 1
        assert result.snapshot.epoch == at[0] - 1
        assert result.snapshot.step == (at[0] - 1) * N_STEPS + at[1]
        last = trace.snapshots[-1]
        assert last.epoch == at[0] - 1
        # Trained on in the same wiring, which nothing has removed from.
        assert result.snapshot.digest != last.digest
        for ours, before in zip(result.snapshot.layers, last.layers, strict=True):
            assert np.array_equal(ours.indices, before.indices)
        assert result.snapshot.n_connections == trace.snapshots[0].n_connections
        assert wirings(result.model) == result.snapshot.layers

    def test_with_the_last_step_of_an_epoch_completes_it(self, blobs):
        control = RunControl()
        result, _trace = _traced(
            blobs, control, lambda epoch, done: (epoch, done) == (2, N_STEPS) and control.stop()
        )
        assert result.stopped
        assert [m.epoch for m in result.metrics] == [1, 2]

    def test_too_late_to_stop_anything(self, blobs):
        control = RunControl()
        result, _trace = _traced(
            blobs, control, lambda epoch, done: (epoch, done) == (5, N_STEPS) and control.stop()
        )
        assert not result.stopped
        assert len(result.metrics) == 5

    def test_leaves_a_checkpoint_of_that_moment(self, blobs):
        control = RunControl()
        result, trace = _traced(
            blobs, control, lambda epoch, done: (epoch, done) == (2, 3) and control.stop()
        )
        (checkpoint,) = trace.checkpoints
        assert (checkpoint.facts["epoch"], checkpoint.facts["step"]) == (1, N_STEPS + 3)
        assert checkpoint.facts["in_progress"]["done"] == 3
        for name, value in result.model.state_dict().items():
            assert torch.equal(checkpoint.part("model")[name], value)

    def test_a_run_that_ends_leaves_none(self, blobs):
        assert _traced(blobs)[1].checkpoints == []

    def test_the_last_completed_epoch_is_recorded(self, blobs):
        control = RunControl()
        _result, trace = _traced(
            blobs,
            control,
            lambda epoch, done: (epoch, done) == (4, 2) and control.stop(),
            record_every=99,
        )
        assert [snapshot.epoch for snapshot in trace.snapshots] == [0, 3]


class TestPause:
    @staticmethod
    def _start(blobs, control, trace):
        results = []
        thread = threading.Thread(
            target=lambda: results.append(
                train(_config(), dataset=blobs, control=control, observer=trace)
            ),
            daemon=True,
        )
        thread.start()

        def end():
            thread.join(PATIENCE)
            assert not thread.is_alive()
            return results[0]

        return end

    def test_a_paused_run_goes_on_as_if_it_had_not_been(self, blobs):
        control = RunControl()
        trace = Trace(lambda epoch, done: (epoch, done) == (2, 3) and control.pause())
        end = self._start(blobs, control, trace)
        trace.wait_held()
        assert trace.steps[-1] == (2, 3)
        control.resume()
        assert not end().stopped
        assert _content(trace) == _content(_traced(blobs)[1])
        assert [e for e in trace.events if e[0] == "paused"] == [
            ("paused", True),
            ("paused", False),
        ]

    def test_epoch_by_epoch(self, blobs):
        control = RunControl()
        control.pause()
        trace = Trace()
        end = self._start(blobs, control, trace)
        trace.wait_held()
        assert trace.steps == []
        for n_epochs in (1, 2):
            control.step_epoch()
            trace.wait_held()
            assert len(trace.metrics) == n_epochs
            assert len(trace.steps) == n_epochs * N_STEPS
        control.stop()
        result = end()
        assert result.stopped
        assert [m.epoch for m in result.metrics] == [1, 2]

    def test_waiting_is_no_time_of_the_epoch(self, blobs, monkeypatch):
        from set_engine import epoch_in_progress

        clock = [0.0]
        monkeypatch.setattr(epoch_in_progress.time, "perf_counter", lambda: clock[0])

        class Slow(RunControl):
            def before_step(self, on_paused=lambda _paused: None):
                clock[0] += 100
                super().before_step(on_paused)

        def on_step(_epoch, _done):
            clock[0] += 0.5

        result, _trace = _traced(blobs, Slow(), on_step, epochs=2)
        assert [m.seconds for m in result.metrics] == [N_STEPS * 0.5] * 2


class TestRefusals:
    def test_a_batch_larger_than_the_training_set(self, blobs):
        message = (
            "batch_size is 121; it must be at most 120, the number of training samples in blobs"
        )
        with pytest.raises(ConfigError, match=message) as caught:
            train(_config(batch_size=121), dataset=blobs)
        assert list(caught.value.problems) == ["batch_size"]
        assert train(_config(batch_size=120, epochs=1), dataset=blobs).snapshot.step == 1

    def test_a_run_that_diverges(self, blobs):
        trace = Trace()
        with pytest.raises(DivergedError) as caught:
            train(_config(learning_rate=1e9), dataset=blobs, observer=trace)
        found = re.fullmatch(
            r"the loss became (nan|inf) in epoch 1, step (\d+), with learning_rate 1000000000\.0; "
            r"it must stay finite: choose a smaller learning rate",
            str(caught.value),
        )
        assert found
        # The step that it names was not taken.
        assert int(found[2]) == len(trace.steps) + 1
        assert [snapshot.epoch for snapshot in trace.snapshots] == [0]

    def test_a_test_loss_that_diverges(self, blobs):
        with pytest.raises(DivergedError, match=r"the test loss became (nan|inf) in epoch 1"):
            train(_config(learning_rate=1e20, batch_size=120), dataset=blobs)

    def test_data_that_are_not_there(self, tmp_path):
        with pytest.raises(DatasetError, match="absent is not a folder"):
            train(_config(dataset=str(tmp_path / "absent")))


class TestOverfilledLayers:
    def test_are_noticed_and_full(self, blobs):
        _result, trace = _traced(blobs, hidden=(40, 4), epsilon=5, epochs=1)
        # 12 · 40 = 480 ≥ 5 (12 + 40) = 260; 40 · 4 = 160 < 5 (40 + 4) = 220.
        assert trace.notices == [
            "epsilon 5 would overfill layer 2 (40 to 4): it is full, with 160 connections"
        ]
        assert trace.snapshots[0].layers[1].density == 1
        assert trace.snapshots[0].layers[0].density < 1

    def test_the_output_layer_counts_only_if_it_is_sparse(self, blobs):
        # 40 · 3 = 120 < 5 (40 + 3) = 215.
        dense, sparse = (
            overfilled_layers(_config(hidden=(40,), epsilon=5, sparse_output=s), blobs)
            for s in (False, True)
        )
        assert dense == []
        assert len(sparse) == 1
        assert "layer 2 (40 to 3)" in sparse[0]

    def test_a_dense_network_has_none(self, blobs):
        assert overfilled_layers(_config(hidden=(40, 4), epsilon=5, method="masked"), blobs)
        assert overfilled_layers(_config(hidden=(40, 4), epsilon=5, method="dense"), blobs) == []

    def test_only_the_top_of_a_cnn_counts(self, few_digits):
        # Two stages leave 2 · 2 · 6 = 24 inputs: 24 · 20 = 480 < 12 (24 + 20) = 528.
        config = _config(model="cnn", channels=(4, 6), hidden=(20,), epsilon=12)
        assert overfilled_layers(config, few_digits) == [
            "epsilon 12 would overfill layer 1 (24 to 20): it is full, with 480 connections"
        ]


def test_weights_that_are_no_numbers_are_a_divergence(blobs):
    trainer = Trainer(TrainingConfig(hidden=(5,), batch_size=2), blobs)
    with torch.no_grad():
        trainer.model[0].weight[0] = math.nan
    with pytest.raises(DivergedError, match="sum of the weights became nan in epoch 1"):
        trainer.snapshot()
