"""Laws that a tail of degrees may follow instead of a power law, each fitted by likelihood.

All are laws of whole numbers k >= x_min. The lognormal and the stretched exponential law are those
of a real number that was rounded to k, as in the `powerlaw` package; the other two are sums.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_ndtr

Floats = NDArray[np.float64]

_OUTRIGHT = 1000  # terms of a sum before its integral takes over
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(100)
_NEGLIGIBLE = 40.0  # e^-40 of a sum may be left out


@dataclass(frozen=True)
class Tail:
    """The degrees of a tail.

    Attributes:
        degrees: (n_distinct,) float64, ascending, the first at least x_min.
        counts: (n_distinct,) float64, neurons of each.
        xmin: where the tail begins.
    """

    degrees: Floats
    counts: Floats
    xmin: float

    @classmethod
    def of(cls, degrees: NDArray[np.int64], xmin: int) -> Tail:
        """The tail of (n,) degrees from `xmin` on."""
        values, counts = np.unique(degrees[degrees >= xmin], return_counts=True)
        return cls(values.astype(np.float64), counts.astype(np.float64), float(xmin))

    @property
    def n(self) -> float:
        """Neurons in the tail."""
        return float(self.counts.sum())

    def mean_of(self, values: Floats) -> float:
        """The mean over the neurons of what is given for each degree."""
        return float(values @ self.counts) / self.n


class Alternative:
    """A family of laws with some parameters."""

    name: str
    """What it is called."""
    parameters: tuple[str, ...]
    """The names of what is fitted."""
    contains_power_law = False
    """Whether the power law is one of the family, at the border of its parameters."""

    def fitted(self, tail: Tail) -> tuple[tuple[float, ...], Floats]:
        """Parameters of maximum likelihood, and (n_distinct,) the logarithm of each P(K = k)."""

        def unlikeliness(free: Floats) -> float:
            return -tail.mean_of(self.log_pmf(tail, self.settled(free)))

        found = (_minimum(unlikeliness, start) for start in self.starts(tail))
        _, free = min(found, key=lambda pair: pair[0])
        best = self.settled(free)
        return best, self.log_pmf(tail, best)

    def starts(self, tail: Tail) -> list[list[float]]:
        """Where to look for the best free parameters."""
        raise NotImplementedError

    def settled(self, free: Floats) -> tuple[float, ...]:
        """The parameters that unbounded free ones stand for."""
        raise NotImplementedError

    def log_pmf(self, tail: Tail, parameters: tuple[float, ...]) -> Floats:
        """(n_distinct,) the logarithm of P(K = k | K >= x_min) of each degree."""
        raise NotImplementedError


class Exponential(Alternative):
    """P(k) proportional to e^(-λ k): the geometric law."""

    name = "exponential"
    parameters = ("lambda",)

    def fitted(self, tail: Tail) -> tuple[tuple[float, ...], Floats]:
        """See `Alternative`; in closed form."""
        rate = (math.log1p(1 / (tail.mean_of(tail.degrees) - tail.xmin)),)
        return rate, self.log_pmf(tail, rate)

    def log_pmf(self, tail: Tail, parameters: tuple[float, ...]) -> Floats:
        """See `Alternative`."""
        (rate,) = parameters
        return math.log(-math.expm1(-rate)) - rate * (tail.degrees - tail.xmin)


class Lognormal(Alternative):
    """A rounded number whose logarithm is normal, with mean μ and deviation σ."""

    name = "lognormal"
    parameters = ("mu", "sigma")

    def starts(self, tail: Tail) -> list[list[float]]:
        """See `Alternative`: the logarithms of the tail as if nothing were cut off, and a wider."""
        logs = np.log(tail.degrees)
        mean = tail.mean_of(logs)
        spread = math.log(math.sqrt(tail.mean_of((logs - mean) ** 2)) + 1e-3)
        return [[mean, spread], [mean - 2, spread + 1], [mean - 10, spread + 2]]

    def settled(self, free: Floats) -> tuple[float, ...]:
        """See `Alternative`."""
        return float(free[0]), math.exp(min(free[1], 50.0))

    def log_pmf(self, tail: Tail, parameters: tuple[float, ...]) -> Floats:
        """See `Alternative`."""
        mean, deviation = parameters
        return _rounded(tail, lambda x: np.asarray(log_ndtr((mean - np.log(x)) / deviation)))


class StretchedExponential(Alternative):
    """A rounded number that is above x with probability e^(-(λ x)^β): Weibull's law."""

    name = "stretched exponential"
    parameters = ("lambda", "beta")

    def starts(self, tail: Tail) -> list[list[float]]:
        """See `Alternative`."""
        rate = -math.log(tail.mean_of(tail.degrees))
        return [[rate, 0.0], [rate, math.log(0.5)], [rate + 3, math.log(0.2)], [rate, math.log(3)]]

    def settled(self, free: Floats) -> tuple[float, ...]:
        """See `Alternative`."""
        return math.exp(np.clip(free[0], -300, 300)), math.exp(np.clip(free[1], -8, 5))

    def log_pmf(self, tail: Tail, parameters: tuple[float, ...]) -> Floats:
        """See `Alternative`."""
        rate, power = parameters
        return _rounded(tail, lambda x: -np.exp(np.minimum(power * np.log(rate * x), 700.0)))


