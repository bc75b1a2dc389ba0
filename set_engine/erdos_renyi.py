"""The random start of a sparse layer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from set_engine.places import draw_absent, wiring_of


def connection_probability(n_inputs: int, n_outputs: int, epsilon: float) -> float:
    """P(connection) = ε (n_inputs + n_outputs) / (n_inputs n_outputs), at most 1.

    Source: Mocanu et al. 2018, Equation 1. An ε that would overfill the layer makes it full.

    >>> connection_probability(784, 1000, epsilon=20)
    0.04551020408163265
    >>> connection_probability(10, 10, epsilon=20)
    1.0
    """
    return min(1.0, epsilon * (n_inputs + n_outputs) / (n_inputs * n_outputs))


def is_overfilled(n_inputs: int, n_outputs: int, epsilon: float) -> bool:
    """Whether ε asks for more connections than the layer has places."""
    return epsilon * (n_inputs + n_outputs) > n_inputs * n_outputs


def erdos_renyi(
    n_inputs: int, n_outputs: int, epsilon: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """A random CSR wiring in which each connection exists independently with that probability.

    Returns:
        `indptr` (n_outputs + 1,) int64 and `indices` (n_connections,) int32, one row per output.

    >>> indptr, indices = erdos_renyi(4, 3, epsilon=100, rng=np.random.default_rng(0))
    >>> indptr.tolist()
    [0, 4, 8, 12]
    """
    n_places = n_inputs * n_outputs
    probability = connection_probability(n_inputs, n_outputs, epsilon)
    # A binomial number of uniformly chosen places is the same as one coin for every place.
    count = int(rng.binomial(n_places, probability))
    places = draw_absent(np.empty(0, np.int64), n_places, count, rng)
    return wiring_of(places, n_inputs, n_outputs)
