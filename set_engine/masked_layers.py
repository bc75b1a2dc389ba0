"""Dense layers whose absent connections are masked: a slow reference, and for convolutions."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from set_engine.evolving_layer import EvolvingLayer
from set_engine.places import Places, wiring_of
from set_engine.rewiring import Rewiring
from set_engine.sparse_linear import SparseLinear


class _MaskedLayer(EvolvingLayer):
    """A dense `weight` whose first size is n_outputs, and a boolean `mask` of the same shape.

    An absent connection has weight 0 and gets no gradient, so that it stays at 0 under any of the
    optimisers whose state `set_engine.optimizer_state` knows.
    """

    mask: torch.Tensor
    _gradient: torch.Tensor | None = None
    _begins_step: bool = False

    def wiring(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """See `EvolvingLayer`; computed from the mask at every call."""
        return wiring_of(self.places(), self.n_inputs, self.n_outputs)

    def places(self) -> Places:
        """See `EvolvingLayer`."""
        return np.flatnonzero(self.mask.cpu().numpy()).astype(np.int64)

    def connection_weights(self) -> NDArray[np.float32]:
        """See `EvolvingLayer`."""
        weights: NDArray[np.float32] = self.weight.detach()[self.mask].cpu().numpy()
        return weights

    def carried(self, values: torch.Tensor, rewiring: Rewiring, fresh: float = 0) -> torch.Tensor:
        """See `EvolvingLayer`; `values` have the shape of the mask."""
        stays, new = self._mask_of(rewiring, ~rewiring.is_new), self._mask_of(rewiring)
        return (values * stays).masked_fill_(new & ~stays, fresh)

    def install(self, rewiring: Rewiring, new_weights: NDArray[np.float32]) -> None:
        """See `EvolvingLayer`."""
        weights = self.carried(self.weight.data, rewiring)
        grown = self._mask_of(rewiring, rewiring.is_new)
        weights[grown] = torch.from_numpy(new_weights).to(weights)
        self.mask = self._mask_of(rewiring)
        self.weight.data = weights
        self.weight.grad = self._gradient = None

    def largest_absent(self, survivors: Places, count: int) -> Places:
        """See `EvolvingLayer`."""
        if self._gradient is None:
            raise RuntimeError("no backward pass since the wiring changed; there is no gradient")
        # As in the sparse layer: NaN counts as 0, and of equal ones the lower place is taken.
        magnitudes = np.fmax(self._gradient.abs().flatten().cpu().numpy(), 0)
        magnitudes[survivors] = -1
        largest = np.lexsort((np.arange(len(magnitudes)), -magnitudes))[:count]
        return np.sort(largest)

    def _effective_weight(self) -> torch.Tensor:
        weight = self.weight * self.mask
        if self.records_gradient and weight.requires_grad:
            self._begins_step = True
            weight.register_hook(self._record)  # type: ignore[no-untyped-call]
        return weight

    def _record(self, gradient: torch.Tensor) -> None:
        # The first backward pass after a forward one begins anew, as in the sparse layer.
        if self._begins_step or self._gradient is None:
            self._gradient, self._begins_step = gradient.detach(), False
        else:
            self._gradient = self._gradient + gradient.detach()

    def _mask_of(
        self, rewiring: Rewiring, chosen: NDArray[np.bool_] | slice = slice(None)
    ) -> torch.Tensor:
        mask = torch.zeros(self.mask.shape, dtype=torch.bool)
        mask.view(-1)[torch.from_numpy(rewiring.places[chosen])] = True
        return mask.to(self.mask.device)


class MaskedLinear(_MaskedLayer):
    """y = (W ∘ mask) x + b, with the wiring and the weights of a sparse layer at the start.

    Args:
        layer: the sparse layer to begin from.

    >>> sparse = SparseLinear(784, 1000, epsilon=20)
    >>> masked, x = MaskedLinear(sparse), torch.randn(3, 784)
    >>> torch.allclose(masked(x), sparse(x), atol=1e-5)
    True
    """

    def __init__(self, layer: SparseLinear) -> None:
        super().__init__()
        self.n_inputs, self.n_outputs = layer.n_inputs, layer.n_outputs
        shape, places = (layer.n_outputs, layer.n_inputs), layer.places()
        dense, mask = np.zeros(shape, np.float32), np.zeros(shape, np.bool_)
        dense.reshape(-1)[places], mask.reshape(-1)[places] = layer.connection_weights(), True
        self.weight = nn.Parameter(torch.from_numpy(dense))
        self.register_buffer("mask", torch.from_numpy(mask))
        self.bias = None if layer.bias is None else nn.Parameter(layer.bias.detach().clone())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(..., n_inputs) -> (..., n_outputs)."""
        return functional.linear(x, self._effective_weight(), self.bias)

    def extra_repr(self) -> str:
        """What `repr` shows of the layer."""
        return f"{self.n_inputs} -> {self.n_outputs}, {self.n_connections} connections, masked"


class MaskedConv2d(_MaskedLayer):
    """A convolution with masked kernels; a neuron is a filter, its inputs are its kernel's entries.

    The places of an output channel are numbered as its kernel lies in memory: by input channel,
    row and column.

    Args:
        convolution: what to mask; its parameters are taken over.
        mask: boolean, of the shape of the convolution's weight.

    Raises:
        ValueError: if the shapes differ, or the mask is not boolean.
    """

    def __init__(self, convolution: nn.Conv2d, mask: torch.Tensor) -> None:
        super().__init__()
        weight = convolution.weight
        if mask.shape != weight.shape:
            raise ValueError(
                f"mask has shape {tuple(mask.shape)}; it must be {tuple(weight.shape)}"
            )
        if mask.dtype != torch.bool:
            raise ValueError(f"mask is {mask.dtype}; it must be torch.bool")
        self.n_outputs, self.n_inputs = len(weight), weight[0].numel()
        self.convolution = convolution
        self.register_buffer("mask", mask.clone())
        with torch.no_grad():
            weight.mul_(mask)

    @property
    def weight(self) -> nn.Parameter:  # type: ignore[override]
        """The dense kernels, (channels out, channels in, rows, columns)."""
        return cast(nn.Parameter, self.convolution.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """As the convolution."""
        output: torch.Tensor = self.convolution._conv_forward(
            x, self._effective_weight(), self.convolution.bias
        )
        return output

    def extra_repr(self) -> str:
        """What `repr` shows of the layer."""
        return f"{self.n_connections} of {self.n_places} connections, masked"
