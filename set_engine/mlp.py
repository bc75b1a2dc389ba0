"""SET-MLP: the multilayer perceptron of Mocanu et al. 2018."""

from __future__ import annotations

import torch
from torch import nn

from set_engine.activations import activation
from set_engine.config import TrainingConfig
from set_engine.layers import Dropout, hidden_layer, output_layer


class SetMLP(nn.Sequential):
    """Sparse hidden layers, each with activation and dropout, and an output layer.

    Args:
        n_features: inputs, at least 1.
        n_classes: outputs, at least 1.
        config: method, widths, ε, activation, dropout, and whether the output layer is sparse.
        generator: source of randomness of the start and of dropout.
    """

    def __init__(
        self, n_features: int, n_classes: int, config: TrainingConfig, generator: torch.Generator
    ) -> None:
        super().__init__()
        width = n_features
        for position, n_neurons in enumerate(config.hidden, 1):
            self.append(hidden_layer(width, n_neurons, config, generator))
            self.append(activation(config.activation, n_neurons, position))
            self.append(Dropout(config.dropout, generator))
            width = n_neurons
        self.append(output_layer(width, n_classes, config, generator))
