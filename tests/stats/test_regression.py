"""A regression is proven or it is not: verdicts by hand, and how often they are wrong when nothing changed."""

from __future__ import annotations

import math
import random

import pytest

from sim.stats.intervals import LEVEL, student
from sim.stats.multiple import holm
from sim.stats.regression import Evidence, Side, Tolerance, independent_evidence, paired_evidence
from tests.shares import share

BEFORE = [10.0, 12.0, 9.0, 11.0, 10.5, 9.5, 11.5, 10.2]
STEPS = [1.0, 1.2, 0.8, 1.1, 0.9, 1.05, 0.95, 1.0]
NONE = Tolerance()


def alone(found: Evidence) -> str:
    """The verdict on a single metric."""
    return found.outcome(found.worse.p, found.better.p)


def moved(by: float) -> list[float]:
    """Every value moved by about that much."""
    return [value + by * step for value, step in zip(BEFORE, STEPS, strict=True)]


@pytest.mark.parametrize(
    ("by", "worse", "tolerance", "outcome"),
    [
        (1.0, "higher", NONE, "regressed"),
        (1.0, "lower", NONE, "improved"),
        (-1.0, "higher", NONE, "improved"),
        (-1.0, "lower", NONE, "regressed"),
        (0.0, "higher", NONE, "no change"),
        (1.0, "higher", Tolerance(margin=2.0), "no change"),
        (1.0, "higher", Tolerance(margin=0.5), "regressed"),
        (1.0, "higher", Tolerance(margin=1.0), "unsure"),
        (1.0, "higher", Tolerance(share=0.2), "no change"),
        (1.0, "higher", Tolerance(share=0.05), "regressed"),
        (1.0, "higher", Tolerance(share=0.095), "unsure"),
        (-1.0, "higher", Tolerance(share=0.2), "no change"),
        (-1.0, "higher", Tolerance(share=0.05), "improved"),
    ],
)
def test_paired_verdicts(by: float, worse: str, tolerance: Tolerance, outcome: str) -> None:
    """By the interval of the pairs' differences against the tolerance, in the metric's worse direction."""
    assert alone(paired_evidence(BEFORE, moved(by), worse=worse, tolerance=tolerance)) == outcome  # type: ignore[arg-type]


def test_pairs_see_what_independent_samples_do_not() -> None:
    """The same values: a shift far below the spread is proven by pairs only."""
    now = moved(0.3)
    assert alone(paired_evidence(BEFORE, now, worse="higher", tolerance=NONE)) == "regressed"
    assert alone(independent_evidence(BEFORE, now, worse="higher", tolerance=NONE)) == "unsure"
    assert alone(independent_evidence(BEFORE, moved(5.0), worse="higher", tolerance=NONE)) == "regressed"
    assert alone(independent_evidence(BEFORE, moved(5.0), worse="lower", tolerance=NONE)) == "improved"
    assert alone(independent_evidence(BEFORE, moved(0.1), worse="lower", tolerance=Tolerance(share=0.5))) == "no change"


def test_welch_by_hand() -> None:
    """Of 1, 2, 3 and 2, 4, 6: difference 2, error sqrt(1/3 + 4/3), 2.94 degrees of freedom."""
    found = independent_evidence([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], worse="higher", tolerance=NONE)
    error, freedom = math.sqrt(5.0 / 3.0), (5.0 / 3.0) ** 2 / ((1.0 / 3.0) ** 2 / 2 + (4.0 / 3.0) ** 2 / 2)
    from scipy import stats  # the reference

    half = float(stats.t.ppf(0.975, freedom)) * error
    assert (found.difference.low, found.difference.high) == pytest.approx((2.0 - half, 2.0 + half))
    reference = stats.ttest_ind([2.0, 4.0, 6.0], [1.0, 2.0, 3.0], equal_var=False)
    assert found.worse.p == pytest.approx(float(reference.pvalue))
    assert found.better.p == 1.0


def test_equal_spreads_and_sizes_are_the_textbook_case() -> None:
    """Then the degrees of freedom are 2 (n - 1), and with a constant baseline those of the other sample."""
    found = independent_evidence([5.0] * 8, moved(0.0), worse="higher", tolerance=NONE)
    low, high = student([value - 5.0 for value in BEFORE])
    assert (found.difference.low, found.difference.high) == pytest.approx((low, high))


