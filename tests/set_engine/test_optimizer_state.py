from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim import SGD, Adadelta, Adagrad, Adam, AdamW, RMSprop

from set_engine import SET, Evolution, MaskedLinear, SparseLinear
from set_engine.optimizer_state import carry_state, optimizer_tensors, restore_optimizer
from set_engine.places import wiring_of
from set_engine.rewiring import Rewiring

# How each is made, and what its state for one connection starts with.
OPTIMIZERS = {
    "SGD": (lambda p: SGD(p, lr=0.1), {}),
    "SGD, momentum": (lambda p: SGD(p, lr=0.1, momentum=0.9), {"momentum_buffer": 0}),
    "SGD, Nesterov": (
        lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
        {"momentum_buffer": 0},
    ),
    "Adam": (lambda p: Adam(p, lr=0.01), {"exp_avg": 0, "exp_avg_sq": 0}),
    "Adam, AMSGrad": (
        lambda p: Adam(p, lr=0.01, amsgrad=True, weight_decay=0.01),
        {"exp_avg": 0, "exp_avg_sq": 0, "max_exp_avg_sq": 0},
    ),
    "AdamW": (
        lambda p: AdamW(p, lr=0.01, weight_decay=0.1, amsgrad=True),
        {"exp_avg": 0, "exp_avg_sq": 0, "max_exp_avg_sq": 0},
    ),
    "RMSprop": (lambda p: RMSprop(p, lr=0.01), {"square_avg": 0}),
    "RMSprop, momentum, centred": (
        lambda p: RMSprop(p, lr=0.01, momentum=0.9, centered=True, weight_decay=0.01),
        {"square_avg": 0, "momentum_buffer": 0, "grad_avg": 0},
    ),
    "Adagrad": (lambda p: Adagrad(p, lr=0.05), {"sum": 0}),
    "Adagrad, from 0.5": (
        lambda p: Adagrad(p, lr=0.05, initial_accumulator_value=0.5, weight_decay=0.01),
        {"sum": 0.5},
    ),
}
every_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)
every_storage = pytest.mark.parametrize("storage", ["sparse", "masked"])


def _layer(storage: str, n: int = 60) -> SparseLinear | MaskedLinear:
    rng = np.random.default_rng(0)
    layer = SparseLinear(13, 9)
    layer.rewire(*wiring_of(np.sort(rng.choice(117, n, replace=False)), 13, 9))
    layer.weight.data = torch.from_numpy(rng.normal(size=n).astype(np.float32))
    return MaskedLinear(layer) if storage == "masked" else layer


def _steps(layer: nn.Module, optimizer: torch.optim.Optimizer, seeds: range) -> None:
    for seed in seeds:
        x = torch.randn(8, 13, generator=torch.Generator().manual_seed(seed))
        optimizer.zero_grad()
        layer(x).square().mean().backward()
        optimizer.step()


def _by_place(layer: SparseLinear | MaskedLinear, values: torch.Tensor) -> dict[int, float]:
    """What a tensor shaped as the weight holds for each connection."""
    at = values[layer.mask] if isinstance(layer, MaskedLinear) else values
    return dict(zip(layer.places().tolist(), at.tolist(), strict=True))


def _state(optimizer: torch.optim.Optimizer, layer: nn.Module) -> dict[str, torch.Tensor]:
    """The state that there is for each connection."""
    state = optimizer.state[layer.weight]
    return {name: values for name, values in state.items() if name != "step" and values is not None}


@every_storage
@every_optimizer
class TestEvolution:
    def test_survivors_keep_their_state_and_new_ones_start_afresh(self, name, storage):
        make, fresh = OPTIMIZERS[name]
        layer = _layer(storage)
        optimizer = make(layer.parameters())
        _steps(layer, optimizer, range(3))
        before = {key: _by_place(layer, value) for key, value in _state(optimizer, layer).items()}
        assert set(before) == set(fresh)
        steps = copy.deepcopy(optimizer.state[layer.weight].get("step"))
        others = copy.deepcopy(optimizer.state[layer.bias])
        kept = SET().keep(layer.connection_weights(), 0.4, np.random.default_rng(0))
        survivors = set(layer.places()[kept].tolist())

        turnover = Evolution(layer, optimizer, zeta=0.4).step()

        assert turnover.grown == 60 - len(survivors) > 0
        after = {key: _by_place(layer, value) for key, value in _state(optimizer, layer).items()}
        assert set(after) == set(fresh)
        for key, values in after.items():
            assert len(values) == 60
            for place, value in values.items():
                assert value == (before[key][place] if place in survivors else fresh[key])
        assert optimizer.state[layer.weight].get("step") == steps
        assert str(optimizer.state[layer.bias]) == str(others)

    def test_a_place_dropped_and_taken_again_starts_afresh(self, name, storage):
        make, fresh = OPTIMIZERS[name]
        layer = _layer(storage)
        optimizer = make(layer.parameters())
        _steps(layer, optimizer, range(3))
        places, kept = layer.places(), np.arange(60) % 4 > 0
        rewiring = Rewiring.of(places, kept, places[~kept])
        carry_state(optimizer, layer, rewiring)
        for key, values in _state(optimizer, layer).items():
            found = np.array(list(_by_place(layer, values).values()))
            assert (found[~kept] == fresh[key]).all()
            assert (found[kept] != fresh[key]).any()

    def test_absent_connections_stay_at_exactly_zero(self, name, storage):
        layer = _layer(storage)
        optimizer = OPTIMIZERS[name][0](layer.parameters())
        evolution = Evolution(layer, optimizer, new_weights=0.1)
        for round_ in range(4):
            _steps(layer, optimizer, range(3 * round_, 3 * round_ + 3))
            evolution.step()
            dense = layer.topology().to_scipy().toarray()
            assert np.isfinite(dense).all()
            assert layer.n_connections == 60
            if storage == "masked":
                assert not layer.weight[~layer.mask].any()
                assert (layer.weight.detach().numpy() == dense).all()

    def test_training_goes_on(self, name, storage):
        layer = _layer(storage)
        optimizer = OPTIMIZERS[name][0](layer.parameters())
        _steps(layer, optimizer, range(3))
        Evolution(layer, optimizer).step()
        before = layer.connection_weights().copy()
        _steps(layer, optimizer, range(3, 6))
        assert np.isfinite(layer.connection_weights()).all()
        # Every connection learns, the new ones too: but for outputs at 0, all have a slope.
        assert (layer.connection_weights() != before).all()

    def test_before_the_first_step_there_is_nothing_to_lose(self, name, storage):
        make, fresh = OPTIMIZERS[name]
        layer = _layer(storage)
        optimizer = make(layer.parameters())
        assert Evolution(layer, optimizer).step().grown > 0
        _steps(layer, optimizer, range(1))
        assert set(_state(optimizer, layer)) == set(fresh)

    def test_what_is_pruned_takes_its_state_along(self, name, storage):
        layer = _layer(storage)
        optimizer = OPTIMIZERS[name][0](layer.parameters())
        _steps(layer, optimizer, range(3))
        before = {key: _by_place(layer, value) for key, value in _state(optimizer, layer).items()}
        Evolution(layer, optimizer, zeta=0.5).finish()
        left = layer.places().tolist()
        assert 0 < len(left) < 60
        for key, values in _state(optimizer, layer).items():
            assert _by_place(layer, values) == {place: before[key][place] for place in left}
        _steps(layer, optimizer, range(3, 4))


