"""NNSTD: how far apart the wirings of two sparse networks are, by matching their neurons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypedDict, get_args

import numpy as np
from numpy.typing import NDArray

from analysis.alignment import aligned_matchings, distances
from analysis.colours import Colours, Wires, numbered
from analysis.matching import Matching, names_of, neuron_sets
from analysis.records import Record
from analysis.reference_matching import reference_matching
from analysis.shared_inputs import shared_inputs
from analysis.structural_matching import Rest, structural_matchings
from topology import TopologySnapshot

Ties = Literal["reference", "structural"]
"""How ties between equally cheap matchings are broken: as in the authors' code, or by what the
neurons feed."""

TIES: tuple[Ties, ...] = get_args(Ties)


class NnstdOptions(TypedDict, total=False):
    """What `nnstd` can be told beside the ties."""

    aligned: bool
    restarts: int
    seed: int


class IncomparableError(ValueError):
    """Two networks whose neurons cannot be matched: the message says where they differ."""


@dataclass(frozen=True, eq=False)
class NnstdResult(Record):
    """The distance of two networks, layer by layer.

    Attributes:
        per_layer: distance of each layer, in [0, 1].
        mean: over all layers, as published; a dense output layer adds a 0 and dilutes it.
        mean_sparse: over the layers that are not full in both networks; 0 if all are full.
        matching: for each layer k an (n_outputs of a,) int64 array: `matching[k][i]` is the neuron
            of network b that neuron i of network a was matched with, -1 if with none.
        unmatched: for each layer, neurons that are alone because the other network has fewer; each
            costs 1.
        ties: how ties between equally good matchings were broken.
        aligned: whether the matchings of all layers were improved together.
        spread: for each layer, largest minus smallest distance over the restarts; None where there
            was only one way.
    """

    per_layer: tuple[float, ...]
    mean: float
    mean_sparse: float
    matching: tuple[NDArray[np.int64], ...]
    unmatched: tuple[int, ...]
    ties: Ties
    aligned: bool
    spread: tuple[float, ...] | None


def nnstd(
    a: TopologySnapshot,
    b: TopologySnapshot,
    ties: Ties = "reference",
    *,
    aligned: bool = False,
    restarts: int = 3,
    seed: int = 0,
) -> NnstdResult:
    """Neural network sparse topology distance of Liu et al. 2020 (arXiv 2006.14085).

    A neuron is the set of its inputs; matching two costs their Jaccard distance, |symmetric
    difference| / |union|, or 0 if both are empty. A layer's distance is the cost of the cheapest
    one-to-one matching, divided by its neurons. Layer by layer from the input, whose neurons stay
    in place, the matching renames the neurons of b before the next layer is compared. Where one
    layer has more neurons, those that are left over cost 1 each.

    Often several matchings are the cheapest, and which one is taken shows in the deeper layers.
    `ties="reference"` takes the one that the authors' code takes: it depends on the order of the
    neurons, by up to 0.007 between two of the authors' networks, and a network can be at a distance
    of 0.03 to 0.07 from its own relabelled copy. `ties="structural"` takes, among the cheapest, one
    that pairs neurons that feed alike neurons: a relabelled copy is at 0, and the order of neurons
    does not matter. What is a tie even then is broken by a hash with a seed; the result is that of
    the restart with the smallest mean.

    `aligned=True` improves the matchings of all layers together, from each restart, until their sum
    falls no more; it is never above that of the same call without it. Where it ends may depend a
    little on the order of neurons; `spread` says how much it depends on the restart.

    Args:
        a, b: chains of as many layers, with equally many inputs.
        ties: one of `TIES`.
        aligned: whether to match all layers together.
        restarts: of the structural matching, at least 1; the reference has one way only, which an
            alignment from it adds to these restarts.
        seed: of the restarts, at least 0.

    Raises:
        IncomparableError: if a network is no chain of layers or has no connections, or if the two
            differ in the number of layers or of inputs.
        ValueError: if `ties` is not a known way, or a number is out of range.

    >>> from topology import LayerTopology
    >>> first = LayerTopology([0, 2, 3], [0, 1, 2], n_inputs=3, n_outputs=2)
    >>> other = LayerTopology([0, 1, 2], [2, 0], n_inputs=3, n_outputs=2)
    >>> result = nnstd(TopologySnapshot((first,)), TopologySnapshot((other,)))
    >>> result.per_layer, result.matching[0].tolist()
    ((0.25,), [1, 0])
    """
    if ties not in TIES:
        raise ValueError(f"ties is {ties!r}; it must be one of {', '.join(map(repr, TIES))}")
    for name, value, least in (("restarts", restarts, 1), ("seed", seed, 0)):
        if value < least:
            raise ValueError(f"{name} is {value}; it must be at least {least}")
    check_comparable(a, b)
    starts = [_reference(a, b)] if ties == "reference" else []
    if ties == "structural" or aligned:
        seeds = np.random.SeedSequence(seed).generate_state(restarts, np.uint64)
        starts += _structural(a, b, seeds.tolist())
    if aligned:
        starts = [tuple(aligned_matchings(a.layers, b.layers, start)) for start in starts]
    found = np.array([distances(a.layers, b.layers, start) for start in starts])
    best = int(found.mean(axis=1).argmin())
    return NnstdResult(
        per_layer=tuple(found[best].tolist()),
        mean=float(found[best].mean()),
        mean_sparse=mean_sparse(found[best], a, b),
        matching=starts[best],
        unmatched=tuple(
            abs(one.n_outputs - other.n_outputs)
            for one, other in zip(a.layers, b.layers, strict=True)
        ),
        ties=ties,
        aligned=aligned,
        spread=None if len(found) == 1 else tuple(np.ptp(found, axis=0).tolist()),
    )


def check_comparable(a: TopologySnapshot, b: TopologySnapshot) -> None:
    """Refuse networks that are no chain or empty, or that differ in their layers or inputs.

    The matching of a layer renames the inputs of the next: that needs a network whose layers follow
    each other, and a `TopologySnapshot` of convolutions or residual blocks has none such.

    Raises:
        IncomparableError: with the first difference.

    >>> from topology import LayerTopology
    >>> network = TopologySnapshot((LayerTopology([0, 1], [0], n_inputs=2, n_outputs=1),))
    >>> check_comparable(network, network)
    >>> branches = TopologySnapshot(network.layers * 2, names=("left", "right"))
    >>> check_comparable(network, branches)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    analysis.nnstd.IncomparableError: in the second network left has 1 outputs, but right has 2 ...
    """
    for which, network in (("first", a), ("second", b)):
        if not network.is_chain:
            raise IncomparableError(
                f"in the {which} network {network.gap}; matching needs a chain of layers, in which "
                "the outputs of each are the inputs of the next"
            )
        if not network.n_connections:
            raise IncomparableError(f"the {which} network has no connections; nothing can differ")
    if len(a.layers) != len(b.layers):
        raise IncomparableError(
            f"the networks have {len(a.layers)} and {len(b.layers)} layers; they must have the "
            "same number"
        )
    if a.n_inputs != b.n_inputs:
        raise IncomparableError(
            f"the networks have {a.n_inputs} and {b.n_inputs} inputs; they must have the same "
            "number"
        )


def mean_sparse(distances: NDArray[np.float64], a: TopologySnapshot, b: TopologySnapshot) -> float:
    """Mean of (n_layers,) distances over the layers that are not full in both; 0 if all are.

    >>> from topology import LayerTopology
    >>> full = TopologySnapshot((LayerTopology([0, 1], [0], n_inputs=1, n_outputs=1),))
    >>> mean_sparse(np.array([0.0]), full, full)
    0.0
    """
    layers = zip(a.layers, b.layers, strict=True)
    sparse = np.array([min(one.density, other.density) < 1 for one, other in layers])
    return float(distances[sparse].mean()) if sparse.any() else 0.0


def _reference(a: TopologySnapshot, b: TopologySnapshot) -> tuple[Matching, ...]:
    found, names = [], np.arange(a.n_inputs)
    for one, other in zip(a.layers, b.layers, strict=True):
        matching = reference_matching(neuron_sets(one), neuron_sets(other, names))
        found.append(matching)
        names = names_of(matching, other.n_outputs)
    return tuple(found)


def _structural(
    a: TopologySnapshot, b: TopologySnapshot, seeds: Sequence[int]
) -> list[tuple[Matching, ...]]:
    """A matching of all layers for each seed; what seeds have in common is done once."""
    wires_a, wires_b = ([Wires.of(layer) for layer in network.layers] for network in (a, b))
    inputs = numbered(a.n_inputs)
    ways = [_Way((), np.arange(a.n_inputs), (inputs, inputs), list(seeds))]
    for k, (one, other) in enumerate(zip(a.layers, b.layers, strict=True)):
        following: dict[bytes, _Way] = {}
        for way in ways:
            shared = shared_inputs(neuron_sets(one), neuron_sets(other, way.names))
            rest_a, rest_b = Rest(wires_a[k:], way.inputs[0]), Rest(wires_b[k:], way.inputs[1])
            found = structural_matchings(shared, rest_a, rest_b, way.seeds)
            for seed, (matching, colours) in zip(way.seeds, found, strict=True):
                matchings = (*way.matchings, matching)
                names = names_of(matching, other.n_outputs)
                key = b"".join(each.tobytes() for each in matchings)
                following.setdefault(key, _Way(matchings, names, colours, [])).seeds.append(seed)
        ways = list(following.values())
    return [way.matchings for way in ways for _ in way.seeds]


class _Way(NamedTuple):
    """Matchings of the layers so far, what they make of the next inputs, and who goes this way."""

    matchings: tuple[Matching, ...]
    names: NDArray[np.int64]
    inputs: tuple[Colours, Colours]
    seeds: list[int]
