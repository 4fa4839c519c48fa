"""No worse than a limit has to be proven; that no difference was found is no proof."""

import math

import pytest

from sim.stats.equivalence import equivalence, non_inferiority

A = [0.40, 0.44, 0.38, 0.41, 0.43, 0.39, 0.42, 0.37]
NOISE = [0.002, -0.003, 0.001, 0.004, -0.002, 0.0, -0.001, -0.001]


def shifted(factor: float, spread: float = 1.0) -> list[float]:
    """Values of b, that share their noise with a except for a little."""
    return [factor * x + spread * e for x, e in zip(A, NOISE, strict=True)]


@pytest.mark.parametrize(("factor", "outcome"), [(1.02, "proven"), (0.5, "proven"), (1.2, "refuted"), (1.05, "unsure")])
def test_no_worse_than_five_percent(factor: float, outcome: str) -> None:
    """2 % more is proven to be within 5 %, half is far within, 20 % more is beyond, and just 5 % is open."""
    assert non_inferiority(A, shifted(factor), share=0.05, unit="s").outcome == outcome


def test_where_higher_is_better_less_is_worse() -> None:
    """The same with goodput: 2 % less is within, 20 % less is beyond, more is always fine."""
    outcomes = [non_inferiority(A, shifted(factor), share=0.05, better="higher").outcome for factor in (0.98, 0.8, 2.0)]
    assert outcomes == ["proven", "refuted", "proven"]


def test_the_same_has_two_sides() -> None:
    """Half is no worse, and it is not the same."""
    outcomes = [equivalence(A, shifted(factor), share=0.05).outcome for factor in (1.02, 0.98, 0.5, 1.2, 1.05)]
    assert outcomes == ["proven", "proven", "refuted", "refuted", "unsure"]


def test_a_limit_may_be_a_margin() -> None:
    """In the unit of the metric: for shares of errors that are 0 on one side."""
    none, few = [0.0] * 8, [0.001, 0.002, 0.0, 0.001, 0.003, 0.001, 0.0, 0.002]
    assert non_inferiority(none, few, margin=0.01, unit="share").outcome == "proven"
    assert non_inferiority(none, few, share=0.05, unit="share").outcome == "refuted"
    assert equivalence(none, none, margin=0.0).outcome == "proven"


@pytest.mark.parametrize(("pairs", "outcomes"), [(3, ("unsure", "unsure", "unsure")), (5, ("proven", "refuted", "proven"))])
def test_equal_differences_prove_by_their_number(pairs: int, outcomes: tuple[str, ...]) -> None:
    """Three equal zeros, or three times three seconds, are no proof of anything; five are, at 5 % on one side."""
    zeros, later = [0.0] * pairs, [3.0] * pairs
    one_sided = [non_inferiority(zeros, zeros, margin=0.0), non_inferiority(zeros, later, margin=1.0)]
    found = [*one_sided, equivalence(zeros, zeros, margin=0.1)]
    assert tuple(one.outcome for one in found) == outcomes


def test_negative_values_have_a_share_too() -> None:
    """The limit is 5 % of the size of a's mean, on the worse side."""
    a, b = [-x for x in A], [-x for x in shifted(0.98)]
    assert non_inferiority(a, b, share=0.05).outcome == "proven"
    assert non_inferiority(a, b, share=0.01).outcome == "refuted"


def test_too_few_pairs_prove_nothing() -> None:
    """Nor do values that have no mean; and a lot of noise leaves it open, where a plain test finds no difference either."""
    assert non_inferiority(A[:2], A[:2], share=0.05).outcome == "unsure"
    assert non_inferiority(A, [*A[:7], math.inf], share=0.05).outcome == "unsure"
    assert equivalence([*A[:7], math.inf], A, share=0.05).outcome == "unsure"
    noisy = non_inferiority(A, shifted(1.0, spread=50.0), share=0.05)
    assert noisy.outcome == "unsure"
    assert noisy.difference.low < 0.0 < noisy.difference.high


def test_the_verdicts_are_sentences() -> None:
    """With both means, the difference, its n and the confidence."""
    text = str(non_inferiority(A, shifted(1.02), share=0.05, unit="s"))
    assert text.startswith("b is no worse than a by more than 5 % (413 ms against 405 ms, difference 8.1 [")
    assert text.endswith("ms (n = 8); a one-sided test at 5 %: the 90 % interval)")
    assert str(non_inferiority(A, shifted(1.2), margin=0.01, unit="s")).startswith("b is worse than a by more than 10 ms (")
    assert str(equivalence(A, shifted(1.02), share=0.05)).startswith("b is within 5 % of a (")
    assert str(equivalence(A, shifted(1.05), share=0.05)).startswith(
        "it is not proven that b is within 5 % of a, nor that it is more than 5 % away from a ("
    )


def test_a_margin_of_shares_is_in_percentage_points() -> None:
    """Which are not percent of a's mean; nor is a difference of shares."""
    few = [0.001, 0.002, 0.0, 0.001, 0.003, 0.001, 0.0, 0.002]
    points, percent = (non_inferiority(few, few[::-1], unit="share", **limit) for limit in ({"margin": 0.01}, {"share": 0.01}))
    assert (points.limit, percent.limit) == ("1 percentage point", "1 %")
    assert "by more than 1 percentage point (" in str(points)
    assert " points (n = 8" in str(points)
    assert points.difference.to_dict()["level"] == 0.9


def test_the_interval_is_that_of_the_test() -> None:
    """Two one-sided tests at 95 % go with the interval at 90 %."""
    found = equivalence(A, shifted(1.02), margin=0.02)
    assert found.difference.level == pytest.approx(0.90)
    assert -0.02 < found.difference.low < found.difference.high < 0.02


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "give either share"),
        ({"share": 0.05, "margin": 1.0}, "give either share"),
        ({"share": -0.1}, "0 or more"),
        ({"margin": math.nan}, "0 or more"),
        ({"share": 0.05, "level": 0.4}, "between 0.5 and 1"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, float], message: str) -> None:
    """The message says what to give."""
    with pytest.raises(ValueError, match=message):
        non_inferiority(A, A, **change)  # type: ignore[arg-type]


def test_unequal_numbers_cannot_be_paired() -> None:
    """As everywhere."""
    with pytest.raises(ValueError, match="8 values cannot be paired with 3"):
        equivalence(A, A[:3], share=0.05)
