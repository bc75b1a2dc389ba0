"""Sums over the discrete power law k^-alpha, k = x, x+1, ...: the Hurwitz zeta function.

All sums are divided by their first term, x^-alpha, so that a steep law (alpha in the thousands)
neither underflows nor loses digits. They are exact to rounding: 20 terms outright, the rest by the
Euler-Maclaurin formula (DLMF 25.11.43), which is differentiated term by term.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_OUTRIGHT = 20
# B_2j / (2j)!, j = 1..8: the corrections take derivatives of order 1, 3, ..., 15.
_BERNOULLI = (
    1 / 12,
    -1 / 720,
    1 / 30240,
    -1 / 1209600,
    1 / 47900160,
    -691 / 1307674368000,
    1 / 74724249600,
    -3617 / 10670622842880000,
)


def scaled_zeta(alpha: Floats, start: Floats) -> Floats:
    """Sum over k >= start of (k / start)^-alpha, which is zeta(alpha, start) * start^alpha.

    Args:
        alpha: (n,) float64 above 1.
        start: (n,) float64, whole numbers of at least 1.

    >>> scaled_zeta(np.array([2.0]), np.array([1.0])).round(12).tolist(), round(np.pi**2 / 6, 12)
    ([1.644934066848], 1.644934066848)
    """
    return np.array([zeta_sum(a, x) for a, x in zip(alpha, start, strict=True)])


def log_moments(alpha: Floats, start: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of log(K / start), where P(K = k) is proportional to k^-alpha, k >= start.

    They are -d/dalpha and d²/dalpha² of the logarithm of `scaled_zeta`.

    >>> mean, variance = log_moments(np.array([3.0]), np.array([1e6]))  # hardly discrete: a Pareto
    >>> mean.round(5).tolist(), variance.round(5).tolist()
    ([0.5], [0.25])
    """
    found = np.array([zeta_moments(a, x) for a, x in zip(alpha, start, strict=True)])
    return found[:, 0], found[:, 1]


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def zeta_sum(alpha: float, start: float) -> float:
    """One entry of `scaled_zeta`, for other kernels."""
    total = 1.0
    for k in range(1, _OUTRIGHT):
        total += math.exp(-alpha * math.log1p(k / start))
    end = start + _OUTRIGHT
    last = math.exp(-alpha * math.log1p(_OUTRIGHT / start))
    # For a steep law the corrections grow, as powers of alpha / end, but `last` falls faster.
    rising, corrections = alpha / end, 0.0
    for order in range(len(_BERNOULLI)):
        corrections += _BERNOULLI[order] * rising
        rising *= (alpha + 2 * order + 1) * (alpha + 2 * order + 2) / (end * end)
    return total + last * (end / (alpha - 1) + 0.5 + corrections)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def zeta_moments(alpha: float, start: float) -> tuple[float, float]:
    """One entry of `log_moments`, for other kernels."""
    total, first, second = 1.0, 0.0, 0.0
    for k in range(1, _OUTRIGHT):
        fall = math.log1p(k / start)
        term = math.exp(-alpha * fall)
        total += term
        first += term * fall
        second += term * fall * fall
    end = start + _OUTRIGHT
    reach = math.log1p(_OUTRIGHT / start)
    last = math.exp(-alpha * reach)
    # Of each further term its value, and -d/dalpha and d²/dalpha² of its logarithm.
    integral = last * end / (alpha - 1)
    fall, bend = reach + 1 / (alpha - 1), 1 / (alpha - 1) ** 2
    total += integral + last / 2
    first += integral * fall + last / 2 * reach
    second += integral * (fall * fall + bend) + last / 2 * reach * reach
    rising, fall, bend = last * alpha / end, reach - 1 / alpha, -1 / alpha**2
    for order in range(len(_BERNOULLI)):
        term = _BERNOULLI[order] * rising
        total += term
        first += term * fall
        second += term * (fall * fall + bend)
        for grown in (alpha + 2 * order + 1, alpha + 2 * order + 2):
            rising *= grown / end
            fall -= 1 / grown
            bend -= 1 / grown**2
    mean = first / total
    return mean, second / total - mean * mean
