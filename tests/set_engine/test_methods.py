from __future__ import annotations

import copy
import math
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import chi2
from torch import nn
from torch.nn import functional

from set_engine import (
    METHODS,
    SET,
    Evolution,
    MaskedLinear,
    Method,
    SparseLinear,
    TrainingConfig,
    Turnover,
    allowed,
    choices,
    train,
)
from set_engine.methods import LargestRemoval, RandomRemoval, RigL
from set_engine.places import wiring_of

EVOLVING = [name for name, method in METHODS.items() if method.evolves]
SETS = [name for name, method in METHODS.items() if issubclass(method, SET)]
ZETAS = ["0.01", "0.1", "0.25", "0.3", "0.5", "0.75", "0.9"]
LENGTHS = [0, 1, 2, 3, 10, 99, 1000]

some_weights = hnp.arrays(
    np.float32,
    st.integers(0, 60),
    elements=st.sampled_from([-2, -1, -0.5, -0.0, 0, 0.5, 1, 2]) | st.floats(-9, 9, width=32),
)
some_zeta = st.sampled_from([0.125, 0.25, 0.5, 0.75])


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def _normal(n: int) -> np.ndarray:
    return _rng(n).normal(0.2, 1, n).astype(np.float32)


def _part(zeta: str, n: int) -> int:
    # In exact fractions: a product of floats may fall on the other side of a whole number.
    return math.floor(Fraction(zeta) * n)


def _layer(n_inputs: int, n_outputs: int, n: int, storage: str = "sparse", seed: int = 0):
    rng = _rng(seed)
    layer = SparseLinear(n_inputs, n_outputs, generator=torch.Generator().manual_seed(seed))
    places = np.sort(rng.choice(n_inputs * n_outputs, n, replace=False))
    layer.rewire(*wiring_of(places, n_inputs, n_outputs))
    layer.weight.data = torch.from_numpy(rng.normal(size=n).astype(np.float32))
    return MaskedLinear(layer) if storage == "masked" else layer


def _noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def registry() -> Iterator[None]:
    """Whatever a test registers is forgotten afterwards."""
    before = dict(METHODS)
    yield
    METHODS.clear()
    METHODS.update(before)


class TestSET:
    def test_worked_by_hand(self):
        # ζ = 0.4: of 5 positive ones 0.1 and 0.2 go, of 3 negative ones -0.5, and both zeros.
        weights = np.array([0.2, -0.5, 0, 3, 0.1, -7, 0.4, -0.0, 0.3, -1], np.float32)
        kept = SET().keep(weights, 0.4, _rng())
        assert weights[kept].tolist() == np.array([3, -7, 0.4, 0.3, -1], np.float32).tolist()

    @pytest.mark.parametrize("zeta", ZETAS)
    @pytest.mark.parametrize("n", LENGTHS)
    def test_against_sorting(self, n, zeta):
        weights = _normal(n)
        positive = sorted(weights[weights > 0].tolist())
        negative = sorted(weights[weights < 0].tolist(), reverse=True)
        kept = [*positive[_part(zeta, len(positive)) :], *negative[_part(zeta, len(negative)) :]]
        found = weights[SET().keep(weights, float(zeta), _rng())]
        assert sorted(found.tolist()) == sorted(kept)

    @given(some_weights, some_zeta)
    def test_any_weights(self, weights, zeta):
        before = weights.copy()
        kept = SET().keep(weights, zeta, _rng())
        assert (weights == before).all()
        assert not kept[weights == 0].any()
        for side in (weights > 0, weights < 0):
            dropped, stayed = np.abs(weights[side & ~kept]), np.abs(weights[side & kept])
            assert len(dropped) == math.floor(zeta * side.sum())
            if len(dropped) and len(stayed):
                assert dropped.max() <= stayed.min()

    @pytest.mark.parametrize(("zeta", "dropped"), [(0.29, 29), (0.57, 57), (0.3, 30)])
    @pytest.mark.parametrize("method", EVOLVING)
    def test_a_decimal_fraction_is_not_one_too_few(self, method, zeta, dropped):
        kept = METHODS[method]().keep(np.arange(1, 101, dtype=np.float32), zeta, _rng())
        assert (~kept).sum() == dropped

    def test_one_sign_alone(self):
        cases = [
            ([3.0, 1, 2, 4], [True, False, False, True]),
            ([-3.0, -1], [True, False]),
            ([0.0, 0, 0], [False] * 3),
        ]
        for weights, kept in cases:
            assert SET().keep(np.array(weights), 0.5, _rng()).tolist() == kept


