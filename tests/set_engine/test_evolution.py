from __future__ import annotations

import copy
from collections import Counter

import numpy as np
import pytest
import torch
from scipy.stats import chi2
from torch import nn
from torch.nn import functional

from set_engine import SET, Evolution, MaskedLinear, Method, SparseLinear, Turnover
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


def _wired(n_inputs: int, n_outputs: int, weights: dict[int, float]) -> SparseLinear:
    """A layer with these weights by place."""
    layer = SparseLinear(n_inputs, n_outputs)
    layer.rewire(*wiring_of(np.array(list(weights), np.int64), n_inputs, n_outputs))
    layer.weight.data = torch.tensor(list(weights.values()))
    return layer


def _places(layer: SparseLinear) -> list[int]:
    return places_of(*layer.wiring(), layer.n_inputs).tolist()


def _by_place(layer: SparseLinear, values: torch.Tensor) -> dict[int, float]:
    return dict(zip(_places(layer), values.tolist(), strict=True))


def _kept(layer: SparseLinear, zeta: float) -> np.ndarray:
    """What SET keeps, which is no matter of chance."""
    return SET().keep(layer.connection_weights(), zeta, np.random.default_rng(0))


def _trained(model: nn.Module, steps: int = 2, **settings: float) -> torch.optim.SGD:
    """An optimiser that has taken some steps, so that it has momentum where asked for."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, **settings)
    width = next(module.n_inputs for module in model.modules() if hasattr(module, "n_inputs"))
    for seed in range(steps):
        x = torch.randn(8, width, generator=torch.Generator().manual_seed(seed))
        optimizer.zero_grad()
        model(x).square().mean().backward()
        optimizer.step()
    return optimizer


class TestStep:
    def test_worked_by_hand(self):
        # 2 x 2, places 0, 1 and 2 taken; ζ = 0.5 drops one of the two positive weights, none of the
        # one negative. Place 3 and the place just dropped are free.
        layer = _wired(2, 2, {0: 5.0, 1: 1.0, 2: -2.0})
        assert Evolution(layer, None, zeta=0.5).step() == Turnover(dropped=1, grown=1)
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
        rng = np.random.default_rng(0)
        evolution = Evolution(layer, _trained(layer, momentum=0.9), zeta=zeta, rng=rng)
        for _ in range(8):
            kept = int(_kept(layer, zeta).sum())
            assert evolution.step() == Turnover(dropped=n - kept, grown=n - kept)
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
        weights = _by_place(layer, layer.weight)
        momentum = _by_place(layer, optimizer.state[layer.weight]["momentum_buffer"])
        kept = _kept(layer, 0.3)
        survivors = {place for place, stays in zip(weights, kept, strict=True) if stays}
        bias = layer.bias.detach().clone()
        bias_momentum = optimizer.state[layer.bias]["momentum_buffer"].clone()

        Evolution(layer, optimizer, zeta=0.3, rng=seed).step()

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
        Evolution(layer, optimizer).step()
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
        assert Evolution(layer, optimizer).step().grown > 0
        layer(torch.ones(2, 13)).sum().backward()
        before = layer.weight.detach().clone()
        optimizer.step()
        assert not torch.equal(layer.weight, before)

    def test_a_full_layer_takes_back_what_it_dropped(self):
        layer = _layer(6, 5, 30)
        before = _by_place(layer, layer.weight)
        turnover = Evolution(layer, None, zeta=0.5).step()
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
        rng, repeats = np.random.default_rng(0), 4000
        survivors = set(np.array(_places(layer))[_kept(layer, 0.5)].tolist())
        free = sorted(set(range(30)) - survivors)
        dropped = set(_places(layer)) - survivors
        counts = Counter()
        for _ in range(repeats):
            twin = copy.deepcopy(layer)
            Evolution(twin, None, zeta=0.5, rng=rng).step()
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
        evolution = Evolution(layer, None, zeta=0.5, rng=rng)
        for seed in range(4):
            evolution.step()
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
        twins = [_layer(13, 9, 60) for _ in range(4)]
        for layer, seed in zip(twins, (0, np.random.default_rng(0), 1, 0), strict=True):
            Evolution(layer, None, rng=seed).step()
        assert twins[0].topology() == twins[1].topology() == twins[3].topology()
        assert twins[0].topology() != twins[2].topology()

    def test_leaves_the_global_generators_alone(self):
        before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
        Evolution(_layer(13, 9, 60), None, new_weights=0.1).step()
        assert torch.equal(torch.get_rng_state(), before[0])
        assert (np.random.get_state()[1] == before[1]).all()  # noqa: NPY002

    @pytest.mark.parametrize(("zeta", "dropped"), [(None, 30), (0.1, 6), (0.9, 54), (0, 0)])
    def test_another_fraction_at_one_step(self, zeta, dropped):
        # 60 places at equal numbers of both signs, so that no fraction falls between two numbers.
        layer = _wired(20, 6, {place: (-1.0) ** place * (1 + place) for place in range(60)})
        evolution = Evolution(layer, None, zeta=0.5)
        assert evolution.step(zeta) == Turnover(dropped, dropped)
        assert evolution.zeta == 0.5


class TestModel:
    def _model(self) -> nn.Sequential:
        inner = nn.Sequential(_layer(13, 9, 60, 1), nn.Tanh())
        masked = MaskedLinear(_layer(7, 5, 12, 3))
        return nn.Sequential(inner, _layer(9, 7, 30, 2), nn.ReLU(), masked, nn.Linear(5, 3))

    def test_every_sparse_layer_evolves_wherever_it_is(self):
        model = self._model()
        evolution = Evolution(model, _trained(model, momentum=0.9))
        layers = [model[0][0], model[1], model[3]]
        assert all(ours is theirs for ours, theirs in zip(evolution.layers, layers, strict=True))
        numbers = [layer.n_connections for layer in layers]
        before = [layer.topology() for layer in layers]
        dropped = sum(int((~_kept(layer, 0.3)).sum()) for layer in layers)
        assert evolution.step() == Turnover(dropped, dropped)
        assert [layer.n_connections for layer in layers] == numbers
        assert all(now.topology() != was for now, was in zip(layers, before, strict=True))

    def test_dense_layers_stay(self):
        model = self._model()
        optimizer = _trained(model, momentum=0.9)
        dense = copy.deepcopy(model[4].state_dict())
        momentum = optimizer.state[model[4].weight]["momentum_buffer"].clone()
        Evolution(model, optimizer, zeta=0.9).step()
        assert all(torch.equal(value, dense[name]) for name, value in model[4].state_dict().items())
        assert torch.equal(optimizer.state[model[4].weight]["momentum_buffer"], momentum)

    def test_a_layer_used_twice_evolves_once(self):
        layer = _layer(9, 9, 40)
        evolution = Evolution(nn.Sequential(layer, nn.ReLU(), layer), None, zeta=0.5)
        assert evolution.step().dropped == int((~_kept(_layer(9, 9, 40), 0.5)).sum())

    def test_a_model_without_sparse_layers_has_nothing_to_evolve(self):
        evolution = Evolution(nn.Sequential(nn.Linear(3, 4), nn.ReLU()), None)
        assert evolution.layers == []
        assert evolution.step() == evolution.finish() == Turnover()
        assert evolution.prune_neurons(50) == Turnover()

    def test_an_optimiser_of_other_parameters_alone(self):
        model = self._model()
        optimizer = torch.optim.SGD(model[4].parameters(), lr=0.1)
        with pytest.raises(ValueError, match="the SGD has not the weight of sparse layer 1 of"):
            Evolution(model, optimizer)
        # What is frozen has no state anywhere.
        model.requires_grad_(False)
        before = model[0][0].topology()
        Evolution(model, optimizer).step()
        assert model[0][0].topology() != before


class TestNewWeights:
    def test_start_at_zero_if_nothing_is_said(self):
        layer = _layer(30, 20, 200)
        turnover = Evolution(layer, None).step()
        assert int((layer.weight == 0).sum()) == turnover.grown > 0

    @pytest.mark.parametrize("deviation", [0.001, 0.1, 3.0])
    @pytest.mark.parametrize("storage", ["sparse", "masked"])
    def test_have_the_deviation_that_is_asked_for(self, deviation, storage):
        sparse = _layer(200, 150, 6000)
        layer = MaskedLinear(sparse) if storage == "masked" else sparse
        kept = _kept(sparse, 0.5)
        survivors = sparse.places()[kept]
        weights = sparse.connection_weights()[kept]
        Evolution(layer, None, zeta=0.5, new_weights=deviation).step()
        is_new = ~np.isin(layer.places(), survivors)
        grown = layer.connection_weights()[is_new]
        n = len(grown)
        assert n == 6000 - len(survivors) > 2900
        assert (layer.connection_weights()[~is_new] == weights).all()
        # A normal law: mean 0 and this deviation, to five standard errors of each.
        assert abs(grown.mean()) < 5 * deviation / np.sqrt(n)
        assert abs(grown.std() / deviation - 1) < 5 / np.sqrt(2 * n)
        assert 0.6 < (np.abs(grown) < deviation).mean() < 0.76

    def test_come_from_the_evolutions_own_generator(self):
        twins = [_layer(13, 9, 60) for _ in range(3)]
        for layer, seed in zip(twins, (4, 4, 5), strict=True):
            Evolution(layer, None, new_weights=0.1, rng=seed).step()
        assert twins[0].topology() == twins[1].topology()
        assert twins[0].topology() != twins[2].topology()


class TestFinish:
    @pytest.mark.parametrize("zeta", ZETAS)
    @pytest.mark.parametrize("n", [0, 1, 60, 117])
    def test_only_takes_away(self, n, zeta):
        layer = _layer(13, 9, n)
        optimizer = _trained(layer, momentum=0.9)
        weights = _by_place(layer, layer.weight)
        momentum = _by_place(layer, optimizer.state[layer.weight]["momentum_buffer"])
        kept = _kept(layer, zeta)
        turnover = Evolution(layer, optimizer, zeta=zeta).finish()
        assert turnover == Turnover(dropped=n - int(kept.sum()), grown=0)
        survivors = [place for place, stays in zip(weights, kept, strict=True) if stays]
        assert _by_place(layer, layer.weight) == {place: weights[place] for place in survivors}
        state = optimizer.state[layer.weight]["momentum_buffer"]
        assert _by_place(layer, state) == {place: momentum[place] for place in survivors}

    def test_the_layer_works_on(self):
        layer = _layer(13, 9, 60)
        optimizer = _trained(layer, momentum=0.9)
        Evolution(layer, optimizer, zeta=0.5).finish()
        x = torch.ones(2, 13, requires_grad=True)
        layer(x).sum().backward()
        dense = layer.topology().to_scipy().toarray()
        np.testing.assert_allclose(x.grad, np.tile(dense.sum(axis=0), (2, 1)), atol=1e-5)
        optimizer.step()


class TestPrune:
    def test_takes_what_is_not_marked(self):
        layer = _wired(3, 2, {0: 1.0, 2: -2.0, 4: 3.0, 5: 4.0})
        optimizer = _trained(layer, momentum=0.9)
        weights = _by_place(layer, layer.weight)
        momentum = _by_place(layer, optimizer.state[layer.weight]["momentum_buffer"])
        kept = np.array([False, True, True, False])
        assert Evolution(layer, optimizer).prune(layer, kept) == Turnover(dropped=2, grown=0)
        assert _by_place(layer, layer.weight) == {place: weights[place] for place in (2, 4)}
        state = optimizer.state[layer.weight]["momentum_buffer"]
        assert _by_place(layer, state) == {place: momentum[place] for place in (2, 4)}


# Strengths Σ|w| of four neurons with three inputs: 3, 1, 2 and 4.
FOUR_NEURONS = {0: 1.0, 2: -2.0, 4: 1.0, 6: -0.5, 7: 0.5, 8: 1.0, 11: -4.0}


class TestPruneNeurons:
    @pytest.mark.parametrize(
        ("percentile", "left"),
        [
            (1, [0, 2, 6, 7, 8, 11]),  # of the strengths, 1.03: the neuron with 1 goes
            (33, [0, 2, 6, 7, 8, 11]),  # 1.99
            (34, [0, 2, 11]),  # 2.02
            (50, [0, 2, 11]),  # 2.5
            (67, [11]),  # 3.01
            (99, [11]),  # 3.97
        ],
    )
    @pytest.mark.parametrize("storage", ["sparse", "masked"])
    def test_worked_by_hand(self, percentile, left, storage):
        hidden = _wired(3, 4, FOUR_NEURONS)
        if storage == "masked":
            hidden = MaskedLinear(hidden)
        model = nn.Sequential(hidden, nn.ReLU(), nn.Linear(4, 2))
        turnover = Evolution(model, None).prune_neurons(percentile)
        assert turnover == Turnover(dropped=len(FOUR_NEURONS) - len(left), grown=0)
        assert hidden.places().tolist() == left
        assert hidden.connection_weights().tolist() == [FOUR_NEURONS[place] for place in left]

    def test_a_strength_equal_to_the_percentile_goes(self):
        # Strengths 1, 2 and 3: the median is the second neuron's own strength.
        hidden = _wired(2, 3, {0: -1.0, 2: 1.0, 3: -1.0, 5: 3.0})
        Evolution(nn.Sequential(hidden, nn.Linear(3, 2)), None).prune_neurons(50)
        assert _by_place(hidden, hidden.weight) == {5: 3.0}

    @pytest.mark.parametrize("percentile", [0.5, 10, 50, 90, 99.5])
    @pytest.mark.parametrize("shape", [(1, 1, 1), (40, 1, 0), (12, 30, 200), (12, 30, 20)])
    def test_a_neuron_keeps_all_or_loses_all_and_the_weakest_lose(self, shape, percentile):
        n_inputs, n_outputs, n = shape
        hidden = _layer(n_inputs, n_outputs, n)
        before = hidden.topology().to_scipy().toarray()
        strengths = np.abs(before).sum(axis=1)
        Evolution(nn.Sequential(hidden, nn.Linear(n_outputs, 2)), None).prune_neurons(percentile)
        after = hidden.topology().to_scipy().toarray()
        lost = ~after.any(axis=1) & before.any(axis=1)
        assert (after[~lost] == before[~lost]).all()
        alive = after.any(axis=1)
        if alive.any() and lost.any():
            assert strengths[lost].max() < strengths[alive].min()
        if n_outputs == 30:
            # Of 30 neurons, those below and at the linear interpolation between two of them.
            assert alive.sum() == min((strengths > 0).sum(), 29 - int(percentile / 100 * 29))

    @pytest.mark.parametrize("last", ["dense", "sparse", "masked", "sparse and normalised"])
    def test_outputs_stay(self, last):
        hidden, output = _layer(12, 9, 50, 1), _layer(9, 6, 20, 2)
        if last == "masked":
            output = MaskedLinear(output)
        ends = {"dense": [nn.Linear(9, 6)], "sparse and normalised": [output, nn.BatchNorm1d(6)]}
        model = nn.Sequential(hidden, nn.ReLU(), *ends.get(last, [output]))
        before = output.topology()
        assert Evolution(model, None).prune_neurons(50).dropped == 50 - hidden.n_connections > 0
        assert output.topology() == before

    def test_optimiser_state_goes_with_its_connection(self):
        hidden = _layer(12, 9, 50)
        model = nn.Sequential(hidden, nn.Tanh(), nn.Linear(9, 3))
        optimizer = _trained(model, momentum=0.9)
        momentum = _by_place(hidden, optimizer.state[hidden.weight]["momentum_buffer"])
        Evolution(model, optimizer).prune_neurons(50)
        left = _by_place(hidden, optimizer.state[hidden.weight]["momentum_buffer"])
        assert 0 < len(left) < 50
        assert left == {place: momentum[place] for place in left}
        model(torch.ones(2, 12)).sum().backward()
        optimizer.step()

    @pytest.mark.parametrize("percentile", [0, 100, -3, 250, float("nan")])
    def test_refuses_a_percentile_that_is_none(self, percentile):
        layer = _layer(12, 9, 50)
        evolution = Evolution(nn.Sequential(layer, nn.Linear(9, 2)), None)
        message = f"percentile is {percentile}; it must be a number above 0 and below 100"
        with pytest.raises(ValueError, match=message):
            evolution.prune_neurons(percentile)
        assert layer.n_connections == 50


class TestRefusals:
    @pytest.mark.parametrize("zeta", [0, 1, -0.3, 1.5, float("nan"), float("inf")])
    def test_a_fraction_that_is_none(self, zeta):
        with pytest.raises(ValueError, match=f"zeta is {zeta}; it must be a number above 0 and be"):
            Evolution(_layer(3, 3, 5), None, zeta=zeta)

    @pytest.mark.parametrize("zeta", [1, -0.1, 1.5, float("nan")])
    def test_a_fraction_that_is_none_at_one_step(self, zeta):
        layer = _layer(3, 3, 5)
        before = layer.topology()
        with pytest.raises(ValueError, match=f"zeta is {zeta}; it must be a number of at least 0"):
            Evolution(layer, None).step(zeta)
        assert layer.topology() == before

    @pytest.mark.parametrize("new_weights", [-0.1, float("nan"), float("inf")])
    def test_a_deviation_that_is_none(self, new_weights):
        with pytest.raises(ValueError, match=f"new_weights is {new_weights}; it must be a finite"):
            Evolution(_layer(3, 3, 5), None, new_weights=new_weights)

    @pytest.mark.parametrize("method", ["SET", "", "rig"])
    def test_a_method_of_no_such_name(self, method):
        with pytest.raises(
            ValueError, match=f"method is '{method}'; it must be one of set, set-ra"
        ):
            Evolution(_layer(3, 3, 5), None, method)

    def test_a_method_of_its_own_needs_no_name(self):
        class Nothing(Method):
            pass

        assert Evolution(_layer(3, 3, 5), None, Nothing()).step() == Turnover()


class _OwnSGD(torch.optim.SGD):
    """May remember anything."""


class TestUnknownOptimisers:
    @pytest.mark.parametrize("kind", [torch.optim.Adadelta, torch.optim.NAdam, _OwnSGD])
    @pytest.mark.parametrize("stepped", [True, False])
    def test_are_refused_and_change_nothing(self, kind, stepped):
        layer = _layer(13, 9, 60)
        optimizer = kind(layer.parameters())
        if stepped:
            layer(torch.ones(2, 13)).sum().backward()
            optimizer.step()
        before = layer.topology()
        state = copy.deepcopy(optimizer.state_dict())
        message = f"state of {kind.__name__} is unknown; known are: SGD, Adam, AdamW, RMSprop, Ada"
        with pytest.raises(TypeError, match=message):
            Evolution(layer, optimizer, "rigl")
        assert layer.topology() == before
        assert str(optimizer.state_dict()) == str(state)
        assert not layer.records_gradient

    def test_a_schedule_does_not_make_an_optimiser_unknown(self):
        layer = _layer(13, 9, 60)
        optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
        torch.optim.lr_scheduler.StepLR(optimizer, 1)
        assert Evolution(layer, optimizer).step().grown > 0


def test_a_loss_that_is_still_held_does_no_harm_to_a_pruned_layer():
    layer = SparseLinear(30, 20, epsilon=3)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    x = torch.ones(4, 30)
    held = layer(x).square().sum()
    held.backward()
    before = layer.n_connections
    Evolution(layer, optimizer).finish()
    assert layer.n_connections < before
    layer(x).square().sum().backward()
    assert layer.weight.grad.shape == layer.weight.shape
    assert held.requires_grad


def test_an_optimiser_of_another_model_is_refused():
    model, other = (nn.Sequential(SparseLinear(30, 20, epsilon=3)) for _ in range(2))
    optimizer = torch.optim.SGD(other.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="the SGD has not the weight of sparse layer 1 of 1"):
        Evolution(model, optimizer)
