from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from set_engine import EvolvingLayer, MaskedLinear, SparseLinear, TrainingConfig
from set_engine.layers import Dropout, FeatureMajorLinear, wirings
from set_engine.mlp import SetMLP
from set_engine.srelu import SReLU


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _network(seed: int = 0, **settings) -> SetMLP:
    config = TrainingConfig(**({"hidden": (30, 20), "epsilon": 3} | settings))
    return SetMLP(12, 4, config, _generator(seed))


def _evolving(network: SetMLP) -> list[EvolvingLayer]:
    return [layer for layer in network if isinstance(layer, EvolvingLayer)]


class TestSetMLP:
    def test_layers_in_their_order(self):
        network = _network(activation="srelu", dropout=0.2)
        kinds = [SparseLinear, SReLU, Dropout] * 2 + [FeatureMajorLinear]
        assert [type(layer) for layer in network] == kinds
        assert [(s.n_inputs, s.n_outputs) for s in _evolving(network)] == [(12, 30), (30, 20)]
        assert network(torch.zeros(5, 12)).shape == (5, 4)

    def test_the_output_layer_may_be_sparse_too(self):
        network = _network(sparse_output=True, epsilon=0.5)
        assert network[-1] is _evolving(network)[-1]
        assert len(_evolving(network)) == 3
        assert wirings(network)[-1].density < 1

    @pytest.mark.parametrize(
        ("method", "kind"),
        [("masked", MaskedLinear), ("dense", FeatureMajorLinear), ("rigl", SparseLinear)],
    )
    def test_layers_are_stored_as_the_method_says(self, method, kind):
        network = _network(method=method, sparse_output=True)
        assert [type(network[place]) for place in (0, 3, 6)] == [kind] * 3

    def test_forward_is_that_of_its_matrices(self):
        network = _network(activation="tanh", dropout=0.5).eval()
        x = np.random.default_rng(0).normal(size=(5, 12))
        y = x
        for layer, wiring in zip(
            (network[0], network[3], network[6]), wirings(network), strict=True
        ):
            y = (y if layer is network[0] else np.tanh(y)) @ wiring.to_scipy().toarray().T
            y = y + layer.bias.detach().numpy()
        got = network(torch.from_numpy(x.astype(np.float32)))
        assert np.allclose(got.detach().numpy(), y, atol=1e-5)

    def test_topology_of_the_dense_output_is_full(self):
        network = _network()
        *_sparse, output = wirings(network)
        assert (output.n_inputs, output.n_outputs, output.density) == (20, 4, 1.0)
        assert output.to_scipy().toarray().tolist() == network[-1].weight.tolist()

    def test_topology_is_a_copy(self):
        network = _network()
        before = wirings(network)
        kept = [layer.weights.copy() for layer in before]
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(1)
        for layer, weights in zip(before, kept, strict=True):
            assert (layer.weights == weights).all()

    def test_equal_generators_make_equal_networks(self):
        one, same, other = (_network(seed, dropout=0.5) for seed in (3, 3, 4))
        assert wirings(one) == wirings(same)
        assert wirings(one) != wirings(other)

    @pytest.mark.parametrize("sparse_output", [True, False])
    def test_leaves_global_randomness_alone(self, sparse_output):
        before = torch.get_rng_state()
        _network(sparse_output=sparse_output, dropout=0.5)(torch.zeros(3, 12))
        assert torch.equal(torch.get_rng_state(), before)

    def test_its_state_goes_into_a_network_of_another_seed(self):
        source, target = _network(1), _network(2)
        target.load_state_dict(source.state_dict())
        x = torch.randn(5, 12, generator=_generator())
        assert torch.equal(target(x), source(x))

    def test_deepcopy(self):
        network = _network(dropout=0.5)
        twin = copy.deepcopy(network)
        x = torch.ones(3, 12)
        assert torch.equal(twin(x), network(x))
