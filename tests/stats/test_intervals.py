"""Intervals over replications: against hand values, in degenerate cases, and how often they cover."""

import math

import numpy as np
import pytest

from sim.draws import bits
from sim.stats.intervals import estimate, moments, skew_adjusted, student, t_quantile, widening

T_TABLE = {2: 4.302653, 9: 2.262157, 30: 2.042272}


@pytest.mark.parametrize(("freedom", "expected"), T_TABLE.items())
def test_t_quantiles_are_those_of_the_tables(freedom: int, expected: float) -> None:
    """Two-sided 95 %."""
    assert t_quantile(freedom) == pytest.approx(expected, abs=5e-7)


def test_moments_by_hand() -> None:
    """Of 1, 2, 3, 10: mean 4, variance 50/3, third central moments 27 + 8 + 1 - 216 = -180."""
    mean, deviation, skewness = moments([1.0, 2.0, 3.0, 10.0])
    assert mean == 4.0
    assert deviation == pytest.approx(math.sqrt(50 / 3))
    assert skewness == pytest.approx(4 / (3 * 2) * 180 / (50 / 3) ** 1.5)


def test_willinks_interval_by_hand() -> None:
    """The bounds of 1, 2, 3, 10, computed step by step from the formula, with the t quantile widened for the skewness."""
    s, skewness = math.sqrt(50 / 3), 4 / 6 * 180 / (50 / 3) ** 1.5
    t = t_quantile(3) * (1 + skewness**2 / 8)
    a = skewness / (6 * 2)
    upper = ((1 + 6 * a * (t - a)) ** (1 / 3) - 1) / (2 * a)
    inside = 1 + 6 * a * (-t - a)
    lower = (-((-inside) ** (1 / 3)) - 1) / (2 * a)
    low, high = skew_adjusted([1.0, 2.0, 3.0, 10.0])
    assert (low, high) == (pytest.approx(4 - upper * s / 2), pytest.approx(4 - lower * s / 2))
    assert high - 4 > 4 - low


def test_the_widening_is_bounded() -> None:
    """No sample is more skewed than one value apart from all others: skewness^2 is n, and the quantile half as wide again."""
    for n in (3, 10, 100):
        skewness = moments([0.0] * (n - 1) + [1.0])[2]
        assert widening(skewness, n) == pytest.approx(1.5)
        assert widening(-skewness, n) == pytest.approx(1.5)
    assert widening(0.0, 10) == 1.0


def test_without_skewness_the_interval_is_students() -> None:
    """For a symmetric sample both intervals are the same."""
    sample = [1.0, 2.0, 3.0, 4.0, 5.0]
    assert skew_adjusted(sample) == pytest.approx(student(sample))
    assert student(sample)[1] - 3.0 == pytest.approx(2.776445 * math.sqrt(2.5 / 5), rel=1e-6)


def test_a_nearly_symmetric_sample_gives_nearly_students_interval() -> None:
    """There is no jump where the adjustment is left out."""
    sample = [1.0, 2.0, 3.0, 4.0, 5.0 + 1e-7]
    assert skew_adjusted(sample) == pytest.approx(student(sample), rel=1e-6)


def test_a_mirrored_sample_has_a_mirrored_interval() -> None:
    """Nothing but the side of the tail decides which way the interval leans."""
    low, high = skew_adjusted([1.0, 2.0, 3.0, 10.0])
    assert skew_adjusted([-1.0, -2.0, -3.0, -10.0]) == (pytest.approx(-high), pytest.approx(-low))


def coverage(interval: object, n: int, samples: int) -> float:
    """Share of samples of n exponential values (mean 1, skewness 2) whose interval covers the mean."""
    hits = 0
    for sample in range(samples):
        values = [-math.log((bits(7, sample, k) + 1) / 2**63) for k in range(n)]
        low, high = interval(values)  # type: ignore[operator]
        hits += low <= 1.0 <= high
    return hits / samples


def test_the_adjustment_covers_a_skewed_mean_more_often() -> None:
    """Exponential values, n = 10: Student's interval covers about 90 % of the time, the adjusted one some more."""
    plain, adjusted = coverage(student, 10, 1500), coverage(skew_adjusted, 10, 1500)
    assert 0.87 < plain < 0.925
    assert adjusted > plain + 0.005
    assert adjusted < 0.965


def test_an_estimate_carries_its_interval_its_n_and_its_unit() -> None:
    """And prints them as people read them."""
    found = estimate([0.40, 0.41, 0.42, 0.41], unit="s")
    assert found.estimable
    assert found.n == 4
    assert found.low < found.mean < found.high
    assert found.half_width == pytest.approx((found.high - found.low) / 2)
    assert str(found) == "410 [397, 423] ms (n = 4)"


@pytest.mark.parametrize("values", [[0.5], [0.5, 0.6]])
def test_fewer_than_three_replications_have_no_interval(values: list[float]) -> None:
    """The mean is given, and it is said that there is no interval."""
    found = estimate(values)
    assert not found.estimable
    assert found.mean == pytest.approx(sum(values) / len(values))
    assert "no interval" in str(found)


def test_equal_replications_have_an_interval_of_no_width() -> None:
    """A quantity without spread, such as no errors at all, is its own interval, and says so."""
    found = estimate([0.1] * 10, unit="share")
    assert (found.low, found.mean, found.high) == (0.1, 0.1, 0.1)
    assert str(found) == "10 % (n = 10, all equal)"


def test_infinite_values_are_counted_and_never_averaged() -> None:
    """A recovery that was not seen is no number: the median and how many, in words."""
    found = estimate([1.0, 2.0, 3.0, 4.0, math.inf], unit="s", infinite="not within the run")
    assert math.isnan(found.mean)
    assert not found.estimable
    assert str(found) == "3 s in the median (1 of 5 not within the run)"
    assert str(estimate([math.inf] * 4, unit="s", infinite="not within the run")) == "4 of 4 not within the run"
    assert str(estimate([1.0, math.nan], missing="without a request")) == "1 in the median (1 of 2 without a request)"
    assert str(estimate([])) == "no replications"


def test_the_interval_stays_where_the_quantity_can_be() -> None:
    """A share is never below 0, whatever the formula says."""
    found = estimate([0.0, 0.0, 0.0, 0.001], unit="share", least=0.0, most=1.0)
    assert found.low == 0.0
    assert found.high > found.mean


def test_plain_data_has_no_infinities() -> None:
    """Files hold None where there is no number."""
    data = estimate([1.0, math.inf, 2.0]).to_dict()
    assert data["mean"] is None
    assert data["median"] == 2.0
    assert (data["n"], data["infinite"]) == (3, 1)


def test_sums_do_not_depend_on_the_order() -> None:
    """Equal values in another order give the same estimate to the bit."""
    values = [float(v) for v in np.linspace(0.1, 1e9, 50)]
    assert estimate(values) == estimate(values[::-1])
