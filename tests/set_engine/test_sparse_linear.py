from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest
import torch
from scipy.stats import kstest, norm, uniform
from torch import nn
from torch.nn import functional

from set_engine import Evolution, SparseLinear
from set_engine.initialisation import INITIALISATIONS
from topology import LayerTopology

SHAPES = [(1, 1), (1, 7), (7, 1), (33, 17), (200, 120)]
DENSITIES = [0.0, 0.05, 0.5, 1.0]
BATCHES = [1, 2, 7, 33]


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _noise(*shape: int, seed: int = 1, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.randn(*shape, generator=_generator(seed), dtype=dtype)


def _pair(
    n_inputs: int, n_outputs: int, density: float, *, bias: bool = True, seed: int = 0
) -> tuple[SparseLinear, torch.nn.Linear, torch.Tensor]:
    """A sparse layer, a dense one, and the mask under which they are the same function."""
    mask = torch.rand(n_outputs, n_inputs, generator=_generator(seed)) < density
    dense = torch.nn.Linear(n_inputs, n_outputs, bias=bias)
    sparse = SparseLinear(n_inputs, n_outputs, bias=bias, generator=_generator())
    with torch.no_grad():
        dense.weight.copy_(_noise(n_outputs, n_inputs, seed=seed + 1) / math.sqrt(n_inputs))
        rows = [np.flatnonzero(row) for row in mask.numpy()]
        indptr = np.cumsum([0, *map(len, rows)]).astype(np.int64)
        sparse.rewire(indptr, np.concatenate(rows).astype(np.int32))
        sparse.weight.data = dense.weight[mask].clone()
        if bias:
            dense.bias.copy_(_noise(n_outputs, seed=seed + 2))
            sparse.bias.copy_(dense.bias)
    return sparse, dense, mask


def _masked(dense: torch.nn.Linear, mask: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return functional.linear(x, dense.weight * mask, dense.bias)


def _assert_same(sparse, dense, mask, x) -> None:
    """Output and every gradient of the two layers agree, for a loss that weighs every element."""
    ours_x, theirs_x = (x.detach().requires_grad_() for _ in range(2))
    ours, theirs = sparse(ours_x), _masked(dense, mask, theirs_x)
    assert ours.shape == theirs.shape
    slopes = _noise(*ours.shape, seed=9)
    ours.backward(slopes)
    theirs.backward(slopes)
    pairs = [
        (ours, theirs),
        (ours_x.grad, theirs_x.grad),
        (sparse.weight.grad, dense.weight.grad[mask]),
    ]
    if sparse.bias is not None:
        pairs.append((sparse.bias.grad, dense.bias.grad))
    for found, expected in pairs:
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


def _dense_weight(layer: SparseLinear) -> torch.Tensor:
    return torch.from_numpy(layer.topology().to_scipy().toarray())


@pytest.mark.usefixtures("kernel_form")
class TestAgainstAMaskedDenseLayer:
    @pytest.mark.parametrize("shape", SHAPES)
    @pytest.mark.parametrize("density", DENSITIES)
    @pytest.mark.parametrize("batch", BATCHES)
    def test_over_a_grid(self, shape, density, batch):
        sparse, dense, mask = _pair(*shape, density)
        assert sparse.n_connections == int(mask.sum())
        _assert_same(sparse, dense, mask, _noise(batch, shape[0]))

    @pytest.mark.parametrize(
        "x",
        [
            _noise(33, 5).t(),
            _noise(5, 66)[:, ::2],
            _noise(1, 33).expand(5, 33),
            _noise(2, 3, 33),
            _noise(3, 2, 33).transpose(0, 1),
            _noise(33),
            _noise(4, 1, 2, 33),
            torch.zeros(0, 33),
        ],
        ids=[
            "feature-major",
            "strided",
            "expanded",
            "leading",
            "leading transposed",
            "one sample",
            "many leading",
            "no sample",
        ],
    )
    @pytest.mark.parametrize("bias", [True, False])
    def test_any_layout(self, x, bias):
        _assert_same(*_pair(33, 17, 0.3, bias=bias), x)

    def test_slopes_that_are_not_contiguous(self):
        sparse, dense, mask = _pair(33, 17, 0.3)
        x = _noise(4, 33)
        sparse(x).sum().backward()
        _masked(dense, mask, x).sum().backward()
        torch.testing.assert_close(sparse.weight.grad, dense.weight.grad[mask])
        torch.testing.assert_close(sparse.bias.grad, dense.bias.grad)

    def test_a_stack_of_layers(self):
        pairs = [_pair(20, 30, 0.2, seed=1), _pair(30, 10, 0.4, seed=5)]
        ours = theirs = _noise(6, 20)
        for sparse, dense, mask in pairs:
            ours, theirs = torch.tanh(sparse(ours)), torch.tanh(_masked(dense, mask, theirs))
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
        ours.square().sum().backward()
        theirs.square().sum().backward()
        for sparse, dense, mask in pairs:
            torch.testing.assert_close(sparse.weight.grad, dense.weight.grad[mask])

    def test_used_twice_in_one_graph(self):
        sparse, dense, mask = _pair(9, 9, 0.4)
        x = _noise(5, 9)
        ours = sparse(torch.tanh(sparse(x)))
        theirs = _masked(dense, mask, torch.tanh(_masked(dense, mask, x)))
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
        ours.square().sum().backward()
        theirs.square().sum().backward()
        torch.testing.assert_close(
            sparse.weight.grad, dense.weight.grad[mask], rtol=1e-5, atol=1e-4
        )
        torch.testing.assert_close(sparse.bias.grad, dense.bias.grad, rtol=1e-5, atol=1e-4)

    def test_slopes_add_up_over_two_passes(self):
        sparse, dense, mask = _pair(9, 8, 0.5)
        for seed in (1, 2):
            x = _noise(3, 9, seed=seed)
            sparse(x).square().sum().backward()
            _masked(dense, mask, x).square().sum().backward()
        torch.testing.assert_close(sparse.weight.grad, dense.weight.grad[mask])

    @pytest.mark.parametrize("density", [0.3, 1.0])
    def test_gradcheck(self, density):
        sparse, _dense, _mask = _pair(6, 5, density)
        sparse.double()
        x = _noise(3, 6, dtype=torch.float64).requires_grad_()
        inputs = (x, sparse.weight, sparse.bias)
        assert torch.autograd.gradcheck(lambda x, *_: sparse(x), inputs)

    @pytest.mark.parametrize("frozen", ["weight", "bias"])
    def test_a_frozen_parameter_gets_no_gradient(self, frozen):
        sparse, dense, mask = _pair(9, 8, 0.5)
        getattr(sparse, frozen).requires_grad_(False)
        x = _noise(3, 9)
        sparse(x).square().sum().backward()
        _masked(dense, mask, x).square().sum().backward()
        assert getattr(sparse, frozen).grad is None
        if frozen == "bias":
            torch.testing.assert_close(sparse.weight.grad, dense.weight.grad[mask])
        else:
            torch.testing.assert_close(sparse.bias.grad, dense.bias.grad)


class TestChangesBetweenForwardAndBackward:
    def _slopes(self, between, names):
        layer, _dense, _mask = _pair(40, 30, 0.3)
        x = _noise(5, 40).requires_grad_()
        y = layer(x)
        wanted = [{"x": x, "weight": layer.weight, "bias": layer.bias}[name] for name in names]
        between(layer)
        return torch.autograd.grad(y.square().sum(), wanted)

    def _assert_unmoved(self, between, names):
        before = self._slopes(lambda _layer: None, names)
        for ours, expected in zip(self._slopes(between, names), before, strict=True):
            assert torch.equal(ours, expected)

    def test_an_evolution(self):
        def between(layer):
            Evolution(layer, None, zeta=0.5).step()

        self._assert_unmoved(between, ["x", "weight", "bias"])

    def test_a_removal(self):
        # The weights are fewer then: a backward that looked at them would read beyond their end.
        def between(layer):
            Evolution(layer, None, zeta=0.9).finish()
            torch.full((1000,), 7.0)

        self._assert_unmoved(between, ["x", "bias"])

    @pytest.mark.parametrize("how", ["in place", "by another state"])
    def test_a_weight_written_over_is_refused_as_torch_does(self, how):
        def between(layer):
            if how == "in place":
                with torch.no_grad():
                    layer.weight.mul_(2)
            else:
                layer.load_state_dict(SparseLinear(40, 30, 1, generator=_generator(5)).state_dict())

        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            self._slopes(between, ["x"])


class TestStart:
    def test_the_public_call(self):
        layer = SparseLinear(784, 1000, epsilon=20)
        y = layer(torch.zeros(32, 784))
        assert y.shape == (32, 1000)
        assert y.dtype == torch.float32
        # Binomial: mean ε (784 + 1000) = 35,680, deviation 184.5.
        assert abs(layer.n_connections - 35_680) < 5 * 184.5

    def test_stores_nothing_for_absent_connections(self):
        layer = SparseLinear(784, 1000, epsilon=20)
        n = layer.n_connections
        sizes = {name: tensor.numel() for name, tensor in layer.state_dict().items()}
        assert sizes == {"weight": n, "indices": n, "indptr": 1001, "bias": 1000}

    def test_weights_have_the_deviation_of_he(self):
        layer = SparseLinear(500, 400, epsilon=20, generator=_generator())
        n = layer.n_connections
        weights = layer.weight.detach().numpy()
        deviation = math.sqrt(2 / (n / 400))
        assert abs(weights.mean()) < 5 * deviation / math.sqrt(n)
        assert abs(weights.std() / deviation - 1) < 5 / math.sqrt(2 * n)
        assert not layer.bias.detach().numpy().any()

    @pytest.mark.parametrize("name", INITIALISATIONS)
    def test_weights_follow_the_law_of_their_name(self, name):
        layer = SparseLinear(300, 120, 20, initialisation=name, generator=_generator())
        weights = layer.weight.detach().numpy()
        # The mean degrees, about 70 and 28, stand for fan-in and fan-out.
        fan_in, fan_out = len(weights) / 120, len(weights) / 300
        variance = {
            "he": 2 / fan_in,
            "xavier": 2 / (fan_in + fan_out),
            "lecun": 1 / fan_in,
            "normal": 0.01,
        }[name.split("_")[0]]
        law = norm(0, math.sqrt(variance))
        if name.endswith("uniform"):
            bound = math.sqrt(3 * variance)  # the variance of U(-b, b) is b² / 3
            law = uniform(-bound, 2 * bound)
            assert np.abs(weights).max() <= bound
        assert kstest(weights, law.cdf).pvalue > 1e-3
        assert abs(weights.std() / math.sqrt(variance) - 1) < 5 / math.sqrt(2 * len(weights))
        assert not layer.bias.detach().numpy().any()

    def test_the_wiring_does_not_depend_on_the_initialisation(self):
        layers = [
            SparseLinear(20, 30, 3, initialisation=name, generator=_generator())
            for name in INITIALISATIONS
        ]
        assert all((layer.places() == layers[0].places()).all() for layer in layers)

    def test_weights_drawn_anew(self):
        layer = SparseLinear(300, 120, 20, generator=_generator())
        places, before = layer.places(), layer.connection_weights().copy()
        layer.reset_weights("normal", _generator(3))
        assert (layer.places() == places).all()
        assert (layer.connection_weights() != before).all()
        assert abs(layer.connection_weights().std() / 0.1 - 1) < 0.05

    def test_an_epsilon_that_overfills_makes_it_full(self):
        layer = SparseLinear(6, 4, epsilon=20)
        assert layer.topology().density == 1.0

    def test_equal_generators_make_equal_layers(self):
        one, same, other = (SparseLinear(20, 30, 3, generator=_generator(s)) for s in (4, 4, 5))
        assert one.topology() == same.topology()
        assert one.topology() != other.topology()

    def test_its_own_generator_leaves_the_global_ones_alone(self):
        before = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002
        SparseLinear(20, 30, 3, generator=_generator())
        assert torch.equal(torch.get_rng_state(), before[0])
        assert (np.random.get_state()[1] == before[1][1]).all()  # noqa: NPY002

    def test_without_a_generator_torch_seeds_it(self):
        with torch.random.fork_rng():
            torch.manual_seed(3)
            one = SparseLinear(20, 30, 3)
            torch.manual_seed(3)
            assert SparseLinear(20, 30, 3).topology() == one.topology()

    def test_says_what_it_is(self):
        layer = SparseLinear(2, 3, epsilon=9)
        assert repr(layer) == "SparseLinear(2 -> 3, 6 connections)"


class TestRefuses:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((0, 3), "n_inputs is 0; it must be at least 1"),
            ((3, -1), "n_outputs is -1; it must be at least 1"),
            ((3, 3, 0), "epsilon is 0; it must be a finite number above 0"),
            ((3, 3, -0.5), "epsilon is -0.5"),
            ((3, 3, math.inf), "epsilon is inf"),
            ((3, 3, math.nan), "epsilon is nan"),
        ],
    )
    def test_a_layer_that_cannot_be(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            SparseLinear(*arguments)

    def test_an_initialisation_of_no_such_name(self):
        with pytest.raises(ValueError, match="initialisation is 'zeros'; it must be one of he_nor"):
            SparseLinear(3, 3, initialisation="zeros")

    def test_a_second_derivative(self):
        layer = SparseLinear(8, 5, 2, generator=_generator())
        x = _noise(3, 8).requires_grad_()
        (slopes,) = torch.autograd.grad(layer(x).square().sum(), x, create_graph=True)
        with pytest.raises(RuntimeError, match="differentiate twice"):
            slopes.sum().backward()

    @pytest.mark.parametrize(
        ("x", "message"),
        [
            (torch.zeros(4, 7), r"x has shape \(4, 7\); its last size must be 8"),
            (torch.zeros(8, 4), r"x has shape \(8, 4\)"),
            (torch.zeros(2, 8, dtype=torch.float64), "x is torch.float64 on cpu; .* torch.float32"),
            (torch.zeros(2, 8, dtype=torch.int64), "x is torch.int64 on cpu"),
            (torch.zeros(2, 8, device="meta"), "x is torch.float32 on meta; .* on cpu"),
        ],
    )
    def test_what_it_cannot_multiply(self, x, message):
        with pytest.raises(ValueError, match=message):
            SparseLinear(8, 5)(x)


class TestTopology:
    def test_is_a_copy_of_this_moment(self):
        sparse, dense, mask = _pair(9, 8, 0.5)
        before = sparse.topology()
        kept = before.weights.copy()
        with torch.no_grad():
            sparse.weight.mul_(3)
        Evolution(sparse, None, zeta=0.5).step()
        assert (before.weights == kept).all()
        assert before.to_scipy().toarray().tolist() == (dense.weight * mask).tolist()

    @pytest.mark.parametrize("batch", [5, 20])
    def test_what_the_kernels_walk_through_follows_a_rewiring(self, batch):
        sparse, _dense, _mask = _pair(33, 17, 0.3)
        x = _noise(batch, 33).requires_grad_()
        for seed in range(3):
            ours = torch.autograd.grad(sparse(x).square().sum(), x)[0]
            y = functional.linear(x, _dense_weight(sparse), sparse.bias)
            torch.testing.assert_close(ours, torch.autograd.grad(y.square().sum(), x)[0])
            Evolution(sparse, None, zeta=0.5, rng=seed).step()


class TestTravels:
    @staticmethod
    def _results(layer: SparseLinear) -> tuple[torch.Tensor, ...]:
        x = _noise(5, layer.n_inputs).requires_grad_()
        y = layer(x)
        return y, *torch.autograd.grad(y.square().sum(), (x, layer.weight, layer.bias))

    def _assert_equal(self, one: SparseLinear, other: SparseLinear) -> None:
        assert one.topology() == other.topology()
        for ours, theirs in zip(self._results(one), self._results(other), strict=True):
            assert torch.equal(ours, theirs)

    @pytest.mark.parametrize("epsilon", [0.5, 2, 50])
    def test_state_dict_with_another_number_of_connections(self, epsilon):
        source = SparseLinear(20, 15, 2, generator=_generator(1))
        target = SparseLinear(20, 15, epsilon, generator=_generator(2))
        self._results(target)
        assert source.n_connections != target.n_connections
        parameter = target.weight
        target.load_state_dict(source.state_dict())
        assert target.weight is parameter
        self._assert_equal(target, source)

    def test_state_dict_with_as_many_connections_elsewhere(self):
        source = SparseLinear(20, 15, 2, generator=_generator(1))
        target = copy.deepcopy(source)
        Evolution(target, None, zeta=0.9).step()
        self._results(target)
        assert source.n_connections == target.n_connections
        target.load_state_dict(source.state_dict())
        self._assert_equal(target, source)

    def test_a_loaded_state_is_a_copy(self):
        source, target = (SparseLinear(20, 15, 2, generator=_generator(s)) for s in (1, 2))
        target.load_state_dict(source.state_dict())
        before = target.topology()
        for tensor in source.state_dict().values():
            tensor.zero_()
        assert target.topology() == before

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"indices": torch.tensor([0, 9], dtype=torch.int32)}, "indices hold 9"),
            ({"indices": torch.tensor([1, 0], dtype=torch.int32)}, "row 0 holds 0 after 1"),
            ({"indptr": torch.tensor([0, 3, 2])}, "indptr decreases"),
            ({"indptr": torch.tensor([0, 2])}, "indptr has 2 entries"),
            ({"weight": torch.ones(3)}, r"weights have shape \(3,\); 2 connections"),
            ({"bias": torch.ones(3)}, "size mismatch for 0.bias"),
        ],
    )
    def test_a_damaged_state_is_refused(self, changes, message):
        model = torch.nn.Sequential(SparseLinear(2, 2, 9, generator=_generator()))
        good = {"indptr": torch.tensor([0, 2, 2]), "indices": torch.tensor([0, 1]).int()}
        good |= {"weight": torch.ones(2), "bias": torch.ones(2)}
        state = {f"0.{name}": tensor for name, tensor in (good | changes).items()}
        with pytest.raises(RuntimeError, match=message):
            model.load_state_dict(state)
        assert isinstance(model[0].topology(), LayerTopology)

    def test_a_state_without_the_wiring_is_refused(self):
        layer = SparseLinear(20, 15, 2)
        with pytest.raises(RuntimeError, match=r"Missing key.*indptr.*indices"):
            layer.load_state_dict({"weight": torch.ones(layer.n_connections)})

    def test_deepcopy_is_equal_and_apart(self):
        layer = SparseLinear(20, 15, 2, generator=_generator())
        self._results(layer)
        twin = copy.deepcopy(layer)
        self._assert_equal(twin, layer)
        before = layer.topology()
        Evolution(twin, None, zeta=0.5).step()
        assert layer.topology() == before
        assert twin.topology() != before

    def test_double_changes_the_weights_alone(self):
        layer = SparseLinear(20, 15, 2).double()
        dtypes = {name: tensor.dtype for name, tensor in layer.state_dict().items()}
        assert dtypes == {
            "weight": torch.float64,
            "bias": torch.float64,
            "indptr": torch.int64,
            "indices": torch.int32,
        }

    def test_deepcopy_after_a_backward_pass_that_was_recorded(self):
        layer = SparseLinear(20, 15, 2, generator=_generator())
        evolution = Evolution(layer, None, "rigl")
        self._results(layer)
        twin = copy.deepcopy(layer)
        assert evolution.step() == Evolution(twin, None, "rigl").step()
        assert evolution.step(0).grown == 0
        self._assert_equal(twin, layer)

    @pytest.mark.parametrize("records", [True, False])
    def test_pickled_it_is_equal_and_apart(self, records):
        layer = SparseLinear(20, 15, 2, generator=_generator())
        layer.records_gradient = records
        self._results(layer)
        twin = pickle.loads(pickle.dumps(layer))
        self._assert_equal(twin, layer)
        before = layer.topology()
        Evolution(twin, None, zeta=0.5).step()
        assert layer.topology() == before
        assert twin.topology() != before

    def test_to_double_and_back(self):
        layer = SparseLinear(20, 15, 2, generator=_generator())
        before, y = layer.topology(), layer(_noise(5, 20))
        layer.to(torch.float64)
        wide = layer(_noise(5, 20).double())
        assert wide.dtype == torch.float64
        torch.testing.assert_close(wide.float(), y)
        assert Evolution(copy.deepcopy(layer), None, new_weights=0.1).step().grown > 0
        assert layer.to(torch.float32).topology() == before
        assert torch.equal(layer(_noise(5, 20)), y)

    def test_to_the_processor_it_is_on(self):
        layer = SparseLinear(20, 15, 2, generator=_generator())
        before = layer.topology()
        assert layer.to("cpu") is layer
        assert layer.topology() == before

    @pytest.mark.parametrize("bias", [True, False])
    def test_within_a_model(self, bias):
        models = [
            nn.Sequential(
                SparseLinear(20, 15, 2, bias=bias, generator=_generator(seed)),
                nn.ReLU(),
                nn.Sequential(SparseLinear(15, 4, 1, bias=bias, generator=_generator(seed))),
            )
            for seed in (1, 2)
        ]
        names = {"0.weight", "0.indptr", "0.indices", "2.0.weight", "2.0.indptr", "2.0.indices"}
        names |= {"0.bias", "2.0.bias"} if bias else set()
        assert set(models[0].state_dict()) == names
        models[1].load_state_dict(models[0].state_dict())
        assert torch.equal(models[0](_noise(5, 20)), models[1](_noise(5, 20)))
        assert (models[0][0].bias is None) is not bias


