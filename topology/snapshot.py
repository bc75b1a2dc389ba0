"""The wiring of a whole network at one moment of its training."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType

from topology.layer import LayerTopology


@dataclass(frozen=True, eq=False)
class TopologySnapshot:
    """The layers of a network, with the moment and the metrics they belong to.

    Where each layer's inputs are the outputs of the one before, as in a multilayer perceptron, the
    snapshot is a chain. Convolutions, residual blocks and attention make none: their layers are
    still measured one by one, but what is said of the network as a whole needs a chain.

    Args:
        layers: in the network's order, from the input on.
        epoch: completed epochs, at least 0; 0 is the network before training.
        step: completed optimiser steps, at least 0.
        metrics: finite or non-finite numbers by name, such as `{"test_accuracy": 0.98}`.
        names: of the layers, such as those of a model's modules; all different, none empty.
            `layer 1`, `layer 2` and so on if there are none.

    Raises:
        ValueError: if there is no layer, if epoch or step is negative, or if the names do not fit
            the layers.

    >>> first = LayerTopology([0, 1, 2], [0, 2], n_inputs=3, n_outputs=2)
    >>> second = LayerTopology([0, 2], [0, 1], n_inputs=2, n_outputs=1)
    >>> snapshot = TopologySnapshot(layers=(first, second), epoch=0, step=0)
    >>> snapshot.n_neurons, snapshot.n_connections, snapshot.names
    (6, 4, ('layer 1', 'layer 2'))
    >>> TopologySnapshot(layers=(second, first)).is_chain
    False
    """

    layers: tuple[LayerTopology, ...]
    epoch: int = 0
    step: int = 0
    metrics: Mapping[str, float] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        set_field = object.__setattr__
        set_field(self, "layers", tuple(self.layers))
        set_field(self, "metrics", MappingProxyType(dict(self.metrics)))
        if not self.layers:
            raise ValueError("a snapshot needs at least one layer; it was given none")
        for name in ("epoch", "step"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 0")
        set_field(self, "names", _checked_names(self.names, len(self.layers)))

    @property
    def gap(self) -> str:
        """Where the chain of layers breaks, in words; empty if it does not."""
        names = pairwise(self.names)
        for (name, next_name), (layer, following) in zip(names, pairwise(self.layers), strict=True):
            if layer.n_outputs != following.n_inputs:
                return (
                    f"{name} has {layer.n_outputs} outputs, but {next_name} has "
                    f"{following.n_inputs} inputs"
                )
        return ""

    @property
    def is_chain(self) -> bool:
        """Whether each layer has as many inputs as the one before has outputs.

        Only sizes are compared: what a network does between its layers, no snapshot knows.
        """
        return not self.gap

    @property
    def n_inputs(self) -> int:
        """Number of input neurons of the network. Raises ValueError if it is no chain."""
        return self.widths[0]

    @property
    def n_neurons(self) -> int:
        """Number of neurons, those of the input included. Raises ValueError if it is no chain."""
        return sum(self.widths)

    @property
    def n_connections(self) -> int:
        """Number of connections in all layers together."""
        return sum(layer.n_connections for layer in self.layers)

    @property
    def widths(self) -> tuple[int, ...]:
        """Neurons of the input and of each layer after it. Raises ValueError if it is no chain."""
        if not self.is_chain:
            raise ValueError(f"{self.gap}; only a chain of layers has widths")
        return (self.layers[0].n_inputs, *(layer.n_outputs for layer in self.layers))

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
            and self.names == other.names
            and dict(self.metrics) == dict(other.metrics)
        )

    def __hash__(self) -> int:
        return hash((self.epoch, self.step, self.digest))

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        # A MappingProxyType does not travel to another process; a dict does.
        return (type(self), (self.layers, self.epoch, self.step, dict(self.metrics), self.names))


def _checked_names(names: Sequence[str], n_layers: int) -> tuple[str, ...]:
    if isinstance(names, str) or not all(isinstance(name, str) and name for name in names):
        raise ValueError(f"names are {names!r}; each must be a text that is not empty")
    if len(names) not in (0, n_layers):
        raise ValueError(f"there are {len(names)} names; {n_layers} layers need {n_layers}")
    if len(set(names)) < len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise ValueError(f"two layers are named {twice!r}; the names must differ")
    return tuple(names) or tuple(f"layer {number}" for number in range(1, n_layers + 1))
