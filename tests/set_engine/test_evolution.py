from __future__ import annotations

import copy
import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import chi2
from torch.nn import functional

from set_engine import SetEvolution, SparseLinear, Turnover, evolve, prune
from set_engine.places import places_of, wiring_of

ZETAS = [0.001, 0.3, 0.5, 0.999]


def _layer(n_inputs: int, n_outputs: int, n_connections: int, seed: int = 0) -> SparseLinear:
    """A layer with so many connections at random, and weights of both signs."""
    rng = np.random.default_rng(seed)
    layer = SparseLinear(n_inputs, n_outputs, generator=torch.Generator().manual_seed(seed))
    places = np.sort(rng.choice(n_inputs * n_outputs, n_connections, replace=False))
    layer.rewire(*wiring_of(places, n_inputs, n_outputs))
    layer.weight.data = torch.from_numpy(rng.normal(size=n_connections).astype(np.float32))
    return layer


def _places(layer: SparseLinear) -> list[int]:
    return places_of(*layer.wiring(), layer.n_inputs).tolist()


def _by_place(layer: SparseLinear, values: torch.Tensor) -> dict[int, float]:
    return dict(zip(_places(layer), values.tolist(), strict=True))


def _trained(layer: SparseLinear, steps: int = 2, **settings: float) -> torch.optim.SGD:
    """An optimiser that has taken some steps, so that it has momentum where asked for."""
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1, **settings)
    for seed in range(steps):
        x = torch.randn(8, layer.n_inputs, generator=torch.Generator().manual_seed(seed))
        optimizer.zero_grad()
        layer(x).square().mean().backward()
        optimizer.step()
    return optimizer


class TestKeep:
    def test_worked_by_hand(self):
        # ζ = 0.4: of 5 positive ones 0.1 and 0.2 go, of 3 negative ones -0.5, and both zeros.
        weights = np.array([0.2, -0.5, 0, 3, 0.1, -7, 0.4, -0.0, 0.3, -1], np.float32)
        kept = SetEvolution(0.4).keep(weights)
        assert weights[kept].tolist() == np.array([3, -7, 0.4, 0.3, -1], np.float32).tolist()

    @pytest.mark.parametrize("zeta", ["0.01", "0.1", "0.25", "0.3", "0.5", "0.75", "0.9"])
    @pytest.mark.parametrize("n", [0, 1, 2, 3, 10, 99, 1000])
    def test_against_sorting(self, n, zeta):
        weights = np.random.default_rng(n).normal(0.2, 1, n).astype(np.float32)
        positive = sorted(weights[weights > 0].tolist())
        negative = sorted(weights[weights < 0].tolist(), reverse=True)
        # In exact fractions: a product of floats may fall on the other side of a whole number.
        kept = [
            *positive[math.floor(Fraction(zeta) * len(positive)) :],
            *negative[math.floor(Fraction(zeta) * len(negative)) :],
        ]
        found = weights[SetEvolution(float(zeta)).keep(weights)]
        assert sorted(found.tolist()) == sorted(kept)

    @given(
        hnp.arrays(
            np.float32,
            st.integers(0, 60),
            elements=st.sampled_from([-2, -1, -0.5, -0.0, 0, 0.5, 1, 2])
            | st.floats(-9, 9, width=32),
        ),
        st.sampled_from([0.125, 0.25, 0.5, 0.75]),
    )
    def test_any_weights(self, weights, zeta):
        before = weights.copy()
        kept = SetEvolution(zeta).keep(weights)
        assert (weights == before).all()
        assert not kept[weights == 0].any()
        for side in (weights > 0, weights < 0):
            dropped, stayed = np.abs(weights[side & ~kept]), np.abs(weights[side & kept])
            assert len(dropped) == math.floor(zeta * side.sum())
            if len(dropped) and len(stayed):
                assert dropped.max() <= stayed.min()

    @pytest.mark.parametrize(("zeta", "dropped"), [(0.29, 29), (0.57, 57), (0.3, 30)])
    def test_a_decimal_fraction_is_not_one_too_few(self, zeta, dropped):
        kept = SetEvolution(zeta).keep(np.arange(1, 101, dtype=np.float32))
        assert (~kept).sum() == dropped

    def test_one_sign_alone(self):
        assert SetEvolution(0.5).keep(np.array([3.0, 1, 2, 4])).tolist() == [
            True,
            False,
            False,
            True,
        ]
        assert SetEvolution(0.5).keep(np.array([-3.0, -1])).tolist() == [True, False]
        assert SetEvolution(0.5).keep(np.zeros(3)).tolist() == [False] * 3


