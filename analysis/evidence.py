"""Whether degrees are scale-free, asked as a referee would: fit, test, and compare with rivals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from numpy.typing import ArrayLike
from scipy.special import chdtrc, erfc

from analysis.alternatives import ALTERNATIVES, Alternative, Tail
from analysis.degrees import checked_degrees
from analysis.power_law import PowerLawFit, fit_power_law
from analysis.records import Record

Category = Literal["none", "super-weak", "weakest", "weak", "strong"]

_SIGNIFICANT = 0.1  # of both tests, as Clauset et al. and Broido & Clauset have it
_LARGE_TAIL = 50


@dataclass(frozen=True, eq=False)
class Comparison(Record):
    """The power law against another law of the same tail.

    Attributes:
        alternative: what the other is called.
        parameters: its name and value for each that was fitted.
        log_ratio: log-likelihood of the power law minus that of the other; above 0 the power law
            is the likelier.
        normalised: the same divided by its own standard deviation (Vuong 1989).
        p_value: how often a ratio as far from 0 would come by chance if both were equally good;
            below 0.1 its sign counts.
    """

    alternative: str
    parameters: tuple[tuple[str, float], ...]
    log_ratio: float
    normalised: float
    p_value: float

    @property
    def favoured(self) -> Literal["power law", "alternative", "neither"]:
        """Which of the two the ratio speaks for, if it counts."""
        if self.p_value >= _SIGNIFICANT:
            return "neither"
        return "power law" if self.log_ratio > 0 else "alternative"


@dataclass(frozen=True, eq=False)
class ScaleFreeEvidence(Record):
    """What speaks for a power law in some degrees, and what against it.

    Attributes:
        fit: the best power law, with its bootstrap p-value.
        comparisons: against each of the alternatives, over the same tail.
        category: of Broido & Clauset 2019 (Nature Communications 10:1017), for one sequence of
            degrees: "super-weak" if no alternative is favoured over the power law; "weakest" if
            its p-value is at least 0.1; "weak" if also 50 neurons or more lie in the tail; "strong"
            if also no alternative is favoured and 2 < alpha < 3; "none" otherwise. The strongest
            of those that hold. Their "strongest" asks for nearly all simplifications of a graph,
            of which a layer has one.
        is_sparse: whether the mean degree lies in [2, sqrt(n)]; others they leave out as too sparse
            or too dense for the question.
        mean: of all degrees.
    """

    fit: PowerLawFit
    comparisons: tuple[Comparison, ...]
    category: Category
    is_sparse: bool
    mean: float

    @property
    def verdict(self) -> str:
        """One sentence that claims no more than the tests do."""
        return _verdict(self)


def scale_free_evidence(
    degrees: ArrayLike, *, xmin: int | None = None, bootstrap: int = 1000, seed: int = 0
) -> ScaleFreeEvidence:
    """Fit a power law to degrees, test it, and compare it with its alternatives.

    Args:
        degrees: (n,) integers in [0, 10^15].
        xmin: begin the tail at this degree, at least 1, instead of choosing it.
        bootstrap: samples of the goodness-of-fit test, at least 1.
        seed: of those.

    Raises:
        NoTailError: if no power law can be fitted, see `fit_power_law`.
        ValueError: if the degrees or `bootstrap` are out of range.

    The ratio tests are those of Clauset, Shalizi & Newman 2009, section 5: of Vuong for laws that
    do not contain each other, and chi-square for the power law with a cut-off.

    >>> evidence = scale_free_evidence([1] * 5 + [2] * 9 + [3] * 5 + [4] * 2, xmin=1, bootstrap=99)
    >>> evidence.category, evidence.is_sparse
    ('none', True)
    """
    if bootstrap < 1:
        raise ValueError(f"bootstrap is {bootstrap}; it must be at least 1")
    checked = checked_degrees(degrees)
    fit = fit_power_law(checked, xmin=xmin, bootstrap=bootstrap, seed=seed)
    tail = Tail.of(checked, fit.xmin)
    comparisons = tuple(_compare(fit, tail, family) for family in ALTERNATIVES.values())
    mean = float(checked.mean())
    return ScaleFreeEvidence(
        fit=fit,
        comparisons=comparisons,
        category=_category(fit, comparisons),
        is_sparse=2 <= mean <= math.sqrt(len(checked)),
        mean=mean,
    )


def _compare(fit: PowerLawFit, tail: Tail, family: Alternative) -> Comparison:
    parameters, theirs = family.fitted(tail)
    gaps = fit.log_pmf(tail.degrees) - theirs
    mean = tail.mean_of(gaps)
    ratio = tail.n * mean
    deviation = math.sqrt(tail.n * tail.mean_of((gaps - mean) ** 2))
    if family.contains_power_law:
        ratio = min(ratio, 0.0)  # at the border of its parameters both are the same
        p_value = float(chdtrc(1, -2 * ratio))  # chi-square with one degree of freedom
    else:
        p_value = float(erfc(abs(ratio) / (math.sqrt(2) * deviation))) if deviation else 1.0
    return Comparison(
        alternative=family.name,
        parameters=tuple(zip(family.parameters, parameters, strict=True)),
        log_ratio=ratio,
        normalised=ratio / deviation if deviation else 0.0,
        p_value=p_value,
    )


def _category(fit: PowerLawFit, comparisons: tuple[Comparison, ...]) -> Category:
    unbeaten = all(one.favoured != "alternative" for one in comparisons)
    plausible = fit.p_value is not None and fit.p_value >= _SIGNIFICANT
    if plausible and fit.n_tail >= _LARGE_TAIL:
        return "strong" if unbeaten and 2 < fit.alpha < 3 else "weak"
    if plausible:
        return "weakest"
    return "super-weak" if unbeaten else "none"


def _verdict(evidence: ScaleFreeEvidence) -> str:
    fit, beaten_by, equals = evidence.fit, [], []
    for one in evidence.comparisons:
        if one.favoured == "alternative":
            beaten_by.append(one.alternative)
        elif one.favoured == "neither":
            equals.append(one.alternative)
    where = f"the {fit.n_tail:,} neurons of degree {fit.xmin:,} or more"
    if fit.p_value is None or fit.p_value < _SIGNIFICANT:
        said = f"A power law is ruled out for {where}: p = {fit.p_value:.2g}"
    elif fit.n_tail < _LARGE_TAIL:
        said = f"A power law is not ruled out for {where}, p = {fit.p_value:.2g}, but they are few"
    elif beaten_by:
        said = f"A power law is not ruled out for {where}, p = {fit.p_value:.2g}"
    elif evidence.category == "strong":
        said = (
            f"Consistent with a scale-free law: p = {fit.p_value:.2g}, and α = {fit.alpha:.2f} "
            f"lies between 2 and 3, for {where}"
        )
    else:
        said = (
            f"A power law is not ruled out for {where}, p = {fit.p_value:.2g}, but α = "
            f"{fit.alpha:.2f} does not lie between 2 and 3"
        )
    if beaten_by:
        said += f"; better fits the {' and the '.join(beaten_by)}"
    elif equals:
        said += f"; as well fits the {' or the '.join(equals)}"
    if not evidence.is_sparse:
        most = math.sqrt(fit.n + fit.n_zero)
        said += (
            f"; the mean degree, {evidence.mean:.1f}, lies outside of 2 to {most:.1f}, for which "
            "these categories were made"
        )
    return f"{said}."
