"""The power law that fits the tail of a degree distribution best."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.degrees import checked_degrees
from analysis.power_law_bootstrap import refit_samples
from analysis.records import Record
from analysis.tails import best_tail, fit_tail
from analysis.zeta import scaled_zeta, zeta_sum


class NoTailError(ValueError):
    """Degrees to which no power law can be fitted: the message says why, in plain words."""


@dataclass(frozen=True, eq=False)
class PowerLawFit(Record):
    """P(K = k) = k^-alpha / zeta(alpha, xmin) for k >= xmin, fitted to the tail of some degrees.

    Attributes:
        alpha: the exponent, above 1.
        alpha_error: its standard error, from the observed Fisher information at the maximum, as if
            the x_min had been known.
        xmin: the degree at which the tail begins.
        n_tail: neurons in the tail, of degree xmin or more.
        ks: Kolmogorov-Smirnov distance between the tail and the fitted law, in [0, 1].
        n: neurons of degree 1 or more; a power law knows no degree 0.
        n_zero: neurons of degree 0, which the fit leaves out.
        n_bootstraps: samples of the law that were fitted like the data.
        p_value: the share of them that the law fitted to each fits worse than the data; below 0.1
            the law is ruled out. None without such samples.
        alpha_spread, xmin_spread: standard deviations over these samples: the errors of alpha and
            x_min where both were chosen by the data. None without such samples.
    """

    alpha: float
    alpha_error: float
    xmin: int
    n_tail: int
    ks: float
    n: int
    n_zero: int
    n_bootstraps: int = 0
    p_value: float | None = None
    alpha_spread: float | None = None
    xmin_spread: float | None = None

    @property
    def p_error(self) -> float | None:
        """The standard error of the p-value, from the number of samples."""
        if self.p_value is None:
            return None
        return math.sqrt(self.p_value * (1 - self.p_value) / self.n_bootstraps)

    def log_pmf(self, degrees: ArrayLike) -> NDArray[np.float64]:
        """(n,) the logarithm of P(K = k | K >= xmin) for (n,) degrees of at least `xmin`."""
        k = _of_the_law(self, degrees)
        whole = zeta_sum(self.alpha, float(self.xmin))
        return np.asarray(-self.alpha * np.log(k / self.xmin) - math.log(whole))


def fit_power_law(
    degrees: ArrayLike, *, xmin: int | None = None, bootstrap: int = 0, seed: int = 0
) -> PowerLawFit:
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
        bootstrap: samples for the p-value (section 4.1), in each of which alpha is fitted and x_min
            is chosen again, unless it is given; 1,000 tell p to 0.016. None with 0.
        seed: of the samples.

    Raises:
        NoTailError: if no tail can be fitted: all degrees are 0, all others are equal, or none lies
            above the given `xmin`.
        ValueError: if the degrees, `xmin` or `bootstrap` are not such numbers (TypeError: `xmin` no
            integer).

    >>> fit = fit_power_law([1, 1, 1, 1, 1, 1, 2, 2, 3, 5, 0])
    >>> fit.xmin, fit.n_tail, fit.n, fit.n_zero
    (1, 10, 10, 1)
    >>> round(fit.alpha, 3), round(fit.alpha_error, 3), round(fit.ks, 3)
    (2.228, 0.423, 0.079)
    """
    checked = checked_degrees(degrees)
    positive = checked[checked > 0]
    values, counts = np.unique(positive, return_counts=True)
    _check_tail(values, counts, xmin)
    if bootstrap < 0:
        raise ValueError(f"bootstrap is {bootstrap}; it must be at least 0")
    at_least = np.append(np.cumsum(counts[::-1])[::-1], 0).astype(np.float64)
    distinct = values.astype(np.float64)
    if xmin is None:
        first, alpha, alpha_error, ks = best_tail(distinct, at_least)
        start = int(values[first])
    else:
        start, first = xmin, int(np.searchsorted(values, xmin))
        alpha, alpha_error, ks = fit_tail(distinct, at_least, first, float(start))
    if not ks < math.inf:
        raise ArithmeticError("the likelihood of a power law has not settled")
    refits = refit_samples(
        positive, alpha, start, bootstrap, np.random.default_rng(seed), refit_xmin=xmin is None
    )
    return PowerLawFit(
        alpha=alpha,
        alpha_error=alpha_error,
        xmin=start,
        n_tail=int(at_least[first]),
        ks=ks,
        n=len(positive),
        n_zero=len(checked) - len(positive),
        n_bootstraps=bootstrap,
        p_value=float((refits.ks >= ks).mean()) if bootstrap else None,
        alpha_spread=_spread(refits.alpha),
        xmin_spread=_spread(refits.xmin),
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
    k = _of_the_law(fit, degrees)
    alpha, start = np.full(len(k), fit.alpha), np.full(len(k), float(fit.xmin))
    ratio = scaled_zeta(alpha, k) / scaled_zeta(alpha, start)
    return np.asarray((k / fit.xmin) ** -fit.alpha * ratio)


def _spread(values: NDArray[np.float64]) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.std(ddof=1)) if len(known) > 1 else None


def _of_the_law(fit: PowerLawFit, degrees: ArrayLike) -> NDArray[np.float64]:
    k = checked_degrees(degrees)
    if k.min() < fit.xmin:
        raise ValueError(f"degrees hold {k.min()}; the law begins at xmin, {fit.xmin}")
    return k.astype(np.float64)


def _check_tail(values: NDArray[np.int64], counts: NDArray[np.int64], xmin: int | None) -> None:
    """Refuse degrees without a tail that can be fitted, as `fit_power_law` says."""
    if xmin is not None and operator.index(xmin) < 1:
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