class TestControlsOfSET:
    def test_largest_removal_by_hand(self):
        # ζ = 0.4: of 5 positive ones 3 and 0.4 go, of 3 negative ones -7; the zero stays.
        weights = np.array([0.2, -0.5, 0, 3, 0.1, -7, 0.4, 0.3, -1], np.float32)
        kept = LargestRemoval().keep(weights, 0.4, _rng())
        left = np.array([0.2, -0.5, 0, 0.1, 0.3, -1], np.float32)
        assert weights[kept].tolist() == left.tolist()

    @pytest.mark.parametrize("zeta", ZETAS)
    @pytest.mark.parametrize("n", LENGTHS)
    def test_largest_removal_against_sorting(self, n, zeta):
        weights = _normal(n)
        positive = sorted(weights[weights > 0].tolist(), reverse=True)
        negative = sorted(weights[weights < 0].tolist())
        kept = [*positive[_part(zeta, len(positive)) :], *negative[_part(zeta, len(negative)) :]]
        found = weights[LargestRemoval().keep(weights, float(zeta), _rng())]
        assert sorted(found.tolist()) == sorted(kept)

    @given(some_weights, some_zeta)
    def test_largest_removal_drops_as_many_of_each_sign_as_set_and_no_zero(self, weights, zeta):
        before = weights.copy()
        kept = LargestRemoval().keep(weights, zeta, _rng())
        reference = SET().keep(weights, zeta, _rng())
        assert (weights == before).all()
        assert kept.shape == weights.shape
        for side in (weights > 0, weights < 0):
            assert kept[side].sum() == reference[side].sum()
        assert kept[weights == 0].all()

    @given(some_weights, some_zeta)
    def test_random_removal_drops_the_fraction_of_all(self, weights, zeta):
        before = weights.copy()
        kept = RandomRemoval().keep(weights, zeta, _rng())
        assert (weights == before).all()
        assert (~kept).sum() == _part(Fraction(zeta), len(weights))

    def test_random_removal_takes_any_equally_often(self):
        weights = np.array([1.0, 9, 2, 8, 0, 7, -1, -5, -2, 0], np.float32)
        rng, repeats, n, k = _rng(), 4000, 10, 5
        counts = Counter()
        for _ in range(repeats):
            counts.update(np.flatnonzero(~RandomRemoval().keep(weights, 0.5, rng)).tolist())
        # Without replacement, k of n: negatively correlated counts, which scales chi-square.
        expected = repeats * k / n
        squares = sum((counts[index] - expected) ** 2 for index in range(n))
        statistic = squares * (n - 1) / (n * expected * (1 - k / n))
        assert 1e-4 < chi2.sf(statistic, n - 1) < 1 - 1e-4

    def test_random_removal_draws_from_the_generator_it_is_given(self):
        weights = _normal(200)
        one, same, other = (RandomRemoval().keep(weights, 0.3, _rng(seed)) for seed in (1, 1, 2))
        assert (one == same).all()
        assert (one != other).any()

    def test_masked_set_chooses_as_set(self):
        weights = _normal(200)
        masked = METHODS["masked"]()
        assert (masked.keep(weights, 0.3, _rng()) == SET().keep(weights, 0.3, _rng())).all()
        assert (masked.storage, SET.storage) == ("masked", "sparse")


