"""The network a configuration asks for."""

from __future__ import annotations

import torch

from set_engine.cnn import SetCNN, n_pooled_features
from set_engine.config import TrainingConfig
from set_engine.data.dataset import Dataset
from set_engine.mlp import SetMLP
from set_engine.rbm import SetRBM


def make_network(
    config: TrainingConfig, dataset: Dataset, generator: torch.Generator
) -> SetMLP | SetCNN | SetRBM:
    """An untrained network for the data; `check_fit` has been asked before."""
    if config.model == "rbm":
        return SetRBM(dataset.n_features, config, generator)
    if config.model == "cnn":
        assert dataset.image_shape is not None
        return SetCNN(dataset.image_shape, dataset.n_classes, config, generator)
    return SetMLP(dataset.n_features, dataset.n_classes, config, generator)


def sparse_widths(config: TrainingConfig, dataset: Dataset) -> tuple[int, ...]:
    """Neurons on either side of each layer that ε makes sparse, from the input on."""
    outputs = (dataset.n_classes,) if config.sparse_output else ()
    if config.model == "cnn" and dataset.image_shape is not None:
        return (n_pooled_features(dataset.image_shape, config.channels), *config.hidden, *outputs)
    return (dataset.n_features, *config.hidden, *outputs)


# Samples in one evaluation step, and activations of its widest layer (128 MiB), at the most.
_EVALUATION_BATCH, _EVALUATION_ACTIVATIONS = 1000, 2**25


def evaluation_size(config: TrainingConfig, dataset: Dataset) -> int:
    """Samples that are evaluated at once: as many as are there and as memory is fine with."""
    fitting = _EVALUATION_ACTIVATIONS // widest_layer(config, dataset)
    return max(1, min(len(dataset.x_test), _EVALUATION_BATCH, fitting))


def feature_maps(config: TrainingConfig, image_shape: tuple[int, int, int]) -> tuple[int, ...]:
    """Activations of one sample after a convolution of each stage, before it halves the image.

    >>> feature_maps(TrainingConfig(model="cnn", channels=(16, 512)), (1, 8, 8))
    (1024, 8192)
    """
    _, rows, columns = image_shape
    return tuple(
        n_channels * (rows >> stage) * (columns >> stage)
        for stage, n_channels in enumerate(config.channels)
    )


def widest_layer(config: TrainingConfig, dataset: Dataset) -> int:
    """Activations of one sample in the widest layer of the network."""
    widths = [dataset.n_features, dataset.n_classes, *config.hidden]
    if config.model == "cnn" and dataset.image_shape is not None:
        widths += feature_maps(config, dataset.image_shape)
    return max(widths)
