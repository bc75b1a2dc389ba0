"""Colours that tell neurons apart by where they stand in the wiring, whatever their numbers.

Weisfeiler-Leman refinement: the next colour of a neuron is made of its own, those of its inputs and
those of the neurons it feeds. Colours are 64-bit hashes of all that, made in the same way for two
networks, so that equal colours mean equal surroundings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from analysis.overlaps import users_of
from analysis.streams import mixed
from topology import LayerTopology

Colours = NDArray[np.uint64]

# Odd numbers without a pattern: what a colour is made of must not be exchangeable.
_OWN, _INPUT = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_TARGET, _CHOSEN = np.uint64(0x165667B19E3779F9), np.uint64(0x27D4EB2F165667C5)


class Wires(NamedTuple):
    """A layer from both ends.

    Attributes:
        indptr, sources: the inputs of each output, in CSR form: (n_outputs + 1,) int64, int32.
        target_starts, targets: the outputs of each input: (n_inputs + 1,) int64, int32.
    """

    indptr: NDArray[np.int64]
    sources: NDArray[np.int32]
    target_starts: NDArray[np.int64]
    targets: NDArray[np.int32]

    @classmethod
    def of(cls, layer: LayerTopology) -> Wires:
        """Those of a layer.

        >>> Wires.of(LayerTopology([0, 1, 2], [0, 0], n_inputs=1, n_outputs=2)).targets.tolist()
        [0, 1]
        """
        transposed = users_of(layer.indptr, layer.indices, layer.n_inputs)
        return cls(layer.indptr, layer.indices, *transposed)


class Colouring:
    """The colours of the layers of a network.

    Args:
        wires: of the layers, from the first on.
        inputs: (n_inputs,) colours of the inputs, which they keep.

    Attributes:
        layers: (n_outputs,) uint64 colours for each layer.

    >>> pair = LayerTopology([0, 1, 2], [0, 1], n_inputs=2, n_outputs=2)
    >>> colouring = Colouring([Wires.of(pair)], numbered(2))
    >>> len(np.unique(colouring.layers[0]))
    1
    >>> colouring.refine()
    >>> len(np.unique(colouring.layers[0]))
    2
    """

    def __init__(self, wires: Sequence[Wires], inputs: Colours) -> None:
        self._wires, self._inputs = wires, inputs
        # Not from 0, which is its own hash and would not be seen in a sum.
        self.layers = [
            np.full(len(one.indptr) - 1, depth, np.uint64) for depth, one in enumerate(wires, 1)
        ]

    def refine(self) -> None:
        """One round for every neuron."""
        below = [self._inputs, *self.layers[:-1]]
        refined = []
        for depth, one in enumerate(self._wires):
            new = _mixed(self.layers[depth]) * _OWN
            new += sums_of(one.indptr, one.sources, below[depth]) * _INPUT
            if depth + 1 < len(self._wires):
                above = self._wires[depth + 1]
                sums = sums_of(above.target_starts, above.targets, self.layers[depth + 1])
                new += sums * _TARGET
            refined.append(new)
        self.layers = refined

    def choose(self, neuron: int) -> None:
        """Tell a neuron of the first layer from all others of its colour."""
        colours = self.layers[0].copy()
        colours[neuron : neuron + 1] = _mixed(colours[neuron : neuron + 1] ^ _CHOSEN)
        self.layers = [colours, *self.layers[1:]]


def numbered(n: int) -> Colours:
    """(n,) a colour for each of n neurons that are told apart by their numbers.

    >>> len(np.unique(numbered(1000)))
    1000
    """
    found: Colours = _mixed(np.arange(1, n + 1, dtype=np.uint64))
    return found


def of_pairs(a: Colours, b: Colours) -> Colours:
    """(n,) a colour for each pair of neurons, all different; that of (a, b) is that of (b, a).

    >>> pair, other = of_pairs(numbered(2), numbered(2)[::-1])
    >>> bool(pair == other)
    False
    """
    both = _mixed(a) + _mixed(b)
    # Pairs that no colour tells apart are numbered, in whatever order.
    order = np.argsort(both, kind="stable")
    is_new = np.diff(both[order], prepend=~both[order[:1]]) != 0
    first = np.maximum.accumulate(np.where(is_new, np.arange(len(both)), 0))
    number = np.empty(len(both), np.uint64)
    number[order] = np.arange(len(both)) - first
    found: Colours = _mixed(both + number * _CHOSEN)
    return found


def sums_of(indptr: NDArray[np.int64], indices: NDArray[np.int32], colours: Colours) -> Colours:
    """(n,) a number for the colours of the neighbours of each neuron, in any order.

    >>> same, other = sums_of(np.array([0, 2, 3]), np.array([0, 1, 1], np.int32), numbered(2))
    >>> bool(same == other)
    False
    """
    found: Colours = _sums(indptr, indices, colours)
    return found


def refine_together(a: Colouring, b: Colouring) -> None:
    """Refine both, by equally many rounds, until no colour falls apart any more."""
    before, now = -1, _n_colours(a, b)
    while now > before:
        a.refine()
        b.refine()
        before, now = now, _n_colours(a, b)


def are_alike(a: Colouring, b: Colouring) -> bool:
    """Whether both have equally many neurons of every colour in every layer."""
    layers = zip(a.layers, b.layers, strict=True)
    return all(np.array_equal(np.sort(one), np.sort(other)) for one, other in layers)


def _n_colours(a: Colouring, b: Colouring) -> int:
    layers = zip(a.layers, b.layers, strict=True)
    return sum(len(np.unique(np.concatenate(pair))) for pair in layers)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _mixed(colours: Colours) -> Colours:
    found = np.empty_like(colours)
    for place in range(len(colours)):
        found[place] = mixed(colours[place])
    return found


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _sums(indptr: NDArray[np.int64], indices: NDArray[np.int32], colours: Colours) -> Colours:
    found = np.zeros(len(indptr) - 1, np.uint64)
    for row in range(len(found)):
        for place in range(indptr[row], indptr[row + 1]):
            found[row] += mixed(colours[indices[place]])
    return found
