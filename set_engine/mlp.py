"""The multilayer perceptron that SET trains."""

from __future__ import annotations

import torch
from torch import nn

from set_engine.activations import ACTIVATIONS
from set_engine.config import TrainingConfig
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


class SetMLP(nn.Sequential):
    """Sparse hidden layers, each with activation and dropout, and an output layer.

    Args:
        n_features: inputs, at least 1.
        n_classes: outputs, at least 1.
        config: widths, ε, activation, dropout, and whether the output layer is sparse.
        generator: source of randomness of the start and of dropout.
    """

    def __init__(
        self, n_features: int, n_classes: int, config: TrainingConfig, generator: torch.Generator
    ) -> None:
        super().__init__()
        width = n_features
        for n_neurons in config.hidden:
            self.append(SparseLinear(width, n_neurons, config.epsilon, generator=generator))
            self.append(ACTIVATIONS[config.activation](n_neurons))
            self.append(Dropout(config.dropout, generator))
            width = n_neurons
        self.append(_output_layer(width, n_classes, config, generator))

    @property
    def sparse_layers(self) -> list[SparseLinear]:
        """The layers that evolve, from the input on."""
        return [layer for layer in self if isinstance(layer, SparseLinear)]

    def topology(self) -> tuple[LayerTopology, ...]:
        """Frozen copies of all layers; a dense one is a full wiring."""
        return tuple(
            layer.topology() if isinstance(layer, SparseLinear) else _full_topology(layer)
            for layer in self
            if isinstance(layer, (SparseLinear, nn.Linear))
        )


def _output_layer(
    width: int, n_classes: int, config: TrainingConfig, generator: torch.Generator
) -> nn.Module:
    if config.sparse_output:
        return SparseLinear(width, n_classes, config.epsilon, generator=generator)
    # skip_init: torch would draw the start from its global generator.
    layer: nn.Linear = nn.utils.skip_init(nn.Linear, width, n_classes)  # type: ignore[no-untyped-call]
    nn.init.kaiming_normal_(layer.weight, nonlinearity="linear", generator=generator)
    nn.init.zeros_(layer.bias)
    return layer


def _full_topology(layer: nn.Linear) -> LayerTopology:
    rows, columns = layer.weight.shape
    every_input = torch.arange(columns).repeat(rows).numpy()
    every_row = torch.arange(0, rows * columns + 1, columns).numpy()
    weights = layer.weight.detach().numpy().ravel()
    return LayerTopology(every_row, every_input, columns, rows, weights)
