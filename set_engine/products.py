"""The products of one wiring where its tensors are: by our kernels, or on a GPU by torch.

All tensors are contiguous and feature-major: x is (n_inputs, batch), slopes and results of
`forward` are (n_outputs, batch). No gradient flows through any of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

import torch
from numpy.typing import NDArray

from set_engine import kernels
from set_engine.kernel_wiring import KernelWiring

Gradients = tuple[torch.Tensor | None, torch.Tensor | None, torch.Tensor | None]


class Products(Protocol):
    """What a sparse layer computes with."""

    def forward(
        self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None
    ) -> torch.Tensor:
        """W x + b."""

    def gradients(
        self, x: torch.Tensor, weight: torch.Tensor, slopes: torch.Tensor, needs: Sequence[bool]
    ) -> Gradients:
        """Those of x, weight and bias that are needed; None for the others."""

    def logistic_forward(
        self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None
    ) -> torch.Tensor:
        """σ(W x + b)."""

    def logistic_back(
        self, y: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor
    ) -> torch.Tensor:
        """σ(Wᵀ y + a), with `bias` a: (n_inputs, batch)."""


def products_of(wiring: KernelWiring, device: torch.device) -> Products:
    """The fastest there are on the device.

    >>> import numpy as np
    >>> wiring = KernelWiring(np.array([0, 1]), np.zeros(1, np.int32), n_inputs=1)
    >>> type(products_of(wiring, torch.device("cpu"))).__name__
    'KernelProducts'
    """
    return KernelProducts(wiring) if device.type == "cpu" else TorchProducts(wiring, device)


class KernelProducts:
    """The kernels of `set_engine.kernels`, on the CPU."""

    def __init__(self, wiring: KernelWiring) -> None:
        self.wiring = wiring
        self._way = wiring.indptr, wiring.indices

    def forward(
        self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None
    ) -> torch.Tensor:
        """See `Products`."""
        arrays = _arrays(weight, self._biases(weight, bias), x)
        return torch.from_numpy(kernels.forward(*self._way, *arrays))

    def gradients(
        self, x: torch.Tensor, weight: torch.Tensor, slopes: torch.Tensor, needs: Sequence[bool]
    ) -> Gradients:
        """See `Products`."""
        weights, inputs, outputs = _arrays(weight, x, slopes)
        grad_x = grad_weight = grad_bias = None
        if needs[0] and needs[1] and inputs.shape[1] < kernels.NARROW:
            found = kernels.gradients(self.wiring.parts, *self._way, weights, inputs, outputs)
            grad_weight, grad_bias, grad_x = found
        else:
            if needs[1] or needs[2]:
                grad_weight, grad_bias = kernels.weight_gradient(*self._way, inputs, outputs)
            if needs[0]:
                grad_x = kernels.input_gradient(*self.wiring.transposed, weights, outputs)
        of_x, of_weight, of_bias = (
            None if gradient is None or not needed else torch.from_numpy(gradient)
            for gradient, needed in zip((grad_x, grad_weight, grad_bias), needs, strict=True)
        )
        return of_x, of_weight, of_bias

    def logistic_forward(
        self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None
    ) -> torch.Tensor:
        """See `Products`."""
        arrays = _arrays(weight, self._biases(weight, bias), x)
        return torch.from_numpy(kernels.logistic_forward(*self._way, *arrays))

    def logistic_back(
        self, y: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor
    ) -> torch.Tensor:
        """See `Products`."""
        arrays = _arrays(weight, bias, y)
        return torch.from_numpy(kernels.logistic_back(*self.wiring.transposed, *arrays))

    def _biases(self, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        return weight.new_zeros(len(self.wiring.indptr) - 1) if bias is None else bias


def _arrays(*tensors: torch.Tensor) -> tuple[NDArray[Any], ...]:
    """The same memory without gradients."""
    return tuple(tensor.detach().numpy() for tensor in tensors)


class TorchProducts:
    """torch's own sparse operations, on any device that has them.

    Args:
        wiring: on the CPU, as it always is.
        device: where the products are computed.
    """

    def __init__(self, wiring: KernelWiring, device: torch.device) -> None:
        self.wiring, self.device = wiring, device
        self.shape = (len(wiring.indptr) - 1, wiring.n_inputs)

    @cached_property
    def _way(self) -> tuple[torch.Tensor, torch.Tensor]:
        return self._there(self.wiring.indptr), self._there(self.wiring.indices)

    @cached_property
    def _way_back(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        t_indptr, t_rows, t_places = self.wiring.transposed
        return self._there(t_indptr), self._there(t_rows), self._there(t_places)

    def _there(self, array: object) -> torch.Tensor:
        # torch wants both index arrays of a CSR matrix in one dtype.
        return torch.as_tensor(array, dtype=torch.int64).to(self.device)

    def forward(
        self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None
    ) -> torch.Tensor:
        """See `Products`."""
        matrix = torch.sparse_csr_tensor(*self._way, weight.detach(), self.shape)
        y: torch.Tensor = matrix @ x.detach()
        return y if bias is None else y + bias.detach()[:, None]

    def gradients(
        self, x: torch.Tensor, weight: torch.Tensor, slopes: torch.Tensor, needs: Sequence[bool]
    ) -> Gradients:
        """See `Products`."""
        return (
            self._back(slopes, weight) if needs[0] else None,
            self._weight_gradient(x, slopes) if needs[1] else None,
            slopes.sum(1) if needs[2] else None,
        )

    def logistic_forward(
        self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None
    ) -> torch.Tensor:
        """See `Products`."""
        return self.forward(x, weight, bias).sigmoid_()

    def logistic_back(
        self, y: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor
    ) -> torch.Tensor:
        """See `Products`."""
        return self._back(y, weight).add_(bias.detach()[:, None]).sigmoid_()

    def _back(self, y: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """Wᵀ y: (n_inputs, batch)."""
        t_indptr, t_rows, t_places = self._way_back
        values, shape = weight.detach()[t_places], self.shape[::-1]
        product: torch.Tensor = torch.sparse_csr_tensor(t_indptr, t_rows, values, shape) @ y
        return product

    def _weight_gradient(self, x: torch.Tensor, slopes: torch.Tensor) -> torch.Tensor:
        # slopes · xᵀ where a connection is, and nowhere else.
        nothing = torch.zeros(len(self._way[1]), dtype=x.dtype, device=self.device)
        places = torch.sparse_csr_tensor(*self._way, nothing, self.shape)
        found: torch.Tensor = torch.sparse.sampled_addmm(places, slopes, x.t(), beta=0.0)
        return found.values()
