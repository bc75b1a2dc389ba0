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


def widest_layer(config: TrainingConfig, dataset: Dataset) -> int:
    """Activations of one sample in the widest layer of the network."""
    widths = [dataset.n_features, dataset.n_classes, *config.hidden]
    if config.model == "cnn" and dataset.image_shape is not None:
        _, rows, columns = dataset.image_shape
        widths.append(config.channels[0] * rows * columns)
    return max(widths)
