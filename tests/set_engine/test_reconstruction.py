from __future__ import annotations

import numpy as np
import pytest
import torch

from set_engine import DamagedRunError, Reconstructions, RunStore, TrainingConfig, record_run
from set_engine.trainer import Trainer

CONFIG = TrainingConfig(
    model="rbm", hidden=(20,), epsilon=3, epochs=3, batch_size=20, learning_rate=0.1
)


class TestFile:
    def test_round_trip(self, tmp_path):
        rng = np.random.default_rng(0)
        samples, reconstructed = (rng.random((3, 5)).astype(np.float32) for _ in range(2))
        Reconstructions(7, samples, reconstructed).save(tmp_path / "r.npz")
        read = Reconstructions.load(tmp_path / "r.npz")
        assert read.epoch == 7
        assert np.array_equal(read.samples, samples)
        assert np.array_equal(read.reconstructed, reconstructed)
        assert read.samples.dtype == np.float32
        assert [path.name for path in tmp_path.iterdir()] == ["r.npz"]

    def test_one_that_is_not_there(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            Reconstructions.load(tmp_path / "r.npz")


class TestOfATrainer:
    def test_are_test_samples_beside_what_the_network_makes_of_them(self, few_unit_digits):
        trainer = Trainer(CONFIG, few_unit_digits)
        made = trainer.reconstructions()
        # 24 of 50, from the first to the last.
        assert made.samples.shape == made.reconstructed.shape == (24, 64)
        assert np.array_equal(made.samples[0], few_unit_digits.x_test[0])
        assert np.array_equal(made.samples[-1], few_unit_digits.x_test[-1])
        with torch.no_grad():
            expected = trainer.model(torch.from_numpy(made.samples)).numpy()
        assert np.allclose(made.reconstructed, expected, atol=1e-6)
        assert (made.epoch, made.reconstructed.dtype) == (0, np.float32)

    def test_there_are_none_of_other_models(self, few_unit_digits):
        config = TrainingConfig(hidden=(5,), batch_size=20)
        assert Trainer(config, few_unit_digits).reconstructions() is None


class TestInTheStore:
    def test_the_latest_are_kept(self, tmp_path, few_unit_digits):
        store = RunStore(tmp_path)
        writer = store.create(CONFIG)
        result = record_run(writer, CONFIG, dataset=few_unit_digits)
        kept = store.reconstructions(writer.run_id)
        assert kept.epoch == 3
        with torch.no_grad():
            expected = result.model(torch.from_numpy(kept.samples)).numpy()
        assert np.allclose(kept.reconstructed, expected, atol=1e-6)

    def test_other_models_have_none(self, tmp_path, blobs):
        store, config = RunStore(tmp_path), TrainingConfig(hidden=(5,), epochs=1, batch_size=20)
        writer = store.create(config)
        record_run(writer, config, dataset=blobs)
        assert store.reconstructions(writer.run_id) is None

    @pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04"])
    def test_damaged_ones_name_the_file(self, tmp_path, few_unit_digits, content):
        store = RunStore(tmp_path)
        writer = store.create(CONFIG)
        record_run(writer, CONFIG, dataset=few_unit_digits)
        path = tmp_path / writer.run_id / "reconstructions.npz"
        path.write_bytes(content)
        with pytest.raises(DamagedRunError) as caught:
            store.reconstructions(writer.run_id)
        assert str(caught.value).startswith(f"{path} holds no reconstructions: ")

    def test_a_cut_off_file_names_itself(self, tmp_path, few_unit_digits):
        store = RunStore(tmp_path)
        writer = store.create(CONFIG)
        record_run(writer, CONFIG, dataset=few_unit_digits)
        path = tmp_path / writer.run_id / "reconstructions.npz"
        path.write_bytes(path.read_bytes()[:-100])
        with pytest.raises(DamagedRunError, match=r"reconstructions\.npz holds no"):
            store.reconstructions(writer.run_id)
