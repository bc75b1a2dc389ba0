from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.special import zeta
from scipy.stats import chi2

from analysis import NoTailError, PowerLawFit, fit_power_law
from analysis.zeta import log_moments, scaled_zeta


def _plain_fit(degrees: list[int], xmin: int) -> tuple[float, float, int]:
    """Alpha, distance and tail of one x_min, by a minimiser and plain loops."""
    tail = [k for k in degrees if k >= xmin]
    logs = sum(log(k) for k in tail)
    alpha = minimize_scalar(
        lambda a: len(tail) * log(zeta(a, xmin)) + a * logs,
        bounds=(1.0001, 60),
        method="bounded",
        options={"xatol": 1e-10},
    ).x
    gaps = [
        abs(sum(q >= k for q in tail) / len(tail) - zeta(alpha, k) / zeta(alpha, xmin))
        for k in range(xmin, max(tail) + 2)
    ]
    return alpha, max(gaps), len(tail)


class TestByHand:
    def test_exponent_solves_the_likelihood_equation_of_two_degrees(self):
        # Four neurons of degree 1, one of degree 2; -zeta'/zeta = log(2)/5, zeta' by differences.
        def excess(alpha: float) -> float:
            step = 1e-5
            slope = (log(zeta(alpha + step, 1)) - log(zeta(alpha - step, 1))) / (2 * step)
            return slope + log(2) / 5

        fit = fit_power_law([1, 1, 2, 1, 1])
        assert (fit.xmin, fit.n_tail, fit.n, fit.n_zero) == (1, 5, 5, 0)
        assert fit.alpha == pytest.approx(brentq(excess, 1.5, 10), abs=1e-7)
        # P(K >= 2) is 1/5 in the tail and 1 - 1/zeta in the law; P(K >= 3) is 0 and what remains.
        total = zeta(fit.alpha, 1)
        gaps = [abs(1 - 1 / total - 1 / 5), 1 - (1 + 2**-fit.alpha) / total]
        assert fit.ks == pytest.approx(max(gaps), rel=1e-10)

    def test_only_one_candidate_is_left_by_two_degrees(self):
        assert fit_power_law([5, 9, 9, 9]).xmin == 5

    def test_zeros_are_counted_but_not_fitted(self):
        with_zeros = fit_power_law([0, 3, 3, 4, 7, 0])
        without = fit_power_law([3, 3, 4, 7])
        assert (with_zeros.n, with_zeros.n_zero) == (4, 2)
        assert (with_zeros.alpha, with_zeros.ks) == (without.alpha, without.ks)


class TestAgainstPlainLoops:
    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize("kind", ["poisson", "zipf", "geometric", "uniform"])
    def test_every_candidate_and_the_choice(self, kind, seed):
        rng = np.random.default_rng(seed)
        degrees = {
            "poisson": lambda: rng.poisson(6, 80),
            "zipf": lambda: rng.zipf(2.5, 60).clip(max=80),
            "geometric": lambda: rng.geometric(0.2, 80),
            "uniform": lambda: rng.integers(1, 12, 50),
        }[kind]()
        positive = [int(k) for k in degrees if k > 0]
        candidates = sorted(set(positive))[:-1]
        plain = {x: _plain_fit(positive, x) for x in candidates}
        for x, (alpha, ks, n_tail) in plain.items():
            fit = fit_power_law(degrees, xmin=x)
            assert (fit.xmin, fit.n_tail) == (x, n_tail)
            if alpha < 59:  # the minimiser's bound is 60
                assert fit.alpha == pytest.approx(alpha, rel=1e-5)
                assert fit.ks == pytest.approx(ks, abs=1e-6)
        chosen = fit_power_law(degrees)
        best = min(candidates, key=lambda x: plain[x][1])
        assert chosen.xmin == best
        assert chosen == fit_power_law(degrees, xmin=best)

    def test_standard_error_is_the_curvature_of_the_likelihood(self):
        degrees = np.random.default_rng(0).geometric(0.15, 400)
        fit = fit_power_law(degrees)
        tail = degrees[degrees >= fit.xmin]

        def likelihood(alpha: float) -> float:
            return -len(tail) * log(zeta(alpha, fit.xmin)) - alpha * float(np.log(tail).sum())

        step = 1e-3
        sides = likelihood(fit.alpha + step) + likelihood(fit.alpha - step)
        curvature = (sides - 2 * likelihood(fit.alpha)) / step**2
        assert fit.alpha_error == pytest.approx(1 / sqrt(-curvature), rel=1e-3)

    def test_an_xmin_between_the_degrees(self):
        degrees = [2, 2, 2, 8, 8, 9, 13, 20]
        alpha, ks, n_tail = _plain_fit(degrees, 5)
        fit = fit_power_law(degrees, xmin=5)
        assert (fit.xmin, fit.n_tail, fit.n) == (5, n_tail, 8)
        assert fit.alpha == pytest.approx(alpha, rel=1e-5)
        assert fit.ks == pytest.approx(ks, abs=1e-6)


class TestKnownLaws:
    @pytest.mark.parametrize(
        ("alpha", "xmin"), [(1.8, 1), (2.5, 1), (3.5, 1), (2.2, 3), (2.5, 6), (3.0, 4)]
    )
    def test_recovers_alpha_with_the_error_it_claims(self, alpha, xmin):
        rng = np.random.default_rng([xmin, round(10 * alpha)])
        scores = []
        for _ in range(25):
            draws = rng.zipf(alpha, 40_000)
            fit = fit_power_law(draws[draws >= xmin][:500], xmin=xmin)
            assert fit.n_tail == 500
            scores.append((fit.alpha - alpha) / fit.alpha_error)
        assert max(map(abs, scores)) < 4
        # The sum of squares follows chi-square: too large or too small in 1 of 1000 laws.
        assert 0.0005 < chi2.sf(sum(score**2 for score in scores), len(scores)) < 0.9995

    @pytest.mark.parametrize("alpha", [2.1, 3.0])
    def test_finds_where_the_law_begins(self, alpha):
        rng = np.random.default_rng(7)
        draws = rng.zipf(alpha, 400_000)
        tail = draws[draws >= 10][:2000]
        fit = fit_power_law(np.concatenate([rng.integers(1, 10, 2000), tail]))
        assert 9 <= fit.xmin <= 14
        assert abs(fit.alpha - alpha) < 4 * fit.alpha_error


