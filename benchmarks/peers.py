"""Training steps of one network, ours and those of its peers; each is made in its own process."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn import functional

EPSILON = 20.0
_SEED = 0


def sparse(widths: Sequence[int], batch: int) -> Callable[[], object]:
    """A step of SET-MLP, as the engine takes it."""
    from set_engine import TrainingConfig, leave_cores_to_kernels
    from set_engine.mlp import SetMLP
    from set_engine.optimizers import make_optimizer

    leave_cores_to_kernels()
    config = TrainingConfig(hidden=tuple(widths[1:-1]), epsilon=EPSILON, activation="relu")
    model = SetMLP(widths[0], widths[-1], config, torch.Generator().manual_seed(_SEED))
    settings = {"learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0002}
    optimizer = make_optimizer("sgd", model.parameters(), **settings)
    x, y = _samples(widths, batch)
    return _step(model, optimizer, x.t().contiguous().t(), y)


def dense(widths: Sequence[int], batch: int) -> Callable[[], object]:
    """A step of torch's own dense layers."""
    return of_torch(widths, batch, nn.Linear)


def masked(widths: Sequence[int], batch: int) -> Callable[[], object]:
    """A step of dense layers whose absent connections are multiplied by 0."""
    return of_torch(widths, batch, _Masked)


def torch_sparse(widths: Sequence[int], batch: int) -> Callable[[], object]:
    """A step of torch's sparse CSR product under autograd."""
    warnings.filterwarnings("ignore", "Sparse (CSR tensor support|invariant checks)")
    return of_torch(widths, batch, _TorchSparse)


def of_torch(
    widths: Sequence[int],
    batch: int,
    layer: Callable[[int, int], nn.Module],
    device: str = "cpu",
) -> Callable[[], object]:
    """A step of torch's own modules and optimiser around some kind of hidden layer."""
    torch.manual_seed(_SEED)
    layers: list[nn.Module] = []
    for width, following in pairwise(widths[:-1]):
        layers += [layer(width, following), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(widths[-2], widths[-1])).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=0.0002)
    x, y = _samples(widths, batch)
    return _step(model, optimizer, x.to(device), y.to(device))


def _samples(widths: Sequence[int], batch: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(_SEED)
    x = torch.randn(batch, widths[0], generator=generator)
    return x, torch.randint(widths[-1], (batch,), generator=generator)


def _step(
    model: nn.Module, optimizer: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor
) -> Callable[[], object]:
    def step() -> None:
        loss = functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    return step


def _mask(n_inputs: int, n_outputs: int) -> torch.Tensor:
    probability = min(1.0, EPSILON * (n_inputs + n_outputs) / (n_inputs * n_outputs))
    return torch.rand(n_outputs, n_inputs) < probability


class _Masked(nn.Linear):
    mask: torch.Tensor

    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        super().__init__(n_inputs, n_outputs)
        self.register_buffer("mask", _mask(n_inputs, n_outputs).float())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.linear(x, self.weight * self.mask, self.bias)


class _TorchSparse(nn.Module):
    indptr: torch.Tensor
    indices: torch.Tensor

    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        super().__init__()
        wiring = _mask(n_inputs, n_outputs).float().to_sparse_csr()
        self.register_buffer("indptr", wiring.crow_indices())
        self.register_buffer("indices", wiring.col_indices())
        self.weight = nn.Parameter(torch.randn(len(self.indices)) / np.sqrt(n_inputs))
        self.bias = nn.Parameter(torch.zeros(n_outputs))
        self.shape = (n_outputs, n_inputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        matrix = torch.sparse_csr_tensor(self.indptr, self.indices, self.weight, self.shape)
        y: torch.Tensor = torch.sparse.mm(matrix, x.t())
        return y.t() + self.bias
