"""The power law that fits the tail of a degree distribution best."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.degrees import checked_degrees
from analysis.records import Record
from analysis.zeta import Floats, log_moments, scaled_zeta

_PAIRS_AT_ONCE = 20_000  # (x_min, degree) pairs held in memory at a time
_SETTLED = 1e-11
_MAX_STEPS = 50  # it takes seven at most


class NoTailError(ValueError):
    """Degrees to which no power law can be fitted: the message says why, in plain words."""


@dataclass(frozen=True, eq=False)
class PowerLawFit(Record):
    """P(K = k) = k^-alpha / zeta(alpha, xmin) for k >= xmin, fitted to the tail of some degrees.

    Attributes:
        alpha: the exponent, above 1.
        alpha_error: its standard error, from the observed Fisher information at the maximum.
        xmin: the degree at which the tail begins.
        n_tail: neurons in the tail, of degree xmin or more.
        ks: Kolmogorov-Smirnov distance between the tail and the fitted law, in [0, 1].
        n: neurons of degree 1 or more; a power law knows no degree 0.
        n_zero: neurons of degree 0, which the fit leaves out.
    """

    alpha: float
    alpha_error: float
    xmin: int
    n_tail: int
    ks: float
    n: int
    n_zero: int


class _Tails(NamedTuple):
    """Tails to fit, one for each x_min, over the distinct degrees they have in common."""

    values: Floats  # (n_distinct,) distinct degrees, ascending
    at_least: Floats  # (n_distinct + 1,) neurons of at least that degree, then 0
    xmin: Floats  # (n_tails,) ascending
    first: NDArray[np.int64]  # (n_tails,) place in values at which the tail begins


def fit_power_law(degrees: ArrayLike, *, xmin: int | None = None) -> PowerLawFit:
    """Fit a discrete power law by Clauset, Shalizi & Newman 2009 (SIAM Review 51:661).

    For every x_min among the distinct degrees, alpha is the exact maximum of the discrete
    likelihood (their eq. 3.5, with the Hurwitz zeta function, not the approximation 3.7); chosen is
    the x_min whose law has the smallest Kolmogorov-Smirnov distance to its tail (section 3.3), the
    maximum being taken over all integers from x_min on, and the smallest x_min among equals. The
    largest degree cannot be x_min: in a tail of equal degrees the likelihood grows without bound.
    The work is proportional to the square of the number of distinct degrees.

    A fit is no evidence of a power law: any two distinct degrees have one.

    Args:
        degrees: (n,) integers in [0, 10^15]; zeros are left out and counted in `n_zero`.
        xmin: begin the tail at this degree, at least 1, instead of choosing it.

    Raises:
        NoTailError: if no tail can be fitted: all degrees are 0, all others are equal, or none lies
            above the given `xmin`.
        ValueError: if the degrees or `xmin` are not such numbers (TypeError: `xmin` no integer).

    >>> fit = fit_power_law([1, 1, 1, 1, 1, 1, 2, 2, 3, 5, 0])
    >>> fit.xmin, fit.n_tail, fit.n, fit.n_zero
    (1, 10, 10, 1)
    >>> round(fit.alpha, 3), round(fit.alpha_error, 3), round(fit.ks, 3)
    (2.228, 0.423, 0.079)
    """
    checked = checked_degrees(degrees)
    positive = checked[checked > 0]
    values, counts = np.unique(positive, return_counts=True)
    tails = _tails_of(values, counts, None if xmin is None else operator.index(xmin))
    alpha, alpha_error = _likeliest(tails)
    ks = _distances(tails, alpha)
    best = int(np.argmin(ks))
    return PowerLawFit(
        alpha=float(alpha[best]),
        alpha_error=float(alpha_error[best]),
        xmin=int(tails.xmin[best]),
        n_tail=int(tails.at_least[tails.first[best]]),
        ks=float(ks[best]),
        n=len(positive),
        n_zero=len(checked) - len(positive),
    )


def power_law_ccdf(fit: PowerLawFit, degrees: ArrayLike) -> NDArray[np.float64]:
    """P(K >= k | K >= xmin) of a fitted law, zeta(alpha, k) / zeta(alpha, xmin).

    Args:
        fit: the law.
        degrees: (n,) integers k of at least `fit.xmin`.

    Raises:
        ValueError: if a degree lies below `fit.xmin`, where the law says nothing.

    >>> law = PowerLawFit(alpha=2.0, alpha_error=0.1, xmin=1, n_tail=9, ks=0.1, n=9, n_zero=0)
    >>> power_law_ccdf(law, [1, 2]).round(4).tolist(), round(1 - 6 / np.pi**2, 4)
    ([1.0, 0.3921], 0.3921)
    """
    k = checked_degrees(degrees)
    if k.min() < fit.xmin:
        raise ValueError(f"degrees hold {k.min()}; the law begins at xmin, {fit.xmin}")
    alpha, start = np.full(len(k), fit.alpha), np.full(len(k), float(fit.xmin))
    ratio = scaled_zeta(alpha, k.astype(np.float64)) / scaled_zeta(alpha, start)
    return np.asarray((k / fit.xmin) ** -fit.alpha * ratio)


def _tails_of(values: NDArray[np.int64], counts: NDArray[np.int64], xmin: int | None) -> _Tails:
    """The tails that can be fitted: those with a degree above their x_min.

    Raises:
        NoTailError, ValueError: as `fit_power_law` says.
    """
    if xmin is not None and xmin < 1:
        raise ValueError(f"xmin is {xmin}; it must be at least 1")
    if len(values) == 0:
        raise NoTailError("every degree is 0; a power law needs neurons with connections")
    if xmin is not None and values[-1] <= xmin:
        raise NoTailError(f"no degree lies above xmin, {xmin}; the largest is {values[-1]}")
    if xmin is None and len(values) == 1:
        raise NoTailError(
            f"all {counts[0]} degrees that are not 0 equal {values[0]}; a power law needs at least "
            "two distinct degrees"
        )
    starts = values[:-1] if xmin is None else np.array([xmin])
    at_least = np.append(np.cumsum(counts[::-1])[::-1], 0)
    return _Tails(
        values.astype(np.float64),
        at_least.astype(np.float64),
        starts.astype(np.float64),
        np.searchsorted(values, starts).astype(np.int64),
    )


def _likeliest(tails: _Tails) -> tuple[Floats, Floats]:
    """(n_tails,) exponents of maximum likelihood and their standard errors.

    At the maximum the mean of log(K / x_min) under the law is that of the tail. Newton's method on
    the logarithm of that mean, which falls with alpha; a step never goes more than half the way
    down to 1, where the sums diverge.
    """
    observed = _mean_logs(tails)
    # The approximation for large x_min (Clauset et al., eq. 3.7).
    alpha = 1 + 1 / (observed + np.log(tails.xmin / (tails.xmin - 0.5)))
    for _ in range(_MAX_STEPS):
        mean, variance = log_moments(alpha, tails.xmin)
        step = np.log(mean / observed) * mean / variance
        alpha = np.maximum(alpha + step, (1 + alpha) / 2)
        if (np.abs(step) <= _SETTLED * alpha).all():
            _, variance = log_moments(alpha, tails.xmin)
            return alpha, 1 / np.sqrt(tails.at_least[tails.first] * variance)
    raise ArithmeticError(f"the likelihood has not settled after {_MAX_STEPS} steps")


def _mean_logs(tails: _Tails) -> Floats:
    """(n_tails,) mean of log(degree / x_min) in each tail, as a sum of positive terms only."""
    gaps = np.diff(tails.values) / tails.values[:-1]
    climbs = np.append(tails.at_least[1:-1] * np.log1p(gaps), 0.0)
    sums = np.cumsum(climbs[::-1])[::-1]
    offset = np.log(tails.values[tails.first] / tails.xmin)
    return sums[tails.first] / tails.at_least[tails.first] + offset


def _distances(tails: _Tails, alpha: Floats) -> Floats:
    """(n_tails,) Kolmogorov-Smirnov distances, in groups of tails that fit in memory."""
    group = max(1, _PAIRS_AT_ONCE // len(tails.values))
    return np.concatenate(
        [
            _group_distances(tails, alpha, slice(begin, begin + group))
            for begin in range(0, len(alpha), group)
        ]
    )


def _group_distances(tails: _Tails, alpha: Floats, group: slice) -> Floats:
    """The largest gap between law and tail over all integers.

    Between two neighbouring degrees the share of the tail is constant while that of the law falls:
    so the largest gap lies at P(K >= k) or P(K > k) of some degree k that occurs.
    """
    xmin, exponent, first = tails.xmin[group], alpha[group], tails.first[group]
    tail, place = np.nonzero(np.arange(len(tails.values)) >= first[:, None])
    steepness, degree = exponent[tail], tails.values[place]
    height = np.exp(-steepness * np.log(degree / xmin[tail])) / scaled_zeta(exponent, xmin)[tail]
    zeta = scaled_zeta(steepness, degree)
    n_tail = tails.at_least[first][tail]
    at_least = np.abs(height * zeta - tails.at_least[place] / n_tail)
    above = np.abs(height * (zeta - 1) - tails.at_least[place + 1] / n_tail)
    begins = np.flatnonzero(np.diff(tail, prepend=-1))
    return np.asarray(np.maximum.reduceat(np.maximum(at_least, above), begins))