class TestRigLDrops:
    def test_by_hand(self):
        # ζ = 0.4 of 10: the four smallest |w|, whatever their sign; a zero is one of them.
        weights = np.array([0.2, -0.5, 0, 3, 0.1, -7, 0.4, -0.3, 0.6, -1], np.float32)
        kept = RigL().keep(weights, 0.4, _rng())
        expected = np.array([-0.5, 3, -7, 0.4, 0.6, -1], np.float32)
        assert weights[kept].tolist() == expected.tolist()

    @pytest.mark.parametrize("zeta", ZETAS)
    @pytest.mark.parametrize("n", LENGTHS)
    def test_against_sorting(self, n, zeta):
        weights = _normal(n)
        found = weights[RigL().keep(weights, float(zeta), _rng())]
        expected = sorted(weights.tolist(), key=abs)[_part(zeta, n) :]
        assert sorted(found.tolist()) == sorted(expected)

    @given(some_weights, some_zeta)
    def test_any_weights(self, weights, zeta):
        before = weights.copy()
        kept = RigL().keep(weights, zeta, _rng())
        assert (weights == before).all()
        assert (~kept).sum() == math.floor(zeta * len(weights))
        dropped, stayed = np.abs(weights[~kept]), np.abs(weights[kept])
        if len(dropped) and len(stayed):
            assert dropped.max() <= stayed.min()


def _largest_by_sorting(gradient: torch.Tensor, survivors: set[int], count: int) -> set[int]:
    magnitudes = gradient.abs().flatten().tolist()
    absent = [place for place in range(len(magnitudes)) if place not in survivors]
    return set(sorted(absent, key=lambda place: (-magnitudes[place], place))[:count])


def _dense_of(layer: SparseLinear | MaskedLinear) -> torch.Tensor:
    """The weights of a layer as a dense matrix that gets the full gradient."""
    return torch.from_numpy(layer.topology().to_scipy().toarray()).requires_grad_()


