"""SET-CNN: convolutions below, a sparse multilayer perceptron on top (Mocanu et al. 2018)."""

from __future__ import annotations

import torch
from torch import nn

from set_engine.activations import activation
from set_engine.config import TrainingConfig
from set_engine.initialisation import draw_weights
from set_engine.layers import Dropout
from set_engine.mlp import SetMLP

_KERNEL = 3


class SetCNN(nn.Module):
    """Stages of two 3 × 3 convolutions and 2 × 2 max-pooling, then a SET-MLP.

    Args:
        image_shape: (channels, rows, columns) of the images, which every stage halves.
        n_classes: outputs, at least 1.
        config: channels of the stages, and what the multilayer perceptron takes.
        generator: source of randomness of the start and of dropout.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        n_classes: int,
        config: TrainingConfig,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.image_shape = image_shape
        n_features = n_pooled_features(image_shape, config.channels)
        self.convolutions = nn.Sequential()
        width = image_shape[0]
        for stage, n_channels in enumerate(config.channels):
            for position in (2 * stage + 1, 2 * stage + 2):
                self.convolutions.append(_convolution(width, n_channels, config, generator))
                self.convolutions.append(activation(config.activation, n_channels, position))
                width = n_channels
            self.convolutions.append(nn.MaxPool2d(2))
            self.convolutions.append(Dropout(config.dropout, generator))
        self.top = SetMLP(n_features, n_classes, config, generator)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, n_features) pixels, channel by channel, -> (batch, n_classes)."""
        images = x.reshape(-1, *self.image_shape)
        output: torch.Tensor = self.top(self.convolutions(images).flatten(1))
        return output


def n_pooled_features(image_shape: tuple[int, int, int], channels: tuple[int, ...]) -> int:
    """Inputs of the sparse top: each stage halves the image; 0 if nothing is left of it.

    >>> n_pooled_features((3, 32, 32), (32, 64))
    4096
    """
    _, rows, columns = image_shape
    halvings = 2 ** len(channels)
    pooled: int = channels[-1] * (rows // halvings) * (columns // halvings)
    return pooled


def _convolution(
    n_inputs: int, n_outputs: int, config: TrainingConfig, generator: torch.Generator
) -> nn.Conv2d:
    # skip_init: torch would draw the start from its global generator.
    layer: nn.Conv2d = nn.utils.skip_init(  # type: ignore[no-untyped-call]
        nn.Conv2d, n_inputs, n_outputs, _KERNEL, padding="same"
    )
    entries = _KERNEL * _KERNEL
    fan_in, fan_out = n_inputs * entries, n_outputs * entries
    draw_weights(layer.weight, config.initialisation, fan_in, fan_out, generator)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
