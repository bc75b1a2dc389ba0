"""The methods of sparse training by name.

A method says which connections an evolution keeps and where it grows others; the bookkeeping in
`set_engine.evolution` is the same for all. A new one is a small class with a name:

    class DropSmallest(SET, name="drop-smallest", summary="the smallest of both signs together"):
        def keep(self, weights, zeta, rng):
            return np.abs(weights) > np.quantile(np.abs(weights), zeta)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from set_engine.evolving_layer import EvolvingLayer
from set_engine.places import Places, draw_absent

METHODS: dict[str, type[Method]] = {}


class Method:
    """What all methods share; as it stands it keeps every connection.

    Attributes:
        name: what it is called in a configuration; empty for a class that is not registered.
        summary: what it does, in a few words.
        storage: how its layers hold their connections.
        evolves: whether its wiring ever changes.
        removes_at_end: whether the last epoch drops connections and grows none.
        needs_gradient: whether growth looks at the gradient of the last batch.
        defaults: settings of its paper, for those that a configuration leaves out.
    """

    name: ClassVar[str] = ""
    summary: ClassVar[str] = ""
    storage: ClassVar[Literal["sparse", "masked", "dense"]] = "sparse"
    evolves: ClassVar[bool] = False
    removes_at_end: ClassVar[bool] = False
    needs_gradient: ClassVar[bool] = False
    defaults: ClassVar[Mapping[str, Any]] = MappingProxyType({})

    def __init_subclass__(cls, *, name: str = "", summary: str = "") -> None:
        """Register a class that is given a name."""
        cls.name, cls.summary = name, summary
        if name:
            METHODS[name] = cls

    def keep(
        self, weights: NDArray[np.float32], zeta: float, rng: np.random.Generator
    ) -> NDArray[np.bool_]:
        """Which of the (n_connections,) weights stay, about a fraction ζ of them leaving."""
        return np.ones(len(weights), np.bool_)

    def grow(
        self, layer: EvolvingLayer, survivors: Places, count: int, rng: np.random.Generator
    ) -> Places:
        """Ascending places for `count` new connections, where none of `survivors` is."""
        return draw_absent(survivors, layer.n_places, count, rng)


class SET(Method, name="set", summary="drop the smallest weights of either sign, grow at random"):
    """Sparse Evolutionary Training (Mocanu et al. 2018, Algorithm 1)."""

    evolves = True
    removes_at_end = True

    def keep(
        self, weights: NDArray[np.float32], zeta: float, rng: np.random.Generator
    ) -> NDArray[np.bool_]:
        """Drop the fraction ζ of the smallest positive weights and of the largest negative ones.

        Weights of exactly 0 are smallest on both sides, and go as well.

        >>> weights = np.array([0.1, -3.0, 2.0, -0.2, 0.0])
        >>> SET().keep(weights, 0.5, np.random.default_rng(0)).tolist()
        [False, True, True, False, False]
        """
        kept: NDArray[np.bool_] = without(weights, zeta, smallest) & (weights != 0)
        return kept


class RandomRemoval(
    SET, name="set-random-removal", summary="a control: drop at random, grow at random"
):
    """SET that drops any connections in the place of the weakest (Mocanu et al. 2018)."""

    def keep(
        self, weights: NDArray[np.float32], zeta: float, rng: np.random.Generator
    ) -> NDArray[np.bool_]:
        """Drop the fraction ζ of all connections."""
        kept = np.ones(len(weights), np.bool_)
        kept[rng.choice(len(weights), fraction_of(zeta, len(weights)), replace=False)] = False
        return kept


class LargestRemoval(
    SET, name="set-largest-removal", summary="a control: drop the largest weights, grow at random"
):
    """SET that drops the weights farthest from 0 (Mocanu et al. 2018)."""

    def keep(
        self, weights: NDArray[np.float32], zeta: float, rng: np.random.Generator
    ) -> NDArray[np.bool_]:
        """Drop the fraction ζ of the largest positive weights and of the smallest negative ones."""
        return without(weights, zeta, lambda magnitudes, count: smallest(-magnitudes, count))


class MaskedSET(SET, name="masked", summary="SET on masked dense layers: a slow reference"):
    """The same evolution as SET; absent connections are multiplied by 0, not left out."""

    storage = "masked"


class FixProb(Method, name="fixprob", summary="a control: SET's random start, never rewired"):
    """The wiring of the start throughout (Mocanu et al. 2018)."""


class Dense(Method, name="dense", summary="a control: every connection exists"):
    """Ordinary dense layers; ε and ζ mean nothing."""

    storage = "dense"


class RigL(Method, name="rigl", summary="drop the smallest weights, grow the largest gradients"):
    """Rigged Lottery (Evci et al. 2020, Algorithm 1), with its published schedule by default.

    A wiring is changed between two steps, by the gradient of the last backward pass: that of the
    last batch at its step, or of its last part where gradients are accumulated.
    """

    evolves = True
    needs_gradient = True
    defaults = MappingProxyType(
        {"zeta": 0.3, "zeta_schedule": "cosine", "evolve_every": 100, "evolve_until": 0.75}
    )

    def keep(
        self, weights: NDArray[np.float32], zeta: float, rng: np.random.Generator
    ) -> NDArray[np.bool_]:
        """Drop the fraction ζ of the smallest |w|.

        >>> RigL().keep(np.array([0.1, -3.0, 2.0, -0.2]), 0.5, np.random.default_rng(0)).tolist()
        [False, True, True, False]
        """
        kept = np.ones(len(weights), np.bool_)
        kept[smallest(np.abs(weights), fraction_of(zeta, len(weights)))] = False
        return kept

    def grow(
        self, layer: EvolvingLayer, survivors: Places, count: int, rng: np.random.Generator
    ) -> Places:
        """Where the gradients of the last batch are largest among the absent connections."""
        return layer.largest_absent(survivors, count) if count else survivors[:0]


def without(
    weights: NDArray[np.float32],
    zeta: float,
    leaving: Callable[[NDArray[np.float32], int], NDArray[np.int64]],
) -> NDArray[np.bool_]:
    """Which of the (n,) weights stay if of each sign the fraction ζ leaves.

    Args:
        weights: of any sign; those of exactly 0 stay.
        zeta: the fraction.
        leaving: from the magnitudes of one sign and a number, the indices of as many that leave.
    """
    kept = np.ones(len(weights), np.bool_)
    for side in (np.flatnonzero(weights > 0), np.flatnonzero(weights < 0)):
        kept[side[leaving(np.abs(weights[side]), fraction_of(zeta, len(side)))]] = False
    return kept


def smallest(values: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Indices of the `count` smallest of (n,) values, in no order."""
    if count == 0:
        return np.empty(0, np.int64)
    return np.argpartition(values, count - 1)[:count]


def fraction_of(zeta: float, count: int) -> int:
    """⌊ζ count⌋; 0.29 × 100 is a little below 29 in binary, and must give 29."""
    return math.floor(zeta * count + 1e-9)