@pytest.mark.parametrize("storage", ["sparse", "masked"])
class TestRigLGrows:
    def _assert_grows_along(self, layer, gradient, zeta=0.3):
        """A step of RigL grows where this dense gradient is largest."""
        places = layer.places()
        survivors = set(places[RigL().keep(layer.connection_weights(), zeta, _rng())].tolist())
        count = len(places) - len(survivors)
        expected = survivors | _largest_by_sorting(gradient, survivors, count)
        evolution = Evolution(layer, None, "rigl", zeta=zeta)
        assert evolution.step() == Turnover(count, count)
        assert set(layer.places().tolist()) == expected
        assert count > 0

    def test_by_hand(self, storage):
        # One sample x = (1, -2, 4) and slopes (1, -3) make the gradient
        # (1, -2, 4 / -3, 6, -12), at places 0 to 5.
        layer = SparseLinear(3, 2, bias=False)
        layer.rewire(*wiring_of(np.array([0, 1, 3]), 3, 2))
        layer.weight.data = torch.tensor([0.1, 5.0, -4.0])
        layer = MaskedLinear(layer) if storage == "masked" else layer
        evolution = Evolution(layer, None, "rigl", zeta=0.34)
        y = layer(torch.tensor([[1.0, -2.0, 4.0]]))
        (y * torch.tensor([[1.0, -3.0]])).sum().backward()
        assert evolution.step() == Turnover(1, 1)
        # Place 0 has the smallest weight; of 0, 2, 4 and 5 the last has the largest gradient.
        assert layer.places().tolist() == [1, 3, 5]
        assert layer.connection_weights().tolist() == [5.0, -4.0, 0.0]

    def test_a_connection_just_dropped_may_come_back(self, storage):
        layer = SparseLinear(2, 1, bias=False)
        layer.rewire(*wiring_of(np.array([0]), 2, 1))
        layer.weight.data = torch.tensor([0.5])
        layer = MaskedLinear(layer) if storage == "masked" else layer
        evolution = Evolution(layer, None, "rigl", zeta=0.999999999999)
        layer(torch.tensor([[3.0, 1.0]])).sum().backward()
        assert evolution.step() == Turnover(1, 1)
        assert layer.places().tolist() == [0]
        assert layer.connection_weights().tolist() == [0.0]

    @pytest.mark.parametrize("zeta", [0.05, 0.3, 0.9])
    @pytest.mark.parametrize("shape", [(13, 9, 60), (30, 20, 30), (8, 5, 39), (40, 1, 20)])
    def test_as_the_gradient_of_a_dense_layer_says(self, storage, shape, zeta):
        layer = _layer(*shape, storage)
        Evolution(layer, None, "rigl")
        x, dense = _noise(16, layer.n_inputs), _dense_of(layer)
        layer(x).tanh().square().sum().backward()
        functional.linear(x, dense, layer.bias).tanh().square().sum().backward()
        self._assert_grows_along(layer, dense.grad, zeta)

    def test_of_two_forward_passes_before_one_backward_pass(self, storage):
        layer = _layer(13, 9, 60, storage)
        Evolution(layer, None, "rigl")
        one, other, dense = _noise(8, 13), _noise(5, 13, seed=1), _dense_of(layer)
        (layer(one).square().sum() - 2 * layer(other).square().sum()).backward()
        rows = [functional.linear(x, dense, layer.bias).square().sum() for x in (one, other)]
        (rows[0] - 2 * rows[1]).backward()
        self._assert_grows_along(layer, dense.grad)

    def test_of_the_last_backward_pass_alone(self, storage):
        layer = _layer(13, 9, 60, storage)
        Evolution(layer, None, "rigl")
        dense = _dense_of(layer)
        for x in (100 * _noise(8, 13), _noise(5, 13, seed=1)):
            layer(x).square().sum().backward()
        functional.linear(x, dense, layer.bias).square().sum().backward()
        self._assert_grows_along(layer, dense.grad)

    def test_an_evaluation_in_between_changes_nothing(self, storage):
        layer = _layer(13, 9, 60, storage)
        Evolution(layer, None, "rigl")
        x, dense = _noise(8, 13), _dense_of(layer)
        layer(x).square().sum().backward()
        with torch.no_grad():
            layer(_noise(50, 13, seed=1))
        functional.linear(x, dense, layer.bias).square().sum().backward()
        self._assert_grows_along(layer, dense.grad)

    def test_also_with_a_graph_of_the_gradient(self, storage):
        layer = _layer(13, 9, 60, storage)
        Evolution(layer, None, "rigl")
        x, dense = _noise(8, 13), _dense_of(layer)
        torch.autograd.grad(layer(x).square().sum(), layer.weight, create_graph=True)
        functional.linear(x, dense, layer.bias).square().sum().backward()
        self._assert_grows_along(layer, dense.grad)

    def test_nan_counts_as_no_gradient(self, storage):
        layer = _layer(13, 9, 60, storage)
        evolution = Evolution(layer, None, "rigl", zeta=0.9)
        survivors = layer.places()[RigL().keep(layer.connection_weights(), 0.9, _rng())]
        x = _noise(8, 13)
        x[:, 3] = float("nan")
        layer(x).square().sum().backward()
        evolution.step()
        # Every slope is NaN, for each output has a connection or none at all.
        places = layer.places()
        assert len(np.unique(places)) == 60
        assert np.isin(survivors, places).all()

    def test_needs_a_backward_pass_since_the_last_change(self, storage):
        layer = _layer(13, 9, 60, storage)
        evolution = Evolution(layer, None, "rigl")
        before = layer.topology()
        with pytest.raises(RuntimeError, match="no backward pass since the wiring changed"):
            evolution.step()
        assert layer.topology() == before
        layer(_noise(8, 13)).sum().backward()
        assert evolution.step().grown > 0
        with pytest.raises(RuntimeError, match="no backward pass since the wiring changed"):
            evolution.step()
        layer(_noise(8, 13)).sum().backward()
        # A validation pass, even one with gradients, takes nothing away.
        layer(_noise(8, 13))
        assert evolution.step().grown > 0

    def test_with_nothing_to_replace_it_needs_no_gradient(self, storage):
        layer = _layer(13, 9, 60, storage)
        before = layer.topology()
        assert Evolution(layer, None, "rigl").step(0) == Turnover()
        assert layer.topology() == before

    def test_another_method_no_longer_asks_for_gradients(self, storage):
        layer = _layer(13, 9, 60, storage)
        Evolution(layer, None, "rigl")
        assert layer.records_gradient
        Evolution(layer, None, "set")
        assert not layer.records_gradient

    def test_removes_nothing_at_the_end(self, storage):
        layer = _layer(13, 9, 60, storage)
        before = layer.topology()
        assert Evolution(layer, None, "rigl").finish() == Turnover()
        assert layer.topology() == before


