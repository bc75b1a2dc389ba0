"""Sums over the discrete power law k^-alpha, k = x, x+1, ...: the Hurwitz zeta function.

All sums are divided by their first term, x^-alpha, so that a steep law (alpha in the thousands)
neither underflows nor loses digits. They are exact to rounding: 20 terms outright, the rest by the
Euler-Maclaurin formula (DLMF 25.11.43), which is differentiated term by term.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_OUTRIGHT = np.arange(20.0)
_ORDERS = np.arange(15.0)  # the corrections take derivatives of order 1, 3, ..., 15
_BERNOULLI = np.array(  # B_2j / (2j)!, j = 1..8
    [
        1 / 12,
        -1 / 720,
        1 / 30240,
        -1 / 1209600,
        1 / 47900160,
        -691 / 1307674368000,
        1 / 74724249600,
        -3617 / 10670622842880000,
    ]
)


def scaled_zeta(alpha: Floats, start: Floats) -> Floats:
    """Sum over k >= start of (k / start)^-alpha, which is zeta(alpha, start) * start^alpha.

    Args:
        alpha: (n,) float64 above 1.
        start: (n,) float64, whole numbers of at least 1.

    >>> scaled_zeta(np.array([2.0]), np.array([1.0])).round(12).tolist(), round(np.pi**2 / 6, 12)
    ([1.644934066848], 1.644934066848)
    """
    return np.asarray(_terms(alpha[:, None], start[:, None]).sum(axis=1))


def log_moments(alpha: Floats, start: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of log(K / start), where P(K = k) is proportional to k^-alpha, k >= start.

    They are -d/dalpha and d²/dalpha² of the logarithm of `scaled_zeta`.

    >>> mean, variance = log_moments(np.array([3.0]), np.array([1e6]))  # hardly discrete: a Pareto
    >>> mean.round(5).tolist(), variance.round(5).tolist()
    ([0.5], [0.25])
    """
    alpha, start = alpha[:, None], start[:, None]
    terms = _terms(alpha, start)
    falls, bends = _slopes(alpha, start)
    total = terms.sum(axis=1)
    mean = (terms * falls).sum(axis=1) / total
    return mean, (terms * (falls**2 + bends)).sum(axis=1) / total - mean**2


def _terms(alpha: Floats, start: Floats) -> Floats:
    """(n, 30): the outright terms, then integral, half term and corrections at start + 20."""
    end = start + len(_OUTRIGHT)
    outright = np.exp(-alpha * np.log1p(_OUTRIGHT / start))
    last = np.exp(-alpha * np.log1p(len(_OUTRIGHT) / start))
    rising = np.cumprod((alpha + _ORDERS) / end, axis=1)[:, ::2]
    # For a steep law the corrections grow, as powers of alpha / end, but `last` falls faster.
    corrections = last * _BERNOULLI * rising
    return np.hstack([outright, last * end / (alpha - 1), last / 2, corrections])


def _slopes(alpha: Floats, start: Floats) -> tuple[Floats, Floats]:
    """(n, 30) each: -d/dalpha and d²/dalpha² of the logarithm of every term."""
    outright = np.log1p(_OUTRIGHT / start)
    last = np.log1p(len(_OUTRIGHT) / start)
    orders = 1 / (alpha + _ORDERS)
    rising, bends = np.cumsum(orders, axis=1)[:, ::2], np.cumsum(orders**2, axis=1)[:, ::2]
    integral = 1 / (alpha - 1)
    flat = np.zeros_like(last)
    return (
        np.hstack([outright, last + integral, last, last - rising]),
        np.hstack([np.zeros_like(outright), integral**2, flat, -bends]),
    )
