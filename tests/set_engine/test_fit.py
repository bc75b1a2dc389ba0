from __future__ import annotations

import dataclasses

import pytest

from set_engine import ConfigError, TrainingConfig, check_fit, memory, train, trainer


def _config(**settings) -> TrainingConfig:
    return TrainingConfig(**({"hidden": (20,), "batch_size": 10, "channels": (4, 6)} | settings))


def _shaped(dataset, image_shape):
    return dataclasses.replace(dataset, image_shape=image_shape)


class TestCheckFit:
    @pytest.mark.parametrize("settings", [{}, {"model": "rbm"}, {"model": "cnn", "flip": True}])
    def test_what_fits_passes(self, few_digits, settings):
        check_fit(_config(**settings), few_digits)
        assert train(_config(epochs=1, **settings), dataset=few_digits).snapshot.epoch == 1

    def test_a_batch_larger_than_the_training_set(self, few_digits):
        check_fit(_config(batch_size=100), few_digits)
        with pytest.raises(ConfigError) as caught:
            check_fit(_config(batch_size=101), few_digits)
        assert caught.value.problems == {
            "batch_size": "batch_size is 101; it must be at most 100, the number of training "
            "samples in digits"
        }

    @pytest.mark.parametrize(
        ("shape", "n_stages", "allowed"),
        [((1, 8, 8), 4, 3), ((1, 4, 16), 3, 2), ((16, 2, 2), 2, 1), ((64, 1, 1), 1, 0)],
    )
    def test_images_that_are_too_small(self, few_digits, shape, n_stages, allowed):
        dataset = _shaped(few_digits, shape)
        _channels, rows, columns = shape
        with pytest.raises(ConfigError) as caught:
            check_fit(_config(model="cnn", channels=(4,) * n_stages), dataset)
        assert caught.value.problems == {
            "channels": f"channels has {n_stages} stages; images of {rows} × {columns} pixels can "
            f"be halved {allowed} times"
        }
        if allowed:
            check_fit(_config(model="cnn", channels=(4,) * allowed), dataset)
        # Other models do not halve anything.
        check_fit(_config(channels=(4,) * n_stages), dataset)

    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("model", "cnn", "cnn"),
            ("shift", 0.1, "0.1"),
            ("rotate", 15, "15.0"),
            ("flip", True, "True"),
        ],
    )
    def test_what_needs_images_without_any(self, blobs, name, value, said):
        with pytest.raises(ConfigError) as caught:
            check_fit(_config(**{name: value}), blobs)
        assert caught.value.problems == {
            name: f"{name} is {said}; blobs has no images, only 12 features"
        }

    def test_every_problem_is_named_at_once(self, blobs):
        config = _config(batch_size=999, model="cnn", shift=0.2, flip=True)
        with pytest.raises(ConfigError) as caught:
            train(config, dataset=blobs)
        assert caught.value.problems.keys() == {"batch_size", "model", "shift", "flip"}

    @pytest.mark.parametrize(
        ("settings", "name", "said"),
        [
            ({"hidden": (5000, 5000)}, "epsilon", "epsilon is 20; with hidden layers of 5,000, 5"),
            ({"hidden": (5000,), "method": "dense"}, "hidden", "hidden is 5,000; training needs "),
        ],
    )
    def test_more_than_the_memory_there_is(self, few_digits, monkeypatch, settings, name, said):
        config = _config(epsilon=20.0, **settings)
        needed = memory.required_bytes(config, few_digits)
        monkeypatch.setattr(memory, "available_bytes", lambda: needed)
        check_fit(config, few_digits)
        monkeypatch.setattr(memory, "available_bytes", lambda: needed - 1)
        monkeypatch.setattr(trainer, "make_network", lambda *_: pytest.fail("it was made"))
        with pytest.raises(ConfigError) as caught:
            train(config, dataset=few_digits)
        (problem,) = caught.value.problems.items()
        assert problem[0] == name
        assert problem[1].startswith(said)
        assert "GiB of memory, and" in problem[1]