class TestEvolve:
    def test_worked_by_hand(self):
        # 2 x 2, places 0, 1 and 2 taken; ζ = 0.5 drops one of the two positive weights, none of the
        # one negative. Place 3 and the place just dropped are free.
        layer = SparseLinear(2, 2)
        layer.rewire(np.array([0, 2, 3]), np.array([0, 1, 0], np.int32))
        layer.weight.data = torch.tensor([5.0, 1.0, -2.0])
        turnover = evolve(layer, SetEvolution(0.5), None, np.random.default_rng(0))
        assert turnover == Turnover(dropped=1, grown=1)
        assert _by_place(layer, layer.weight) in (
            {0: 5.0, 1: 0.0, 2: -2.0},
            {0: 5.0, 2: -2.0, 3: 0.0},
        )

    @pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (12, 15)])
    @pytest.mark.parametrize("missing", [0, 1, 0.1, 0.5, 0.9, 1.0])
    @pytest.mark.parametrize("zeta", ZETAS)
    def test_the_count_is_constant_and_places_never_collide(self, shape, missing, zeta):
        n_places = shape[0] * shape[1]
        n = n_places - (missing if isinstance(missing, int) else round(missing * n_places))
        layer = _layer(*shape, n)
        optimizer = _trained(layer, momentum=0.9)
        rng = np.random.default_rng(0)
        for _ in range(8):
            kept = int(SetEvolution(zeta).keep(layer.weight.detach().numpy()).sum())
            turnover = evolve(layer, SetEvolution(zeta), optimizer, rng)
            assert turnover == Turnover(dropped=n - kept, grown=n - kept)
            places = _places(layer)
            assert (len(places), len(set(places)), len(layer.weight)) == (n, n, n)
            assert places == sorted(places)
            assert layer.topology().n_connections == n
            with torch.no_grad():
                layer.weight.copy_(torch.from_numpy(rng.normal(size=n)))

    @pytest.mark.parametrize("seed", range(5))
    def test_survivors_keep_what_they_have_at_their_own_place(self, seed):
        layer = _layer(13, 9, 60, seed)
        optimizer = _trained(layer, momentum=0.9)
        state = optimizer.state[layer.weight]
        weights = _by_place(layer, layer.weight)
        momentum = _by_place(layer, state["momentum_buffer"])
        kept = SetEvolution(0.3).keep(layer.weight.detach().numpy())
        survivors = {place for place, stays in zip(weights, kept, strict=True) if stays}
        bias = layer.bias.detach().clone()
        bias_momentum = optimizer.state[layer.bias]["momentum_buffer"].clone()

        evolve(layer, SetEvolution(0.3), optimizer, np.random.default_rng(seed))

        after = _by_place(layer, layer.weight)
        state_after = _by_place(layer, optimizer.state[layer.weight]["momentum_buffer"])
        assert survivors < set(after)
        for place in after:
            assert after[place] == (weights[place] if place in survivors else 0.0)
            assert state_after[place] == (momentum[place] if place in survivors else 0.0)
        assert all(momentum.values())
        assert torch.equal(layer.bias, bias)
        assert torch.equal(optimizer.state[layer.bias]["momentum_buffer"], bias_momentum)

    def test_training_goes_on_with_the_same_parameter(self):
        layer = _layer(13, 9, 60)
        optimizer = _trained(layer, momentum=0.9, weight_decay=0.01)
        parameter = layer.weight
        evolve(layer, SetEvolution(0.3), optimizer, np.random.default_rng(0))
        assert layer.weight is parameter
        assert layer.weight.requires_grad
        assert layer.weight.grad is None
        velocity = optimizer.state[parameter]["momentum_buffer"].clone()
        before = parameter.detach().clone()
        layer(torch.ones(2, 13)).sum().backward()
        slopes = parameter.grad + 0.01 * before
        optimizer.step()
        torch.testing.assert_close(parameter.detach(), before - 0.1 * (0.9 * velocity + slopes))

    @pytest.mark.parametrize("settings", [{"momentum": 0.9}, {"momentum": 0.0}])
    @pytest.mark.parametrize("steps", [0, 1])
    def test_whatever_state_the_optimiser_has(self, settings, steps):
        layer = _layer(13, 9, 60)
        optimizer = _trained(layer, steps, **settings)
        assert evolve(layer, SetEvolution(0.3), optimizer, np.random.default_rng(0)).grown > 0
        layer(torch.ones(2, 13)).sum().backward()
        before = layer.weight.detach().clone()
        optimizer.step()
        assert not torch.equal(layer.weight, before)

    def test_a_full_layer_takes_back_what_it_dropped(self):
        layer = _layer(6, 5, 30)
        before = _by_place(layer, layer.weight)
        turnover = evolve(layer, SetEvolution(0.5), None, np.random.default_rng(0))
        after = _by_place(layer, layer.weight)
        assert list(after) == list(range(30))
        returned = [place for place in after if after[place] == 0]
        assert len(returned) == turnover.dropped
        median = {
            sign: np.median([abs(w) for w in before.values() if w * sign > 0]) for sign in (1, -1)
        }
        assert all(abs(before[p]) <= median[np.sign(before[p])] for p in returned)

    def test_growth_is_uniform_over_all_free_places_those_just_dropped_included(self):
        layer = _layer(6, 5, 12)
        method, rng, repeats = SetEvolution(0.5), np.random.default_rng(0), 4000
        kept = method.keep(layer.weight.detach().numpy())
        survivors = set(np.array(_places(layer))[kept].tolist())
        free = sorted(set(range(30)) - survivors)
        dropped = set(_places(layer)) - survivors
        counts = Counter()
        for _ in range(repeats):
            twin = copy.deepcopy(layer)
            evolve(twin, method, None, rng)
            counts.update(set(_places(twin)) - survivors)
        assert set(counts) <= set(free)
        assert dropped
        # Without replacement, k of n: counts are negatively correlated, which scales chi-square.
        n, k = len(free), 12 - len(survivors)
        expected = repeats * k / n
        squares = sum((counts[place] - expected) ** 2 for place in free)
        statistic = squares * (n - 1) / (n * expected * (1 - k / n))
        assert 1e-4 < chi2.sf(statistic, n - 1) < 1 - 1e-4

    def test_gradients_are_right_after_every_evolution(self):
        layer = _layer(13, 9, 60)
        rng = np.random.default_rng(0)
        for seed in range(4):
            evolve(layer, SetEvolution(0.5), None, rng)
            with torch.no_grad():
                layer.weight.copy_(torch.from_numpy(rng.normal(size=60)))
            x = torch.randn(5, 13, generator=torch.Generator().manual_seed(seed)).requires_grad_()
            dense = torch.from_numpy(layer.topology().to_scipy().toarray()).requires_grad_()
            ours = torch.autograd.grad(layer(x).square().sum(), (x, layer.weight))
            theirs = torch.autograd.grad(
                functional.linear(x, dense, layer.bias).square().sum(), (x, dense)
            )
            torch.testing.assert_close(ours[0], theirs[0], rtol=1e-5, atol=1e-5)
            at = theirs[1].flatten()[torch.tensor(_places(layer))]
            torch.testing.assert_close(ours[1], at, rtol=1e-5, atol=1e-5)

    def test_equal_seeds_evolve_alike(self):
        twins = [_layer(13, 9, 60) for _ in range(3)]
        for layer, seed in zip(twins, (0, 0, 1), strict=True):
            evolve(layer, SetEvolution(0.3), None, np.random.default_rng(seed))
        assert twins[0].topology() == twins[1].topology()
        assert twins[0].topology() != twins[2].topology()

    def test_a_variant_overrides_one_seam(self):
        class DropLargest(SetEvolution):
            def keep(self, weights):
                return np.abs(weights) < np.quantile(np.abs(weights), 1 - self.zeta)

        layer = _layer(13, 9, 60)
        largest = np.abs(layer.weight.detach().numpy()).max()
        assert evolve(layer, DropLargest(0.25), None, np.random.default_rng(0)).grown == 15
        assert np.abs(layer.weight.detach().numpy()).max() < largest
        assert layer.n_connections == 60


