from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import safetensors.torch
import torch

from set_engine import (
    Checkpoint,
    CheckpointError,
    Observer,
    Resumption,
    RunControl,
    TrainingConfig,
    train,
)
from set_engine.trainer import Trainer

CONFIG = TrainingConfig(hidden=(20, 15), epsilon=2, epochs=3, batch_size=16, learning_rate=0.05)


@pytest.fixture
def checkpoint(blobs) -> Checkpoint:
    return Trainer(CONFIG, blobs).checkpoint()


class TestFile:
    def test_round_trip(self, tmp_path):
        tensors = {
            "model.weight": torch.tensor([[1.5, -0.0], [float("inf"), 1e-45]]),
            "model.mask": torch.tensor([True, False]),
            "model.indices": torch.tensor([1, 2], dtype=torch.int32),
            "model.nothing": torch.empty(0),
            "generator": torch.Generator().manual_seed(5).get_state(),
            "optimizer.0.step": torch.tensor(3.0),
        }
        state = np.random.default_rng(3).bit_generator.state
        facts = {"epoch": 2, "loss": 1 / 3, "generators": {"batch": state}, "in_progress": None}
        path = tmp_path / "c.safetensors"
        Checkpoint(tensors, facts).save(path)
        read = Checkpoint.load(path)
        assert dict(read.facts) == facts
        assert read.epoch == 2
        assert read.tensors.keys() == tensors.keys()
        for name, tensor in tensors.items():
            assert read.tensors[name].dtype == tensor.dtype
            assert read.tensors[name].numpy().tobytes() == tensor.numpy().tobytes()
        assert [file.name for file in tmp_path.iterdir()] == [path.name]

    def test_tensors_in_any_layout(self, tmp_path):
        transposed = torch.arange(6.0).reshape(2, 3).t()
        Checkpoint({"model.w": transposed}, {"epoch": 0}).save(tmp_path / "c")
        assert torch.equal(Checkpoint.load(tmp_path / "c").tensors["model.w"], transposed)

    def test_a_save_that_fails_leaves_the_earlier_one(self, tmp_path):
        path = tmp_path / "c"
        Checkpoint({"model.w": torch.ones(2)}, {"epoch": 1}).save(path)
        before = path.read_bytes()
        with pytest.raises(TypeError):
            Checkpoint({"model.w": torch.ones(2)}, {"epoch": object()}).save(path)
        assert path.read_bytes() == before

    def test_parts_are_the_names_after_a_prefix(self):
        one, two, three = torch.ones(1), torch.ones(2), torch.ones(3)
        checkpoint = Checkpoint({"model.0.w": one, "model.b": two, "modelled.c": three}, {})
        assert checkpoint.part("model") == {"0.w": one, "b": two}
        assert checkpoint.part("optimizer") == {}

    def test_one_that_is_not_there(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            Checkpoint.load(tmp_path / "absent")


class TestDamage:
    @pytest.mark.parametrize("length", [0, 1, 7, 8, 100, -1])
    def test_a_cut_off_file_names_itself(self, tmp_path, checkpoint, length):
        path = tmp_path / "training.safetensors"
        checkpoint.save(path)
        path.write_bytes(path.read_bytes()[:length])
        with pytest.raises(CheckpointError) as caught:
            Checkpoint.load(path)
        assert str(caught.value).startswith(f"{path} is no checkpoint: ")

    @pytest.mark.parametrize("content", [b"PK\x03\x04 of another kind", b"{}", b"\xff" * 64])
    def test_another_file_does_too(self, tmp_path, content):
        path = tmp_path / "training.safetensors"
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match="is no checkpoint: "):
            Checkpoint.load(path)

    @pytest.mark.parametrize(
        "facts", [None, "nonsense", "[]", "7", "{}", '{"epoch": null}', '{"epoch": -1}']
    )
    def test_so_do_tensors_of_something_else(self, tmp_path, facts):
        path = tmp_path / "model.safetensors"
        metadata = None if facts is None else {"setscope": facts}
        path.write_bytes(safetensors.torch.save({"weight": torch.ones(3)}, metadata))
        with pytest.raises(CheckpointError) as caught:
            Checkpoint.load(path)
        assert str(caught.value).startswith(f"{path} is no checkpoint: ")


