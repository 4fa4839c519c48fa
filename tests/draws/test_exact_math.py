"""Exact math against SciPy and against exact identities."""

import numpy as np
import pytest
from scipy import special, stats

from sim import draws, exact_math


def spread(low: float, high: float, n: int = 20_000) -> np.ndarray:
    """Return fixed pseudo-random numbers between two bounds."""
    u = draws.bits_many(1, np.arange(n)).astype(np.float64) * 2.0**-63
    return low + (high - low) * u


def ulps(found: np.ndarray, exact: np.ndarray) -> float:
    """Largest distance in units in the last place; ``exact`` in extended precision where the platform has it."""
    return float(np.max(np.abs(found - exact) / np.spacing(np.abs(found))))


def test_log_is_within_two_units_in_the_last_place() -> None:
    """Over the whole range of floats, and near 1 where cancellation looms."""
    wide = np.ldexp(spread(0.5, 1.0), np.floor(spread(-1000.0, 1000.0)).astype(np.int64))
    near = 1.0 + spread(-1e-3, 1e-3)
    for x in (wide, near, spread(1e-9, 1.0)):
        assert ulps(exact_math.log(x), np.log(x.astype(np.longdouble))) <= 2.0


def test_log_is_the_same_beside_numbers_that_need_care() -> None:
    """Ordinary numbers by themselves go another way than beside a zero: to the same bits, also where a power of two is near."""
    edges = [exact_math.SQRT_HALF, 1.0, 2.0, exact_math.NORMAL_MIN, np.finfo(np.float64).max]
    near = np.concatenate([np.nextafter(edges[:3], 0.0), edges, np.nextafter(edges[:4], 9.0)])
    wide = np.ldexp(spread(0.5, 1.0), np.floor(spread(-1000.0, 1000.0)).astype(np.int64))
    for x in (near, wide, wide[::3], wide.reshape(100, -1), wide[0]):
        beside = exact_math.log(np.concatenate([np.ravel(x), [0.0]]))[:-1]
        assert np.array_equal(exact_math.log(x), beside.reshape(np.shape(x)))
    tiny = np.ldexp(spread(0.5, 1.0), -1050)
    assert ulps(exact_math.log(tiny), np.log(tiny.astype(np.longdouble))) <= 2.0


def test_exp_is_within_two_units_in_the_last_place() -> None:
    """Over the range where neither overflow nor underflow begins."""
    for x in (spread(-700.0, 700.0), spread(-1.0, 1.0)):
        assert ulps(exact_math.exp(x), np.exp(x.astype(np.longdouble))) <= 2.0


def test_limits_of_log_and_exp() -> None:
    """Zero, infinity and negative numbers give what mathematics says, without a warning."""
    assert exact_math.log([0.0, 1.0, np.inf]).tolist() == [-np.inf, 0.0, np.inf]
    assert np.isnan(exact_math.log([-1.0, -2.0, -np.inf])).all()
    assert exact_math.exp([-np.inf, -800.0, 0.0, 800.0, np.inf]).tolist() == [0.0, 0.0, 1.0, np.inf, np.inf]
    assert exact_math.power([0.0, 0.0, 0.0], [2.0, 0.0, -1.0]).tolist() == [0.0, 1.0, np.inf]


def test_small_arguments_lose_nothing() -> None:
    """log1p, expm1 and log_complement keep their relative precision near zero."""
    x = np.ldexp(spread(0.5, 1.0), np.floor(spread(-60.0, 0.0)).astype(np.int64))
    assert np.max(np.abs(exact_math.log1p(x) / np.log1p(x) - 1.0)) < 1e-15
    assert np.max(np.abs(exact_math.log1p(-x / 2) / np.log1p(-x / 2) - 1.0)) < 1e-15
    assert np.max(np.abs(exact_math.expm1(x) / np.expm1(x) - 1.0)) < 1e-15
    assert np.max(np.abs(exact_math.log_complement(x / 2, 1 - x / 2) / np.log1p(-x / 2) - 1.0)) < 1e-15


def test_power_and_gamma_function() -> None:
    """Powers and the gamma function agree with SciPy to 1e-13, relative."""
    x, y = spread(0.01, 100.0), spread(-5.0, 5.0)
    assert np.max(np.abs(exact_math.power(x, y) / x**y - 1.0)) < 1e-13
    x = np.exp(spread(-5.0, 9.0))
    assert np.max(np.abs(exact_math.lgamma(x) - special.gammaln(x)) / np.maximum(1.0, np.abs(special.gammaln(x)))) < 1e-13
    assert np.allclose(exact_math.gamma([1.0, 2.0, 5.0, 0.5]), [1.0, 1.0, 24.0, np.sqrt(np.pi)], rtol=1e-14, atol=0.0)


TAILS = np.concatenate([2.0 ** -np.arange(1.0, 42.0), 1.5 * 2.0 ** -np.arange(2.0, 42.0)])
P = np.concatenate([TAILS, 1.0 - TAILS])
Q = np.concatenate([1.0 - TAILS, TAILS])


def test_normal_quantile() -> None:
    """AS 241 agrees with SciPy to 1e-14 in both tails, and is exactly antisymmetric."""
    assert np.max(np.abs(exact_math.normal_quantile(TAILS[1:], 1 - TAILS[1:]) / special.ndtri(TAILS[1:]) - 1.0)) < 1e-14
    assert (exact_math.normal_quantile(P, Q) == -exact_math.normal_quantile(Q, P)).all()


@pytest.mark.parametrize("shape", [0.01, 0.1, 0.5, 0.99, 1.0, 1.01, 4.0, 25.0, 400.0, 10_000.0])
def test_gamma_quantile(shape: float) -> None:
    """The gamma quantile agrees with SciPy to 1e-9 for every shape that a scenario may ask for."""
    exact = np.where(P < Q, stats.gamma.ppf(P, shape), stats.gamma.isf(Q, shape))
    found = exact_math.gamma_quantile(shape, P, Q)
    there = exact > 1e-280
    assert np.max(np.abs(found[there] / exact[there] - 1.0)) < 1e-9
    assert (found[~there] < 1e-270).all()


def test_mixture_quantile_solves_its_equation() -> None:
    """Put back into the distribution function, the quantile gives the tail asked for."""
    mixture = ((0.9, 1.0), (0.09, 50.0), (0.01, 1e6))
    x = exact_math.mixture_quantile(mixture, P, Q)
    below = -sum(share * np.expm1(-x / mean) for share, mean in mixture)
    above = sum(share * np.exp(-x / mean) for share, mean in mixture)
    assert np.max(np.abs(np.where(P < Q, below / P, above / Q) - 1.0)) < 1e-11
