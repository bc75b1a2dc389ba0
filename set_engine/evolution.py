"""One evolution of a sparse layer: drop connections, grow others, rewire.

The seams are the paper's own words. A variant of the method overrides `keep` or `grow`; the
bookkeeping of weights and optimiser state in `evolve` stays the same for all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from set_engine.places import Places, draw_absent, places_of, wiring_of
from set_engine.sparse_linear import SparseLinear

# The tensors of each optimiser that hold one entry per connection.
_STATE_PER_CONNECTION: dict[type[torch.optim.Optimizer], tuple[str, ...]] = {
    torch.optim.SGD: ("momentum_buffer",),
}


@dataclass(frozen=True)
class Turnover:
    """How many connections one evolution took away and how many it put elsewhere."""

    dropped: int
    grown: int


@dataclass(frozen=True)
class SetEvolution:
    """Magnitude removal on both signs, random growth (Mocanu et al. 2018, Algorithm 1).

    Args:
        zeta: fraction ζ in (0, 1) of the positive weights, and of the negative ones, to drop.
    """

    zeta: float

    def keep(self, weights: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which of the (n_connections,) weights stay.

        Dropped are the fraction ζ of the smallest positive weights, the fraction ζ of the largest
        negative ones, and weights of exactly 0, which are smallest on both sides.

        >>> SetEvolution(zeta=0.5).keep(np.array([0.1, -3.0, 2.0, -0.2, 0.0])).tolist()
        [False, True, True, False, False]
        """
        kept: NDArray[np.bool_] = weights != 0
        for side in (np.flatnonzero(weights > 0), np.flatnonzero(weights < 0)):
            # 0.29 × 100 is a little below 29 in binary.
            count = math.floor(self.zeta * len(side) + 1e-9)
            if count:
                nearest_zero = np.argpartition(np.abs(weights[side]), count - 1)[:count]
                kept[side[nearest_zero]] = False
        return kept

    def grow(self, places: Places, n_places: int, count: int, rng: np.random.Generator) -> Places:
        """Ascending places for `count` new connections, where none of `places` is.

        A place that was dropped just before is free, and may come back.
        """
        return draw_absent(places, n_places, count, rng)


def evolve(
    layer: SparseLinear,
    method: SetEvolution,
    optimizer: torch.optim.Optimizer | None,
    rng: np.random.Generator,
) -> Turnover:
    """Drop and regrow connections of `layer`; their number stays exactly the same.

    Survivors keep weight and optimiser state; new connections start at 0 in both.

    Raises:
        TypeError: if the optimiser's state per connection is unknown; the layer is unchanged.
    """
    places, kept = _places_kept(layer, method)
    survivors = places[kept]
    count = len(places) - len(survivors)
    grown = method.grow(survivors, layer.n_inputs * layer.n_outputs, count, rng)
    merged = np.concatenate([survivors, grown])
    origins = np.concatenate([np.flatnonzero(kept), np.full(len(grown), -1)])
    order = np.argsort(merged, kind="stable")
    _install(layer, optimizer, merged[order], origins[order])
    return Turnover(dropped=count, grown=len(grown))


def prune(
    layer: SparseLinear, method: SetEvolution, optimizer: torch.optim.Optimizer | None
) -> Turnover:
    """Drop connections of `layer` and grow none: what SET does after the last epoch."""
    places, kept = _places_kept(layer, method)
    origins = np.flatnonzero(kept)
    _install(layer, optimizer, places[kept], origins)
    return Turnover(dropped=len(places) - len(origins), grown=0)


def _places_kept(layer: SparseLinear, method: SetEvolution) -> tuple[Places, NDArray[np.bool_]]:
    kept = method.keep(layer.weight.detach().numpy())
    return places_of(*layer.wiring(), layer.n_inputs), kept


def _install(
    layer: SparseLinear,
    optimizer: torch.optim.Optimizer | None,
    places: Places,
    origins: NDArray[np.int64],
) -> None:
    """Put the wiring of `places` into the layer; `origins` says where each value comes from.

    An origin of -1 is a new connection, with weight and optimiser state 0.
    """
    state = {} if optimizer is None else _connection_state(layer.weight, optimizer)
    source = torch.from_numpy(origins)
    is_new = source < 0

    def carried(values: torch.Tensor) -> torch.Tensor:
        return values[source].masked_fill_(is_new, 0)

    layer.rewire(*wiring_of(places, layer.n_inputs, layer.n_outputs))
    with torch.no_grad():
        layer.weight.data = carried(layer.weight.data)
    layer.weight.grad = None
    for name, values in state.items():
        optimizer.state[layer.weight][name] = carried(values)  # type: ignore[union-attr]


def _connection_state(
    weight: torch.nn.Parameter, optimizer: torch.optim.Optimizer
) -> dict[str, torch.Tensor]:
    names = _STATE_PER_CONNECTION.get(type(optimizer))
    if names is None:
        known = ", ".join(known.__name__ for known in _STATE_PER_CONNECTION)
        raise TypeError(f"the state of {type(optimizer).__name__} is unknown; known are: {known}")
    state = optimizer.state[weight]
    return {name: state[name] for name in names if state.get(name) is not None}