@every_storage
class TestUnknownState:
    def test_is_not_left_behind_in_silence(self, storage):
        layer = _layer(storage)
        optimizer = SGD(layer.parameters(), lr=0.1, momentum=0.9)
        evolution = Evolution(layer, optimizer)
        _steps(layer, optimizer, range(2))
        optimizer.state[layer.weight]["average"] = torch.ones_like(layer.weight)
        before, state = layer.topology(), str(optimizer.state[layer.weight])
        with pytest.raises(TypeError, match="the state 'average' of SGD is unknown"):
            evolution.step()
        assert layer.topology() == before
        assert str(optimizer.state[layer.weight]) == state

    def test_of_another_parameter_is_no_concern(self, storage):
        layer = _layer(storage)
        optimizer = SGD(layer.parameters(), lr=0.1, momentum=0.9)
        optimizer.state[layer.bias]["average"] = torch.ones(9)
        assert Evolution(layer, optimizer).step().grown > 0


def _model() -> nn.Sequential:
    generator = torch.Generator().manual_seed(0)
    first = SparseLinear(13, 9, 2, generator=generator)
    return nn.Sequential(first, nn.Tanh(), MaskedLinear(SparseLinear(9, 4, 2, generator=generator)))


@every_optimizer
class TestRestore:
    def test_training_goes_on_as_if_never_broken_off(self, name):
        make, _ = OPTIMIZERS[name]
        models = [_model() for _ in range(2)]
        optimizers = [make(model.parameters()) for model in models]
        _steps(models[0], optimizers[0], range(3))
        saved = {key: value.clone() for key, value in optimizer_tensors(optimizers[0]).items()}
        models[1].load_state_dict(models[0].state_dict())
        restore_optimizer(optimizers[1], saved)
        for model, optimizer in zip(models, optimizers, strict=True):
            _steps(model, optimizer, range(3, 6))
        for ours, theirs in zip(models[0].parameters(), models[1].parameters(), strict=True):
            assert torch.equal(ours, theirs)

    def test_what_was_saved_is_copied(self, name):
        model = _model()
        optimizer = OPTIMIZERS[name][0](model.parameters())
        _steps(model, optimizer, range(2))
        saved = {key: value.clone() for key, value in optimizer_tensors(optimizer).items()}
        before = {key: value.clone() for key, value in saved.items()}
        restore_optimizer(optimizer, saved)
        _steps(model, optimizer, range(2, 4))
        assert saved.keys() == before.keys()
        assert all(torch.equal(saved[key], before[key]) for key in saved)


class TestTensors:
    def test_by_hand(self):
        parameters = [nn.Parameter(torch.tensor([value])) for value in (1.0, 2.0)]
        optimizer = SGD([{"params": parameters[:1]}, {"params": parameters[1:]}], 0.1, 0.9)
        assert optimizer_tensors(optimizer) == {}
        (parameters[0] + 3 * parameters[1]).backward()
        optimizer.step()
        found = {key: value.tolist() for key, value in optimizer_tensors(optimizer).items()}
        assert found == {"0.momentum_buffer": [1.0], "1.momentum_buffer": [3.0]}

    def test_any_optimiser_has_them(self):
        parameter = nn.Parameter(torch.ones(1))
        optimizer = Adadelta([parameter])
        parameter.sum().backward()
        optimizer.step()
        assert set(optimizer_tensors(optimizer)) == {"0.square_avg", "0.acc_delta", "0.step"}

    def test_one_parameter_too_many_is_refused(self):
        optimizer = SGD([nn.Parameter(torch.ones(1))], 0.1, 0.9)
        with pytest.raises(IndexError):
            restore_optimizer(optimizer, {"1.momentum_buffer": torch.ones(1)})
