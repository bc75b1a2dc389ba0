"""The S-shaped rectified linear unit, with kernels that pass over the activations once."""

from __future__ import annotations

from typing import Any

import numba
import torch
from torch import nn
from torch.autograd.function import once_differentiable

# Reassociation lets a sum be vectorised; NaN and infinity keep their meaning.
_OPTIONS = {
    "nogil": True,
    "cache": True,
    "fastmath": {"reassoc", "contract", "nsz"},
    "error_model": "numpy",
}


class SReLU(nn.Module):
    """S-shaped rectified linear unit with four learned parameters per neuron (Jin et al. 2016).

    f(x) = t_r + a_r (x − t_r) for x ≥ t_r, x between, t_l + a_l (x − t_l) for x ≤ t_l. It starts
    as a leaky ReLU: t_l = 0, a_l = 0.2, t_r = 1, a_r = 1. At a threshold the slope is that between
    the two. Should t_l come to exceed t_r, f is as `srelu` writes it.

    Args:
        n_neurons: neurons, or channels of a feature map; at least 1.

    >>> SReLU(2)(torch.tensor([[-1.0, 3.0]])).tolist()
    [[-0.20000000298023224, 3.0]]
    """

    def __init__(self, n_neurons: int) -> None:
        super().__init__()
        self.t_left = nn.Parameter(torch.zeros(n_neurons))
        self.a_left = nn.Parameter(torch.full((n_neurons,), 0.2))
        self.t_right = nn.Parameter(torch.ones(n_neurons))
        self.a_right = nn.Parameter(torch.ones(n_neurons))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, n_neurons, ...) -> the same shape, in the same memory layout.

        Raises:
            ValueError: if `x` has no second dimension of n_neurons.
        """
        if x.ndim < 2 or x.shape[1] != len(self.t_left):
            raise ValueError(
                f"x has shape {tuple(x.shape)}; it must be (batch, {len(self.t_left)}, ...)"
            )
        parameters = (self.t_left, self.a_left, self.t_right, self.a_right)
        if _has_kernel(x, self.t_left):
            y: torch.Tensor = _SReLUFunction.apply(x, *parameters)  # type: ignore[no-untyped-call]
            return y
        return srelu(x, *parameters)

    def extra_repr(self) -> str:
        """What `repr` shows of the unit."""
        return str(len(self.t_left))


def srelu(
    x: torch.Tensor,
    t_left: torch.Tensor,
    a_left: torch.Tensor,
    t_right: torch.Tensor,
    a_right: torch.Tensor,
) -> torch.Tensor:
    """The plain formula in torch's operations, for any device: (batch, n_neurons, ...) -> same.

    Some twenty times the cost of the kernels, which serve float32 and float64 on the CPU.
    """
    shape = (-1,) + (1,) * (x.ndim - 2)
    t_left, a_left, t_right, a_right = (
        parameter.view(shape) for parameter in (t_left, a_left, t_right, a_right)
    )
    above = a_right * torch.relu(x - t_right)
    below = a_left * torch.relu(t_left - x)
    return torch.minimum(torch.maximum(x, t_left), t_right) + above - below


def warm_up() -> None:
    """Compile the kernels, or load them from numba's cache on disk; seconds the first time."""
    SReLU(1)(torch.zeros(1, 1, requires_grad=True)).sum().backward()


def _has_kernel(x: torch.Tensor, parameter: torch.Tensor) -> bool:
    on_cpu = x.device.type == parameter.device.type == "cpu"
    return on_cpu and x.dtype == parameter.dtype and x.dtype in (torch.float32, torch.float64)


class _SReLUFunction(torch.autograd.Function):
    """f and its gradients over (outer, n_neurons, inner) blocks of whatever layout x has."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, *parameters: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x, *parameters)
        ctx.feature_major = x.movedim(0, -1).is_contiguous()
        blocks = _blocks(x.detach(), ctx.feature_major)
        y = torch.empty_like(blocks)
        _forward(blocks.numpy(), *(p.detach().numpy() for p in parameters), y.numpy())
        return _unblocked(y, x.shape, ctx.feature_major)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, ...]:
        x, *parameters = (tensor.detach() for tensor in ctx.saved_tensors)
        slopes = _blocks(grad, ctx.feature_major)
        grad_x = torch.empty_like(slopes)
        grads = [torch.zeros_like(parameter) for parameter in parameters]
        arrays = (_blocks(x, ctx.feature_major), slopes, *parameters, grad_x, *grads)
        _backward(*(tensor.numpy() for tensor in arrays))
        return _unblocked(grad_x, x.shape, ctx.feature_major), *grads


def _blocks(x: torch.Tensor, feature_major: bool) -> torch.Tensor:
    """(outer, n_neurons, inner), contiguous: x itself, unless its layout is a third one.

    Activations of an MLP are feature-major: (1, n_neurons, batch). Feature maps are (batch,
    channels, pixels).
    """
    if feature_major:
        return x.movedim(0, -1).contiguous().flatten(1).unsqueeze(0)
    return x.contiguous().unsqueeze(-1).flatten(2)


def _unblocked(blocks: torch.Tensor, shape: torch.Size, feature_major: bool) -> torch.Tensor:
    if feature_major:
        return blocks.view(*shape[1:], shape[0]).movedim(-1, 0)
    return blocks.view(shape)


@numba.njit(**_OPTIONS)
def _forward(x, t_left, a_left, t_right, a_right, y):  # type: ignore[no-untyped-def]
    zero = x.dtype.type(0)
    for outer in range(x.shape[0]):
        for neuron in range(x.shape[1]):
            left, right = t_left[neuron], t_right[neuron]
            below, above = a_left[neuron], a_right[neuron]
            source, target = x[outer, neuron], y[outer, neuron]
            for i in range(x.shape[2]):
                value = source[i]
                # Both comparisons are false for NaN, which so stays NaN.
                between = left if value < left else value
                between = right if between > right else between
                over = value - right if value > right else zero
                under = left - value if value < left else zero
                target[i] = between + above * over - below * under


@numba.njit(**_OPTIONS)
def _backward(  # type: ignore[no-untyped-def]
    x, grad, t_left, a_left, t_right, a_right, grad_x, grad_tl, grad_al, grad_tr, grad_ar
):
    zero, one = x.dtype.type(0), x.dtype.type(1)
    for outer in range(x.shape[0]):
        for neuron in range(x.shape[1]):
            left, right = t_left[neuron], t_right[neuron]
            below, above = a_left[neuron], a_right[neuron]
            # With crossed thresholds, t_l > t_r, the middle part is the constant t_r.
            middle = one if left <= right else zero
            source, slopes, target = x[outer, neuron], grad[outer, neuron], grad_x[outer, neuron]
            total = total_under = total_over = reach_under = reach_over = zero
            for i in range(x.shape[2]):
                value, slope = source[i], slopes[i]
                under = slope if value < left else zero
                over = slope if value > right else zero
                target[i] = middle * slope + (below - middle) * under + (above - middle) * over
                total += slope
                total_under += under
                total_over += over
                reach_under += under * (value - left)
                reach_over += over * (value - right)
            grad_tl[neuron] += (middle - below) * total_under
            grad_al[neuron] += reach_under
            grad_tr[neuron] += (middle - above) * total_over + (one - middle) * total
            grad_ar[neuron] += reach_over
