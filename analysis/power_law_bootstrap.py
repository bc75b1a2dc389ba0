"""Degrees as a fitted power law would give them, and the laws fitted to those.

The semi-parametric bootstrap of Clauset, Shalizi & Newman 2009, section 4.1: a neuron lies in the
tail with the probability it has in the data, and has then a degree drawn from the law; otherwise it
has one of the degrees below x_min. Each sample is fitted from the beginning, x_min included.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from analysis.cores import cores, map_on_cores
from analysis.tails import best_tail, fit_tail
from analysis.zeta import zeta_sum

_TABLE = 2048  # degrees of the law from x_min on whose CCDF is looked up
_LARGEST = 1e15
_SAMPLES_AT_ONCE = 64  # a few megabytes of random numbers for usual layers


class Refits(NamedTuple):
    """The laws fitted to samples of a law.

    Attributes:
        alpha, xmin: (n_samples,) float64; NaN where the tail of a sample is one degree alone.
        ks: (n_samples,) float64, Kolmogorov-Smirnov distance between sample and law; 0 where the
            tail is one degree alone, which a law steep enough fits without a gap.
    """

    alpha: NDArray[np.float64]
    xmin: NDArray[np.float64]
    ks: NDArray[np.float64]


def refit_samples(
    degrees: NDArray[np.int64],
    alpha: float,
    xmin: int,
    n_samples: int,
    rng: np.random.Generator,
    *,
    refit_xmin: bool = True,
) -> Refits:
    """Draw samples of a law, and fit each as the data were.

    Args:
        degrees: (n,) the data, of at least 1.
        alpha, xmin: the law fitted to them.
        n_samples: how many samples to draw, each as large as the data.
        rng: the source of randomness; the result does not depend on the number of threads.
        refit_xmin: whether x_min is chosen anew for every sample.

    >>> refits = refit_samples(
    ...     np.array([1, 1, 1, 2, 1, 3]), 2.3, 1, n_samples=3, rng=np.random.default_rng(0)
    ... )
    >>> refits.ks.shape, bool((refits.ks >= 0).all())
    ((3,), True)
    """
    body = np.sort(degrees[degrees < xmin]).astype(np.float64)
    ccdf = _ccdf(alpha, float(xmin))
    found = [np.empty((0, 3))]
    for begin in range(0, n_samples, _SAMPLES_AT_ONCE):
        uniform = rng.random((min(_SAMPLES_AT_ONCE, n_samples - begin), len(degrees)))
        found += map_on_cores(
            lambda some: _refits(some, body, ccdf, alpha, float(xmin), refit_xmin),
            np.array_split(uniform, cores()),
        )
    return Refits(*np.concatenate(found).T)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _ccdf(alpha: float, xmin: float) -> NDArray[np.float64]:
    """P(K >= k) for the first degrees k of the law."""
    ccdf = np.empty(_TABLE)
    whole = zeta_sum(alpha, xmin)
    for place in range(_TABLE):
        degree = xmin + place
        ccdf[place] = math.exp(-alpha * math.log(degree / xmin)) * zeta_sum(alpha, degree) / whole
    return ccdf


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _refits(
    uniform: NDArray[np.float64],
    body: NDArray[np.float64],
    ccdf: NDArray[np.float64],
    alpha: float,
    xmin: float,
    refit_xmin: bool,
) -> NDArray[np.float64]:
    found = np.empty((len(uniform), 3))
    for sample in range(len(uniform)):
        drawn = _degrees(uniform[sample], body, ccdf, alpha, xmin)
        found[sample] = _refit(drawn, xmin, refit_xmin)
    return found


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _degrees(
    uniform: NDArray[np.float64],
    body: NDArray[np.float64],
    ccdf: NDArray[np.float64],
    alpha: float,
    xmin: float,
) -> NDArray[np.float64]:
    """One degree for each number in [0, 1): the first of them from the body, the others above."""
    drawn = np.empty(len(uniform))
    below = len(body) / len(uniform)
    for place, u in enumerate(uniform):
        if u < below:
            drawn[place] = body[int(u / below * len(body))]
        else:
            drawn[place] = _quantile((1 - u) / (1 - below), ccdf, alpha, xmin)
    return drawn


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _quantile(above: float, ccdf: NDArray[np.float64], alpha: float, xmin: float) -> float:
    """The largest degree k with P(K >= k) >= above, which is in (0, 1]."""
    if above > ccdf[-1]:
        least, most = 0, len(ccdf) - 1
        while most - least > 1:  # ccdf[least] >= above > ccdf[most]
            place = (least + most) // 2
            least, most = (place, most) if ccdf[place] >= above else (least, place)
        return xmin + least
    low, high = xmin + len(ccdf) - 1, 2 * (xmin + len(ccdf))
    whole = ccdf[0] * zeta_sum(alpha, xmin)
    while high < _LARGEST and _above(high, alpha, xmin, whole) >= above:
        low, high = high, 2 * high
    while high - low > 1:
        middle = float(math.floor((low + high) / 2))
        if _above(middle, alpha, xmin, whole) >= above:
            low = middle
        else:
            high = middle
    return min(low, _LARGEST)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _above(degree: float, alpha: float, xmin: float, whole: float) -> float:
    share: float = math.exp(-alpha * math.log(degree / xmin)) * zeta_sum(alpha, degree) / whole
    return share


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _refit(drawn: NDArray[np.float64], xmin: float, refit_xmin: bool) -> tuple[float, float, float]:
    drawn.sort()
    values, at_least = np.empty(len(drawn)), np.empty(len(drawn) + 1)
    n_distinct = 0
    for place, degree in enumerate(drawn):
        if place == 0 or degree != drawn[place - 1]:
            values[n_distinct], at_least[n_distinct] = degree, len(drawn) - place
            n_distinct += 1
    at_least[n_distinct] = 0
    values, at_least = values[:n_distinct], at_least[: n_distinct + 1]
    if refit_xmin and n_distinct > 1:
        first, alpha, _, ks = best_tail(values, at_least)
        return alpha, values[first], ks
    if not refit_xmin and values[-1] > xmin:
        alpha, _, ks = fit_tail(values, at_least, int(np.searchsorted(values, xmin)), xmin)
        return alpha, xmin, ks
    return math.nan, math.nan, 0.0
