"""Comparisons are proven together or not at all: Holm's rule, against hand values."""

import math

import pytest

from sim.stats.intervals import skew_adjusted, student
from sim.stats.multiple import compare_family, compare_with_baseline, enough, format_p, holm
from sim.stats.paired import p_value, pairs_p_value, two_sided

SAMPLE = [0.3, 1.9, 0.2, 0.8, 4.1, 0.4, 1.2, -0.6]
BASE = [5.0, 9.0, 1.0, 7.0, 3.0, 8.0, 2.0, 6.0]
SHIFT = [0.9, 1.1, 1.0, 1.2, 0.8, 1.05, 0.95, 1.0]


def test_holm_by_hand() -> None:
    """Four p values: times 4, 3, 2, 1 in their order, never falling, never above 1."""
    assert holm([0.04, 0.001, 0.2, 0.011]) == pytest.approx((0.08, 0.004, 0.2, 0.033))
    assert holm([0.03, 0.02, 0.9]) == pytest.approx((0.06, 0.06, 0.9))
    assert holm([0.5, 0.6]) == (1.0, 1.0)
    assert holm([]) == ()
    assert holm([0.03]) == (0.03,)


@pytest.mark.parametrize(("statistic", "interval"), [("student", student), ("skew", skew_adjusted)])
def test_p_is_where_the_interval_ends_at_nothing(statistic: str, interval: object) -> None:
    """The interval at level 1 - p has one end at 0: p values and intervals never contradict each other."""
    for sample in (SAMPLE, [-value for value in SAMPLE]):
        p = p_value(sample, statistic)  # type: ignore[arg-type]
        low, high = interval(sample, 1.0 - p)  # type: ignore[operator]
        assert min(abs(low), abs(high)) == pytest.approx(0.0, abs=1e-9)
        assert 0.0 < p < 0.2


def test_p_by_hand() -> None:
    """Of 1, 2, 3: t = 2 sqrt 3 with two degrees of freedom, p = 1 - t / sqrt(t^2 + 2)."""
    assert p_value([1.0, 2.0, 3.0]) == pytest.approx(1.0 - math.sqrt(12.0 / 14.0))


def test_without_spread_the_signs_count() -> None:
    """Equal differences say as much as a coin that fell the same way each time; none say nothing."""
    assert p_value([0.5] * 8) == pytest.approx(2 / 256)
    assert p_value([0.0] * 8) == 1.0
    assert p_value([1.0, 2.0]) == 1.0


def test_p_is_printed_with_two_digits() -> None:
    """And not below a ten-thousandth, where it says nothing more."""
    assert [format_p(p) for p in (1.0, 0.0339, 1e-4, 9e-5)] == ["p = 1", "p = 0.034", "p = 0.0001", "p < 0.0001"]


def test_pairs_with_infinite_values_are_judged_by_signs() -> None:
    """Eight of eight the same way; where a value is missing nothing is proven."""
    assert pairs_p_value([1.0] * 8, [math.inf] * 8) == pytest.approx(2 / 256)
    assert pairs_p_value([1.0] * 8, [math.nan] * 8) == 1.0
    assert pairs_p_value([1.0, 2.0, 3.0], [2.0, 4.0, 6.0]) == p_value([1.0, 2.0, 3.0])


def test_a_family_finds_the_ones_that_differ() -> None:
    """One higher, one lower, and one that is the same: verdicts in the order given, with names and directions."""
    zigzag = [0.1, -0.1] * 4
    others = {
        "slow": [x + d for x, d in zip(BASE, SHIFT, strict=True)],
        "same": [x + d for x, d in zip(BASE, zigzag, strict=True)],
        "fast": [x - d for x, d in zip(BASE, SHIFT, strict=True)],
    }
    found = compare_with_baseline(BASE, others, unit="s")
    assert [(row.name, row.lower) for row in found.rows] == [("slow", "a"), ("same", ""), ("fast", "b")]
    assert str(found) == "2 of 3 comparisons are proven to differ, at 5 % for all together: slow (higher), fast (lower)"
    assert str(found.rows[1]).startswith("same: not proven to differ, difference ")
    assert str(found.rows[2]).startswith("fast: lower, difference -1 ")
    assert all(row.adjusted >= row.p for row in found.rows)


def test_a_difference_may_be_proven_alone_and_not_in_a_family() -> None:
    """At p = 0.017 one comparison is proven, and not among 20."""
    shifted = [x + d for x, d in zip(BASE, [1.0, 2.0, 0.1, 1.5, -0.4, 2.2, 0.3, 1.1], strict=True)]
    pair = (BASE, shifted)
    assert compare_family({"alone": pair}).proven
    crowd = compare_family({"it": pair, **{str(k): (BASE, BASE) for k in range(19)}})
    assert not crowd.proven
    assert str(crowd) == "0 of 20 comparisons are proven to differ, at 5 % for all together"


def test_infinite_sides_are_told_apart() -> None:
    """Designs that never recover are higher than those that do, without a mean."""
    found = compare_family({"never": ([1.0] * 8, [math.inf] * 8), "always": ([math.inf] * 8, [1.0] * 8)})
    assert [row.lower for row in found.rows] == ["a", "b"]


def test_unequal_numbers_cannot_be_paired() -> None:
    """As for a single comparison."""
    with pytest.raises(ValueError, match="cannot be paired"):
        compare_with_baseline(BASE, {"short": BASE[:3]})


def test_enough_is_the_first_number_at_which_it_would_be_proven() -> None:
    """By trying every number: a sample with the same mean in deviations, grown one by one, until its p is at the goal."""
    for sample in (SAMPLE, BASE, [1.0, 2.0, 4.0]):
        n, p = len(sample), p_value(sample)
        mean = sum(sample) / n
        deviation = math.sqrt(sum((value - mean) ** 2 for value in sample) / (n - 1))
        for goal in (0.05, 0.001, 1e-5):
            found = enough(p, n, goal)
            counts = range(n, 400)
            tried = next(m for m in counts if two_sided(mean / deviation * math.sqrt(m), m - 1) <= goal or m == counts[-1])
            assert found == tried


def test_enough_without_spread_or_without_a_way() -> None:
    """Signs alone: 2 to the power of 1 - n. With less than three replications, or nothing to lean to, nobody knows."""
    assert enough(0.25, 3, 0.05, spread=False) == 6
    assert enough(1.0, 2, 0.05 / 80) == 12
    assert enough(1.0, 5, 0.05) == 0
    assert enough(0.9, 5, 1e-9) == 0
    assert enough(0.01, 5, 0.05) == 5
