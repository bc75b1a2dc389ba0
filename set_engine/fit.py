"""Whether a training fits its data and the machine."""

from __future__ import annotations

from set_engine.cnn import n_pooled_features
from set_engine.config import ConfigError, TrainingConfig
from set_engine.data.dataset import Dataset
from set_engine.memory import memory_problem


def check_fit(config: TrainingConfig, dataset: Dataset) -> None:
    """Refuse settings that do not fit the data or the memory, before anything is made of either.

    Raises:
        ConfigError: if the batch is larger than the training set, or if a CNN or an augmentation is
            asked for where there are no images, or the images are too small for the CNN, or if
            training needs more memory than there is.
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
    if not problems:
        too_large = memory_problem(config, dataset)
        problems = {} if too_large is None else dict([too_large])
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