def test_rigl_wires_sparse_and_masked_layers_alike():
    sparse = nn.Sequential(_layer(13, 20, 90), nn.Tanh(), _layer(20, 9, 60, seed=1))
    masked = nn.Sequential(MaskedLinear(sparse[0]), nn.Tanh(), MaskedLinear(sparse[2]))
    twins = [(model, Evolution(model, None, "rigl")) for model in (sparse, masked)]
    for step in range(5):
        for model, evolution in twins:
            model(_noise(16, 13, seed=step)).square().sum().backward()
            assert evolution.step().grown == 27 + 18
            with torch.no_grad():  # new weights that stay at 0 would be the next to go
                for layer in evolution.layers:
                    layer.weight.sub_(0.1)
                    if isinstance(layer, MaskedLinear):
                        layer.weight.mul_(layer.mask)
        for ours, theirs in zip(twins[0][1].layers, twins[1][1].layers, strict=True):
            assert ours.places().tolist() == theirs.places().tolist()


class TestControlsThatNeverChange:
    @pytest.mark.parametrize("method", ["fixprob", "dense"])
    @pytest.mark.parametrize("zeta", [0.01, 0.5, 0.99])
    def test_keep_everything(self, method, zeta):
        weights = _normal(100)
        weights[::3] = 0
        assert METHODS[method]().keep(weights, zeta, _rng()).all()
        assert not METHODS[method].evolves

    @pytest.mark.parametrize("method", ["fixprob", "dense"])
    def test_leave_wiring_state_and_generator_as_they_are(self, method):
        layer = _layer(13, 9, 60)
        optimizer = torch.optim.SGD(layer.parameters(), lr=0.1, momentum=0.9)
        layer(_noise(8, 13)).square().sum().backward()
        optimizer.step()
        before, state = layer.topology(), copy.deepcopy(optimizer.state_dict())
        slopes = layer.weight.grad
        evolution = Evolution(layer, optimizer, method, zeta=0.9, new_weights=1)
        generator = copy.deepcopy(evolution.rng.bit_generator.state)
        assert evolution.step() == evolution.step(0.5) == evolution.finish() == Turnover()
        assert layer.topology() == before
        assert str(optimizer.state_dict()) == str(state)
        assert layer.weight.grad is slopes
        assert evolution.rng.bit_generator.state == generator


@pytest.mark.parametrize("storage", ["sparse", "masked"])
@pytest.mark.parametrize("method", EVOLVING)
class TestEveryEvolvingMethod:
    @pytest.mark.parametrize("n", [0, 1, 58, 117])
    @pytest.mark.parametrize("zeta", [0.01, 0.3, 0.99])
    def test_keeps_the_number_of_connections(self, method, storage, n, zeta):
        layer = _layer(13, 9, n, storage)
        evolution = Evolution(layer, None, method, zeta=zeta)
        for step in range(3):
            layer(_noise(8, 13, seed=step)).square().sum().backward()
            places = set(layer.places().tolist())
            turnover = evolution.step()
            assert turnover.dropped == turnover.grown
            after = layer.places().tolist()
            assert len(set(after)) == n
            assert after == sorted(after)
            assert len(set(after) - places) <= turnover.grown

    def test_is_reproducible(self, method, storage):
        layers = [_layer(13, 9, 60, storage) for _ in range(2)]
        for layer in layers:
            evolution = Evolution(layer, None, method, rng=3)
            layer(_noise(8, 13)).square().sum().backward()
            evolution.step()
        assert layers[0].topology() == layers[1].topology()