def test_a_share_of_an_estimated_mean_counts_its_error_in() -> None:
    """With a baseline that is known badly, 10 % of it is known badly too: the interval is wider than without."""
    sure = independent_evidence(BEFORE, moved(0.5), worse="higher", tolerance=Tolerance(margin=1.05))
    share = independent_evidence(BEFORE, moved(0.5), worse="higher", tolerance=Tolerance(share=1.05 / 10.4625))
    assert share.worse.high - share.worse.low > 1.01 * (sure.worse.high - sure.worse.low)
    assert share.worse.low + share.worse.high == pytest.approx(sure.worse.low + sure.worse.high, abs=1e-3)


def test_values_without_an_end() -> None:
    """Pairs count by their signs, independent samples by how many have no end; without any end there is no judging."""
    endless = [math.inf] * 8
    for worse, outcome in (("higher", "regressed"), ("lower", "improved")):
        assert alone(paired_evidence(BEFORE, endless, worse=worse, tolerance=NONE)) == outcome  # type: ignore[arg-type]
        assert alone(independent_evidence(BEFORE, endless, worse=worse, tolerance=NONE)) == outcome  # type: ignore[arg-type]
    assert alone(paired_evidence(endless, BEFORE, worse="higher", tolerance=Tolerance(share=0.02))) == "improved"
    for judged in (paired_evidence, independent_evidence):
        found = judged(endless, endless, worse="higher", tolerance=NONE)
        assert alone(found) == "unsure"
        assert found.why == "all 8 replications of the baseline and all 8 of this run infinite"
    both = paired_evidence([*BEFORE[:7], math.inf], [*moved(1.0)[:7], math.inf], worse="higher", tolerance=NONE)
    assert (both.worse.p, both.better.p) == (pytest.approx(2 / 128), 1.0)  # seven signs; a pair of two says nothing
    assert not both.difference.estimable
    few = [*BEFORE[:6], math.inf, math.inf]
    assert alone(paired_evidence(BEFORE, few, worse="higher", tolerance=NONE)) == "unsure"
    assert alone(independent_evidence(BEFORE, few, worse="higher", tolerance=NONE)) == "unsure"


def test_fisher_by_hand() -> None:
    """None of 4 against 4 of 4 without an end: one split of 70, twice."""
    found = independent_evidence([1.0] * 4, [math.inf] * 4, worse="higher", tolerance=NONE)
    assert found.worse.p == pytest.approx(2 / 70)
    assert found.better.p == 1.0


def test_what_cannot_be_judged_says_why() -> None:
    """A missing value, or fewer than three replications on a side, proves nothing either way."""
    cases = [
        ([1.0, math.nan, 3.0], [1.0, 2.0, 3.0], "1 of 3 replications of the baseline without a value"),
        ([1.0, 2.0, 3.0], [1.0, math.nan, math.nan], "2 of 3 replications of this run without a value"),
    ]
    for before, now, why in cases:
        for found in (
            paired_evidence(before, now, worse="higher", tolerance=NONE),
            independent_evidence(before, now, worse="higher", tolerance=NONE),
        ):
            assert found.why == why
            assert alone(found) == "unsure"
    for found in (
        paired_evidence([1.0, 2.0], [3.0, 4.0], worse="higher", tolerance=NONE),
        independent_evidence([1.0, 2.0], [3.0, 4.0, 5.0], worse="higher", tolerance=NONE),
    ):
        pairs = found.design == "paired"
        who = "there are only 2 pairs of replications" if pairs else "the baseline has 2 replications"
        assert found.why == f"{who}; at least 3 are needed"
    with pytest.raises(ValueError, match="cannot be paired"):
        paired_evidence([1.0, 2.0, 3.0], [1.0], worse="higher", tolerance=NONE)


def test_no_spread_is_judged_by_how_many_there_are() -> None:
    """Constant values: eight equal steps up are as clear as a coin that fell the same way eight times, three are not."""
    assert alone(paired_evidence([1.0] * 8, [2.0] * 8, worse="higher", tolerance=NONE)) == "regressed"
    assert alone(paired_evidence([1.0] * 3, [2.0] * 3, worse="higher", tolerance=NONE)) == "unsure"
    assert alone(independent_evidence([1.0] * 5, [2.0] * 5, worse="higher", tolerance=NONE)) == "regressed"
    assert alone(independent_evidence([1.0] * 3, [2.0] * 3, worse="higher", tolerance=NONE)) == "unsure"
    assert alone(independent_evidence([1.0] * 5, [1.0] * 5, worse="higher", tolerance=NONE)) == "no change"


