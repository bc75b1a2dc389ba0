"""A linear layer that stores, multiplies and updates its existing connections only."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.autograd.function import once_differentiable

from set_engine.absent_gradients import largest_absent
from set_engine.erdos_renyi import erdos_renyi
from set_engine.evolving_layer import EvolvingLayer
from set_engine.initialisation import draw_weights
from set_engine.kernel_wiring import KernelWiring
from set_engine.places import Places, wiring_of
from set_engine.products import Products, products_of
from set_engine.rewiring import Rewiring
from topology import LayerTopology


class SparseLinear(EvolvingLayer):
    """y = W x + b with an Erdős–Rényi wiring: (batch, n_inputs) -> (batch, n_outputs).

    The parameters are `weight`, (n_connections,) in CSR order, and `bias`, (n_outputs,); the
    buffers `indptr` and `indices` are the wiring. Inside, activations are feature-major: the output
    is a transposed view, and a stack of these layers with elementwise activations never transposes.

    Args:
        n_inputs: input neurons, at least 1.
        n_outputs: output neurons, at least 1.
        epsilon: density parameter ε > 0 of Mocanu et al. 2018: about ε (n_inputs + n_outputs)
            connections, at most all of them.
        bias: whether to add a learned bias.
        initialisation: how weights are drawn, a name of `set_engine.initialisation`.
        generator: source of randomness; torch's global one if None.

    Raises:
        ValueError: if a width is below 1 or ε is not a finite number above 0.

    >>> layer = SparseLinear(784, 1000, epsilon=20)
    >>> layer(torch.zeros(32, 784)).shape
    torch.Size([32, 1000])
    """

    indptr: torch.Tensor
    indices: torch.Tensor

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        epsilon: float = 20.0,
        *,
        bias: bool = True,
        initialisation: str = "he_normal",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        for name, width in (("n_inputs", n_inputs), ("n_outputs", n_outputs)):
            if width < 1:
                raise ValueError(f"{name} is {width}; it must be at least 1")
        if not (math.isfinite(epsilon) and epsilon > 0):
            raise ValueError(f"epsilon is {epsilon}; it must be a finite number above 0")
        self.n_inputs, self.n_outputs = n_inputs, n_outputs
        seed = int(torch.randint(2**62, (1,), generator=generator))
        indptr, indices = erdos_renyi(n_inputs, n_outputs, epsilon, np.random.default_rng(seed))
        self.register_buffer("indptr", torch.from_numpy(indptr))
        self.register_buffer("indices", torch.from_numpy(indices))
        self.weight = nn.Parameter(torch.empty(len(indices)))
        self.bias = nn.Parameter(torch.zeros(n_outputs)) if bias else None
        self._kernel_wiring: KernelWiring | None = None
        self._products: tuple[torch.device, Products] | None = None
        self._gradient_factors: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._begins_step = False
        self.reset_weights(initialisation, generator)

    def reset_weights(
        self, initialisation: str = "he_normal", generator: torch.Generator | None = None
    ) -> None:
        """Draw every weight anew, the mean degrees in the place of fan-in and fan-out."""
        fan_in = max(1.0, self.n_connections / self.n_outputs)
        fan_out = max(1.0, self.n_connections / self.n_inputs)
        draw_weights(self.weight, initialisation, fan_in, fan_out, generator)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(..., n_inputs) -> (..., n_outputs).

        Raises:
            ValueError: if the last dimension of `x` is not n_inputs, or if `x` is on another device
                or of another dtype than the weights.
        """
        self._check("x", x, self.n_inputs)
        weight = self.weight
        columns = x.reshape(-1, self.n_inputs).t()
        if torch.is_grad_enabled():
            self._begins_step = True
            y: torch.Tensor = _SparseProduct.apply(columns, weight, self.bias, self)  # type: ignore[no-untyped-call]
        else:
            y = self.products().forward(columns.contiguous(), weight, self.bias)
        return y.t().reshape(*x.shape[:-1], self.n_outputs)

    def logistic(self, x: torch.Tensor) -> torch.Tensor:
        """σ(W x + b): (batch, n_inputs) -> (batch, n_outputs). No gradient flows.

        Raises:
            ValueError: as `forward` does.
        """
        self._check("x", x, self.n_inputs)
        return self.products().logistic_forward(_columns(x), self.weight, self.bias).t()

    def logistic_back(self, y: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """σ(Wᵀ y + bias): (batch, n_outputs) -> (batch, n_inputs). No gradient flows.

        Args:
            y: in the place of the outputs.
            bias: (n_inputs,), which is not the layer's own.

        Raises:
            ValueError: if a shape, device or dtype does not fit the layer.
        """
        self._check("y", y, self.n_outputs)
        self._check("bias", bias, self.n_inputs)
        return self.products().logistic_back(_columns(y), self.weight, bias).t()

    def add_gradient(self, x: torch.Tensor, slopes: torch.Tensor) -> None:
        """What `(slopes * layer(x)).sum().backward()` does, without the product.

        Args:
            x: (batch, n_inputs); it gets no gradient.
            slopes: (batch, n_outputs).

        Raises:
            ValueError: if a shape, device or dtype does not fit the layer, or the other's batch.

        >>> layer = SparseLinear(4, 3)
        >>> layer.add_gradient(torch.ones(2, 4), torch.ones(2, 3))
        >>> layer.bias.grad
        tensor([2., 2., 2.])
        """
        self._check("x", x, self.n_inputs)
        self._check("slopes", slopes, self.n_outputs)
        if len(x) != len(slopes):
            raise ValueError(f"x has {len(x)} samples and slopes {len(slopes)}; both need as many")
        factors = _columns(x), _columns(slopes)
        if self.records_gradient:
            self._begins_step = True
            self.record_gradient(*factors)
        needs = (False, True, self.bias is not None)
        _, *found = self.products().gradients(factors[0], self.weight, factors[1], needs)
        for parameter, gradient in zip((self.weight, self.bias), found, strict=True):
            if parameter is not None and gradient is not None and parameter.requires_grad:
                before = parameter.grad
                parameter.grad = gradient if before is None else before + gradient

    def _check(self, name: str, given: torch.Tensor, width: int) -> None:
        # The kernels trust what they get.
        if not given.ndim or given.shape[-1] != width:
            raise ValueError(
                f"{name} has shape {tuple(given.shape)}; its last size must be {width}"
            )
        weight = self.weight
        if given.device != weight.device or given.dtype != weight.dtype:
            raise ValueError(
                f"{name} is {given.dtype} on {given.device}; "
                f"it must be {weight.dtype} on {weight.device}"
            )

    def wiring(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """`indptr, indices` as arrays; on the CPU they share memory: read, do not write."""
        return self.indptr.cpu().numpy(), self.indices.cpu().numpy()

    def connection_weights(self) -> NDArray[np.float32]:
        """See `EvolvingLayer`; on the CPU they share memory with the layer."""
        weights: NDArray[np.float32] = self.weight.detach().cpu().numpy()
        return weights

    def rewire(self, indptr: NDArray[np.int64], indices: NDArray[np.int32]) -> None:
        """Put another wiring in place; the caller gives `weight` its new values."""
        device = self.weight.device
        self.indptr = torch.from_numpy(indptr).to(device)
        self.indices = torch.from_numpy(indices).to(device)
        self._kernel_wiring = self._products = None
        self._gradient_factors = []

    def replace_weights(self, weights: torch.Tensor) -> None:
        """Give the parameter, which stays the same object, (n_connections,) other values."""
        self.weight.grad = None
        if len(weights) != len(self.weight):
            # Through another dtype: only then torch forgets the shape that a graph which is still
            # alive, such as that of the last loss, noted for the gradient.
            self.weight.data = weights.double()
        self.weight.data = weights

    def carried(self, values: torch.Tensor, rewiring: Rewiring, fresh: float = 0) -> torch.Tensor:
        """See `EvolvingLayer`; `values` are (n_connections,)."""
        origins, is_new = (
            torch.from_numpy(array).to(values.device)
            for array in (rewiring.origins, rewiring.is_new)
        )
        return values[origins].masked_fill_(is_new, fresh)

    def install(self, rewiring: Rewiring, new_weights: NDArray[np.float32]) -> None:
        """See `EvolvingLayer`."""
        weights = self.carried(self.weight.data, rewiring)
        is_new = torch.from_numpy(rewiring.is_new).to(weights.device)
        weights[is_new] = torch.from_numpy(new_weights).to(weights)
        self.rewire(*wiring_of(rewiring.places, self.n_inputs, self.n_outputs))
        self.replace_weights(weights)

    def record_gradient(self, inputs: torch.Tensor, slopes: torch.Tensor) -> None:
        """Keep the factors (n_inputs, batch) and (n_outputs, batch) of the weights' gradient."""
        if self._begins_step:
            # The first backward pass after a forward one; a model may use the layer twice.
            self._gradient_factors, self._begins_step = [], False
        self._gradient_factors.append((inputs, slopes))

    def largest_absent(self, survivors: Places, count: int) -> Places:
        """See `EvolvingLayer`; never holds a dense matrix of more than one block."""
        if not self._gradient_factors:
            raise RuntimeError("no backward pass since the wiring changed; there is no gradient")
        inputs, slopes = (
            torch.cat(parts, 1).cpu().numpy() for parts in zip(*self._gradient_factors, strict=True)
        )
        wiring = wiring_of(survivors, self.n_inputs, self.n_outputs)
        return largest_absent(*wiring, self.n_inputs, inputs, slopes, count)

    def kernel_wiring(self) -> KernelWiring:
        """The wiring as the kernels take it; another wiring is another object."""
        if self._kernel_wiring is None:
            self._kernel_wiring = KernelWiring(*self.wiring(), self.n_inputs)
        return self._kernel_wiring

    def products(self) -> Products:
        """What multiplies with this wiring where the weights are; another wiring has others."""
        device = self.weight.device
        if self._products is None or self._products[0] != device:
            self._products = device, products_of(self.kernel_wiring(), device)
        return self._products[1]

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *arguments: Any
    ) -> None:
        # A saved wiring brings its own number of connections; the kernels trust it, so a damaged
        # one is refused here.
        names = [prefix + name for name in ("indptr", "indices", "weight")]
        if all(name in state_dict for name in names):
            indptr, indices, weights = (np.asarray(state_dict[name].cpu()) for name in names)
            try:
                saved = LayerTopology(indptr, indices, self.n_inputs, self.n_outputs, weights)
            except ValueError as error:
                arguments[-1].append(f"{prefix}wiring: {error}")
                return
            self.rewire(saved.indptr.copy(), saved.indices.copy())
            self.weight.data = self.weight.new_empty(saved.n_connections)
        super()._load_from_state_dict(state_dict, prefix, *arguments)

    def extra_repr(self) -> str:
        """What `repr` shows of the layer."""
        return f"{self.n_inputs} -> {self.n_outputs}, {self.n_connections} connections"


def _columns(rows: torch.Tensor) -> torch.Tensor:
    """(batch, features) as the kernels take it: (features, batch), without gradient."""
    return rows.detach().t().contiguous()


class _SparseProduct(torch.autograd.Function):
    """The feature-major product (n_inputs, batch) -> (n_outputs, batch) and its gradients."""

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        layer: SparseLinear,
    ) -> torch.Tensor:
        x = x.contiguous()
        # Held here, not read from the layer in backward: an evolution may come between the two.
        # It changes `weight.data`, which a saved parameter would follow; a detached one does not.
        ctx.save_for_backward(x, weight.detach())
        ctx.products = products = layer.products()
        ctx.layer = layer
        return products.forward(x, weight, bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        slopes = grad.detach().contiguous()
        if ctx.layer.records_gradient:
            ctx.layer.record_gradient(x.detach(), slopes)
        return *ctx.products.gradients(x, weight, slopes, ctx.needs_input_grad[:3]), None
