from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.optim import SGD, Adagrad, Adam, AdamW, RMSprop

from set_engine import Evolution, MaskedConv2d, MaskedLinear, SparseLinear
from set_engine.methods import RigL
from set_engine.places import wiring_of

OPTIMIZERS = {
    "SGD": lambda p: SGD(p, lr=0.05, momentum=0.9, weight_decay=0.001),
    "Adam": lambda p: Adam(p, lr=0.002, amsgrad=True),
    "AdamW": lambda p: AdamW(p, lr=0.002, weight_decay=0.1),
    "RMSprop": lambda p: RMSprop(p, lr=0.001, momentum=0.5, centered=True),
    "Adagrad": lambda p: Adagrad(p, lr=0.02, initial_accumulator_value=0.1),
}


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=_generator(seed))


def _sparse(n_inputs: int, n_outputs: int, seed: int = 0, **options: bool) -> SparseLinear:
    return SparseLinear(n_inputs, n_outputs, 2, generator=_generator(seed), **options)


class TestMaskedLinear:
    def test_by_hand(self):
        sparse = SparseLinear(3, 2)
        sparse.rewire(np.array([0, 2, 3]), np.array([0, 2, 1], np.int32))
        sparse.weight.data = torch.tensor([1.0, 2.0, -3.0])
        sparse.bias.data = torch.tensor([10.0, 20.0])
        layer = MaskedLinear(sparse)
        assert layer.weight.tolist() == [[1.0, 0.0, 2.0], [0.0, -3.0, 0.0]]
        assert layer.mask.tolist() == [[True, False, True], [False, True, False]]
        assert layer(torch.tensor([[1.0, 1.0, 1.0]])).tolist() == [[13.0, 17.0]]
        assert layer.places().tolist() == [0, 2, 4]
        assert [array.tolist() for array in layer.wiring()] == [[0, 2, 3], [0, 2, 1]]
        assert layer.connection_weights().tolist() == [1.0, 2.0, -3.0]
        assert (layer.n_connections, layer.n_places) == (3, 6)
        assert repr(layer) == "MaskedLinear(3 -> 2, 3 connections, masked)"

    @pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (33, 17), (60, 80)])
    @pytest.mark.parametrize("bias", [True, False])
    def test_is_the_layer_it_began_from(self, shape, bias):
        sparse = _sparse(*shape, bias=bias)
        masked = MaskedLinear(sparse)
        assert masked.topology() == sparse.topology()
        x = _noise(5, shape[0]).requires_grad_()
        ours, theirs = masked(x), sparse(x)
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
        slopes = _noise(*ours.shape, seed=1)
        ours.backward(slopes)
        x_grad, x.grad = x.grad, None
        theirs.backward(slopes)
        torch.testing.assert_close(x_grad, x.grad, rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(masked.weight.grad[masked.mask], sparse.weight.grad)
        assert not masked.weight.grad[~masked.mask].any()
        if bias:
            torch.testing.assert_close(masked.bias.grad, sparse.bias.grad)

    def test_a_connection_whose_weight_is_zero_is_one(self):
        sparse = _sparse(8, 7)
        sparse.weight.data[::2] = 0
        masked = MaskedLinear(sparse)
        assert masked.n_connections == sparse.n_connections
        assert masked.topology() == sparse.topology()

    def test_shares_nothing_with_the_layer_it_began_from(self):
        sparse = _sparse(8, 7)
        before = sparse.topology()
        masked = MaskedLinear(sparse)
        with torch.no_grad():
            masked.weight.mul_(2)
            masked.bias.add_(1)
        Evolution(masked, None).step()
        assert sparse.topology() == before
        assert not sparse.bias.any()

    @pytest.mark.parametrize("how", ["state", "deepcopy", "pickle"])
    def test_travels(self, how):
        layer = MaskedLinear(_sparse(20, 15))
        evolution = Evolution(layer, None, "rigl")
        layer(_noise(5, 20)).square().sum().backward()
        if how == "state":
            twin = MaskedLinear(_sparse(20, 15, seed=1))
            twin.load_state_dict(layer.state_dict())
        else:
            twin = copy.deepcopy(layer) if how == "deepcopy" else pickle.loads(pickle.dumps(layer))
        before = layer.topology()
        assert twin.topology() == before
        assert torch.equal(twin(_noise(5, 20)), layer(_noise(5, 20)))
        Evolution(twin, None).step()
        assert twin.topology() != before
        assert layer.topology() == before
        layer(_noise(5, 20)).square().sum().backward()
        assert evolution.step().grown > 0


@pytest.mark.parametrize("method", ["set", "rigl"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_masked_and_sparse_networks_train_and_evolve_alike(optimizer, method):
    sparse = nn.Sequential(_sparse(20, 16, 1), nn.Tanh(), _sparse(16, 12, 2), nn.Tanh())
    masked = nn.Sequential(MaskedLinear(sparse[0]), nn.Tanh(), MaskedLinear(sparse[2]), nn.Tanh())
    targets = _noise(20, 12, seed=100)
    for model in (sparse, masked):
        steps = OPTIMIZERS[optimizer](model.parameters())
        evolution = Evolution(model, steps, method, zeta=0.3, new_weights=0.05, rng=3)
        for step in range(12):
            x = _noise(32, 20, seed=step)
            steps.zero_grad()
            functional.mse_loss(model(x), torch.tanh(x @ targets)).backward()
            steps.step()
            if step % 3 == 2:
                assert evolution.step().grown > 0
    for ours, theirs in ((sparse[0], masked[0]), (sparse[2], masked[2])):
        assert ours.places().tolist() == theirs.places().tolist()
        np.testing.assert_allclose(
            ours.connection_weights(), theirs.connection_weights(), rtol=0, atol=1e-5
        )
        torch.testing.assert_close(ours.bias, theirs.bias, rtol=0, atol=1e-5)
        assert not theirs.weight[~theirs.mask].any()


CONVOLUTIONS = {
    "plain": {"kernel_size": 3},
    "same": {"kernel_size": 3, "padding": "same"},
    "strided": {"kernel_size": (3, 2), "stride": 2, "padding": 1, "bias": False},
    "grouped, dilated, circular": {
        "kernel_size": 2,
        "groups": 2,
        "dilation": 2,
        "padding": 1,
        "padding_mode": "circular",
    },
}


def _convolution(density: float = 0.4, seed: int = 0, **options) -> MaskedConv2d:
    """4 channels to 6."""
    convolution = nn.Conv2d(4, 6, **(options or CONVOLUTIONS["plain"]))
    with torch.no_grad():
        convolution.weight.copy_(_noise(*convolution.weight.shape, seed=seed))
    mask = torch.rand(convolution.weight.shape, generator=_generator(seed)) < density
    return MaskedConv2d(convolution, mask)


class TestMaskedConv2d:
    def test_by_hand(self):
        convolution = nn.Conv2d(1, 2, 2)
        convolution.weight.data = torch.tensor([[[[1.0, 2], [3, 4]]], [[[5, 6], [7, 8]]]])
        convolution.bias.data = torch.tensor([10.0, 20.0])
        mask = torch.tensor([[[[1, 0], [0, 1]]], [[[0, 1], [0, 0]]]]).bool()
        layer = MaskedConv2d(convolution, mask)
        # A filter has four places: its kernel row by row.
        assert (layer.n_inputs, layer.n_outputs, layer.n_places) == (4, 2, 8)
        assert layer.places().tolist() == [0, 3, 5]
        assert [array.tolist() for array in layer.wiring()] == [[0, 2, 3], [0, 3, 1]]
        assert layer.connection_weights().tolist() == [1.0, 4.0, 6.0]
        image = torch.tensor([[[[1.0, 10.0], [100.0, 1000.0]]]])
        assert layer(image).flatten().tolist() == [10 + 1 + 4000, 20 + 60]

    def test_places_go_by_input_channel_row_and_column(self):
        mask = torch.zeros(6, 4, 3, 3, dtype=torch.bool)
        mask[2, 1, 0, 2] = mask[5, 3, 2, 2] = True
        layer = MaskedConv2d(nn.Conv2d(4, 6, 3), mask)
        assert layer.places().tolist() == [2 * 36 + 9 + 2, 6 * 36 - 1]

    @pytest.mark.parametrize("options", CONVOLUTIONS.values(), ids=CONVOLUTIONS)
    @pytest.mark.parametrize("density", [0.0, 0.3, 1.0])
    def test_is_a_convolution_with_zeroed_weights(self, options, density):
        layer = _convolution(density, **options)
        plain = copy.deepcopy(layer.convolution)
        plain.weight.data = torch.where(layer.mask, plain.weight, torch.tensor(7.0)) * layer.mask
        x = _noise(3, 4, 8, 9)
        ours, theirs = layer(x), plain(x)
        torch.testing.assert_close(ours, theirs)
        ours.square().sum().backward()
        theirs.square().sum().backward()
        torch.testing.assert_close(layer.weight.grad, plain.weight.grad * layer.mask)
        if layer.convolution.bias is not None:
            torch.testing.assert_close(layer.convolution.bias.grad, plain.bias.grad)

    @pytest.mark.parametrize("options", CONVOLUTIONS.values(), ids=CONVOLUTIONS)
    @pytest.mark.parametrize("method", ["set", "rigl"])
    @pytest.mark.parametrize("optimizer", ["SGD", "AdamW"])
    def test_keeps_its_number_of_connections_and_zeros_where_none_is(
        self, options, method, optimizer
    ):
        layer = _convolution(**options)
        n = layer.n_connections
        steps = OPTIMIZERS[optimizer](layer.parameters())
        evolution = Evolution(layer, steps, method, new_weights=0.1)
        for seed in range(3):
            steps.zero_grad()
            layer(_noise(3, 4, 8, 9, seed=seed)).square().mean().backward()
            steps.step()
            mask = layer.mask
            assert evolution.step().grown > 0
            assert layer.n_connections == int(layer.mask.sum()) == n
            assert not torch.equal(layer.mask, mask)
            assert not layer.weight[~layer.mask].any()
            assert layer.weight[layer.mask].all()

    def test_rigl_grows_along_the_gradient_of_the_plain_convolution(self):
        layer = _convolution()
        plain = copy.deepcopy(layer.convolution)
        evolution = Evolution(layer, None, "rigl", zeta=0.3)
        kept = RigL().keep(layer.connection_weights(), 0.3, np.random.default_rng(0))
        survivors = layer.places()[kept]
        for convolution in (layer, plain):
            convolution(_noise(3, 4, 8, 9)).tanh().square().sum().backward()
        magnitudes = plain.weight.grad.abs().flatten().numpy().copy()
        magnitudes[survivors] = -1
        count = evolution.step().grown
        assert count == (~kept).sum() > 0
        expected = np.concatenate([survivors, np.argsort(magnitudes)[-count:]])
        assert layer.places().tolist() == sorted(expected.tolist())

    def test_any_memory_format(self):
        plain = _convolution()
        other = copy.deepcopy(plain).to(memory_format=torch.channels_last)
        assert not other.weight.is_contiguous()
        for layer in (plain, other):
            evolution = Evolution(layer, None, "rigl", new_weights=0.1)
            layer(_noise(3, 4, 8, 9)).square().sum().backward()
            evolution.step()
        assert other.places().tolist() == plain.places().tolist()
        assert torch.equal(other.weight, plain.weight)

    @pytest.mark.parametrize("how", ["state", "deepcopy", "pickle"])
    def test_travels(self, how):
        layer = _convolution()
        Evolution(layer, None, "rigl")
        layer(_noise(3, 4, 8, 9)).square().sum().backward()
        if how == "state":
            twin = _convolution(density=0.9, seed=1)
            assert twin.n_connections != layer.n_connections
            twin.load_state_dict(layer.state_dict())
        else:
            twin = copy.deepcopy(layer) if how == "deepcopy" else pickle.loads(pickle.dumps(layer))
        before = layer.topology()
        assert twin.topology() == before
        assert torch.equal(twin(_noise(3, 4, 8, 9)), layer(_noise(3, 4, 8, 9)))
        Evolution(twin, None).step()
        assert twin.topology() != before
        assert layer.topology() == before

    def test_as_the_output_it_is_spared_by_importance_pruning(self):
        hidden, output = (
            _convolution(),
            MaskedConv2d(nn.Conv2d(6, 3, 2), torch.ones(3, 6, 2, 2) > 0),
        )
        model = nn.Sequential(hidden, nn.ReLU(), output)
        strengths = np.abs(hidden.topology().to_scipy().toarray()).sum(axis=1)
        Evolution(model, None).prune_neurons(50)
        alive = hidden.mask.flatten(1).any(1).numpy()
        assert set(np.flatnonzero(alive)) == set(np.argsort(strengths)[3:])
        assert output.n_connections == 72

    def test_its_parameters_are_those_of_the_convolution(self):
        convolution = nn.Conv2d(4, 6, 3)
        layer = MaskedConv2d(convolution, torch.ones(6, 4, 3, 3, dtype=torch.bool))
        assert layer.weight is convolution.weight
        assert set(dict(layer.named_parameters())) == {"convolution.weight", "convolution.bias"}
        assert set(layer.state_dict()) == {"mask", "convolution.weight", "convolution.bias"}

    def test_takes_a_copy_of_the_mask(self):
        mask = torch.ones(6, 4, 3, 3, dtype=torch.bool)
        layer = MaskedConv2d(nn.Conv2d(4, 6, 3), mask)
        mask.zero_()
        assert layer.n_connections == 6 * 4 * 9

    @pytest.mark.parametrize("shape", [(6, 4, 3), (4, 6, 3, 3), (1, 4, 3, 3)])
    def test_refuses_a_mask_of_another_shape(self, shape):
        convolution = nn.Conv2d(4, 6, 3)
        before = convolution.weight.detach().clone()
        with pytest.raises(ValueError, match=r"mask has shape \(.*\); it must be \(6, 4, 3, 3\)"):
            MaskedConv2d(convolution, torch.zeros(shape, dtype=torch.bool))
        assert torch.equal(convolution.weight, before)

    def test_refuses_a_mask_that_is_not_boolean(self):
        with pytest.raises(ValueError, match=r"mask is torch.float32; it must be torch.bool"):
            MaskedConv2d(nn.Conv2d(4, 6, 3), torch.ones(6, 4, 3, 3))

    def test_says_what_it_is(self):
        layer = MaskedConv2d(nn.Conv2d(4, 6, 3), torch.ones(6, 4, 3, 3, dtype=torch.bool))
        assert "216 of 216 connections, masked" in repr(layer)


def test_a_masked_layer_can_be_made_from_a_wiring_of_no_connection():
    sparse = SparseLinear(5, 4)
    sparse.rewire(*wiring_of(np.empty(0, np.int64), 5, 4))
    sparse.weight.data = torch.empty(0)
    masked = MaskedLinear(sparse)
    assert masked.n_connections == 0
    assert torch.equal(masked(_noise(2, 5)), masked.bias.expand(2, 4))
    assert Evolution(masked, None).step().grown == 0