@pytest.mark.parametrize(("n", "outcome"), [(3, "unsure"), (5, "unsure"), (6, "no change")])
def test_no_change_takes_as_many_pairs_as_a_change(n: int, outcome: str) -> None:
    """Equal differences within the tolerance prove by their number, as beyond it; equal values are no change at once."""
    wide = Tolerance(share=0.02)
    assert alone(paired_evidence([10.0] * n, [10.1] * n, worse="higher", tolerance=wide)) == outcome
    assert alone(independent_evidence([10.0] * 3, [10.1] * 3, worse="higher", tolerance=wide)) == "unsure"
    assert alone(independent_evidence([10.0] * n, [10.1] * 6, worse="higher", tolerance=wide)) == "no change"
    assert alone(paired_evidence([10.0] * 3, [10.0] * 3, worse="higher", tolerance=NONE)) == "no change"


def test_a_verdict_never_contradicts_its_interval() -> None:
    """Regressed: the interval of the difference excludes 0 on the worse side, whatever the p value says."""
    generator = random.Random(7)
    for _ in range(300):
        before = [generator.expovariate(1.0) for _ in range(8)]
        now = [value + generator.expovariate(1.0) ** 2 - 0.7 for value in before]
        found = paired_evidence(before, now, worse="higher", tolerance=NONE)
        outcome = alone(found)
        assert outcome != "regressed" or found.difference.low > 0.0
        assert outcome != "improved" or found.difference.high < 0.0
        assert outcome != "no change"


def test_p_and_interval_must_agree() -> None:
    """Neither a small p with an interval that holds the tolerance proves anything, nor the other way round."""
    difference = paired_evidence(BEFORE, moved(0.1), worse="higher", tolerance=NONE).difference
    near, clear, back = (Side(low=low, high=high, p=0.01) for low, high in ((-0.1, 1.0), (0.1, 1.0), (-1.0, -0.1)))
    for worse, better, outcome in (
        (near, back, "unsure"),
        (clear, back, "regressed"),
        (back, near, "unsure"),
        (back, clear, "improved"),
    ):
        found = Evidence(design="paired", difference=difference, worse=worse, better=better)
        assert found.outcome(0.01, 0.01) == outcome
        assert found.outcome(0.06, 0.06) == "unsure"


FAMILIES = 1500
METRICS = 10


def draw(generator: random.Random, kind: str) -> float:
    """One value with variance 1, symmetric or with a long right tail."""
    return generator.gauss(0.0, 1.0) if kind == "normal" else generator.expovariate(1.0)


@pytest.mark.parametrize("kind", share(["exponential", "normal"], 2))
@pytest.mark.parametrize(
    ("design", "sizes"),
    share([("independent", (30, 10)), ("paired", (10, 10)), ("independent", (10, 10))], 3, several=True),
)
def test_false_alarms_stay_below_what_is_allowed(kind: str, design: str, sizes: tuple[int, int]) -> None:
    """Ten metrics of which none changed, 1500 times: a regression is 'proven' in at most 5 % of them."""
    generator = random.Random(f"{kind} {design} {sizes}")
    alarms = 0
    for _ in range(FAMILIES):
        found = []
        for number in range(METRICS):
            common = [draw(generator, kind) for _ in range(max(sizes))]
            before = [value + 0.5 * draw(generator, kind) for value in common[: sizes[0]]]
            if design == "paired":
                now = [value + 0.5 * draw(generator, kind) for value in common]
            else:
                now = [draw(generator, kind) + 0.5 * draw(generator, kind) for _ in range(sizes[1])]
            judge = paired_evidence if design == "paired" else independent_evidence
            found.append(judge(before, now, worse=("higher", "lower")[number % 2], tolerance=NONE))  # type: ignore[arg-type]
        adjusted = holm([one.worse.p for one in found])
        alarms += any(one.outcome(p, 1.0) == "regressed" for one, p in zip(found, adjusted, strict=True))
    assert alarms / FAMILIES <= 1.0 - LEVEL
