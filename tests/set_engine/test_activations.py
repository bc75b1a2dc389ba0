from __future__ import annotations

import pytest
import torch

from set_engine.activations import ACTIVATIONS, SReLU


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

    def test_keeps_the_layout_of_activations(self):
        x = torch.randn(4, 3, generator=torch.Generator().manual_seed(0)).t()
        assert SReLU(4)(x).t().is_contiguous()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("relu", [0.0, 2.0]), ("leaky_relu", [-0.01, 2.0]), ("srelu", [-0.2, 2.0])],
)
def test_activations_by_name(name, expected):
    y = ACTIVATIONS[name](2)(torch.tensor([[-1.0, 2.0]]))
    assert y.flatten().tolist() == pytest.approx(expected, rel=1e-6)