class TestExtremes:
    @pytest.mark.parametrize("x", [1, 2, 30, 784, 10**6])
    @pytest.mark.parametrize("n", [1, 10, 10_000])
    def test_neighbouring_degrees_have_a_steep_law(self, x, n):
        # The law's mean of log(K / x) is that of the tail, where one of n + 1 neurons has x + 1.
        fit = fit_power_law([x] * n + [x + 1])
        assert fit.n_tail == n + 1
        assert 0 < fit.alpha_error < np.inf
        mean, _ = log_moments(np.array([fit.alpha]), np.array([float(x)]))
        assert mean[0] == pytest.approx(np.log1p(1 / x) / (n + 1), rel=1e-9)

    def test_degrees_far_apart_have_a_flat_law(self):
        fit = fit_power_law([1] * 9 + [10**15])
        assert 1 < fit.alpha < 1.5
        alpha, ks = fit.alpha, fit.ks
        # Below the gap the law alone falls: P(K > 1) is 0.1 in the tail, P(K >= 10^15) as well.
        total = zeta(alpha, 1)
        assert ks == pytest.approx(
            max(abs(1 - 1 / total - 0.1), abs(zeta(alpha, 1e15) / total - 0.1)), rel=1e-9
        )

    def test_many_distinct_degrees_are_fitted_in_groups(self):
        degrees = np.arange(1, 400)
        fit = fit_power_law(degrees)
        assert fit == fit_power_law(degrees, xmin=fit.xmin)
        rivals = [fit_power_law(degrees, xmin=x).ks for x in range(1, 399, 5)]
        assert fit.ks <= min(rivals)


class TestRefusals:
    @pytest.mark.parametrize(
        ("degrees", "xmin", "message"),
        [
            ([0, 0], None, "every degree is 0"),
            ([0, 3, 3, 3], None, "all 3 degrees that are not 0 equal 3"),
            ([1, 2, 3], 3, "no degree lies above xmin, 3; the largest is 3"),
            ([1, 2, 3], 10, "no degree lies above xmin, 10"),
        ],
    )
    def test_no_tail(self, degrees, xmin, message):
        with pytest.raises(NoTailError, match=message):
            fit_power_law(degrees, xmin=xmin)

    def test_no_such_xmin(self):
        with pytest.raises(ValueError, match="xmin is 0; it must be at least 1"):
            fit_power_law([1, 2], xmin=0)
        with pytest.raises(TypeError, match="float"):
            fit_power_law([1, 2], xmin=1.5)

    def test_no_degrees(self):
        with pytest.raises(ValueError, match="degrees hold -1 at place 1"):
            fit_power_law([1, -1])


class TestZeta:
    @pytest.mark.parametrize("start", [1, 2, 7, 100, 784])
    def test_equals_scipy_where_scipy_does_not_underflow(self, start):
        alpha = np.linspace(1.01, 40, 200)
        alpha = alpha[alpha * np.log(start) < 600]
        starts = np.full_like(alpha, start)
        expected = zeta(alpha, starts) * starts**alpha
        assert scaled_zeta(alpha, starts) == pytest.approx(expected, rel=2e-12)

    @pytest.mark.parametrize("start", [1, 3, 50, 784])
    @pytest.mark.parametrize("alpha", [15.0, 40.0, 200.0, 3000.0])
    def test_steep_laws_against_a_long_sum(self, start, alpha):
        logs = np.log1p(np.arange(200_000) / start)
        weights = np.exp(-alpha * logs)
        mean = weights @ logs / weights.sum()
        variance = weights @ logs**2 / weights.sum() - mean**2
        found = log_moments(np.array([alpha]), np.array([float(start)]))
        assert scaled_zeta(np.array([alpha]), np.array([float(start)])) == pytest.approx(
            weights.sum(), rel=1e-12
        )
        assert [float(f[0]) for f in found] == pytest.approx([mean, variance], rel=1e-9)

    @pytest.mark.parametrize("start", [1.0, 5.0, 60.0])
    def test_moments_are_slopes_of_the_sum(self, start):
        alpha, step = np.linspace(1.3, 30, 50), 1e-4
        x = np.full_like(alpha, start)
        below, at, above = (np.log(scaled_zeta(alpha + s, x)) for s in (-step, 0, step))
        mean, variance = log_moments(alpha, x)
        assert mean == pytest.approx((below - above) / (2 * step), rel=1e-4, abs=1e-9)
        assert variance == pytest.approx((above + below - 2 * at) / step**2, rel=1e-3, abs=1e-6)


def test_authors_network(authors_network):
    start = fit_power_law(authors_network("w0", "000").layers[0].in_degrees)
    assert (start.xmin, start.n_tail, start.n + start.n_zero) == (7, 180, 784)
    assert start.alpha == pytest.approx(6.20, abs=0.005)
    assert start.ks == pytest.approx(0.043, abs=0.0005)
    end = fit_power_law(authors_network("w0", "190").layers[0].in_degrees)
    assert isinstance(end, PowerLawFit)
    assert end.alpha == pytest.approx(3.1, abs=0.05)
