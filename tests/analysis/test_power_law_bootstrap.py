"""Samples of a fitted law: they follow it, and the p-value made from them is one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import zeta
from scipy.stats import binom, chi2, kstest

from analysis import fit_power_law
from analysis.power_law_bootstrap import _ccdf, _degrees, refit_samples


def zipf_from(alpha: float, xmin: int, n: int, rng: np.random.Generator) -> np.ndarray:
    found = np.empty(0, np.int64)
    while len(found) < n:
        draws = rng.zipf(alpha, 20 * n)
        found = np.concatenate([found, draws[draws >= xmin]])
    return found[:n]


class TestSamples:
    @pytest.mark.parametrize(("alpha", "xmin"), [(2.0, 1), (2.5, 5), (6.0, 30)])
    def test_follow_body_and_law(self, alpha, xmin):
        rng = np.random.default_rng(2)
        body = np.repeat(np.arange(1.0, xmin), 10)
        n = 100_000
        below = len(body) / 500
        drawn = np.concatenate(
            [
                _degrees(rng.random(500), body, _ccdf(alpha, float(xmin)), alpha, float(xmin))
                for _ in range(n // 500)
            ]
        )
        k = np.arange(xmin, xmin + 40)
        law = (1 - below) * k.astype(float) ** -alpha / zeta(alpha, xmin)
        expected = n * np.concatenate([np.full(xmin - 1, 10 / 500), law])
        counted = np.bincount(drawn[drawn < xmin + 40].astype(int), minlength=xmin + 40)[1:]
        rest = n - expected.sum()
        score = ((counted - expected) ** 2 / expected).sum()
        score += (n - counted.sum() - rest) ** 2 / rest
        assert 1e-4 < chi2.sf(score, len(expected)) < 1 - 1e-4

    def test_beyond_the_table(self):
        rng = np.random.default_rng(0)
        drawn = _degrees(rng.random(100_000), np.empty(0), _ccdf(1.5, 1.0), 1.5, 1.0)
        for least in (3000, 10**5, 10**8):
            share = zeta(1.5, least) / zeta(1.5, 1)
            assert 1e-4 < binom.cdf((drawn >= least).sum(), len(drawn), share) < 1 - 1e-4


def test_results_do_not_depend_on_cores(on_cores):
    degrees = np.random.default_rng(0).zipf(2.2, 400)
    one, three = on_cores(
        lambda: np.array(refit_samples(degrees, 2.2, 1, 100, np.random.default_rng(3)))
    )
    assert (one == three).all()


@pytest.mark.parametrize("fixed", [False, True])
def test_each_sample_is_fitted_as_data_are(fixed):
    degrees = np.random.default_rng(4).poisson(5, 300) + 1
    xmin = 4 if fixed else None
    fit = fit_power_law(degrees, xmin=xmin)
    body = np.sort(degrees[degrees < fit.xmin]).astype(float)
    found = refit_samples(
        degrees, fit.alpha, fit.xmin, 20, np.random.default_rng(9), refit_xmin=not fixed
    )
    uniform = np.random.default_rng(9).random((20, 300))
    law = (_ccdf(fit.alpha, float(fit.xmin)), fit.alpha, float(fit.xmin))
    for row, *refit in zip(uniform, *found, strict=True):
        again = fit_power_law(_degrees(row, body, *law), xmin=xmin)
        assert refit == pytest.approx([again.alpha, again.xmin, again.ks], abs=1e-12)


@pytest.mark.parametrize("xmin", [1, 5])
def test_p_values_are_uniform_where_the_law_holds(xmin):
    rng = np.random.default_rng(xmin)
    found = []
    for _ in range(150):
        tail = zipf_from(2.5, xmin, 300, rng)
        degrees = np.concatenate([rng.integers(1, xmin, 150), tail]) if xmin > 1 else tail
        fit = fit_power_law(degrees, xmin=xmin, bootstrap=199, seed=int(rng.integers(2**31)))
        found.append(fit.p_value + rng.random() / 199 - 1 / 398)  # p comes in steps
    assert kstest(found, "uniform").pvalue > 0.001


@pytest.mark.parametrize("alpha", [2.0, 2.5, 3.5])
@pytest.mark.parametrize("xmin", [1, 5])
def test_alpha_is_within_two_errors_in_nine_of_ten_samples(alpha, xmin):
    rng = np.random.default_rng([xmin, int(10 * alpha)])
    known, chosen = 0, 0
    for _ in range(200):
        degrees = zipf_from(alpha, xmin, 500, rng)
        fit = fit_power_law(degrees, xmin=xmin)
        known += abs(fit.alpha - alpha) <= 2 * fit.alpha_error
        fit = fit_power_law(degrees, bootstrap=50)
        chosen += abs(fit.alpha - alpha) <= 2 * fit.alpha_spread
    assert known >= 180
    assert chosen >= 180


def test_samples_without_two_degrees_in_the_tail_count_as_fitting():
    fit = fit_power_law([1] * 400 + [2], bootstrap=200)
    assert fit.xmin_spread == 0
    assert 0 < fit.p_value <= 1
    assert fit.p_error == pytest.approx((fit.p_value * (1 - fit.p_value) / 200) ** 0.5)


def test_without_samples_there_is_no_p_value():
    fit = fit_power_law([1, 1, 2, 3])
    assert (fit.p_value, fit.p_error, fit.n_bootstraps) == (None, None, 0)
    assert (fit.alpha_spread, fit.xmin_spread) == (None, None)
    with pytest.raises(ValueError, match="bootstrap is -1; it must be at least 0"):
        fit_power_law([1, 1, 2, 3], bootstrap=-1)