class CutOff(Alternative):
    """P(k) proportional to k^(-α) e^(-λ k): a power law up to about 1/λ; with λ = 0 it is one."""

    name = "power law with cut-off"
    parameters = ("alpha", "lambda")
    contains_power_law = True

    def starts(self, tail: Tail) -> list[list[float]]:
        """See `Alternative`: from an exponential, and from nearly a power law."""
        rate = math.log1p(1 / (tail.mean_of(tail.degrees) - tail.xmin))
        steepness = 1 + 1 / tail.mean_of(np.log(tail.degrees / (tail.xmin - 0.5)))
        return [[0.5, math.log(rate)], [steepness, math.log(rate / 100)]]

    def settled(self, free: Floats) -> tuple[float, ...]:
        """See `Alternative`; an exponent below 0 would be no power law at any degree."""
        return abs(float(free[0])), math.exp(np.clip(free[1], -60, 10))

    def log_pmf(self, tail: Tail, parameters: tuple[float, ...]) -> Floats:
        """See `Alternative`."""
        alpha, rate = parameters
        logs = -alpha * np.log(tail.degrees / tail.xmin) - rate * (tail.degrees - tail.xmin)
        return np.asarray(logs - math.log(_cut_off_sum(alpha, rate, tail.xmin)))


ALTERNATIVES: Mapping[str, Alternative] = MappingProxyType(
    {
        family.name: family
        for family in (Exponential(), Lognormal(), StretchedExponential(), CutOff())
    }
)


def _minimum(function: Callable[[Floats], float], start: list[float]) -> tuple[float, Floats]:
    found = minimize(
        function,
        np.array(start),
        method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-12, "maxiter": 2000},
    )
    return float(found.fun), np.asarray(found.x)


def _rounded(tail: Tail, log_above: Callable[[Floats], Floats]) -> Floats:
    """Logarithms of P(k - 1/2 < X < k + 1/2 | X > x_min - 1/2), from those of P(X > x)."""
    below, beyond = log_above(tail.degrees - 0.5), log_above(tail.degrees + 0.5)
    begin = log_above(np.array([tail.xmin - 0.5]))
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = below - begin + np.log(-np.expm1(beyond - below))
    return np.where(np.isfinite(logs), logs, -1e6)


def _cut_off_sum(alpha: float, rate: float, xmin: float) -> float:
    """Sum over k >= x_min of (k / x_min)^-α e^(-λ (k - x_min)).

    A thousand terms outright, the rest by the Euler-Maclaurin formula; the integral by
    Gauss-Legendre over t = log(x / end), as far as it is not negligible.
    """
    k = xmin + np.arange(_OUTRIGHT)
    outright = np.exp(-alpha * np.log(k / xmin) - rate * (k - xmin)).sum()
    end = xmin + _OUTRIGHT
    last = math.exp(-alpha * math.log(end / xmin) - rate * _OUTRIGHT)
    if last == 0:
        return float(outright)
    reach = math.log1p(_NEGLIGIBLE / (rate * end))
    if alpha > 1:
        reach = min(reach, _NEGLIGIBLE / (alpha - 1))
    t = reach * (_NODES + 1) / 2
    heights = np.exp((1 - alpha) * t - rate * end * np.expm1(t))
    integral = end * reach / 2 * float(heights @ _WEIGHTS)
    slope = alpha / end + rate
    return float(outright + last * (integral + 0.5 + slope / 12))