class TestOfATrainer:
    def test_training_on_does_not_change_it(self, blobs):
        trainer = Trainer(CONFIG, blobs)
        trainer.run_epoch(RunControl(), Observer())
        checkpoint = trainer.checkpoint()
        tensors = {name: value.clone() for name, value in checkpoint.tensors.items()}
        facts = json.dumps(checkpoint.facts)
        trainer.run_epoch(RunControl(), Observer())
        for name, before in tensors.items():
            assert torch.equal(checkpoint.tensors[name], before)
        assert json.dumps(checkpoint.facts) == facts

    def test_restoring_it_does_not_change_it(self, blobs):
        trainer = Trainer(CONFIG, blobs)
        trainer.run_epoch(RunControl(), Observer())
        checkpoint = trainer.checkpoint()
        tensors = {name: value.clone() for name, value in checkpoint.tensors.items()}
        other = Trainer(CONFIG, blobs)
        other.restore(checkpoint)
        other.run_epoch(RunControl(), Observer())
        for name, before in tensors.items():
            assert torch.equal(checkpoint.tensors[name], before)

    def test_a_restored_trainer_is_where_the_first_was(self, blobs):
        first = Trainer(CONFIG, blobs)
        first.run_epoch(RunControl(), Observer())
        second = Trainer(CONFIG, blobs)
        second.restore(first.checkpoint())
        assert second.snapshot() == first.snapshot()
        assert (second.completed_epochs, second.completed_steps) == (1, 8)
        ours, theirs = (trainer.run_epoch(RunControl(), Observer()) for trainer in (first, second))
        assert ours.model_copy(update={"seconds": 0}) == theirs.model_copy(update={"seconds": 0})


class TestRefusals:
    def test_other_data(self, blobs, checkpoint):
        x = blobs.x_train.copy()
        x[7, 3] += 1e-3
        changed = dataclasses.replace(blobs, x_train=x)
        with pytest.raises(CheckpointError) as caught:
            train(CONFIG, dataset=changed, resumption=Resumption(checkpoint, ()))
        assert str(caught.value) == (
            "blobs has changed since the run was trained on it: its digest is "
            f"{changed.digest}, not {blobs.digest}"
        )

    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("hidden", (20, 16), r"hidden is \[20, 16\]; it must be \[20, 15\]"),
            ("seed", 1, "seed is 1; it must be 0"),
            ("learning_rate", 0.1, r"learning_rate is 0\.1; it must be 0\.05"),
            ("optimizer", "adam", "optimizer is 'adam'; it must be 'sgd'"),
            ("method", "fixprob", "method is 'fixprob'; it must be 'set'"),
            ("epochs", 4, "epochs is 4; it must be 3"),
        ],
    )
    def test_other_settings(self, blobs, checkpoint, name, value, said):
        config = CONFIG.model_copy(update={name: value})
        with pytest.raises(CheckpointError, match=said):
            train(config, dataset=blobs, resumption=Resumption(checkpoint, ()))

    def test_the_same_data_elsewhere_are_no_other_settings(self, blobs, checkpoint):
        config = CONFIG.model_copy(update={"dataset": "moved"})
        result = train(config, dataset=blobs, resumption=Resumption(checkpoint, ()))
        assert len(result.metrics) == 3

    @pytest.mark.parametrize("name", ["model.0.weight", "model.0.indptr", "model.6.bias"])
    def test_tensors_that_do_not_fit(self, blobs, checkpoint, name):
        tensors = dict(checkpoint.tensors)
        tensors[name] = tensors[name][:-1]
        with pytest.raises(CheckpointError, match="the checkpoint does not fit the settings: "):
            Trainer(CONFIG, blobs).restore(Checkpoint(tensors, checkpoint.facts))

    @pytest.mark.parametrize("name", ["generator", "model.0.weight"])
    def test_tensors_that_are_missing(self, blobs, checkpoint, name):
        tensors = {key: value for key, value in checkpoint.tensors.items() if key != name}
        with pytest.raises(CheckpointError, match="the checkpoint does not fit the settings: "):
            Trainer(CONFIG, blobs).restore(Checkpoint(tensors, checkpoint.facts))

    @pytest.mark.parametrize("name", ["settings", "data", "generators", "in_progress", "step"])
    def test_facts_that_are_missing(self, blobs, checkpoint, name):
        facts = {key: value for key, value in checkpoint.facts.items() if key != name}
        with pytest.raises(CheckpointError, match=f"does not fit the settings: '{name}'"):
            Trainer(CONFIG, blobs).restore(Checkpoint(checkpoint.tensors, facts))
