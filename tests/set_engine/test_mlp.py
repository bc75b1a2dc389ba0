from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from set_engine import SparseLinear, TrainingConfig
from set_engine.activations import SReLU
from set_engine.mlp import Dropout, SetMLP


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _network(seed: int = 0, **settings) -> SetMLP:
    config = TrainingConfig(**({"hidden": (30, 20), "epsilon": 3} | settings))
    return SetMLP(12, 4, config, _generator(seed))


class TestDropout:
    def test_zeroes_and_rescales(self):
        n, p = 100_000, 0.3
        y = Dropout(p, _generator())(torch.ones(n)).numpy()
        assert set(np.unique(y)) == {0.0, np.float32(1 / np.float32(0.7))}
        assert abs((y == 0).mean() - p) < 5 * np.sqrt(p * (1 - p) / n)

    def test_slopes_pass_where_activations_do(self):
        x = torch.randn(50, generator=_generator(1)).requires_grad_()
        y = Dropout(0.5, _generator())(x)
        y.sum().backward()
        assert (x.grad * x.detach()).tolist() == y.tolist()
        assert 0 < int((x.grad == 0).sum()) < 50

    @pytest.mark.parametrize(
        "make_idle", [lambda d: d.eval(), lambda _d: Dropout(0.0, _generator())]
    )
    def test_does_nothing_in_evaluation_or_at_probability_0(self, make_idle):
        dropout = make_idle(Dropout(0.5, _generator()))
        before = dropout.generator.get_state()
        x = torch.randn(50, generator=_generator(1))
        assert dropout(x) is x
        assert torch.equal(dropout.generator.get_state(), before)

    def test_draws_from_its_own_generator_alone(self):
        before = torch.get_rng_state()
        x = torch.ones(50)
        one, same, other = (Dropout(0.5, _generator(seed))(x) for seed in (3, 3, 4))
        assert torch.equal(one, same)
        assert not torch.equal(one, other)
        assert torch.equal(torch.get_rng_state(), before)

    def test_keeps_the_layout_of_activations(self):
        x = torch.ones(4, 3).t()
        assert Dropout(0.5, _generator())(x).t().is_contiguous()


class TestSetMLP:
    def test_layers_in_their_order(self):
        network = _network(activation="srelu", dropout=0.2)
        kinds = [SparseLinear, SReLU, Dropout] * 2 + [torch.nn.Linear]
        assert [type(layer) for layer in network] == kinds
        assert [(s.n_inputs, s.n_outputs) for s in network.sparse_layers] == [(12, 30), (30, 20)]
        assert network(torch.zeros(5, 12)).shape == (5, 4)

    def test_the_output_layer_may_be_sparse_too(self):
        network = _network(sparse_output=True, epsilon=0.5)
        assert network[-1] is network.sparse_layers[-1]
        assert len(network.sparse_layers) == 3
        assert network.topology()[-1].density < 1

    def test_topology_of_the_dense_output_is_full(self):
        network = _network()
        *_sparse, output = network.topology()
        assert (output.n_inputs, output.n_outputs, output.density) == (20, 4, 1.0)
        assert output.to_scipy().toarray().tolist() == network[-1].weight.tolist()

    def test_topology_is_a_copy(self):
        network = _network()
        before = network.topology()
        kept = [layer.weights.copy() for layer in before]
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(1)
        for layer, weights in zip(before, kept, strict=True):
            assert (layer.weights == weights).all()

    def test_equal_generators_make_equal_networks(self):
        one, same, other = (_network(seed, dropout=0.5) for seed in (3, 3, 4))
        assert one.topology() == same.topology()
        assert one.topology() != other.topology()

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
