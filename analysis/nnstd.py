"""NNSTD: how far apart the wirings of two sparse networks are, by matching their neurons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from analysis.records import Record
from topology import LayerTopology, TopologySnapshot

Ties = Literal["reference"]
TIES: tuple[str, ...] = ("reference",)

# Dense matrices multiply about this many pairs of numbers in the time sparse ones take for one.
_DENSE_ADVANTAGE = 150


class IncomparableError(ValueError):
    """Two networks whose neurons cannot be matched: the message says where they differ."""


@dataclass(frozen=True, eq=False)
class NnstdResult(Record):
    """The distance of two networks, layer by layer.

    Attributes:
        per_layer: distance of each layer, in [0, 1].
        mean: over all layers, as published; a dense output layer adds a 0 and dilutes it.
        mean_sparse: over the layers that are not full in both networks; 0 if all are full.
        matching: for each layer k an (n_outputs,) int64 array: `matching[k][i]` is the neuron of
            network b that neuron i of network a was matched with.
        ties: how ties between equally good matchings were broken.
    """

    per_layer: tuple[float, ...]
    mean: float
    mean_sparse: float
    matching: tuple[NDArray[np.int64], ...]
    ties: str


def nnstd(a: TopologySnapshot, b: TopologySnapshot, ties: Ties = "reference") -> NnstdResult:
    """Neural network sparse topology distance of Liu et al. 2020 (arXiv 2006.14085).

    A neuron is the set of its inputs; matching two costs their Jaccard distance, |symmetric
    difference| / |union|, or 0 if both are empty. A layer's distance is the cost of the cheapest
    one-to-one matching, divided by its neurons. Layer by layer from the input, whose neurons stay
    in place, the matching renames the neurons of b before the next layer is compared.

    Among equally cheap matchings, ties="reference" takes the one that the authors' code takes
    (SciPy's assignment, with the neurons of a as rows). The choice shows in the deeper layers:
    these depend on the order of neurons, by up to 0.007 between two of the authors' networks, and a
    network can be at a distance of 0.03 to 0.07 from its own relabelled copy.

    Args:
        a, b: chains of layers of the same widths.
        ties: "reference".

    Raises:
        IncomparableError: if a network is no chain of layers, or if the two differ in the number of
            layers or in a width.
        ValueError: if `ties` is not a known way.

    >>> first = LayerTopology([0, 2, 3], [0, 1, 2], n_inputs=3, n_outputs=2)
    >>> other = LayerTopology([0, 1, 2], [2, 0], n_inputs=3, n_outputs=2)
    >>> result = nnstd(TopologySnapshot((first,)), TopologySnapshot((other,)))
    >>> result.per_layer, result.matching[0].tolist()
    ((0.25,), [1, 0])
    """
    if ties not in TIES:
        raise ValueError(f"ties is {ties!r}; it must be one of {', '.join(map(repr, TIES))}")
    check_comparable(a, b)
    per_layer, matching = [], []
    names = np.arange(a.n_inputs)
    for one, other in zip(a.layers, b.layers, strict=True):
        costs = _costs(_rows(one, one.indices), _rows(other, names[other.indices]))
        rows, columns = linear_sum_assignment(costs)
        per_layer.append(float(costs[rows, columns].sum()) / one.n_outputs)
        matching.append(columns.astype(np.int64))
        names = np.argsort(columns)
    distances = np.array(per_layer)
    return NnstdResult(
        per_layer=tuple(per_layer),
        mean=float(distances.mean()),
        mean_sparse=mean_sparse(distances, a, b),
        matching=tuple(matching),
        ties=ties,
    )


def check_comparable(a: TopologySnapshot, b: TopologySnapshot) -> None:
    """Refuse networks whose layers are no chain or differ in number or width.

    The matching of a layer renames the inputs of the next: that needs a network whose layers follow
    each other, and a `TopologySnapshot` of convolutions or residual blocks has none such.

    Raises:
        IncomparableError: with the first difference.

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
    for number, (one, other) in enumerate(zip(a.layers, b.layers, strict=True), 1):
        if one.n_outputs != other.n_outputs:
            raise IncomparableError(
                f"layer {number} has {one.n_outputs} neurons in one network and "
                f"{other.n_outputs} in the other; matching needs equal widths"
            )


def mean_sparse(distances: NDArray[np.float64], a: TopologySnapshot, b: TopologySnapshot) -> float:
    """Mean of (n_layers,) distances over the layers that are not full in both; 0 if all are.

    >>> full = TopologySnapshot((LayerTopology([0, 1], [0], n_inputs=1, n_outputs=1),))
    >>> mean_sparse(np.array([0.0]), full, full)
    0.0
    """
    layers = zip(a.layers, b.layers, strict=True)
    sparse = np.array([min(one.density, other.density) < 1 for one, other in layers])
    return float(distances[sparse].mean()) if sparse.any() else 0.0


def _rows(layer: LayerTopology, inputs: NDArray[Any]) -> sp.csr_array[Any]:
    """(n_outputs, n_inputs) float32 ones, with `inputs` as the names of the layer's inputs."""
    ones = np.ones(len(inputs), dtype=np.float32)
    return sp.csr_array((ones, inputs, layer.indptr), shape=(layer.n_outputs, layer.n_inputs))


def _costs(a: sp.csr_array[Any], b: sp.csr_array[Any]) -> NDArray[np.float64]:
    """(n, n) Jaccard distances of every row of a and every row of b.

    In float64 and as (union - overlap) / union: any other order of rounding turns equal costs into
    unequal ones, and the matching falls differently.
    """
    overlap = _overlaps(a, b).astype(np.float64)
    union = np.diff(a.indptr)[:, None] + np.diff(b.indptr)[None, :] - overlap
    return np.divide(union - overlap, union, out=np.zeros_like(union), where=union > 0)


def _overlaps(a: sp.csr_array[Any], b: sp.csr_array[Any]) -> NDArray[np.float32]:
    """(n, n) inputs in common: whole numbers, exact in float32 up to 16 million."""
    n, n_inputs = a.shape
    products = int(
        np.bincount(a.indices, minlength=n_inputs) @ np.bincount(b.indices, minlength=n_inputs)
    )
    if products * _DENSE_ADVANTAGE < n * n * n_inputs:
        return np.asarray((a @ b.T).toarray())
    return np.asarray(a.toarray() @ b.toarray().T)