class TestPrune:
    @pytest.mark.parametrize("zeta", ZETAS)
    @pytest.mark.parametrize("n", [0, 1, 60, 117])
    def test_only_takes_away(self, n, zeta):
        layer = _layer(13, 9, n)
        optimizer = _trained(layer, momentum=0.9)
        weights = _by_place(layer, layer.weight)
        momentum = _by_place(layer, optimizer.state[layer.weight]["momentum_buffer"])
        kept = SetEvolution(zeta).keep(layer.weight.detach().numpy())
        turnover = prune(layer, SetEvolution(zeta), optimizer)
        assert turnover == Turnover(dropped=n - int(kept.sum()), grown=0)
        survivors = [place for place, stays in zip(weights, kept, strict=True) if stays]
        assert _by_place(layer, layer.weight) == {place: weights[place] for place in survivors}
        state = optimizer.state[layer.weight]["momentum_buffer"]
        assert _by_place(layer, state) == {place: momentum[place] for place in survivors}

    def test_the_layer_works_on(self):
        layer = _layer(13, 9, 60)
        optimizer = _trained(layer, momentum=0.9)
        prune(layer, SetEvolution(0.5), optimizer)
        x = torch.ones(2, 13, requires_grad=True)
        layer(x).sum().backward()
        dense = layer.topology().to_scipy().toarray()
        np.testing.assert_allclose(x.grad, np.tile(dense.sum(axis=0), (2, 1)), atol=1e-5)
        optimizer.step()


class TestUnknownOptimisers:
    @pytest.mark.parametrize("change", [evolve, prune])
    @pytest.mark.parametrize("stepped", [True, False])
    def test_are_refused_and_change_nothing(self, change, stepped):
        layer = _layer(13, 9, 60)
        optimizer = torch.optim.Adam(layer.parameters())
        if stepped:
            layer(torch.ones(2, 13)).sum().backward()
            optimizer.step()
        before = layer.topology()
        state = copy.deepcopy(optimizer.state_dict())
        rng = [np.random.default_rng(0)] if change is evolve else []
        with pytest.raises(TypeError, match="state of Adam is unknown; known are: SGD"):
            change(layer, SetEvolution(0.3), optimizer, *rng)
        assert layer.topology() == before
        assert str(optimizer.state_dict()) == str(state)
