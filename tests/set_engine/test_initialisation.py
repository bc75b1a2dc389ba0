from __future__ import annotations

import math

import pytest
import torch
from scipy.stats import kstest, norm, uniform

from set_engine.initialisation import INITIALISATIONS, draw_weights, standard_deviation

FANS = [(1.0, 1.0), (35.7, 28.0), (3000.0, 10.0), (2.5, 700.0)]

# The same by torch itself, which reads the fans of a dense layer off its shape.
TORCH = {
    "he_normal": lambda w, g: torch.nn.init.kaiming_normal_(w, generator=g),
    "he_uniform": lambda w, g: torch.nn.init.kaiming_uniform_(w, generator=g),
    "xavier_normal": lambda w, g: torch.nn.init.xavier_normal_(w, generator=g),
    "xavier_uniform": lambda w, g: torch.nn.init.xavier_uniform_(w, generator=g),
    "lecun_normal": lambda w, g: torch.nn.init.kaiming_normal_(
        w, nonlinearity="linear", generator=g
    ),
    "normal": lambda w, g: torch.nn.init.normal_(w, 0, 0.1, generator=g),
}


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class TestStandardDeviation:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("he_normal", 0.5),
            ("he_uniform", 0.5),
            ("xavier_normal", 0.2),
            ("xavier_uniform", 0.2),
            ("lecun_normal", math.sqrt(1 / 8)),
            ("normal", 0.1),
        ],
    )
    def test_worked_by_hand(self, name, expected):
        assert standard_deviation(name, fan_in=8, fan_out=42) == pytest.approx(expected)

    @pytest.mark.parametrize("name", INITIALISATIONS)
    def test_a_fan_below_one_counts_as_one(self, name):
        assert standard_deviation(name, 0, 0.5) == standard_deviation(name, 1, 1)

    def test_refuses_an_unknown_name(self):
        with pytest.raises(ValueError, match="initialisation is 'zeros'; it must be one of he_no"):
            standard_deviation("zeros", 1, 1)

    @pytest.mark.parametrize("fan", [-1.0, math.nan, math.inf])
    def test_refuses_a_fan_that_is_none(self, fan):
        with pytest.raises(ValueError, match=f"fan_in is {fan}; it must be a finite number of at"):
            standard_deviation("he_normal", fan, 1)
        with pytest.raises(ValueError, match=f"fan_out is {fan}; it must be a finite number of at"):
            standard_deviation("he_normal", 1, fan)


class TestDrawWeights:
    @pytest.mark.parametrize("name", INITIALISATIONS)
    def test_against_torchs_own_on_a_dense_layer(self, name):
        ours, theirs = torch.empty(30, 20), torch.empty(30, 20)
        draw_weights(ours, name, fan_in=20, fan_out=30, generator=_generator())
        TORCH[name](theirs, _generator())
        torch.testing.assert_close(ours, theirs)

    @pytest.mark.parametrize("fans", FANS)
    @pytest.mark.parametrize("name", INITIALISATIONS)
    def test_follows_its_distribution(self, name, fans):
        weight = torch.empty(5000)
        draw_weights(weight, name, *fans, _generator(1))
        deviation = standard_deviation(name, *fans)
        bound = math.sqrt(3) * deviation
        is_uniform = name.endswith("uniform")
        law = uniform(-bound, 2 * bound) if is_uniform else norm(0, deviation)
        assert kstest(weight.numpy(), law.cdf).pvalue > 1e-3

    def test_in_place_without_a_gradient(self):
        weight = torch.nn.Parameter(torch.zeros(10))
        draw_weights(weight, "he_normal", 5, 5, _generator())
        assert weight.is_leaf
        assert weight.grad_fn is None
        assert (weight != 0).all()

    @pytest.mark.parametrize("name", INITIALISATIONS)
    def test_reproducible_by_its_generator_alone(self, name):
        first, second, other = torch.empty(9), torch.empty(9), torch.empty(9)
        global_state = torch.get_rng_state()
        draw_weights(first, name, 3, 4, _generator(5))
        draw_weights(second, name, 3, 4, _generator(5))
        draw_weights(other, name, 3, 4, _generator(6))
        assert torch.equal(first, second)
        assert not torch.equal(first, other)
        assert torch.equal(torch.get_rng_state(), global_state)

    def test_refuses_an_unknown_name_before_it_draws(self):
        weight = torch.zeros(3)
        with pytest.raises(ValueError, match="initialisation is 'he'; it must be one of"):
            draw_weights(weight, "he", 1, 1, _generator())
        assert weight.tolist() == [0, 0, 0]


def test_every_name_has_a_summary_of_one_line():
    assert set(INITIALISATIONS) == set(TORCH)
    assert all(summary and "\n" not in summary for summary in INITIALISATIONS.values())
