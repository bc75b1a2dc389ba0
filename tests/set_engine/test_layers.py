from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from set_engine import MaskedLinear, SparseLinear, TrainingConfig
from set_engine.layers import (
    Dropout,
    FeatureMajorLinear,
    dense_layer,
    hidden_layer,
    output_layer,
    wirings,
)


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class TestDropout:
    def test_zeroes_and_rescales(self):
        n, p = 100_000, 0.3
        y = Dropout(p, _generator())(torch.ones(n)).numpy()
        assert set(np.unique(y)) == {0.0, np.float32(1 / np.float32(0.7))}
        assert abs((y == 0).mean() - p) < 5 * np.sqrt(p * (1 - p) / n)

    @pytest.mark.parametrize("p", [1e-9, 1e-6, 1e-4])
    def test_a_probability_near_0_zeroes_next_to_nothing(self, p):
        n = 1_000_000
        y = Dropout(p, _generator())(torch.ones(n)).numpy()
        assert (y == 0).mean() < 2 * p + 1e-5

    @pytest.mark.parametrize("p", [0.999, 0.99999])
    def test_a_probability_near_1_leaves_some(self, p):
        n = 4_000_000
        y = Dropout(p, _generator())(torch.ones(n)).numpy()
        kept = (y != 0).mean()
        assert 0 < kept < 2 * max(1 - p, 2**-16)

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


class TestFeatureMajorLinear:
    @pytest.mark.parametrize("batch", [0, 1, 5])
    @pytest.mark.parametrize("feature_major", [True, False])
    def test_is_torchs_linear_in_another_layout(self, batch, feature_major):
        ours, theirs = FeatureMajorLinear(6, 4), nn.Linear(6, 4)
        theirs.load_state_dict(ours.state_dict())
        x = torch.randn(batch, 6, generator=_generator(1))
        x = (x.t().contiguous().t() if feature_major else x).requires_grad_()
        found, expected = ours(x), theirs(x)
        assert found.t().is_contiguous()
        torch.testing.assert_close(found, expected)
        for one, other in zip(
            torch.autograd.grad(found.pow(3).sum(), (x, ours.weight, ours.bias)),
            torch.autograd.grad(expected.pow(3).sum(), (x, theirs.weight, theirs.bias)),
            strict=True,
        ):
            torch.testing.assert_close(one, other)


class TestHiddenLayer:
    @pytest.mark.parametrize(
        ("method", "kind"),
        [
            ("set", SparseLinear),
            ("fixprob", SparseLinear),
            ("rigl", SparseLinear),
            ("masked", MaskedLinear),
            ("dense", FeatureMajorLinear),
        ],
    )
    def test_is_stored_as_the_method_says(self, method, kind):
        layer = hidden_layer(6, 5, TrainingConfig(method=method), _generator())
        assert type(layer) is kind
        assert layer(torch.zeros(2, 6)).shape == (2, 5)

    def test_masked_and_sparse_begin_alike(self):
        masked, sparse = (
            hidden_layer(30, 20, TrainingConfig(method=method, epsilon=3), _generator(4))
            for method in ("masked", "set")
        )
        assert masked.topology() == sparse.topology()

    def test_epsilon_is_that_of_the_configuration(self):
        config = TrainingConfig(epsilon=1.5)
        counts = [
            hidden_layer(200, 300, config, _generator(seed)).n_connections for seed in range(20)
        ]
        # Binomial: 200 · 300 places, each taken with P = 1.5 · 500 / 60,000.
        expected, deviation = 750, np.sqrt(750 * (1 - 750 / 60_000))
        assert abs(np.mean(counts) - expected) < 5 * deviation / np.sqrt(20)


class TestOutputLayer:
    def test_is_dense_unless_asked_for(self):
        dense, sparse = (
            output_layer(9, 4, TrainingConfig(sparse_output=s), _generator()) for s in (False, True)
        )
        assert type(dense) is FeatureMajorLinear
        assert type(sparse) is SparseLinear

    def test_begins_at_half_the_variance_of_a_hidden_one(self):
        n_inputs, n_outputs = 400, 250
        output = output_layer(n_inputs, n_outputs, TrainingConfig(), _generator()).weight
        hidden = dense_layer(n_inputs, n_outputs, "he_normal", _generator(1)).weight
        # Standard error of a variance of normal draws: √(2 / n).
        error = 5 * np.sqrt(2 / (n_inputs * n_outputs))
        assert output.var().item() * n_inputs == pytest.approx(1, rel=error)
        assert hidden.var().item() * n_inputs == pytest.approx(2, rel=error)


class TestDenseLayer:
    def test_draws_from_its_generator_alone(self):
        before = torch.get_rng_state()
        one, same, other = (dense_layer(6, 5, "he_normal", _generator(s)) for s in (3, 3, 4))
        assert torch.equal(one.weight, same.weight)
        assert not torch.equal(one.weight, other.weight)
        assert one.bias.tolist() == [0] * 5
        assert torch.equal(torch.get_rng_state(), before)


class TestWirings:
    def test_are_those_of_the_linear_layers_in_order(self):
        config = TrainingConfig(epsilon=1)
        network = nn.Sequential(
            nn.Conv2d(1, 1, 3),
            hidden_layer(6, 5, config, _generator()),
            nn.ReLU(),
            nn.Sequential(dense_layer(5, 2, "he_normal", _generator())),
        )
        sparse, dense = wirings(network)
        assert sparse == network[1].topology()
        # A full wiring: row by row, every input.
        assert (dense.n_inputs, dense.n_outputs) == (5, 2)
        assert dense.indptr.tolist() == [0, 5, 10]
        assert dense.indices.tolist() == [0, 1, 2, 3, 4] * 2
        assert dense.weights.tolist() == network[3][0].weight.flatten().tolist()

    def test_are_copies(self):
        network = nn.Sequential(dense_layer(3, 2, "he_normal", _generator()))
        (before,) = wirings(network)
        kept = before.weights.copy()
        with torch.no_grad():
            network[0].weight.add_(1)
        assert np.array_equal(before.weights, kept)
