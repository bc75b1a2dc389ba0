"""One evolution of sparse layers: drop connections, grow others, rewire.

Which connections, a method of `set_engine.methods` says; the bookkeeping of weights and optimiser
state is here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from set_engine.evolving_layer import EvolvingLayer
from set_engine.methods import METHODS, Method
from set_engine.optimizer_state import carry_state, check_known
from set_engine.places import Places
from set_engine.rewiring import Rewiring

# The layers that can be a network's last; a normalisation or an activation after it is none.
_WEIGHTED = (EvolvingLayer, nn.Linear, nn.Conv2d)


@dataclass(frozen=True)
class Turnover:
    """How many connections were taken away and how many put elsewhere."""

    dropped: int = 0
    grown: int = 0

    def __add__(self, other: Turnover) -> Turnover:
        return Turnover(self.dropped + other.dropped, self.grown + other.grown)


class Evolution:
    """Evolves all sparse layers of a model together with its optimiser.

    Call `step` when connections should be replaced, such as after every epoch.

    Args:
        model: with `EvolvingLayer`s anywhere inside, as `sparsify` makes them.
        optimizer: of the model's parameters.
        method: a name in `METHODS`, or a method of your own.
        zeta: fraction ζ in (0, 1) of connections to replace.
        new_weights: standard deviation of the weights of new connections; 0 starts them at 0.
        rng: source of randomness, or a seed of one.

    Raises:
        TypeError: if the optimiser's state per connection is unknown.
        ValueError: if ζ or `new_weights` is out of range, the method is unknown, or the optimiser
            lacks the weight of a sparse layer that is trained.

    >>> from set_engine import SparseLinear
    >>> model = nn.Sequential(SparseLinear(64, 100, epsilon=3), nn.ReLU(), nn.Linear(100, 10))
    >>> evolution = Evolution(model, torch.optim.SGD(model.parameters(), lr=0.1))
    >>> turnover = evolution.step()
    >>> turnover.dropped == turnover.grown > 0
    True
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer | None,
        method: str | Method = "set",
        *,
        zeta: float = 0.3,
        new_weights: float = 0.0,
        rng: np.random.Generator | int = 0,
    ) -> None:
        if not 0 < zeta < 1:
            raise ValueError(f"zeta is {zeta}; it must be a number above 0 and below 1")
        if not 0 <= new_weights < np.inf:
            raise ValueError(
                f"new_weights is {new_weights}; it must be a finite number, at least 0"
            )
        self.model, self.optimizer = model, optimizer
        self.method = _method(method)
        self.zeta, self.new_weights = zeta, new_weights
        self.rng = np.random.default_rng(rng)
        self._check_optimizer()
        for layer in self.layers:
            layer.records_gradient = self.method.needs_gradient

    @property
    def layers(self) -> list[EvolvingLayer]:
        """The layers that evolve, in the model's order."""
        return [layer for layer in self.model.modules() if isinstance(layer, EvolvingLayer)]

    def step(self, zeta: float | None = None) -> Turnover:
        """Replace a fraction of the connections of every layer; their numbers stay the same.

        Survivors keep weight and optimiser state.

        Args:
            zeta: the fraction this time, in [0, 1); that of the start if None.

        Raises:
            RuntimeError: if the method needs a gradient and there was no backward pass.
            TypeError: if the optimiser holds state of a name that is unknown.
            ValueError: if ζ is out of range.
        """
        fraction = self._fraction(zeta)
        if not self.method.evolves:
            return Turnover()
        return sum((self._evolve(layer, fraction) for layer in self.layers), Turnover())

    def finish(self, zeta: float | None = None) -> Turnover:
        """Drop the fraction ζ and grow none: what SET does after the last epoch.

        Args:
            zeta: the fraction this time, in [0, 1); that of the start if None.

        Raises:
            TypeError, ValueError: as `step`.
        """
        fraction = self._fraction(zeta)
        if not self.method.removes_at_end:
            return Turnover()
        pruned = (self.prune(layer, self._kept(layer, fraction)) for layer in self.layers)
        return sum(pruned, Turnover())

    def prune_neurons(self, percentile: float) -> Turnover:
        """Take every incoming connection from the weakest hidden neurons of each layer.

        Importance pruning (Curci et al. 2021): the strength of a neuron is Σ|w| over its incoming
        connections; those at or below the percentile of their layer lose all of them. The neurons
        of the last layer are outputs, and stay.

        Args:
            percentile: in (0, 100).

        Raises:
            ValueError: if the percentile is out of range.
        """
        if not 0 < percentile < 100:
            raise ValueError(
                f"percentile is {percentile}; it must be a number above 0 and below 100"
            )
        return sum(
            (self.prune(layer, _of_strong_neurons(layer, percentile)) for layer in self._hidden()),
            Turnover(),
        )

    def prune(self, layer: EvolvingLayer, kept: NDArray[np.bool_]) -> Turnover:
        """Drop the connections of one layer that the (n_connections,) `kept` does not mark."""
        return self._rewire(layer, kept, np.empty(0, np.int64))

    def _fraction(self, zeta: float | None) -> float:
        fraction = self.zeta if zeta is None else zeta
        if not 0 <= fraction < 1:
            raise ValueError(f"zeta is {zeta}; it must be a number of at least 0 and below 1")
        return fraction

    def _check_optimizer(self) -> None:
        if self.optimizer is None:
            return
        check_known(self.optimizer)
        known = {id(p) for group in self.optimizer.param_groups for p in group["params"]}
        for number, layer in enumerate(self.layers, 1):
            # The state that another optimiser holds of it would go to other connections.
            if layer.weight.requires_grad and id(layer.weight) not in known:
                raise ValueError(
                    f"the {type(self.optimizer).__name__} has not the weight of sparse layer "
                    f"{number} of {len(self.layers)}; make it from model.parameters()"
                )

    def _evolve(self, layer: EvolvingLayer, zeta: float) -> Turnover:
        kept = self._kept(layer, zeta)
        survivors = layer.places()[kept]
        count = len(kept) - len(survivors)
        return self._rewire(layer, kept, self.method.grow(layer, survivors, count, self.rng))

    def _kept(self, layer: EvolvingLayer, zeta: float) -> NDArray[np.bool_]:
        return self.method.keep(layer.connection_weights(), zeta, self.rng)

    def _rewire(self, layer: EvolvingLayer, kept: NDArray[np.bool_], grown: Places) -> Turnover:
        rewiring = Rewiring.of(layer.places(), kept, grown)
        new_weights = np.zeros(len(grown), np.float32)
        if self.new_weights:
            new_weights = self.rng.normal(0, self.new_weights, len(grown)).astype(np.float32)
        if self.optimizer is not None:
            carry_state(self.optimizer, layer, rewiring)
        layer.install(rewiring, new_weights)
        return Turnover(dropped=int((~kept).sum()), grown=len(grown))

    def _hidden(self) -> list[EvolvingLayer]:
        """The layers whose outputs are no outputs of the network."""
        weights = [
            module.weight for module in self.model.modules() if isinstance(module, _WEIGHTED)
        ]
        # By the weight: a masked convolution and the convolution inside it share theirs.
        return [layer for layer in self.layers if layer.weight is not weights[-1]]


def _of_strong_neurons(layer: EvolvingLayer, percentile: float) -> NDArray[np.bool_]:
    neurons = layer.places() // layer.n_inputs
    magnitudes = np.abs(layer.connection_weights())
    strengths = np.bincount(neurons, magnitudes, layer.n_outputs)
    strong: NDArray[np.bool_] = (strengths > np.percentile(strengths, percentile))[neurons]
    return strong


def _method(method: str | Method) -> Method:
    if isinstance(method, Method):
        return method
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; it must be one of {', '.join(METHODS)}")
    return METHODS[method]()
