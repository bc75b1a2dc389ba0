"""What a layer must offer for its connections to be dropped and grown."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from set_engine.places import Places, places_of
from set_engine.rewiring import Rewiring
from topology import LayerTopology


class EvolvingLayer(nn.Module, ABC):
    """A layer with connections from `n_inputs` sources to `n_outputs` neurons.

    Attributes:
        n_inputs, n_outputs: the sides of its grid of places, see `set_engine.places`.
        weight: the parameter that holds the weights, in the layer's own form.
        records_gradient: whether a backward pass keeps what `largest_absent` needs.
    """

    n_inputs: int
    n_outputs: int
    weight: nn.Parameter
    records_gradient: bool = False

    @abstractmethod
    def wiring(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """`indptr, indices` in CSR with a row per output neuron: read, do not write."""

    @abstractmethod
    def connection_weights(self) -> NDArray[np.float32]:
        """(n_connections,) weights in the order of the wiring: read, do not write."""

    @abstractmethod
    def carried(self, values: torch.Tensor, rewiring: Rewiring, fresh: float = 0) -> torch.Tensor:
        """`values`, shaped as `weight`, after the rewiring; new connections have `fresh`."""

    @abstractmethod
    def install(self, rewiring: Rewiring, new_weights: NDArray[np.float32]) -> None:
        """Put another wiring in place; survivors keep their weights.

        Args:
            rewiring: from the wiring of now.
            new_weights: (n_grown,) in the order of the grown places.
        """

    @abstractmethod
    def largest_absent(self, survivors: Places, count: int) -> Places:
        """Ascending places of the `count` largest |gradient| outside `survivors`.

        The gradient is that of the last backward pass.

        Raises:
            RuntimeError: if no backward pass was recorded.
        """

    @property
    def n_connections(self) -> int:
        """Number of existing connections."""
        return len(self.wiring()[1])

    @property
    def n_places(self) -> int:
        """Number of connections of the full layer."""
        return self.n_inputs * self.n_outputs

    def places(self) -> Places:
        """(n_connections,) ascending places of the wiring of now."""
        return places_of(*self.wiring(), self.n_inputs)

    def topology(self) -> LayerTopology:
        """A frozen copy of the wiring and the weights of this moment."""
        return LayerTopology(
            *self.wiring(), self.n_inputs, self.n_outputs, self.connection_weights()
        )
