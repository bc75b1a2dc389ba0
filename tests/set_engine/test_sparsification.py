from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from set_engine import (
    Evolution,
    EvolvingLayer,
    MaskedConv2d,
    SparseLinear,
    TrainingConfig,
    make_network,
    sparse_linear,
    sparsify,
)
from set_engine.layers import FeatureMajorLinear

FULL = 1e6


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(autouse=True)
def _seed_of_the_models():
    torch.manual_seed(0)


class Block(nn.Module):
    """A residual block, as in torchvision's ResNets."""

    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(n_inputs, n_outputs, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(n_outputs)
        self.conv2 = nn.Conv2d(n_outputs, n_outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_outputs)
        self.downsample = nn.Sequential(
            nn.Conv2d(n_inputs, n_outputs, 1), nn.BatchNorm2d(n_outputs)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + self.downsample(x))


class ResNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.layers = nn.ModuleDict({"first": Block(8, 16), "second": Block(16, 24)})
        self.neck = nn.Linear(24, 40)
        self.fc = nn.Linear(40, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv1(x)
        for block in self.layers.values():
            x = block(x)
        return self.fc(torch.relu(self.neck(x.mean((2, 3)))))


def _mlp() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(30, 40), nn.ReLU(), nn.Linear(40, 50), nn.ReLU(), nn.Linear(50, 3)
    )


def _kinds(model: nn.Module) -> dict[str, str]:
    """The class of every layer with weights, by name."""
    kinds = (EvolvingLayer, nn.Linear, nn.Conv2d)
    return {
        name: type(module).__name__
        for name, module in model.named_modules()
        if isinstance(module, kinds) and not name.endswith(".convolution")
    }


def _dense(layer: EvolvingLayer) -> torch.Tensor:
    """(n_outputs, n_inputs) weights, 0 where no connection is."""
    weights = torch.zeros(layer.n_places)
    weights[torch.from_numpy(layer.places())] = torch.from_numpy(layer.connection_weights().copy())
    return weights.reshape(layer.n_outputs, layer.n_inputs)


class TestWhatIsReplaced:
    def test_all_but_the_last_linear_layer(self):
        model = _mlp()
        assert sparsify(model, 2) is model
        assert _kinds(model) == {"0": "SparseLinear", "2": "SparseLinear", "4": "Linear"}

    def test_the_output_too_if_asked(self):
        model = sparsify(_mlp(), 2, output="sparse")
        assert _kinds(model) == {"0": "SparseLinear", "2": "SparseLinear", "4": "SparseLinear"}

    def test_a_dense_network_of_the_engine(self, few_digits):
        config = TrainingConfig(method="dense", hidden=(50, 40))
        model = make_network(config, few_digits, torch.Generator().manual_seed(0))
        sparse = sparsify(model, epsilon=3)
        kinds = [type(layer) for layer in sparse if isinstance(layer, (EvolvingLayer, nn.Linear))]
        assert kinds == [SparseLinear, SparseLinear, FeatureMajorLinear]

    def test_a_model_that_is_itself_a_layer(self):
        linear, convolution = nn.Linear(30, 40), nn.Conv2d(16, 24, 3)
        assert isinstance(sparsify(linear, 2), SparseLinear)
        assert isinstance(sparsify(convolution, 2), MaskedConv2d)

    def test_a_residual_network(self):
        model = sparsify(ResNet(), 2)
        blocks = {
            f"layers.{block}.{layer}": "MaskedConv2d"
            for block in ("first", "second")
            for layer in ("conv1", "conv2", "downsample.0")
        }
        expected = {"conv1": "MaskedConv2d"} | blocks | {"neck": "SparseLinear", "fc": "Linear"}
        assert _kinds(model) == expected
        assert model(torch.randn(2, 1, 8, 8)).shape == (2, 3)

    def test_what_dense_names_is_left_with_all_that_is_in_it(self):
        model = sparsify(ResNet(), 2, dense=["conv1", "layers.first"])
        left = [name for name, kind in _kinds(model).items() if kind in ("Conv2d", "Linear")]
        first = ["conv1", "conv2", "downsample.0"]
        assert left == ["conv1", *(f"layers.first.{name}" for name in first), "fc"]

    def test_a_layer_used_twice_stays_one_layer(self):
        shared = nn.Linear(30, 30)
        model = nn.Sequential(shared, nn.Tanh(), nn.Sequential(shared), nn.Linear(30, 3))
        sparsify(model, 2)
        assert isinstance(model[0], SparseLinear)
        assert model[2][0] is model[0]

    def test_grouped_convolutions_and_subclasses_are_left(self):
        class Special(nn.Linear):
            pass

        model = nn.Sequential(
            nn.Conv2d(8, 8, 3, groups=8), nn.Conv2d(8, 30, 1), Special(30, 30), nn.Linear(30, 3)
        )
        kinds = ["Conv2d", "MaskedConv2d", "Special", "Linear"]
        assert list(_kinds(sparsify(model, 2)).values()) == kinds

    def test_what_is_sparse_already_is_left(self):
        model = sparsify(ResNet(), 2, dense=["neck"])
        wirings = [module for module in model.modules() if isinstance(module, EvolvingLayer)]
        sparsify(model, 2)
        assert isinstance(model.neck, SparseLinear)
        after = [module for module in model.modules() if isinstance(module, EvolvingLayer)]
        assert after == [*wirings, model.neck]

    @pytest.mark.parametrize("training", [True, False])
    def test_the_mode_is_kept(self, training):
        model = sparsify(ResNet().train(training), 2)
        assert {module.training for module in model.modules()} == {training}


class TestTransformer:
    @pytest.fixture
    def encoder(self) -> nn.Module:
        layer = nn.TransformerEncoderLayer(16, 2, 40, dropout=0.0, batch_first=True)
        return nn.TransformerEncoder(layer, 2)

    def test_the_attention_stays_dense(self, encoder):
        model = nn.Sequential(encoder, nn.Linear(16, 3))
        assert set(_kinds(sparsify(model, 2)).items()) == {
            *((f"0.layers.{k}.self_attn.out_proj", _ATTENTION_OUTPUT) for k in (0, 1)),
            *((f"0.layers.{k}.linear{n}", "SparseLinear") for k in (0, 1) for n in (1, 2)),
            ("1", "Linear"),
        }

    @pytest.mark.parametrize("padded", [True, False])
    def test_evaluates_to_what_it_trains(self, encoder, padded):
        # torch would hand the weights to a kernel that takes dense ones.
        model = sparsify(encoder, 2, output="sparse")
        x = torch.randn(3, 5, 16)
        padding = torch.arange(5) >= torch.tensor([[5], [4], [2]])
        mask = padding if padded else None
        trained = model(x, src_key_padding_mask=mask)
        with torch.no_grad():
            evaluated = model.eval()(x, src_key_padding_mask=mask)
        real = ~padding if padded else torch.ones(3, 5, dtype=torch.bool)
        torch.testing.assert_close(evaluated[real], trained[real])

    def test_a_dense_encoder_keeps_its_fast_path(self, encoder):
        sparsify(nn.ModuleList([encoder, nn.Linear(30, 40)]), 2, dense=["0"], output="sparse")
        assert encoder.use_nested_tensor
        assert all(layer.activation_relu_or_gelu == 1 for layer in encoder.layers)


_ATTENTION_OUTPUT = "NonDynamicallyQuantizableLinear"


class TestWeights:
    def test_worked_by_hand(self, monkeypatch):
        # The norm of 3, 4 and 12 is 13, that of the two that are kept 5.
        layer = nn.Linear(3, 1)
        layer.weight.data = torch.tensor([[3.0, 4.0, 12.0]])
        wiring = np.array([0, 2]), np.array([0, 1], np.int32)
        monkeypatch.setattr(sparse_linear, "erdos_renyi", lambda *_arguments: wiring)
        assert sparsify(layer, 0.4).connection_weights().tolist() == pytest.approx([7.8, 10.4])

    @pytest.mark.parametrize("epsilon", [0.5, 3, 20])
    @pytest.mark.parametrize("make", [lambda: nn.Linear(90, 70), lambda: nn.Conv2d(30, 40, 3)])
    def test_are_those_of_the_dense_layer_times_one_factor(self, make, epsilon):
        layer = make()
        before = layer.weight.detach().clone().flatten(1)
        bias = layer.bias
        sparse = sparsify(layer, epsilon, generator=_generator())
        after = _dense(sparse)
        ratios = (after / before)[after != 0]
        assert ratios.min() > 0
        torch.testing.assert_close(ratios, ratios[:1].expand_as(ratios))
        torch.testing.assert_close(after.norm(), before.norm())
        kept = getattr(sparse, "convolution", sparse)
        assert kept.bias is bias

    def test_keep_the_variance_of_the_outputs(self):
        layer = nn.Linear(300, 200, bias=False)
        x = torch.randn(2000, 300)
        before = layer(x).var(0).mean()
        after = sparsify(layer, 5, generator=_generator())(x).var(0).mean()
        # 2000 samples of 200 neurons: the mean of their variances is known to well under 1 %.
        torch.testing.assert_close(after, before, rtol=0.01, atol=0)

    def test_a_full_layer_computes_what_the_dense_one_did(self):
        model, x = ResNet().eval(), torch.randn(4, 1, 8, 8)
        before = model(x)
        with pytest.warns(UserWarning, match=r"epsilon 1e\+06 makes every layer full"):
            sparsify(model, FULL)
        torch.testing.assert_close(model(x), before)

    def test_zeros_stay_zeros(self):
        layer = nn.Linear(30, 40)
        nn.init.zeros_(layer.weight)
        assert not sparsify(layer, 2).weight.any()

    def test_no_bias_and_frozen_weights_are_kept_so(self):
        layer = nn.Linear(30, 40, bias=False).requires_grad_(False)
        sparse = sparsify(layer, 2)
        assert sparse.bias is None
        assert not sparse.weight.requires_grad


class TestWiring:
    @pytest.mark.parametrize(
        ("make", "sizes"),
        [
            (lambda: nn.Linear(90, 70), (90, 70)),
            (lambda: nn.Conv2d(30, 40, (3, 5)), (30, 40, 3, 5)),
            (lambda: nn.Conv2d(30, 40, 1), (30, 40, 1, 1)),
        ],
    )
    def test_has_the_number_of_connections_of_the_paper(self, make, sizes):
        n_places, p = math.prod(sizes), 4 * sum(sizes) / math.prod(sizes)
        counts = [
            sparsify(make(), 4, generator=_generator(seed)).n_connections for seed in range(40)
        ]
        # Binomial: four standard deviations of the mean of 40.
        tolerance = 4 * math.sqrt(n_places * p * (1 - p) / 40)
        assert np.mean(counts) == pytest.approx(n_places * p, abs=tolerance)

    @pytest.mark.parametrize("make", [_mlp, ResNet])
    def test_comes_from_the_generator_alone(self, make):
        def wirings(seed: int) -> list[list[int]]:
            model = sparsify(make(), 2, generator=_generator(seed))
            layers = (module for module in model.modules() if isinstance(module, EvolvingLayer))
            return [layer.places().tolist() for layer in layers]

        before = torch.get_rng_state()
        sparsify(nn.utils.skip_init(nn.Linear, 30, 40), 2, generator=_generator())
        assert torch.equal(torch.get_rng_state(), before)
        assert wirings(1) == wirings(1) != wirings(2)

    def test_warns_only_if_every_layer_is_full(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            sparsify(nn.Sequential(nn.Linear(2, 2), nn.Linear(300, 300), nn.Linear(300, 2)), 2)
        with pytest.warns(UserWarning, match="epsilon 30 makes every layer full"):
            sparsify(_mlp(), 30)


class TestRefusals:
    @pytest.mark.parametrize("epsilon", [0, -1, math.nan, math.inf])
    def test_an_epsilon_out_of_range(self, epsilon):
        with pytest.raises(ValueError, match=f"epsilon is {epsilon}; it must be a finite number"):
            sparsify(_mlp(), epsilon)

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"dense": ["6"]}, "dense names '6', which the model has not; its layers are 0, 2, 4"),
            ({"dense": "0"}, r"dense is '0'; it must be a collection of names, as in \['0'\]"),
            ({"output": "full"}, "output is 'full'; it must be 'dense' or 'sparse'"),
            ({"dense": ["0", "2"]}, "there is no layer to make sparse in Sequential"),
        ],
    )
    def test_settings_out_of_range(self, settings, message):
        with pytest.raises(ValueError, match=message):
            sparsify(_mlp(), 2, **settings)

    @pytest.mark.parametrize("model", [nn.ReLU(), nn.Sequential(nn.ReLU(), nn.Linear(9, 3))])
    def test_a_model_without_a_layer_to_replace(self, model):
        with pytest.raises(ValueError, match="there is no layer to make sparse"):
            sparsify(model, 2)

    def _refused(self, model: nn.Module, message: str) -> None:
        before = _kinds(model)
        with pytest.raises(ValueError, match=message):
            sparsify(model, 2)
        assert _kinds(model) == before

    def test_another_dtype_or_device(self):
        model = _mlp()
        model[2].double()
        self._refused(model, r"layer '2' is torch.float64 on cpu; sparse layers are torch.float32")
        model = _mlp()
        model[2] = nn.Linear(40, 50, device="meta")
        self._refused(model, r"layer '2' is torch.float32 on meta; .* on cpu")

    def test_a_weight_that_another_module_reads(self):
        class Tied(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.embedding = nn.Embedding(40, 30)
                self.head = nn.Linear(30, 40)
                self.head.weight = self.embedding.weight
                self.fc = nn.Linear(30, 40)
                self.last = nn.Linear(40, 3)

        self._refused(Tied(), "layer 'head' shares its weight with another module")
        assert _kinds(sparsify(Tied(), 2, dense=["head"]))["fc"] == "SparseLinear"

    def test_a_weight_that_is_computed(self):
        model = _mlp()
        nn.utils.spectral_norm(model[2])
        self._refused(model, "layer '2' computes its weight from other parameters")


class TestTraining:
    @pytest.mark.parametrize("method", ["set", "rigl"])
    @pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.AdamW])
    def test_a_residual_network_learns_while_it_evolves(self, method, kind):
        # Rows, columns, and a chessboard.
        stripes = (torch.arange(8) % 2 * 2.0 - 1).expand(8, 8)
        patterns = torch.stack([stripes, stripes.T, stripes * stripes.T])
        y = torch.arange(24) % 3
        x = patterns[y].unsqueeze(1) + torch.randn(24, 1, 8, 8) * 0.3
        model = sparsify(ResNet(), 3, generator=_generator())
        options = {"momentum": 0.9} if kind is torch.optim.SGD else {}
        optimizer = kind(model.parameters(), lr=0.01, **options)
        evolution = Evolution(model, optimizer, method, zeta=0.2)
        layers = evolution.layers
        counts = [layer.n_connections for layer in layers]
        first_places = [layer.places() for layer in layers]
        losses = []
        for step in range(1, 41):
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if step % 8 == 0:
                turnover = evolution.step()
                assert turnover.dropped == turnover.grown > 0
        assert losses[-1] < losses[0] / 3
        assert [layer.n_connections for layer in layers] == counts
        moved = [
            not np.array_equal(layer.places(), places)
            for layer, places in zip(layers, first_places, strict=True)
            if layer.n_connections < layer.n_places
        ]
        assert len(moved) >= 6
        assert all(moved)

    def test_an_optimiser_made_before_knows_the_parameters(self):
        model, x = _mlp(), torch.randn(16, 30)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        parameters = list(model.parameters())
        output = model(x)  # its graph stays alive, and remembers the shapes of the parameters
        sparsify(model, 2)
        assert all(one is other for one, other in zip(model.parameters(), parameters, strict=True))
        before = model[0].weight.detach().clone()
        model(x).square().sum().backward()
        optimizer.step()
        Evolution(model, optimizer).step()
        assert output.shape == (16, 3)
        assert not torch.equal(model[0].weight.detach(), before)

    def test_a_gradient_of_before_is_forgotten(self):
        model = _mlp()
        model(torch.randn(16, 30)).sum().backward()
        sparsify(model, 2)
        assert model[0].weight.grad is None

    def test_travels_by_state_dict(self):
        model, other = (sparsify(ResNet(), 2, generator=_generator(seed)) for seed in (1, 2))
        other.load_state_dict(model.state_dict())
        x = torch.randn(2, 1, 8, 8)
        assert torch.equal(other.eval()(x), model.eval()(x))
