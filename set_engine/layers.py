"""The layers a configuration asks for."""

from __future__ import annotations

import torch
from torch import nn

from set_engine.config import TrainingConfig
from set_engine.evolving_layer import EvolvingLayer
from set_engine.initialisation import draw_weights
from set_engine.masked_layers import MaskedLinear
from set_engine.methods import METHODS
from set_engine.sparse_linear import SparseLinear
from topology import LayerTopology

# A coin of dropout is a number of 16 bits.
_COIN = 2**16


class Dropout(nn.Module):
    """Inverted dropout that draws from its own generator, never from the global one.

    Args:
        probability: of an activation to become 0, in [0, 1); taken in steps of 2⁻¹⁶.
        generator: source of randomness.
    """

    def __init__(self, probability: float, generator: torch.Generator) -> None:
        super().__init__()
        self.probability = probability
        self.generator = generator

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Zero each activation with the given probability in training, and rescale the others."""
        kept_coins = max(1, round((1 - self.probability) * _COIN))
        if not self.training or kept_coins == _COIN:
            return x
        return x * self._factors(x, kept_coins)

    def _factors(self, x: torch.Tensor, kept_coins: int) -> torch.Tensor:
        """0 or 1 / (1 − p) for each activation, in the layout of `x`."""
        n = x.numel()
        # Four draws of 16 bits from one number: at a fifth of the time of torch's bernoulli_.
        numbers = torch.empty(-(-n // 4), dtype=torch.int64)
        draws = numbers.random_(-(2**63), None, generator=self.generator).view(torch.int16)[:n]
        factors = torch.empty_like(x)
        in_memory_order = factors.as_strided((n,), (1,))
        in_memory_order.copy_(draws < kept_coins - _COIN // 2).div_(1 - self.probability)
        return factors


class FeatureMajorLinear(nn.Linear):
    """A dense layer that multiplies activations as the sparse layers leave them in memory.

    torch's own takes ten times as long from 1000 to 10 neurons, for it expects samples in rows. It
    has a bias, and takes two dimensions only.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, n_inputs) -> (batch, n_outputs), a transposed view."""
        return torch.addmm(self.bias[:, None], self.weight, x.t()).t()


def hidden_layer(
    n_inputs: int, n_outputs: int, config: TrainingConfig, generator: torch.Generator
) -> nn.Module:
    """A layer as the method stores it: sparse, masked or dense."""
    storage = METHODS[config.method].storage
    if storage == "dense":
        return dense_layer(n_inputs, n_outputs, config.initialisation, generator)
    sparse = SparseLinear(
        n_inputs,
        n_outputs,
        config.epsilon,
        initialisation=config.initialisation,
        generator=generator,
    )
    return MaskedLinear(sparse) if storage == "masked" else sparse


def output_layer(
    n_inputs: int, n_outputs: int, config: TrainingConfig, generator: torch.Generator
) -> nn.Module:
    """The last layer; no ReLU follows it, so that a dense one starts at half the variance."""
    if config.sparse_output:
        return hidden_layer(n_inputs, n_outputs, config, generator)
    return dense_layer(n_inputs, n_outputs, "lecun_normal", generator)


def dense_layer(
    n_inputs: int, n_outputs: int, initialisation: str, generator: torch.Generator
) -> nn.Linear:
    """A dense layer whose start comes from the generator; torch would use its global one."""
    layer: nn.Linear = nn.utils.skip_init(FeatureMajorLinear, n_inputs, n_outputs)  # type: ignore[no-untyped-call]
    draw_weights(layer.weight, initialisation, n_inputs, n_outputs, generator)
    nn.init.zeros_(layer.bias)
    return layer


def wirings(network: nn.Module) -> tuple[LayerTopology, ...]:
    """Frozen copies of the linear layers in a network; a dense one is a full wiring."""
    return tuple(named_wirings(network).values())


def named_wirings(network: nn.Module) -> dict[str, LayerTopology]:
    """The same by the names of the modules; for a network that is itself a layer, of its class.

    Raises:
        ValueError: if a weight is not finite; the message names the layer.
    """
    return {name: _topology(name, layer) for name, layer in named_layers(network).items()}


def named_layers(network: nn.Module) -> dict[str, EvolvingLayer | nn.Linear]:
    """The layers whose wiring is recorded, by name: all that evolve, and dense linear ones."""
    return {
        name or type(layer).__name__: layer
        for name, layer in network.named_modules()
        if isinstance(layer, (EvolvingLayer, nn.Linear))
    }


def _topology(name: str, layer: EvolvingLayer | nn.Linear) -> LayerTopology:
    try:
        return layer.topology() if isinstance(layer, EvolvingLayer) else _full_topology(layer)
    except ValueError as error:
        raise ValueError(f"layer {name!r}: {error}") from error


def _full_topology(layer: nn.Linear) -> LayerTopology:
    weights = layer.weight.detach().float().cpu().numpy().ravel()
    return LayerTopology.full(layer.in_features, layer.out_features, weights)
