"""Rival laws: each is a law, is found again in its own samples, and agrees with `powerlaw`."""

from __future__ import annotations

import warnings

import mpmath
import numpy as np
import powerlaw
import pytest

from analysis.alternatives import ALTERNATIVES, CutOff, Tail, _cut_off_sum

PARAMETERS = {
    "exponential": (0.15,),
    "lognormal": (1.5, 0.7),
    "stretched exponential": (0.08, 0.7),
    "power law with cut-off": (1.4, 0.02),
}
N_DEGREES = 20_000  # what lies above is negligible in all of these laws


def whole_support(xmin: int) -> Tail:
    degrees = np.arange(xmin, xmin + N_DEGREES, dtype=np.float64)
    return Tail(degrees, np.ones(N_DEGREES), float(xmin))


@pytest.mark.parametrize("xmin", [1, 2, 7, 40])
@pytest.mark.parametrize("name", ALTERNATIVES)
def test_probabilities_sum_to_one(name: str, xmin: int) -> None:
    logs = ALTERNATIVES[name].log_pmf(whole_support(xmin), PARAMETERS[name])
    assert np.exp(logs).sum() == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("xmin", [1, 6])
@pytest.mark.parametrize("name", ALTERNATIVES)
def test_a_law_is_found_again_in_its_own_samples(name: str, xmin: int) -> None:
    family, truth = ALTERNATIVES[name], PARAMETERS[name]
    support = whole_support(xmin)
    pmf = np.exp(family.log_pmf(support, truth))
    rng = np.random.default_rng([xmin, len(name)])
    draws = rng.choice(support.degrees, 20_000, p=pmf / pmf.sum()).astype(np.int64)
    tail = Tail.of(draws, xmin)
    found, logs = family.fitted(tail)
    # Wilks: twice the gain over the truth follows chi-square; above 17 in 1 of 5000 samples.
    gain = 2 * tail.n * tail.mean_of(logs - family.log_pmf(tail, truth))
    assert -1e-6 <= gain < 17
    assert len(found) == len(family.parameters)


@pytest.mark.parametrize("name", ALTERNATIVES)
def test_no_neighbour_is_likelier(name: str) -> None:
    family = ALTERNATIVES[name]
    tail = Tail.of(np.random.default_rng(1).negative_binomial(2, 0.1, 800) + 1, 3)
    found, logs = family.fitted(tail)
    for place in range(len(found)):
        for factor in (0.99, 1.01):
            near = tuple(value * (factor if at == place else 1) for at, value in enumerate(found))
            assert tail.mean_of(family.log_pmf(tail, near)) <= tail.mean_of(logs) + 1e-10


@pytest.mark.parametrize(
    ("alpha", "rate", "xmin"),
    [
        (0.0, 0.3, 2),
        (1.5, 1e-3, 1),
        (1.0, 1e-5, 4),
        (2.5, 1e-9, 1),
        (3.5, 1e-12, 30),
        (0.2, 2e-4, 9),
    ],
)
def test_the_sum_of_a_cut_off_law(alpha: float, rate: float, xmin: int) -> None:
    # Σ (k/x)^-α e^(-λ(k-x)) = x^α Φ(e^-λ, α, x), Lerch's transcendent.
    exact = mpmath.mpf(xmin) ** alpha * mpmath.lerchphi(mpmath.exp(-rate), alpha, xmin)
    assert _cut_off_sum(alpha, rate, float(xmin)) == pytest.approx(float(exact), rel=1e-9)


def test_a_cut_off_law_without_a_cut_off_is_a_power_law() -> None:
    tail = Tail.of(np.arange(2, 60), 2)
    k = np.arange(2, 2_000_000, dtype=np.float64)
    power_law = -2.5 * np.log(tail.degrees) - np.log((k**-2.5).sum())
    assert CutOff().log_pmf(tail, (2.5, 1e-15)) == pytest.approx(power_law, abs=1e-8)


DATA = {
    "geometric": lambda rng: rng.geometric(0.1, 1500),
    "zipf": lambda rng: rng.zipf(2.4, 1500),
    "lognormal": lambda rng: np.rint(np.exp(rng.normal(2, 0.8, 1500))).astype(np.int64) + 1,
    "poisson": lambda rng: rng.poisson(9, 1500) + 1,
}
THEIR_NAMES = {
    "exponential": "exponential",
    "lognormal": "lognormal",
    "stretched exponential": "stretched_exponential",
    "power law with cut-off": "truncated_power_law",
}


@pytest.mark.parametrize("name", ALTERNATIVES)
@pytest.mark.parametrize("kind", DATA)
def test_as_likely_as_the_powerlaw_package_finds(kind: str, name: str) -> None:
    degrees, xmin = DATA[kind](np.random.default_rng(5)), 4
    family, tail = ALTERNATIVES[name], Tail.of(degrees, xmin)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of parameters at the border of their ranges
        theirs = getattr(
            powerlaw.Fit(degrees, discrete=True, xmin=xmin, estimate_discrete=False, verbose=0),
            THEIR_NAMES[name],
        )
        parameters = tuple(float(getattr(theirs, one)) for one in theirs.parameter_names)
        said = float(np.sum(theirs.loglikelihoods()))
    # The same law at their parameters; and at ours one that is at least as likely.
    assert tail.n * tail.mean_of(family.log_pmf(tail, parameters)) == pytest.approx(said, rel=1e-6)
    _, logs = family.fitted(tail)
    assert tail.n * tail.mean_of(logs) >= said - 1e-3
