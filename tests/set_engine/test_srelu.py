from __future__ import annotations

import pytest
import torch
from numba import typeof

from set_engine import srelu as srelu_module
from set_engine.srelu import SReLU, srelu, warm_up


def _piecewise(x: float, t_left: float, a_left: float, t_right: float, a_right: float) -> float:
    if x >= t_right:
        return t_right + a_right * (x - t_right)
    if x <= t_left:
        return t_left + a_left * (x - t_left)
    return x


def _slopes(x: float, t_left: float, a_left: float, t_right: float, a_right: float) -> list[float]:
    """By x, t_left, a_left, t_right and a_right."""
    if x > t_right:
        return [a_right, 0, 0, 1 - a_right, x - t_right]
    if x < t_left:
        return [a_left, 1 - a_left, x - t_left, 0, 0]
    return [1, 0, 0, 0, 0]


NEURONS = [
    (0.0, 0.2, 1.0, 1.0),
    (-1.0, 0.0, 2.0, 0.0),
    (0.3, -0.5, 0.4, 3.0),
    (-2.0, 1.0, -1.5, 2.0),
]
NAMES = ("t_left", "a_left", "t_right", "a_right")


def _srelu() -> SReLU:
    unit = SReLU(len(NEURONS)).double()
    with torch.no_grad():
        for name, values in zip(NAMES, zip(*NEURONS, strict=True), strict=True):
            getattr(unit, name).copy_(torch.tensor(values, dtype=torch.float64))
    return unit


