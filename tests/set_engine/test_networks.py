from __future__ import annotations

import dataclasses
from itertools import pairwise

import pytest
import torch

from set_engine import ConfigError, TrainingConfig, check_fit, make_network, train
from set_engine.cnn import SetCNN
from set_engine.layers import wirings
from set_engine.mlp import SetMLP
from set_engine.networks import sparse_widths, widest_layer
from set_engine.rbm import SetRBM


def _config(**settings) -> TrainingConfig:
    return TrainingConfig(**({"hidden": (20,), "batch_size": 10, "channels": (4, 6)} | settings))


def _shaped(dataset, image_shape):
    return dataclasses.replace(dataset, image_shape=image_shape)


class TestMakeNetwork:
    @pytest.mark.parametrize(("model", "kind"), [("mlp", SetMLP), ("cnn", SetCNN), ("rbm", SetRBM)])
    def test_is_the_configured_one_with_the_data_s_sizes(self, few_digits, model, kind):
        network = make_network(_config(model=model), few_digits, torch.Generator())
        assert type(network) is kind
        n_outputs = 64 if model == "rbm" else 10
        assert network(torch.zeros(3, 64)).shape == (3, n_outputs)


class TestSparseWidths:
    @pytest.mark.parametrize(
        ("settings", "expected"),
        [
            ({}, (64, 20)),
            ({"hidden": (7, 5), "sparse_output": True}, (64, 7, 5, 10)),
            ({"model": "rbm"}, (64, 20)),
            # Two stages leave 2 × 2 pixels of six channels.
            ({"model": "cnn"}, (24, 20)),
            ({"model": "cnn", "sparse_output": True}, (24, 20, 10)),
        ],
    )
    def test_by_hand(self, few_digits, settings, expected):
        config = _config(**settings)
        assert sparse_widths(config, few_digits) == expected
        layers = wirings(make_network(config, few_digits, torch.Generator()))
        real = [(layer.n_inputs, layer.n_outputs) for layer in layers][: len(expected) - 1]
        assert real == list(pairwise(expected))


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


def test_the_widest_layer(few_digits):
    def widest(**settings):
        return widest_layer(TrainingConfig(**settings), few_digits)

    assert widest(hidden=(3,)) == 64  # the pixels
    assert widest(hidden=(300, 5)) == 300
    # A first stage of 7 channels of 8 × 8 pixels.
    assert widest(model="cnn", channels=(7, 9), hidden=(100,)) == 7 * 64