class TestRegistry:
    def test_holds_the_methods_by_name(self):
        assert set(METHODS) == {
            "set",
            "set-random-removal",
            "set-largest-removal",
            "masked",
            "fixprob",
            "dense",
            "rigl",
        }
        assert all(method.name == name for name, method in METHODS.items())
        assert all(method.summary and "\n" not in method.summary for method in METHODS.values())

    def test_only_the_paper_removes_at_the_end(self):
        assert {name for name, method in METHODS.items() if method.removes_at_end} == set(SETS)

    @pytest.mark.usefixtures("registry")
    def test_a_class_without_a_name_is_not_registered(self):
        before = set(METHODS)

        class Unnamed(SET):
            pass

        assert set(METHODS) == before
        assert Unnamed.name == ""

    @pytest.mark.usefixtures("registry")
    def test_a_method_of_ones_own(self, blobs):
        class DropLargest(SET, name="drop-largest", summary="the largest of both signs"):
            defaults = {"zeta": 0.25}  # noqa: RUF012

            def keep(self, weights, zeta, rng):  # noqa: ARG002
                return np.abs(weights) <= np.quantile(np.abs(weights), 1 - zeta)

        assert METHODS["drop-largest"] is DropLargest
        assert choices("method")["drop-largest"] == "the largest of both signs"
        assert allowed("method").endswith(" or drop-largest")
        config = TrainingConfig(method="drop-largest", hidden=(20,), epochs=3, batch_size=30)
        assert TrainingConfig.from_json(config.to_json()) == config
        assert config.zeta == 0.25

        layer = _layer(13, 9, 60)
        largest = np.abs(layer.connection_weights()).max()
        assert Evolution(layer, None, "drop-largest", zeta=0.25).step().grown == 15
        assert np.abs(layer.connection_weights()).max() < largest
        assert layer.n_connections == 60

        result = train(config, dataset=blobs)
        start = result.metrics[0].n_connections
        quarter = (start - 60) // 4  # 60 connections are the dense output layer's
        assert [epoch.n_connections for epoch in result.metrics[:2]] == [start] * 2
        assert abs(result.metrics[0].replaced - quarter) <= 1
        assert abs(start - result.metrics[2].n_connections - quarter) <= 1

    @pytest.mark.usefixtures("registry")
    def test_a_rule_of_growth_of_ones_own(self):
        class LowestPlaces(Method, name="lowest"):
            evolves = True

            def keep(self, weights, zeta, rng):  # noqa: ARG002
                return weights > 0

            def grow(self, layer, survivors, count, rng):  # noqa: ARG002
                return np.setdiff1d(np.arange(layer.n_places), survivors)[:count]

        layer = SparseLinear(3, 2)
        layer.rewire(*wiring_of(np.array([0, 2, 4, 5]), 3, 2))
        layer.weight.data = torch.tensor([1.0, -1.0, 2.0, -2.0])
        assert Evolution(layer, None, "lowest").step() == Turnover(2, 2)
        assert layer.places().tolist() == [0, 1, 2, 4]
        assert layer.connection_weights().tolist() == [1.0, 0.0, 0.0, 2.0]

    def test_the_registry_is_as_it_was(self):
        assert "drop-largest" not in METHODS
        assert "drop-largest" not in choices("method")
        assert "drop-largest" not in allowed("method")
