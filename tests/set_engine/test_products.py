from __future__ import annotations

import warnings
from itertools import product

import numpy as np
import pytest
import torch
from torch import nn

from set_engine import Evolution, SparseLinear
from set_engine.kernel_wiring import KernelWiring
from set_engine.products import KernelProducts, TorchProducts, products_of

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
GRID = list(product([(1, 1), (5, 1), (1, 5), (40, 23)], [0.0, 0.2, 1.0], [1, 7, 20]))


@pytest.fixture(autouse=True)
def _torch_s_beta_warnings():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse (CSR tensor support|invariant checks)")
        yield


def _noise(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _wiring(n_outputs: int, n_inputs: int, density: float) -> KernelWiring:
    present = np.random.default_rng(0).random((n_outputs, n_inputs)) < density
    rows, columns = np.nonzero(present)
    indptr = np.searchsorted(rows, np.arange(n_outputs + 1)).astype(np.int64)
    return KernelWiring(indptr, columns.astype(np.int32), n_inputs)


def _assert_as_the_kernels(device: str, shape: tuple[int, int], density: float, batch: int) -> None:
    wiring = _wiring(*shape, density)
    kernels, there = KernelProducts(wiring), TorchProducts(wiring, torch.device(device))
    n_outputs, n_inputs = shape
    x, slopes = _noise(n_inputs, batch, seed=1), _noise(n_outputs, batch, seed=2)
    weight, bias = _noise(len(wiring.indices), seed=3), _noise(n_outputs, seed=4)

    visible_bias = _noise(n_inputs, seed=5)

    def results(products, x, weight, bias, slopes, visible_bias):
        return [
            products.forward(x, weight, bias),
            products.forward(x, weight, None),
            *products.gradients(x, weight, slopes, (True, True, True)),
            products.logistic_forward(x, weight, bias),
            products.logistic_forward(x, weight, None),
            products.logistic_back(slopes, weight, visible_bias),
        ]

    tensors = (x, weight, bias, slopes, visible_bias)
    found = results(there, *(tensor.to(device) for tensor in tensors))
    for ours, theirs in zip(found, results(kernels, *tensors), strict=True):
        assert ours.device.type == device
        torch.testing.assert_close(ours.cpu(), theirs, rtol=0, atol=1e-5 * max(shape))


@pytest.mark.parametrize(("shape", "density", "batch"), GRID)
def test_torch_s_products_are_those_of_the_kernels(shape, density, batch):
    _assert_as_the_kernels("cpu", shape, density, batch)


@needs_gpu
def test_and_on_a_gpu_too():
    for shape, density, batch in GRID:
        _assert_as_the_kernels("cuda", shape, density, batch)


@pytest.mark.parametrize("batch", [7, 20])
@pytest.mark.parametrize("needs", list(product([True, False], repeat=3)))
def test_only_what_is_needed_is_computed(batch, needs):
    wiring = _wiring(6, 5, 0.5)
    x, slopes, weight = (_noise(*shape, seed=1) for shape in ((5, batch), (6, batch), (30,)))
    weight = weight[: len(wiring.indices)]
    for products in (KernelProducts(wiring), TorchProducts(wiring, torch.device("cpu"))):
        found = products.gradients(x, weight, slopes, needs)
        assert [gradient is not None for gradient in found] == list(needs)


def test_the_kernels_are_for_the_cpu_and_torch_for_the_rest():
    wiring = _wiring(3, 4, 0.5)
    assert type(products_of(wiring, torch.device("cpu"))) is KernelProducts
    assert type(products_of(wiring, torch.device("cuda"))) is TorchProducts


@needs_gpu
def test_a_training_on_the_gpu_takes_the_course_of_the_cpu():
    found = {}
    for device in ("cpu", "cuda"):
        generator = torch.Generator().manual_seed(0)
        model = nn.Sequential(
            SparseLinear(30, 40, epsilon=4, generator=generator),
            nn.ReLU(),
            SparseLinear(40, 10, epsilon=4, generator=generator),
        ).to(device)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
        evolution = Evolution(model, optimizer, "set", zeta=0.3, rng=1)
        x = _noise(20, 30, seed=1).to(device)
        for _ in range(3):
            for _ in range(5):
                optimizer.zero_grad()
                model(x).square().mean().backward()
                optimizer.step()
            evolution.step()
        found[device] = [layer.topology() for layer in (model[0], model[2])]
    for ours, theirs in zip(found["cuda"], found["cpu"], strict=True):
        assert np.array_equal(ours.indices, theirs.indices)
        np.testing.assert_allclose(ours.weights, theirs.weights, atol=1e-4)


def test_a_layer_whose_products_are_torch_s_evolves_and_learns_alike(monkeypatch):
    """What a GPU would do, as far as a CPU can tell."""
    found = []
    for make in (KernelProducts, lambda wiring: TorchProducts(wiring, torch.device("cpu"))):
        monkeypatch.setattr(
            "set_engine.sparse_linear.products_of", lambda w, _d, make=make: make(w)
        )
        layer = SparseLinear(30, 20, epsilon=4, generator=torch.Generator().manual_seed(0))
        optimizer = torch.optim.SGD(layer.parameters(), lr=0.05, momentum=0.9)
        evolution = Evolution(layer, optimizer, "rigl", zeta=0.3, rng=1)
        x = _noise(20, 30, seed=1)
        for _ in range(4):
            optimizer.zero_grad()
            layer(x).square().mean().backward()
            optimizer.step()
            evolution.step()
        found.append(layer.topology())
    kernels, torch_s = found
    assert np.array_equal(kernels.indices, torch_s.indices)
    np.testing.assert_allclose(kernels.weights, torch_s.weights, atol=1e-5)
