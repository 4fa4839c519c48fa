"""Pairs under common random numbers say more than two means do, and never more than they can."""

import itertools
import math
from dataclasses import replace

import pytest

from sim.stats.equivalence import non_inferiority
from sim.stats.intervals import Estimate, estimate
from sim.stats.multiple import compare_family
from sim.stats.paired import Paired, compare_pairs, pairs_p_value, sign_test, standing, variance_reduction
from sim.stats.regression import Tolerance, paired_evidence

NOISE = [5.0, 9.0, 1.0, 7.0, 3.0, 8.0, 2.0, 6.0]
SHIFT = [0.9, 1.1, 1.0, 1.2, 0.8, 1.05, 0.95, 1.0]


def test_rounding_is_no_spread() -> None:
    """Three times 0.1 s more, of times in binary, is three times the same, which proves nothing yet."""
    a = [0.1, 0.7, 1.1]
    found = compare_pairs(a, [x + 0.1 for x in a])
    assert len({y - x for x, y in zip(a, [x + 0.1 for x in a], strict=True)}) > 1
    assert (found.lower, found.difference.note) == ("", "all equal")


def test_who_is_better_has_one_word() -> None:
    """A name, equal from three pairs on, not proven, neither where no way is better, cannot be told without a difference."""
    names = ("one", "other")
    cases = [([1.0] * 3, [1.0] * 3, "equal"), ([1.0], [1.0], "not proven"), ([math.inf] * 3, [math.inf] * 3, "cannot be told")]
    for a, b, word in [*cases, ([1.0, 2.0, 3.0], [1.5, 1.0, 3.0], "not proven"), ([math.nan] * 3, [1.0] * 3, "cannot be told")]:
        found = compare_pairs(a, b)
        assert standing("", names, found.ties, found.difference) == word
    found = compare_pairs([1.0, 2.0, 3.0], [4.0, 5.0, 6.5])
    assert standing("b", names, found.ties, found.difference) == "other"
    assert standing("", names, found.ties, found.difference, sided=False) == "neither"


def test_what_both_have_in_common_cancels_out() -> None:
    """A difference of 1 amid noise of 3 is proven by pairs, and not by the two intervals."""
    b = [x + d for x, d in zip(NOISE, SHIFT, strict=True)]
    pair = compare_pairs(NOISE, b)
    assert pair.difference.mean == pytest.approx(1.0)
    assert pair.difference.low > 0.85
    assert pair.lower == "a"
    assert estimate(NOISE).high > estimate(b).low
    assert pair.vrf > 100
    assert (pair.a_lower, pair.b_lower, pair.ties) == (8, 0, 0)


def test_pairs_out_of_step_gain_nothing() -> None:
    """Shuffled against each other the same values give no variance reduction and no proof."""
    shuffled = [NOISE[(3 * k + 1) % 8] + SHIFT[k] for k in range(8)]
    pair = compare_pairs(NOISE, shuffled)
    assert pair.vrf < 2
    assert pair.lower == ""


def test_the_variance_reduction_factor_by_hand() -> None:
    """(1 + 1) / 0.25 for two samples of variance 1 whose differences have a quarter of that."""
    assert variance_reduction([1.0, 2.0, 3.0], [1.0, 2.5, 3.0]) == pytest.approx((1 + 13 / 12) / (1 / 12))
    assert math.isnan(variance_reduction([1.0, 2.0, 3.0], [2.0, 3.0, 4.0]))


def test_the_ratio_is_the_geometric_mean() -> None:
    """Half in one pair and double in another is no difference; without positive values there is no ratio."""
    ratio = compare_pairs([1.0, 2.0, 1.0, 2.0], [2.0, 1.0, 2.0, 1.0]).ratio
    assert ratio is not None
    assert ratio.mean == pytest.approx(1.0)
    assert ratio.low < 1.0 < ratio.high
    assert compare_pairs([0.0, 1.0, 2.0], [1.0, 1.0, 1.0]).ratio is None


def test_equal_results_prove_nothing() -> None:
    """A thing compared with itself is not better than itself."""
    pair = compare_pairs(NOISE, NOISE)
    assert pair.difference.mean == 0.0
    assert pair.lower == ""
    assert pair.ties == 8


def test_infinite_values_are_compared_and_not_averaged() -> None:
    """Infinite values have no mean: the pairs tell who is lower, by their signs."""
    pair = compare_pairs([math.inf] * 6, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], infinite="not within the run")
    assert pair.lower == "b"
    assert not pair.difference.estimable
    assert "6 of 6 not within the run" in pair.difference.note
    assert compare_pairs([math.inf, 5.0, 6.0, 7.0], [1.0, 2.0, 3.0, 4.0]).lower == ""
    assert compare_pairs([math.inf, *[5.0] * 7], [1.0] * 8).lower == "b"
    assert compare_pairs([math.inf] * 4, [math.inf] * 4).lower == ""


def test_two_pairs_prove_nothing() -> None:
    """Neither by their difference nor by an infinite side."""
    assert compare_pairs([1.0, 1.0], [2.0, 2.0]).lower == ""
    assert compare_pairs([math.inf] * 2, [2.0, 2.0]).lower == ""