class TestSReLU:
    def test_worked_by_hand(self):
        unit = _srelu()
        x = torch.tensor([[3.0, 3.0, 3.0, 3.0], [-3.0, -3.0, -3.0, -3.0]], dtype=torch.float64)
        # Neuron 3, at 3: 0.4 + 3 · 2.6; at -3: 0.3 - 0.5 · (-3.3).
        expected = [[3.0, 2.0, 8.2, 7.5], [-0.6, -1.0, 1.95, -3.0]]
        torch.testing.assert_close(unit(x), torch.tensor(expected, dtype=torch.float64))

    def test_against_the_piecewise_formula_and_its_slopes(self):
        unit = _srelu()
        # A grid that misses every threshold, where there is no slope.
        grid = torch.linspace(-5.03, 5.01, 201, dtype=torch.float64)
        for value in grid.tolist():
            x = torch.full((1, len(NEURONS)), value, dtype=torch.float64, requires_grad=True)
            y = unit(x)
            found = torch.autograd.grad(y.sum(), [x, *(getattr(unit, name) for name in NAMES)])
            for neuron, parameters in enumerate(NEURONS):
                assert y[0, neuron].item() == pytest.approx(
                    _piecewise(value, *parameters), abs=1e-12
                )
                ours = [gradient.flatten()[neuron].item() for gradient in found]
                assert ours == pytest.approx(_slopes(value, *parameters), abs=1e-12)

    def test_slopes_of_a_batch_add_up(self):
        unit = _srelu()
        x = torch.randn(7, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        x.requires_grad_()
        inputs = (x, *unit.parameters())
        assert torch.autograd.gradcheck(lambda x, *_: unit(x), inputs)

    def test_starts_as_a_leaky_relu(self):
        x = torch.linspace(-3, 3, 50)[:, None]
        torch.testing.assert_close(SReLU(1)(x), torch.nn.functional.leaky_relu(x, 0.2))

    def test_has_four_parameters_per_neuron(self):
        shapes = {name: tuple(p.shape) for name, p in SReLU(5).named_parameters()}
        assert shapes == dict.fromkeys(NAMES, (5,))

    @pytest.mark.parametrize("shape", [(3, 5), (4,), (), (4, 3, 4)])
    def test_refuses_another_width(self, shape):
        with pytest.raises(ValueError, match=r"x has shape .*; it must be \(batch, 4, ...\)"):
            SReLU(4)(torch.zeros(shape))

    def test_nan_stays_nan(self):
        y = SReLU(1)(torch.tensor([[torch.nan], [torch.inf], [-torch.inf]]))
        assert y.isnan().flatten().tolist() == [True, False, False]


def _noise(*shape: int, seed: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


def _layouts(batch: int, neurons: int) -> dict[str, torch.Tensor]:
    image = _noise(batch, neurons, 3, 5, seed=1)
    return {
        "batch-major": _noise(batch, neurons, seed=2),
        "feature-major": _noise(neurons, batch, seed=3).t(),
        "every second column": _noise(batch, 2 * neurons, seed=4)[:, ::2],
        "sequence": _noise(batch, neurons, 6, seed=5),
        "feature maps": image,
        "feature maps, channels last": image.contiguous(memory_format=torch.channels_last),
        "feature maps, channels first of all": _noise(neurons, 3, 5, batch, seed=6).movedim(-1, 0),
    }


@pytest.mark.parametrize("batch", [1, 2, 7, 0])
@pytest.mark.parametrize("layout", _layouts(1, 1))
class TestKernelsAgainstThePlainFormula:
    """Through torch's own differentiation, with neurons whose thresholds have crossed."""

    def test_value_and_gradients(self, layout, batch):
        x = _layouts(batch, len(NEURONS) + 1)[layout]
        # The thresholds of the last neuron are crossed: t_l = 0.5 > t_r = -0.4.
        neurons = [*NEURONS, (0.5, 0.3, -0.4, 2.0)]
        parameters = [
            torch.tensor(values, dtype=torch.float64) for values in zip(*neurons, strict=True)
        ]
        unit = SReLU(len(neurons)).double()
        unit.load_state_dict(dict(zip(NAMES, parameters, strict=True)))
        weights = torch.randn(x.shape, dtype=x.dtype, generator=torch.Generator().manual_seed(7))
        results = []
        for f in (unit, lambda x: srelu(x, *unit.parameters())):
            x = x.detach().requires_grad_()
            y = f(x)
            results.append((y, *torch.autograd.grad((y * weights).sum(), [x, *unit.parameters()])))
        for ours, plain in zip(*results, strict=True):
            torch.testing.assert_close(ours, plain, rtol=1e-12, atol=1e-12)

    def test_x_is_not_changed(self, layout, batch):
        x = _layouts(batch, 4)[layout]
        before = x.clone()
        SReLU(4).double()(x)
        assert torch.equal(x, before)


class TestLayout:
    def test_feature_major_stays_feature_major(self):
        x = _noise(4, 3, seed=0, dtype=torch.float32).t().requires_grad_()
        y = SReLU(4)(x)
        (slope,) = torch.autograd.grad(y.square().sum(), x)
        assert y.t().is_contiguous()
        assert slope.t().is_contiguous()

    @pytest.mark.parametrize("shape", [(3, 4), (3, 4, 5, 6)])
    def test_batch_major_stays_batch_major(self, shape):
        x = _noise(*shape, seed=0, dtype=torch.float32).requires_grad_()
        y = SReLU(4)(x)
        (slope,) = torch.autograd.grad(y.square().sum(), x)
        assert y.is_contiguous()
        assert slope.is_contiguous()


class TestDtypes:
    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
    def test_is_kept(self, dtype):
        unit = SReLU(3).to(dtype)
        y = unit(torch.tensor([[-1.0, 0.5, 2.0]], dtype=dtype))
        assert y.dtype == dtype
        torch.testing.assert_close(y, torch.tensor([[-0.2, 0.5, 2.0]], dtype=dtype))

    def test_float32_sums_are_near_those_of_float64(self):
        x, weights = _noise(500, 4, seed=0), _noise(500, 4, seed=1)
        gradients = []
        for unit in (_srelu(), _srelu().float()):
            dtype = unit.t_left.dtype
            loss = (unit(x.to(dtype)) * weights.to(dtype)).sum()
            gradients.append(torch.autograd.grad(loss, list(unit.parameters())))
        for double, single in zip(*gradients, strict=True):
            torch.testing.assert_close(single.double(), double, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("layout", ["batch-major", "feature-major", "feature maps"])
def test_warm_up_compiles_the_forms_that_training_calls(layout, monkeypatch):
    forms = {"_forward": [], "_backward": []}
    for name, found in forms.items():
        monkeypatch.setattr(
            srelu_module, name, lambda *a, found=found: found.append([*map(typeof, a)])
        )
    warm_up()
    x = _layouts(2, 4)[layout].float().requires_grad_()
    SReLU(4)(x).sum().backward()
    for warm, trained in forms.values():
        assert warm == trained
