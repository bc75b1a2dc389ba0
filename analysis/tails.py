"""The tails of a degree distribution, and the discrete power law that is likeliest for each.

`values` are the distinct degrees, ascending, and `at_least` how many neurons have each of them or
more, then a 0. A tail begins at x_min; `first` is the place of its smallest degree in `values`.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from analysis.zeta import zeta_moments, zeta_sum

_SETTLED = 1e-11
_MAX_STEPS = 50  # it takes seven at most
_NEAR = 24  # degrees closer than this are summed over one by one


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def fit_tail(
    values: NDArray[np.float64], at_least: NDArray[np.float64], first: int, xmin: float
) -> tuple[float, float, float]:
    """Exponent, its standard error and Kolmogorov-Smirnov distance of one tail; NaN if unsettled.

    >>> alpha, error, ks = fit_tail(np.array([1.0, 2.0]), np.array([5.0, 1.0, 0.0]), 0, 1.0)
    >>> round(alpha, 3), round(error, 3), round(ks, 3)
    (3.169, 1.197, 0.053)
    """
    logs = at_least[first] * math.log(values[first] / xmin)
    for place in range(len(values) - 1, first, -1):
        gap = (values[place] - values[place - 1]) / values[place - 1]
        logs += at_least[place] * math.log1p(gap)
    alpha, error = _likeliest(logs / at_least[first], xmin, at_least[first])
    return alpha, error, _distance(values, at_least, first, xmin, alpha)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def best_tail(
    values: NDArray[np.float64], at_least: NDArray[np.float64]
) -> tuple[int, float, float, float]:
    """Place of the x_min whose tail fits best, and what `fit_tail` gives for it; needs two degrees.

    The smallest x_min among equals; the largest degree is none.
    """
    chosen, alpha, error, ks = 0, math.nan, math.nan, math.inf
    logs = 0.0
    climbs = np.zeros(len(values))
    for place in range(len(values) - 1, 0, -1):
        gap = (values[place] - values[place - 1]) / values[place - 1]
        logs += at_least[place] * math.log1p(gap)
        climbs[place - 1] = logs
    for place in range(len(values) - 1):
        found, uncertain = _likeliest(
            climbs[place] / at_least[place], values[place], at_least[place]
        )
        distance = _distance(values, at_least, place, values[place], found)
        if distance < ks:
            chosen, alpha, error, ks = place, found, uncertain, distance
    return chosen, alpha, error, ks


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _likeliest(mean_log: float, xmin: float, n_tail: float) -> tuple[float, float]:
    """The exponent of maximum likelihood and its standard error.

    At the maximum the mean of log(K / x_min) under the law is that of the tail. Newton's method on
    the logarithm of that mean, which falls with alpha; a step never goes more than half the way
    down to 1, where the sums diverge.
    """
    # The approximation for large x_min (Clauset et al., eq. 3.7).
    alpha = 1 + 1 / (mean_log + math.log(xmin / (xmin - 0.5)))
    for _ in range(_MAX_STEPS):
        mean, variance = zeta_moments(alpha, xmin)
        step = math.log(mean / mean_log) * mean / variance
        alpha = max(alpha + step, (1 + alpha) / 2)
        if abs(step) <= _SETTLED * alpha:
            _, variance = zeta_moments(alpha, xmin)
            return alpha, 1 / math.sqrt(n_tail * variance)
    return math.nan, math.nan


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _distance(
    values: NDArray[np.float64],
    at_least: NDArray[np.float64],
    first: int,
    xmin: float,
    alpha: float,
) -> float:
    """The largest gap between law and tail over all integers.

    Between two neighbouring degrees the share of the tail is constant while that of the law falls:
    so the largest gap lies at P(K >= k) or P(K > k) of some degree k that occurs.
    """
    whole, n_tail = zeta_sum(alpha, xmin), at_least[first]
    largest, law = 0.0, 0.0
    for place in range(len(values) - 1, first - 1, -1):
        degree = values[place]
        height = math.exp(-alpha * math.log(degree / xmin))
        if place < len(values) - 1 and values[place + 1] - degree < _NEAR:
            law += height
            for between in range(1, int(values[place + 1] - degree)):
                law += math.exp(-alpha * math.log((degree + between) / xmin))
        else:
            law = height * zeta_sum(alpha, degree)
        here = abs(law / whole - at_least[place] / n_tail)
        above = abs((law - height) / whole - at_least[place + 1] / n_tail)
        largest = max(largest, here, above)
    return largest