def test_unequal_numbers_cannot_be_paired() -> None:
    """The message says how many there are of each."""
    with pytest.raises(ValueError, match="3 values cannot be paired with 2"):
        compare_pairs([1.0, 2.0, 3.0], [1.0, 2.0])


@pytest.mark.parametrize(("split", "expected"), [((6, 0), 2 / 64), ((5, 0), 2 / 32), ((3, 3), 1.0), ((0, 0), 1.0)])
def test_the_sign_test_by_hand(split: tuple[int, int], expected: float) -> None:
    """Six of six is proof at 5 %, five of five is not."""
    assert sign_test(*split) == pytest.approx(expected)


@pytest.mark.parametrize(("n", "lower"), [(3, ""), (5, ""), (6, "a")])
def test_one_side_without_end_takes_as_many_pairs_as_a_sign_test(n: int, lower: str) -> None:
    """All of one side finite and all of the other infinite is proven from six pairs on: 2 / 2**6 is the first below 5 %."""
    assert compare_pairs([1.0 + 0.1 * k for k in range(n)], [math.inf] * n).lower == lower


def test_an_interval_with_zero_inside_is_open() -> None:
    """A long tail of three differences reaches across 0 though a t test would not: nobody is named."""
    pair = compare_pairs([0.0, 0.0, 0.0], [-0.156, -0.173, -0.123])
    assert pair.open is (pair.difference.low <= 0.0 <= pair.difference.high)
    assert not (pair.open and pair.lower)
    judged = compare_family({"workers": ([0.0, 0.0, 0.0], [-0.156, -0.173, -0.123])})
    assert judged.rows[0].p < 0.05
    assert bool(judged.rows[0].lower) is not pair.open
    assert pair.open


@pytest.mark.parametrize("per_second", [100, 200, 500, 1000])
def test_the_rounding_of_rates_is_no_spread(per_second: int) -> None:
    """One request more in 60 s, three times: the differences of the rates differ by rounding, and prove nothing."""
    for offsets in itertools.combinations(range(0, 40, 3), 3):
        a, b = ([(per_second * 60 + more + offset) / 60 for offset in offsets] for more in (0, 1))
        pair = compare_pairs(a, b, unit="1/s")
        assert pair.lower == ""
        assert pair.difference.low == pair.difference.high
        assert math.isnan(pair.vrf)
        assert pairs_p_value(a, b) == 0.25
        assert non_inferiority(a, b, margin=0.01).outcome == "unsure"
        assert paired_evidence(a, b, worse="higher", tolerance=Tolerance()).outcome(0.25, 1.0) == "unsure"


@pytest.mark.parametrize(("n", "lower"), [(3, ""), (5, ""), (6, "b")])
def test_equal_differences_prove_by_their_number(n: int, lower: str) -> None:
    """Without spread the interval is a point; what counts is how often it came out the same way, as in a family."""
    pair = compare_pairs([5.0] * n, [3.0] * n)
    assert (pair.difference.low, pair.difference.high) == (-2.0, -2.0)
    assert pair.lower == lower
    assert compare_family({"one": ([5.0] * n, [3.0] * n)}).rows[0].lower == lower
    assert compare_pairs([5.0] * n, [5.0] * n).lower == ""


def test_pairs_have_a_p_value_of_their_own() -> None:
    """Student's, that of the signs where a value is infinite, 1 where one is missing; and they lean one way."""
    b = [x + d for x, d in zip(NOISE, SHIFT, strict=True)]
    assert compare_pairs(NOISE, b).p == pairs_p_value(NOISE, b) < 1e-6
    assert compare_pairs(NOISE, b).leaning == "a"
    assert compare_pairs(NOISE, b).to_dict()["p"] == pytest.approx(pairs_p_value(NOISE, b), rel=1e-4)
    endless = compare_pairs([math.inf] * 6, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert (endless.p, endless.leaning) == (2 / 64, "b")
    assert compare_pairs([math.nan, 1.0, 2.0], [4.0, 5.0, 6.0]).p == 1.0
    assert (compare_pairs(NOISE, NOISE).p, compare_pairs(NOISE, NOISE).leaning) == (1.0, "")


def test_a_pair_that_is_given_no_p_value_works_one_out() -> None:
    """From its interval, as if that were Student's: an end at 0 is 5 %; from the signs where there is no spread."""

    def pair(low: float, high: float, n: int = 8, signs: tuple[int, int] = (8, 0)) -> Paired:
        found = Estimate(mean=(low + high) / 2.0, low=low, high=high, median=1.0, n=n)
        return Paired(difference=found, ratio=None, vrf=1.0, a_lower=signs[0], b_lower=signs[1], ties=0, lower="")

    assert pair(0.0, 2.0).p == pytest.approx(0.05)
    assert pair(0.5, 1.5).p < 0.01
    assert pair(-0.5, 2.5).p > 0.05
    assert pair(1.0, 1.0).p == sign_test(8, 0)
    assert pair(math.nan, math.nan, n=2).p == 1.0
    assert replace(pair(0.0, 2.0), p=0.5).p == 0.5
