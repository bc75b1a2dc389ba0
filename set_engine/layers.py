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


class Dropout(nn.Module):
    """Inverted dropout that draws from its own generator, never from the global one."""

    def __init__(self, probability: float, generator: torch.Generator) -> None:
        super().__init__()
        self.probability = probability
        self.generator = generator

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Zero each activation with the given probability in training, and rescale the others."""
        if not self.training or self.probability == 0:
            return x
        kept = 1 - self.probability
        return x * torch.empty_like(x).bernoulli_(kept, generator=self.generator).div_(kept)


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
    layer: nn.Linear = nn.utils.skip_init(nn.Linear, n_inputs, n_outputs)  # type: ignore[no-untyped-call]
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
