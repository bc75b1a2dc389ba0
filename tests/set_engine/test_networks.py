from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from set_engine import TrainingConfig, make_network
from set_engine.cnn import SetCNN
from set_engine.layers import wirings
from set_engine.mlp import SetMLP
from set_engine.networks import sparse_widths, widest_layer
from set_engine.rbm import SetRBM


def _config(**settings) -> TrainingConfig:
    return TrainingConfig(**({"hidden": (20,), "batch_size": 10, "channels": (4, 6)} | settings))


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


def test_the_widest_layer(few_digits):
    def widest(**settings):
        return widest_layer(TrainingConfig(**settings), few_digits)

    assert widest(hidden=(3,)) == 64  # the pixels
    assert widest(hidden=(300, 5)) == 300
    # A first stage of 7 channels of 8 × 8 pixels.
    assert widest(model="cnn", channels=(7, 9), hidden=(100,)) == 7 * 64
