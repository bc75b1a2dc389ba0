from __future__ import annotations

import pytest
import safetensors.torch
import torch

from set_engine import (
    Checkpoint,
    DatasetInfo,
    DivergedError,
    Observer,
    RunControl,
    RunStatus,
    TrainingConfig,
    make_network,
    record_run,
    recording,
    run_writer,
)
from set_engine.mlp import SetMLP

CONFIG = TrainingConfig(
    hidden=(20, 15), epsilon=2, epochs=4, batch_size=16, learning_rate=0.05, record_every=2
)


class TestARunThatEnds:
    def test_is_recorded_whole(self, store, blobs):
        writer = store.create(CONFIG)
        result = record_run(writer, CONFIG, dataset=blobs)
        record = store.record(writer.run_id)
        assert record.status is RunStatus.FINISHED
        assert record.failure is None
        assert store.metrics(writer.run_id)[1] == result.metrics
        assert store.epochs(writer.run_id) == (0, 2, 4)
        assert store.snapshot(writer.run_id, 4) == result.snapshot
        assert record.data == DatasetInfo(
            name="blobs", digest=blobs.digest, n_train=120, n_test=45, n_features=12, n_classes=3
        )

    def test_leaves_its_model(self, store, blobs):
        writer = store.create(CONFIG)
        result = record_run(writer, CONFIG, dataset=blobs)
        path = store.root / writer.run_id / "checkpoint" / "model.safetensors"
        tensors = safetensors.torch.load_file(path)
        state = result.model.state_dict()
        assert tensors.keys() == state.keys()
        assert all(torch.equal(tensors[name], state[name]) for name in state)
        # Into a network of another start, whose layers have other numbers of connections.
        network = SetMLP(12, 3, CONFIG, torch.Generator().manual_seed(99))
        network.load_state_dict(tensors)
        x = torch.from_numpy(blobs.x_test.copy())
        assert torch.equal(network.eval()(x), result.model.eval()(x))

    def test_notices_are_recorded(self, store, blobs):
        config = CONFIG.model_copy(update={"epsilon": 50.0})
        writer = store.create(config)
        record_run(writer, config, dataset=blobs)
        notices = store.record(writer.run_id).notices
        assert [notice.split(" (")[0] for notice in notices] == [
            "epsilon 50 would overfill layer 1",
            "epsilon 50 would overfill layer 2",
        ]

    def test_a_stop_is_recorded_and_keeps_what_was_trained(self, store, blobs):
        control = RunControl()

        class StopAt(Observer):
            def step(self, epoch, done, _n_steps):
                if (epoch, done) == (2, 3):
                    control.stop()

        writer = store.create(CONFIG)
        result = record_run(writer, CONFIG, dataset=blobs, control=control, observer=StopAt())
        assert store.record(writer.run_id).status is RunStatus.STOPPED
        assert store.epochs(writer.run_id) == (0, 1)
        path = store.root / writer.run_id / "checkpoint" / "model.safetensors"
        assert torch.equal(
            safetensors.torch.load_file(path)["0.weight"], result.model[0].weight.detach()
        )
        checkpoint = Checkpoint.load(path.with_name("training.safetensors"))
        assert (checkpoint.epoch, checkpoint.facts["step"]) == (1, 8 + 3)
        assert checkpoint.facts["data"] == blobs.digest

    @pytest.mark.parametrize("settings", [{"model": "rbm", "hidden": (20,)}, {"model": "cnn"}])
    def test_other_models_leave_what_makes_them_again(self, store, few_unit_digits, settings):
        config = TrainingConfig(epochs=2, batch_size=50, learning_rate=0.05, **settings)
        writer = store.create(config)
        result = record_run(writer, config, dataset=few_unit_digits)
        path = store.root / writer.run_id / "checkpoint" / "model.safetensors"
        network = make_network(config, few_unit_digits, torch.Generator().manual_seed(99))
        network.load_state_dict(safetensors.torch.load_file(path))
        x = torch.from_numpy(few_unit_digits.x_test.copy())
        assert torch.equal(network.eval()(x), result.model.eval()(x))

    def test_the_observer_hears_of_what_is_already_stored(self, store, blobs):
        seen = []

        class Look(Observer):
            def epoch(self, metrics):
                seen.append(store.metrics(writer.run_id)[1][-1] == metrics)
                seen.append(store.record(writer.run_id).status is RunStatus.RUNNING)

            def snapshot(self, snapshot):
                seen.append(store.snapshot(writer.run_id, snapshot.epoch) == snapshot)

        writer = store.create(CONFIG)
        record_run(writer, CONFIG, dataset=blobs, observer=Look())
        assert seen == [True] * (2 * 4 + 3)


class TestARunThatFails:
    @pytest.mark.parametrize("error", [ValueError("of the trainer"), SystemExit(3)])
    def test_is_recorded_and_raised(self, store, blobs, monkeypatch, error):
        def broken(*_arguments, **_named):
            raise error

        monkeypatch.setattr(recording, "train", broken)
        writer = store.create(CONFIG)
        with pytest.raises(type(error)) as caught:
            record_run(writer, CONFIG, dataset=blobs)
        assert caught.value is error
        record = store.record(writer.run_id)
        assert record.status is RunStatus.FAILED
        assert record.ended is not None
        assert (record.failure.kind, record.failure.message) == (type(error).__name__, str(error))
        assert "raise error" in record.failure.traceback

    def test_an_interrupt_from_the_keyboard_is_a_stop(self, store, blobs, monkeypatch):
        def interrupted(*_arguments, **_named):
            raise KeyboardInterrupt

        monkeypatch.setattr(recording, "train", interrupted)
        writer = store.create(CONFIG)
        with pytest.raises(KeyboardInterrupt):
            record_run(writer, CONFIG, dataset=blobs)
        assert store.record(writer.run_id).status is RunStatus.STOPPED

    def test_keeps_what_came_before(self, store, blobs):
        config = CONFIG.model_copy(update={"learning_rate": 1e9})
        writer = store.create(config)
        with pytest.raises(DivergedError, match="learning_rate 1000000000"):
            record_run(writer, config, dataset=blobs)
        record = store.record(writer.run_id)
        assert record.status is RunStatus.FAILED
        assert record.failure.kind == "DivergedError"
        assert "choose a smaller learning rate" in record.failure.message
        assert store.epochs(writer.run_id) == (0,)

    def test_an_observer_that_fails_is_a_failure(self, store, blobs):
        class Broken(Observer):
            def epoch(self, metrics):
                raise RuntimeError(f"at epoch {metrics.epoch}")

        writer = store.create(CONFIG)
        with pytest.raises(RuntimeError, match="at epoch 1"):
            record_run(writer, CONFIG, dataset=blobs, observer=Broken())
        assert store.record(writer.run_id).failure.message == "at epoch 1"
        assert len(store.metrics(writer.run_id)[1]) == 1

    def test_a_snapshot_that_cannot_be_written_is_a_failure(self, store, blobs, monkeypatch):
        def full(_snapshot, _path):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(run_writer, "save_topology", full)
        writer = store.create(CONFIG)
        with pytest.raises(OSError, match="No space left"):
            record_run(writer, CONFIG, dataset=blobs)
        assert store.record(writer.run_id).status is RunStatus.FAILED
