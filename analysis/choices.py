"""Neurons that no colour tells apart, though it matters which is matched with which.

Where several neurons of one colour feed different neurons, one is chosen, told apart, and the
colours are refined again, as programs for the isomorphism of graphs do (individualisation).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.colours import Colouring, Colours, are_alike, refine_together

_MOST = 1000  # choices, each of which costs a refinement


def tell_apart(a: Colouring, b: Colouring, targets_a: Colours, targets_b: Colours) -> None:
    """Choose in the first layers of two refined colourings until no choice matters any more.

    In colours that both networks have equally often, a neuron is chosen in each: in networks that
    are alike as far as colours say, the one with which they stay so. Then in colours of one network
    alone, where all that counts is that its own neurons are told apart.

    Args:
        a, b: refined together.
        targets_a, targets_b: (n_outputs,) a number for the set of targets of each neuron.
    """
    alike = are_alike(a, b)
    for _ in range(_MOST):
        one, other = _open_colours(a, targets_a), _open_colours(b, targets_b)
        shared = one.shared_with(other)
        if shared is not None:
            _choose_pair(a, b, *shared, alike=alike)
        elif len(one.colours) + len(other.colours):
            for colouring, of_it in ((a, one), (b, other)):
                if len(of_it.colours):
                    colouring.choose(int(of_it.first[0]))
            refine_together(a, b)
        else:
            return


class _Open(NamedTuple):
    """Colours of neurons with different targets, ascending: how often, and the first neuron."""

    colours: Colours
    counts: NDArray[np.int64]
    first: NDArray[np.int64]

    def shared_with(self, other: _Open) -> tuple[int, Colours] | None:
        """A neuron, and its colour, of the first one that the other network has as often."""
        _, here, there = np.intersect1d(
            self.colours, other.colours, assume_unique=True, return_indices=True
        )
        same = here[self.counts[here] == other.counts[there]]
        return (int(self.first[same[0]]), self.colours[same[:1]]) if len(same) else None


def _open_colours(colouring: Colouring, targets: Colours) -> _Open:
    colours, first, which, counts = np.unique(
        colouring.layers[0], return_index=True, return_inverse=True, return_counts=True
    )
    differs = np.bincount(which, targets != targets[first][which], len(colours)) > 0
    return _Open(colours[differs], counts[differs], first[differs])


def _choose_pair(a: Colouring, b: Colouring, neuron: int, colour: Colours, *, alike: bool) -> None:
    before = list(a.layers), list(b.layers)
    candidates = np.flatnonzero(b.layers[0] == colour)
    for candidate in candidates.tolist():
        a.layers, b.layers = list(before[0]), list(before[1])
        a.choose(neuron)
        b.choose(candidate)
        refine_together(a, b)
        if not alike or are_alike(a, b):
            return