TORCH_OPTIMIZERS = [
    torch.optim.SGD,
    torch.optim.ASGD,
    torch.optim.Rprop,
    torch.optim.RMSprop,
    torch.optim.Adadelta,
    torch.optim.Adagrad,
    torch.optim.Adam,
    torch.optim.Adamax,
    torch.optim.AdamW,
    torch.optim.NAdam,
    torch.optim.RAdam,
    torch.optim.Adafactor,
    torch.optim.LBFGS,
]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", TORCH_OPTIMIZERS)
def test_any_optimiser_of_torch_trains_it(kind, bias):
    layer = SparseLinear(12, 6, 3, bias=bias, generator=_generator())
    optimizer = kind(layer.parameters(), lr=0.01)
    x, targets = _noise(40, 12), _noise(40, 6, seed=2)
    before = layer.topology()

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = functional.mse_loss(layer(x), targets)
        value.backward()
        return value

    losses = [optimizer.step(loss).item() for _ in range(10)]
    assert losses[-1] < losses[0]
    assert (layer.connection_weights() != before.weights).all()
    assert (layer.places() == np.flatnonzero(before.to_scipy().toarray())).all()


class TestWithoutGradients:
    def test_no_grad_computes_alike_and_records_nothing(self):
        layer = SparseLinear(20, 15, 2, generator=_generator())
        x = _noise(5, 20)
        with torch.no_grad():
            y = layer(x)
        assert not y.requires_grad
        assert torch.equal(y, layer(x))

    def test_without_a_method_that_asks_nothing_of_a_batch_is_kept(self):
        layer = SparseLinear(20, 15, 2, generator=_generator())
        layer(_noise(5, 20)).square().sum().backward()
        with pytest.raises(RuntimeError, match="no backward pass since the wiring changed"):
            layer.largest_absent(layer.places(), 1)

    @pytest.mark.parametrize("bias", [True, False])
    @pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (33, 17)])
    def test_logistic_units_both_ways(self, shape, bias):
        layer = SparseLinear(*shape, 2, bias=bias, generator=_generator())
        x, y, back_bias = _noise(4, shape[0]), _noise(4, shape[1], seed=2), _noise(shape[0])
        dense = _dense_weight(layer).reshape(shape[::-1])
        up, down = layer.logistic(x), layer.logistic_back(y, back_bias)
        torch.testing.assert_close(up, torch.sigmoid(layer(x).detach()), rtol=0, atol=1e-6)
        torch.testing.assert_close(down, torch.sigmoid(y @ dense + back_bias), rtol=0, atol=1e-6)
        assert not up.requires_grad
        assert not down.requires_grad

    @pytest.mark.parametrize("bias", [True, False])
    @pytest.mark.parametrize("records", [True, False])
    def test_a_gradient_is_added_as_autograd_adds_it(self, bias, records):
        ours, theirs = (SparseLinear(9, 7, 2, bias=bias, generator=_generator()) for _ in range(2))
        ours.records_gradient = theirs.records_gradient = records
        for seed in (1, 2):
            x, slopes = _noise(5, 9, seed=seed), _noise(5, 7, seed=seed + 10)
            ours.add_gradient(x, slopes)
            (slopes * theirs(x)).sum().backward()
        for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(a.grad, b.grad, rtol=0, atol=1e-6)
        if records:
            places = ours.places()
            found = [layer.largest_absent(places, 5).tolist() for layer in (ours, theirs)]
            assert found[0] == found[1]

    @pytest.mark.parametrize(
        ("method", "shapes", "message"),
        [
            ("logistic", [(2, 3)], r"x has shape \(2, 3\); its last size must be 9"),
            ("logistic", [()], r"x has shape \(\); its last size must be 9"),
            ("logistic_back", [(2, 1), (9,)], r"y has shape \(2, 1\); its last size must be 7"),
            ("logistic_back", [(2, 7), (3,)], r"bias has shape \(3,\); its last size must be 9"),
            ("add_gradient", [(2, 4), (2, 7)], r"x has shape \(2, 4\); its last size must be 9"),
            ("add_gradient", [(2, 9), (2, 3)], r"slopes has shape \(2, 3\); its last"),
            ("add_gradient", [(5, 9), (2, 7)], "x has 5 samples and slopes 2; both need as many"),
        ],
    )
    def test_shapes_that_do_not_fit_are_quoted(self, method, shapes, message):
        layer = SparseLinear(9, 7, 2, generator=_generator())
        with pytest.raises(ValueError, match=message):
            getattr(layer, method)(*(torch.zeros(shape) for shape in shapes))

    def test_a_frozen_parameter_gets_no_gradient(self):
        layer = SparseLinear(9, 7, 2, generator=_generator())
        layer.bias.requires_grad_(False)
        layer.add_gradient(_noise(5, 9), _noise(5, 7))
        assert layer.bias.grad is None
        assert layer.weight.grad is not None
