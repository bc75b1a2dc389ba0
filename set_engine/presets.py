"""The experiments of the papers as settings; docs/reproduction.md has what they gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Preset:
    """Settings of one experiment.

    Attributes:
        summary: what it is, in a few words.
        settings: arguments of `TrainingConfig`; `dataset` is where the data are expected.
    """

    summary: str
    settings: Mapping[str, Any]


_COIL20 = {
    "model": "rbm",
    "dataset": "data/COIL20.mat",
    "hidden": (200,),
    "epsilon": 10.0,
    "zeta": 0.3,
    "cd_steps": 2,
    "epochs": 1000,
    "batch_size": 10,
    "learning_rate": 0.1,
    "momentum": 0.0,
    "weight_decay": 2e-7,
    "initialisation": "normal",
    "new_weights": 0.05,
}
_MNIST = {
    "dataset": "data/mnist",
    "hidden": (1000, 1000, 1000),
    "epsilon": 20.0,
    "zeta": 0.3,
    "epochs": 60,
    "batch_size": 100,
    "activation": "srelu",
    "initialisation": "lecun_normal",
    "learning_rate": 0.05,
    "dropout": 0.2,
}
_CIFAR10 = {
    "dataset": "data/cifar-10-batches-bin",
    "hidden": (4000, 1000, 4000),
    "epsilon": 20.0,
    "zeta": 0.3,
    "epochs": 100,
    "batch_size": 100,
    "activation": "srelu",
    "learning_rate": 0.05,
    "learning_rate_schedule": "cosine",
    "dropout": 0.3,
    "shift": 0.1,
    "rotate": 10.0,
    "flip": True,
    "record_every": 20,
}
_CIFAR10_CNN = {
    "model": "cnn",
    "dataset": "data/cifar-10-batches-bin",
    "channels": (32, 64),
    "hidden": (2048,),
    "epsilon": 20.0,
    "zeta": 0.3,
    "epochs": 20,
    "batch_size": 100,
    "learning_rate": 0.01,
    "learning_rate_schedule": "warmup_cosine",
    "dropout": 0.2,
}


def _beside(settings: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    return {**settings, **changes}


PRESETS: dict[str, Preset] = {
    "coil20-set-rbm": Preset("SET-RBM on COIL20, the authors' settings", _COIL20),
    "coil20-fixprob-rbm": Preset("its control: a fixed wiring", _beside(_COIL20, method="fixprob")),
    "mnist-set": Preset("SET-MLP on MNIST, 784-1000-1000-1000-10", _MNIST),
    "mnist-fixprob": Preset("its control: a fixed wiring", _beside(_MNIST, method="fixprob")),
    "mnist-dense": Preset("its control: every connection exists", _beside(_MNIST, method="dense")),
    "mnist-random-removal": Preset(
        "its control: random connections dropped", _beside(_MNIST, method="set-random-removal")
    ),
    "mnist-largest-removal": Preset(
        "its control: the largest weights dropped", _beside(_MNIST, method="set-largest-removal")
    ),
    "mnist-rigl": Preset("RigL at the settings of mnist-set", _beside(_MNIST, method="rigl")),
    "cifar10-set": Preset("SET-MLP on CIFAR-10, 3072-4000-1000-4000-10", _CIFAR10),
    "cifar10-fixprob": Preset("its control: a fixed wiring", _beside(_CIFAR10, method="fixprob")),
    "cifar10-set-cnn": Preset("SET-CNN on CIFAR-10: convolutions, sparse top", _CIFAR10_CNN),
}
