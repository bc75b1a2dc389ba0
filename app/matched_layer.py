"""A layer of two networks under a matching of their neurons: what they share, and what not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.adjacency import ranks_by_degree
from topology import LayerTopology


@dataclass(frozen=True, eq=False)
class MatchedLayer:
    """The same layer of networks A and B, with the neurons of B renamed as those they match in A.

    Neurons of B that match none have names after all of A's.

    Attributes:
        shared: connections that both have.
        only_a, only_b: those that one of them has.
        partners: (n_outputs of a,) int64, the neuron of B that each matches; -1 if none.
        shared_inputs: (n_outputs of a,) int64, inputs that a neuron and its partner share.
        ranks_a, ranks_b: for each network (n_outputs,) and (n_inputs,) int64, places of the neurons
            when those with most connections in A come first, and those of B as their partners.
    """

    shared: int
    only_a: int
    only_b: int
    partners: NDArray[np.int64]
    shared_inputs: NDArray[np.int64]
    ranks_a: tuple[NDArray[np.int64], NDArray[np.int64]]
    ranks_b: tuple[NDArray[np.int64], NDArray[np.int64]]

    @classmethod
    def of(
        cls,
        a: LayerTopology,
        b: LayerTopology,
        inputs: NDArray[np.int64] | None,
        outputs: NDArray[np.int64],
    ) -> MatchedLayer:
        """Compare a layer of two networks.

        Args:
            a, b: the layer in each.
            inputs: (n_inputs of a,) the partner of each input, -1 if none; None if inputs are the
                same in both.
            outputs: (n_outputs of a,) likewise; see `NnstdResult.matching`.

        >>> a = LayerTopology([0, 2, 3], [0, 1, 2], n_inputs=3, n_outputs=2)
        >>> b = LayerTopology([0, 1, 2], [2, 0], n_inputs=3, n_outputs=2)
        >>> found = MatchedLayer.of(a, b, None, np.array([1, 0]))
        >>> found.shared, found.only_a, found.only_b, found.shared_inputs.tolist()
        (2, 1, 0, [1, 1])
        """
        if inputs is None:
            inputs = np.arange(a.n_inputs, dtype=np.int64)
        input_names = _names_in_a(inputs, b.n_inputs)
        output_names = _names_in_a(outputs, b.n_outputs)
        width = int(max(a.n_inputs, input_names.max(initial=0) + 1))
        of_a = a.targets.astype(np.int64) * width + a.indices
        of_b = output_names[b.targets] * width + input_names[b.indices]
        shared = np.intersect1d(of_a, of_b, assume_unique=True)
        ranks_a = ranks_by_degree(a.in_degrees), ranks_by_degree(a.out_degrees)
        return cls(
            shared=len(shared),
            only_a=len(of_a) - len(shared),
            only_b=len(of_b) - len(shared),
            partners=outputs,
            shared_inputs=np.bincount(shared // width, minlength=a.n_outputs)[: a.n_outputs],
            ranks_a=ranks_a,
            ranks_b=(
                _ranks_of_partners(ranks_a[0], output_names),
                _ranks_of_partners(ranks_a[1], input_names),
            ),
        )


def _names_in_a(partners: NDArray[np.int64], n_of_b: int) -> NDArray[np.int64]:
    """(n_of_b,) what each neuron of B is called in A."""
    names = np.full(n_of_b, -1, np.int64)
    matched = partners >= 0
    names[partners[matched]] = np.flatnonzero(matched)
    alone = names < 0
    names[alone] = len(partners) + np.arange(alone.sum())
    return names


def _ranks_of_partners(ranks: NDArray[np.int64], names: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n_of_b,) places that leave out none: those of partners in turn, then who is alone."""
    places = np.where(names < len(ranks), ranks[np.minimum(names, len(ranks) - 1)], names)
    found = np.empty(len(names), np.int64)
    found[np.argsort(places, kind="stable")] = np.arange(len(names))
    return found
