from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from set_engine import EvolvingLayer, SparseLinear, TrainingConfig, train
from set_engine.cnn import SetCNN, n_pooled_features
from set_engine.layers import wirings

SHAPE = (3, 9, 12)


def _network(seed: int = 0, shape: tuple[int, int, int] = SHAPE, **settings) -> SetCNN:
    usual = {"model": "cnn", "channels": (4, 5), "hidden": (20, 10), "epsilon": 2}
    config = TrainingConfig(**(usual | settings))
    return SetCNN(shape, 6, config, torch.Generator().manual_seed(seed))


def _images(n: int = 2, shape: tuple[int, int, int] = SHAPE) -> torch.Tensor:
    return torch.randn(n, int(np.prod(shape)), generator=torch.Generator().manual_seed(1))


class TestPooledFeatures:
    @pytest.mark.parametrize(
        ("shape", "channels", "expected"),
        [
            ((3, 32, 32), (32, 64), 64 * 8 * 8),
            ((1, 8, 8), (4, 4, 7), 7),
            # 9 -> 4 -> 2 and 12 -> 6 -> 3: what does not make a pair is left out.
            (SHAPE, (4, 5), 5 * 2 * 3),
            ((1, 8, 8), (4, 4, 4, 4), 0),
            ((1, 100, 3), (4, 4), 0),
        ],
    )
    def test_by_hand(self, shape, channels, expected):
        assert n_pooled_features(shape, channels) == expected

    @pytest.mark.parametrize("shape", [(1, 8, 8), (2, 5, 9), (3, 16, 4)])
    @pytest.mark.parametrize("channels", [(3,), (3, 2)])
    def test_is_what_the_convolutions_give(self, shape, channels):
        network = _network(shape=shape, channels=channels)
        maps = network.convolutions(torch.zeros(1, *shape))
        assert maps.numel() == n_pooled_features(shape, channels)


class TestLayers:
    def test_each_stage_has_two_convolutions_and_halves_the_image(self):
        network = _network()
        convolutions = [m for m in network.modules() if isinstance(m, nn.Conv2d)]
        sizes = [(c.in_channels, c.out_channels, c.kernel_size) for c in convolutions]
        three = (3, 3)
        assert sizes == [(3, 4, three), (4, 4, three), (4, 5, three), (5, 5, three)]
        assert network.convolutions(torch.zeros(2, *SHAPE)).shape == (2, 5, 2, 3)
        assert network(_images(7)).shape == (7, 6)

    def test_only_the_top_evolves(self):
        network = _network()
        evolving = [layer for layer in network.modules() if isinstance(layer, EvolvingLayer)]
        assert all(type(layer) is SparseLinear for layer in evolving)
        assert evolving == [network.top[0], network.top[3]]

    def test_the_topology_is_that_of_the_top(self):
        sizes = [(layer.n_inputs, layer.n_outputs) for layer in wirings(_network())]
        assert sizes == [(30, 20), (20, 10), (10, 6)]

    def test_as_torch_s_own_operations(self):
        network, x = _network(activation="relu", dropout=0.5).eval(), _images()
        maps = x.reshape(2, *SHAPE)
        convolutions = [m for m in network.modules() if isinstance(m, nn.Conv2d)]
        for position, layer in enumerate(convolutions):
            maps = functional.conv2d(maps, layer.weight, layer.bias, padding=1).relu()
            if position % 2:
                maps = functional.max_pool2d(maps, 2)
        y = maps.flatten(1)
        for layer, wiring in zip(list(network.top)[::3], wirings(network), strict=True):
            matrix = torch.from_numpy(wiring.to_scipy().toarray())
            y = functional.linear(y if layer is network.top[0] else y.relu(), matrix, layer.bias)
        assert torch.allclose(network(x), y, atol=1e-5)

    @pytest.mark.parametrize("activation", ["srelu", "all_relu", "gelu"])
    def test_activations_take_feature_maps(self, activation):
        network, x = _network(activation=activation), _images()
        network(x).sum().backward()
        assert all(p.grad is not None for p in network.parameters())


class TestRandomness:
    def test_equal_generators_make_equal_networks(self):
        x = _images()
        one, same, other = (_network(seed, dropout=0.5)(x) for seed in (3, 3, 4))
        assert torch.equal(one, same)
        assert not torch.equal(one, other)

    def test_leaves_global_randomness_alone(self):
        before = torch.get_rng_state()
        _network(dropout=0.5)(_images())
        assert torch.equal(torch.get_rng_state(), before)

    def test_its_state_goes_into_a_network_of_another_seed(self):
        source, target = _network(1), _network(2)
        target.load_state_dict(source.state_dict())
        assert torch.equal(target(_images()), source(_images()))

    def test_deepcopy(self):
        network = _network(dropout=0.5)
        twin = copy.deepcopy(network)
        assert torch.equal(twin(_images()), network(_images()))


def test_learns_digits(digits):
    config = TrainingConfig(
        model="cnn",
        channels=(8, 16),
        hidden=(60,),
        epsilon=5,
        epochs=8,
        batch_size=50,
        learning_rate=0.01,
    )
    result = train(config, dataset=digits)
    assert result.metrics[-1].test_accuracy >= 0.9
    assert result.metrics[-1].train_loss < result.metrics[0].train_loss / 3
