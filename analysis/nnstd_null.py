"""The NNSTD that two networks would have by chance, given the in-degrees of their neurons."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Unpack

import numpy as np
from numpy.typing import NDArray

from analysis.cores import map_on_cores
from analysis.nnstd import NnstdOptions, Ties, check_comparable, mean_sparse, nnstd
from analysis.null_models import shuffle_sources
from analysis.records import Record
from topology import TopologySnapshot


@dataclass(frozen=True, eq=False)
class NnstdNull(Record):
    """The distances of two networks whose neurons keep their in-degrees and nothing else.

    Attributes:
        samples: number of samples drawn.
        distances: (samples, n_layers) float64, the distance of each layer in each sample.
        per_layer: (n_layers,) float64, their mean over the samples.
        per_layer_std: (n_layers,) float64, their standard deviation, with samples - 1.
        mean: mean of `per_layer`.
        mean_sparse: the same over the layers that are not full in both networks; 0 if all are.
    """

    samples: int
    distances: NDArray[np.float64]
    per_layer: NDArray[np.float64]
    per_layer_std: NDArray[np.float64]
    mean: float
    mean_sparse: float


def nnstd_null(
    a: TopologySnapshot,
    b: TopologySnapshot,
    samples: int = 10,
    ties: Ties = "reference",
    *,
    rng: np.random.Generator,
    **options: Unpack[NnstdOptions],
) -> NnstdNull:
    """What `nnstd` gives for networks with these in-degrees and otherwise random wiring.

    In each sample all layers of both networks have their sources shuffled (`shuffle_sources`),
    independently of each other, and the two are compared. A distance close to this one says that
    the networks share no more than their in-degrees would by chance. It is not 1: even between
    random networks the matching finds neurons that happen to share inputs. How many depends on
    the in-degrees, so each pair needs its own null: on the networks of Liu et al. it falls from
    about 0.80 to 0.75 while training makes their in-degrees unequal.

    Args:
        a, b: as in `nnstd`.
        samples: at least 2, for a spread needs two; they are computed on all cores.
        ties: see `nnstd`.
        rng: each sample draws from a generator of its own spawned from this one, so that sample i
            is the same however many follow it.
        options: `aligned`, `restarts` and `seed` of `nnstd`.

    Raises:
        IncomparableError: as `nnstd`.
        ValueError: if `samples` is below 2, and as `nnstd`.

    >>> from topology import LayerTopology
    >>> layer = LayerTopology([0, 1], [0], n_inputs=2, n_outputs=1)
    >>> network = TopologySnapshot((layer,))
    >>> null = nnstd_null(network, network, samples=200, rng=np.random.default_rng(0))
    >>> bool(0.4 < null.mean < 0.6), nnstd(network, network).mean  # 1/2 by chance
    (True, 0.0)
    """
    samples = operator.index(samples)
    if samples < 2:
        raise ValueError(f"samples is {samples}; it must be at least 2")
    check_comparable(a, b)

    def of_sample(own: np.random.Generator) -> tuple[float, ...]:
        return nnstd(_shuffled(a, own), _shuffled(b, own), ties, **options).per_layer

    distances = np.array(list(map_on_cores(of_sample, rng.spawn(samples))))
    per_layer = distances.mean(axis=0)
    return NnstdNull(
        samples=samples,
        distances=distances,
        per_layer=per_layer,
        per_layer_std=distances.std(axis=0, ddof=1),
        mean=float(per_layer.mean()),
        mean_sparse=mean_sparse(per_layer, a, b),
    )


def _shuffled(network: TopologySnapshot, rng: np.random.Generator) -> TopologySnapshot:
    return TopologySnapshot(tuple(shuffle_sources(layer, rng) for layer in network.layers))
