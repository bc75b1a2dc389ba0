from __future__ import annotations

import math

import pytest
import torch

from set_engine.activations import ACTIVATIONS, AllReLU, activation
from set_engine.srelu import SReLU


def _normal_distribution(x: float) -> float:
    return (1 + math.erf(x / math.sqrt(2))) / 2


# At -1 and 2, in the first and in the second hidden layer.
BY_HAND = {
    "relu": ([0.0, 2.0], [0.0, 2.0]),
    "leaky_relu": ([-0.01, 2.0], [-0.01, 2.0]),
    "srelu": ([-0.2, 2.0], [-0.2, 2.0]),
    "all_relu": ([-0.6, 2.0], [0.6, 2.0]),
    "sigmoid": ([1 / (1 + math.exp(1)), 1 / (1 + math.exp(-2))],) * 2,
    "tanh": ([math.tanh(-1), math.tanh(2)],) * 2,
    "gelu": ([-_normal_distribution(-1), 2 * _normal_distribution(2)],) * 2,
}


class TestByName:
    @pytest.mark.parametrize("position", [1, 2, 3, 4])
    @pytest.mark.parametrize("name", ACTIVATIONS)
    def test_values_worked_by_hand(self, name, position):
        y = activation(name, 2, position)(torch.tensor([[-1.0, 2.0]]))
        expected = BY_HAND[name][0 if position in (1, 3) else 1]
        assert y.flatten().tolist() == pytest.approx(expected, rel=1e-6)

    @pytest.mark.parametrize("name", ACTIVATIONS)
    def test_keeps_the_layout_of_activations(self, name):
        x = torch.randn(4, 3, generator=torch.Generator().manual_seed(0)).t().requires_grad_()
        y = activation(name, 4, 1)(x)
        (slope,) = torch.autograd.grad(y.square().sum(), x)
        assert y.t().is_contiguous()
        assert slope.t().is_contiguous()

    @pytest.mark.parametrize("name", ACTIVATIONS)
    def test_takes_feature_maps(self, name):
        x = torch.randn(2, 4, 3, 5, generator=torch.Generator().manual_seed(0))
        unit = activation(name, 4, 1)
        pixels = unit(x[:, :, 2, 1])
        torch.testing.assert_close(unit(x)[:, :, 2, 1], pixels)

    def test_only_srelu_has_parameters(self):
        learned = {
            name: sum(p.numel() for p in activation(name, 5, 1).parameters())
            for name in ACTIVATIONS
        }
        assert learned == dict.fromkeys(ACTIVATIONS, 0) | {"srelu": 20}
        assert isinstance(activation("srelu", 5, 1), SReLU)

    def test_every_name_has_a_summary_of_one_line(self):
        assert set(ACTIVATIONS) == set(BY_HAND)
        assert all(summary and "\n" not in summary for summary in ACTIVATIONS.values())

    def test_refuses_an_unknown_name(self):
        with pytest.raises(ValueError, match="activation is 'swish'; it must be one of relu, "):
            activation("swish", 2, 1)

    @pytest.mark.parametrize(
        ("neurons", "position", "message"),
        [(0, 1, "n_neurons is 0; it must be at least 1"), (1, 0, "position is 0; it must be")],
    )
    def test_refuses_numbers_below_one(self, neurons, position, message):
        with pytest.raises(ValueError, match=message):
            activation("relu", neurons, position)


class TestAllReLU:
    @pytest.mark.parametrize("alpha", [0.0, 0.25, 0.6])
    @pytest.mark.parametrize("position", range(1, 7))
    def test_against_the_papers_formula(self, position, alpha):
        x = torch.linspace(-3, 3, 13, dtype=torch.float64, requires_grad=True)
        y = AllReLU(position, alpha)(x)
        (slopes,) = torch.autograd.grad(y.sum(), x)
        below = -alpha if position % 2 == 0 else alpha
        for value, found, slope in zip(x.tolist(), y.tolist(), slopes.tolist(), strict=True):
            assert found == pytest.approx(value if value > 0 else below * value)
            assert slope == pytest.approx(1 if value > 0 else below)
