"""How much memory a training will need, and how much there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil

from set_engine.config import TrainingConfig
from set_engine.data.dataset import Dataset
from set_engine.erdos_renyi import connection_probability
from set_engine.kernels import NARROW
from set_engine.methods import METHODS
from set_engine.networks import evaluation_size, feature_maps, sparse_widths, widest_layer

# Bytes of a connection: weight, gradient and input neuron; and of a record the copy of two of them
# and the magnitudes that are looked at first.
_CONNECTION = 12 + 12
_TRANSPOSED = 8
_STATE = 4  # of each tensor that the optimiser keeps beside the weights
# While a layer evolves: places before, of the survivors and after, origins, and what is carried.
_EVOLVING = 58
# Bytes of a place of a full layer: weight, gradient and the step's product of both; and as much of
# a record.
_PLACE = 12 + 12
_MASKED = 9  # its mask, the masked weights and their gradient
# An activation, its slope, and what the layer's parts keep of both until the backward pass.
_ACTIVATION = 24
_EVALUATED = 12  # an activation of the widest layer, and those before and after it

_CGROUP = Path("/sys/fs/cgroup")
_CGROUP_LIMITS = ("memory.max", "memory/memory.limit_in_bytes")
_CGROUP_USES = ("memory.current", "memory/memory.usage_in_bytes")


def required_bytes(config: TrainingConfig, dataset: Dataset) -> int:
    """An estimate of what training takes at its peak, beside the samples.

    >>> from set_engine import load_dataset
    >>> digits = load_dataset("digits")
    >>> small, large = TrainingConfig(), TrainingConfig(hidden=(10**6,) * 3, epsilon=20.0)
    >>> required_bytes(small, digits) < 2**23, required_bytes(large, digits) > 2**32
    (True, True)
    """
    trained = _ACTIVATION * config.batch_size * _activations(config, dataset)
    evaluated = _EVALUATED * evaluation_size(config, dataset) * widest_layer(config, dataset)
    return (
        max(trained, evaluated)
        + _of_connections(config, dataset)
        + _of_convolutions(config, dataset)
    )


def available_bytes() -> int:
    """Memory that this process can still take, without the swap."""
    free = int(psutil.virtual_memory().available)
    limit, used = _cgroup(_CGROUP_LIMITS), _cgroup(_CGROUP_USES)
    if limit is None or used is None:
        return free
    return min(free, max(0, limit - used + _file_cache()))


def memory_problem(config: TrainingConfig, dataset: Dataset) -> tuple[str, str] | None:
    """The setting that asks for too much memory, and a sentence with what would fit."""
    needed, available = required_bytes(config, dataset), available_bytes()
    if needed <= available:
        return None
    widths = _listed(config.hidden)
    why = f"needs about {_gibibytes(needed)} of memory, and {_gibibytes(available)} are free"

    def fits(changes: dict[str, Any]) -> bool:
        return required_bytes(config.model_copy(update=changes), dataset) <= available

    if METHODS[config.method].storage == "sparse":
        for epsilon in _below(config.epsilon):
            if fits({"epsilon": epsilon}):
                return "epsilon", (
                    f"epsilon is {config.epsilon:g}; with hidden layers of {widths} neurons "
                    f"training {why}; an epsilon of {epsilon:g} would fit"
                )
    for width in _below(max(config.hidden)):
        share = width / max(config.hidden)
        hidden = tuple(max(1, int(share * width)) for width in config.hidden)
        if fits({"hidden": hidden}):
            return "hidden", f"hidden is {widths}; training {why}; {_listed(hidden)} would fit"
    return "hidden", f"hidden is {widths}; training {why}"


def _below(value: float) -> Iterator[float]:
    """Smaller and smaller values of two digits; 1 is the last."""
    while value > 1:
        value = float(f"{0.95 * value:.1e}")
        yield max(1.0, value)


def _of_connections(config: TrainingConfig, dataset: Dataset) -> int:
    storage = METHODS[config.method].storage
    states = _n_states(config) * _STATE
    layers = list(pairwise(sparse_widths(config, dataset)))
    full = 0
    if config.model != "rbm" and not config.sparse_output:
        full = (_PLACE + states) * config.hidden[-1] * dataset.n_classes
    places = sum(n * m for n, m in layers)
    if storage == "dense":
        return full + places * (_PLACE + states)
    connections = [int(n * m * connection_probability(n, m, config.epsilon)) for n, m in layers]
    evolving = _EVOLVING * max(connections)
    if storage == "masked":
        return full + evolving + places * (_PLACE + _MASKED + states)
    transposed = _TRANSPOSED if config.batch_size >= NARROW or config.model == "rbm" else 0
    return full + evolving + sum(connections) * (_CONNECTION + transposed + states)


def _activations(config: TrainingConfig, dataset: Dataset) -> int:
    """Of one sample in all layers."""
    maps = 0
    if config.model == "cnn" and dataset.image_shape is not None:
        maps = 2 * sum(feature_maps(config, dataset.image_shape))
    return maps + dataset.n_features + sum(config.hidden) + dataset.n_classes


def _of_convolutions(config: TrainingConfig, dataset: Dataset) -> int:
    if config.model != "cnn" or dataset.image_shape is None:
        return 0
    kernels, width = 0, dataset.image_shape[0]
    for n_channels in config.channels:
        kernels += 9 * (width * n_channels + n_channels * n_channels)
        width = n_channels
    return kernels * (_PLACE + _n_states(config) * _STATE)


def _n_states(config: TrainingConfig) -> int:
    momentum = int(config.momentum > 0)
    return {"sgd": momentum, "rmsprop": 1 + momentum, "adagrad": 1}.get(config.optimizer, 2)


def _cgroup(names: tuple[str, ...]) -> int | None:
    # A container may have less than its machine; "max" and a file that is not there mean no limit.
    for name in names:
        try:
            text = (_CGROUP / name).read_text(encoding="ascii").strip()
        except OSError:
            continue
        return int(text) if text.isdecimal() else None
    return None


def _file_cache() -> int:
    # Counted as used by the container, and given back when it is asked for.
    for name in ("memory.stat", "memory/memory.stat"):
        try:
            lines = (_CGROUP / name).read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        stat = dict(line.split(maxsplit=1) for line in lines if " " in line)
        return int(stat.get("total_inactive_file", stat.get("inactive_file", 0)))
    return 0


def _gibibytes(n_bytes: int) -> str:
    value = n_bytes / 2**30
    return f"{value:.2g} GiB" if value < 10 else f"{value:,.0f} GiB"


def _listed(widths: Sequence[int]) -> str:
    return ", ".join(f"{width:,}" for width in widths)
