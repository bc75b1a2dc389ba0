"""The wiring of a whole network at one moment of its training."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType

from topology.layer import LayerTopology


@dataclass(frozen=True, eq=False)
class TopologySnapshot:
    """Consecutive layers of a network, with the moment and the metrics they belong to.

    Args:
        layers: from the input on; the outputs of each are the inputs of the next.
        epoch: completed epochs, at least 0; 0 is the network before training.
        step: completed optimiser steps, at least 0.
        metrics: finite or non-finite numbers by name, such as `{"test_accuracy": 0.98}`.

    Raises:
        ValueError: if there is no layer, if two layers do not fit, or if epoch or step is negative.

    >>> first = LayerTopology([0, 1, 2], [0, 2], n_inputs=3, n_outputs=2)
    >>> second = LayerTopology([0, 2], [0, 1], n_inputs=2, n_outputs=1)
    >>> snapshot = TopologySnapshot(layers=(first, second), epoch=0, step=0)
    >>> snapshot.n_neurons, snapshot.n_connections
    (6, 4)
    """

    layers: tuple[LayerTopology, ...]
    epoch: int = 0
    step: int = 0
    metrics: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        set_field = object.__setattr__
        set_field(self, "layers", tuple(self.layers))
        set_field(self, "metrics", MappingProxyType(dict(self.metrics)))
        if not self.layers:
            raise ValueError("a snapshot needs at least one layer; it was given none")
        for name in ("epoch", "step"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 0")
        for number, (layer, following) in enumerate(pairwise(self.layers), 1):
            if layer.n_outputs != following.n_inputs:
                raise ValueError(
                    f"layer {number} has {layer.n_outputs} outputs, but layer {number + 1} has "
                    f"{following.n_inputs} inputs; they must be equal"
                )

    @property
    def n_inputs(self) -> int:
        """Number of input neurons of the network."""
        return self.layers[0].n_inputs

    @property
    def n_neurons(self) -> int:
        """Number of neurons, those of the input included."""
        return self.n_inputs + sum(layer.n_outputs for layer in self.layers)

    @property
    def n_connections(self) -> int:
        """Number of connections in all layers together."""
        return sum(layer.n_connections for layer in self.layers)

    @property
    def widths(self) -> tuple[int, ...]:
        """Neurons of the input and of each layer after it."""
        return (self.n_inputs, *(layer.n_outputs for layer in self.layers))

    @cached_property
    def digest(self) -> str:
        """Hexadecimal digest of the layers alone: a network that stays the same keeps it."""
        content = hashlib.blake2b(digest_size=16)
        for layer in self.layers:
            content.update(bytes.fromhex(layer.digest))
        return content.hexdigest()

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, TopologySnapshot)
            and (self.epoch, self.step, self.digest) == (other.epoch, other.step, other.digest)
            and dict(self.metrics) == dict(other.metrics)
        )

    def __hash__(self) -> int:
        return hash((self.epoch, self.step, self.digest))

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        # A MappingProxyType does not travel to another process; a dict does.
        return (type(self), (self.layers, self.epoch, self.step, dict(self.metrics)))
