"""The network a configuration asks for, and whether it fits the data."""

from __future__ import annotations

import torch

from set_engine.cnn import SetCNN, n_pooled_features
from set_engine.config import ConfigError, TrainingConfig
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


def check_fit(config: TrainingConfig, dataset: Dataset) -> None:
    """Refuse settings that do not fit the data, before anything is made of either.

    Raises:
        ConfigError: if the batch is larger than the training set, or if a CNN or an augmentation is
            asked for where there are no images, or the images are too small for the CNN.
    """
    problems = {}
    n_train = len(dataset.x_train)
    if config.batch_size > n_train:
        problems["batch_size"] = (
            f"batch_size is {config.batch_size}; it must be at most {n_train}, the number of "
            f"training samples in {dataset.name}"
        )
    if dataset.image_shape is None:
        problems |= _needing_images(config, dataset)
    elif config.model == "cnn" and n_pooled_features(dataset.image_shape, config.channels) == 0:
        _, rows, columns = dataset.image_shape
        problems["channels"] = (
            f"channels has {len(config.channels)} stages; images of {rows} × {columns} pixels can "
            f"be halved {min(rows, columns).bit_length() - 1} times"
        )
    if problems:
        raise ConfigError(problems)


def _needing_images(config: TrainingConfig, dataset: Dataset) -> dict[str, str]:
    why = f"{dataset.name} has no images, only {dataset.n_features} features"
    problems = {}
    if config.model == "cnn":
        problems["model"] = f"model is cnn; {why}"
    for name in ("shift", "rotate", "flip"):
        if getattr(config, name):
            problems[name] = f"{name} is {getattr(config, name)}; {why}"
    return problems
