"""Recovery times of which some were not seen: against published values and by hand."""

import math

import pytest

from sim.stats.survival import censored, log_rank, recovery, restricted_difference, sooner, who_is_sooner

INF = math.inf
TREATED = [6, 6, 6, 7, 10, 13, 16, 22, 23, *[INF] * 12]
TREATED_WATCHED = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
"""Freireich et al. (1963): weeks in remission; the example of most textbooks."""


def test_the_textbook_curve() -> None:
    """Remissions under treatment: shares still in remission as Kalbfleisch and Prentice print them, and the median 23."""
    found = recovery(TREATED, TREATED_WATCHED, unit="1")
    assert [step.at for step in found.steps] == [6, 7, 10, 13, 16, 22, 23]
    assert [step.at_risk for step in found.steps] == [21, 17, 15, 12, 11, 7, 6]
    assert [round(1 - step.share, 3) for step in found.steps] == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert (found.median, found.n, found.unseen) == (23, 21, 12)
    assert (found.low, found.high) == (13, INF)


def test_greenwoods_interval_on_the_log_log_scale() -> None:
    """At 10: standard error 0.0963 as published, and the bounds worked out from it."""
    share = recovery(TREATED, TREATED_WATCHED).by(10.0)
    staying, error = 0.752941, 0.0963455
    spread = math.exp(1.959964 * error / (staying * -math.log(staying)))
    assert 1 - share.share == pytest.approx(staying, abs=1e-6)
    assert (share.low, share.high) == (
        pytest.approx(1 - staying ** (1 / spread), abs=1e-4),
        pytest.approx(1 - staying**spread, abs=1e-4),
    )


def test_the_textbook_log_rank_test() -> None:
    """Chi-squared 16.79: 9 seen under treatment where 19.25 were to be expected."""
    found = log_rank(TREATED, PLACEBO, TREATED_WATCHED, 40)
    assert found.statistic == pytest.approx(16.793, abs=0.001)
    assert (found.seen, found.expected) == (9, pytest.approx(19.25, abs=0.005))
    assert found.faster == "b"
    assert str(found) == "b recovers faster (log-rank test, p < 0.0001)"
    assert log_rank(PLACEBO, TREATED, 40, TREATED_WATCHED).faster == "a"


def test_equal_designs_are_not_told_apart() -> None:
    """Nor are two that never recover, or that do so at once."""
    assert log_rank(PLACEBO, PLACEBO, 40, 40).faster == ""
    assert log_rank([INF] * 5, [INF] * 5, 9, 9).p == 1.0
    found = log_rank([3.0], [4.0], 9, 9)
    assert str(found).startswith("it is not proven that one recovers faster (log-rank test, p = ")


def test_few_runs_prove_no_more_than_their_number() -> None:
    """Three against three can be dealt in 20 ways: two of them are as far apart as these, so p is exactly 0.1."""
    found = log_rank([1.0, 2.0, 3.0], [7.0, 8.0, INF], 9, 9)
    assert found.p == pytest.approx(0.1)
    assert found.faster == ""
    four = log_rank([1.0, 2.0, 3.0, 4.0], [7.0, 8.0, 8.5, INF], 9, 9)
    assert four.p == pytest.approx(2 / 70)
    assert four.faster == "a"


def test_one_sentence_says_what_the_pairs_say() -> None:
    """A name where the pairs prove it, else that nothing is proven, or that nobody can tell."""
    a, b = [4.0, 5.0, 4.5, 5.5, 3.5, 5.0, 6.0, INF], [10.0, 12.0, 11.0, 13.0, 9.0, 12.5, INF, INF]
    ends, names = [20.0] * 8, ("One", "Other")
    assert who_is_sooner(a, b, ends, ends, names).startswith("One recovers sooner (difference of the mean up to 20 s ")
    assert who_is_sooner([4.0] * 3, [5.0] * 3, [20.0] * 3, [20.0] * 3, names).startswith("No proven difference which recovers")
    assert who_is_sooner([INF] * 3, [INF] * 3, [9.0] * 3, [9.0] * 3, names) == "It cannot be told which recovers sooner."


def test_when_all_are_seen_it_is_the_plain_share() -> None:
    """Ten recoveries, none missing: the share is k of ten, the median the fifth, and all is known afterwards."""
    found = recovery([float(k) for k in range(1, 11)], 60.0)
    assert [step.share for step in found.steps] == pytest.approx([k / 10 for k in range(1, 11)])
    assert found.median == 5.0
    assert found.low <= 5.0 <= found.high
    last = found.by(1000.0)
    assert (last.share, last.high) == (1.0, 1.0)
    assert last.low == pytest.approx(0.025**0.1)
    assert found.by(0.5).high == pytest.approx(1 - 0.025**0.1)
    assert found.by(0.5).low == found.by(0.5).share == 0.0
    assert str(found) == "5 s in the median [1 s, 8 s] (n = 10)"


def test_what_was_not_watched_is_not_known() -> None:
    """Beyond the longest run nothing is said, unless all had recovered; a curve without a step says how few it can be."""
    found = recovery([5.0, INF, INF, INF], 30.0)
    assert math.isnan(found.by(31.0).share)
    assert str(found.by(31.0)) == "no run was watched for 31 s (n = 4)"
    assert str(found) == "less than half recovered within 30 s, at least 5 s (n = 4; 3 of 4 not while watched)"
    none = recovery([INF] * 20, 30.0)
    assert str(none) == "less than half recovered within 30 s (n = 20; 20 of 20 not while watched)"
    assert (none.by(30.0).share, none.by(30.0).high) == (0.0, pytest.approx(1 - 0.025**0.05))
    assert str(none.by(30.0)) == "0 [0, 16.8] % recovered within 30 s (n = 20)"
    brief = recovery([INF] * 4, [10.0, 20.0, 30.0, 30.0])
    assert brief.by(25.0).high == pytest.approx(1 - 0.025**0.5)


def test_unseen_times_lengthen_the_median() -> None:
    """To leave out the runs that did not recover would make it too short."""
    seen = [2.0, 4.0, 6.0, 8.0, 9.0]
    assert recovery([*seen, INF, INF, INF], 10.0).median > recovery(seen, 10.0).median
    assert str(recovery([*seen, INF], 10.0)).endswith("(n = 6; 1 of 6 not while watched)")


def test_the_restricted_difference_uses_the_pairs() -> None:
    """A time that was not seen counts as the limit, and so does a longer one."""
    a, b = [10.0, 20.0, INF, 15.0, 40.0], [6.0, 15.0, 27.0, 11.0, 25.0]
    pair = restricted_difference(a, b, 30.0)
    assert pair.difference.mean == pytest.approx((4 + 5 + 3 + 4 + 5) / -5)
    assert pair.lower == "b"
    assert pair.difference.unit == "s"


@pytest.mark.parametrize(
    ("times", "watched", "message"),
    [
        ([], 9.0, "0 times"),
        ([1.0, 2.0], [9.0], "2 times and 1 lengths"),
        ([1.0, math.nan], 9.0, "replication 1: a time of nan"),
        ([-1.0], 9.0, "replication 0: a time of -1"),
        ([10.0], 9.0, "a time of 10 within 9 watched"),
        ([INF], INF, "within inf watched"),
    ],
)
def test_what_makes_no_sense_is_refused(times: list[float], watched: list[float] | float, message: str) -> None:
    """The message names the replication."""
    with pytest.raises(ValueError, match=message):
        recovery(times, watched)


def test_a_limit_has_to_be_a_time() -> None:
    """Above 0 and with an end."""
    with pytest.raises(ValueError, match="above 0"):
        restricted_difference([1.0], [1.0], INF)


def test_what_is_known_of_times_that_some_runs_ended_before() -> None:
    """The median with its interval, and the mean up to what all were watched: an unseen end counts as that, and no more."""
    times = [4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, math.inf, math.inf, math.inf]
    found = censored(times, [20.0] * 10)
    assert (found.median, found.limit, found.unseen, found.n) == (8.0, 20.0, 3, 10)
    assert found.mean == pytest.approx((49.0 + 60.0) / 10.0)
    assert found.low < found.mean < found.high <= 20.0
    assert found.median_low < 8.0 < found.median_high
    assert str(found).startswith("8 s [")
    assert " in the median, 10.9 [" in str(found)
    assert str(found).endswith("s in the mean up to 20 s")
    unknown = censored(times)
    assert (unknown.median, unknown.median_low) == (found.median, found.median_low)
    assert math.isnan(unknown.mean)


def test_a_time_that_no_run_saw() -> None:
    """It is longer than was watched: no figure is made up."""
    found = censored([math.inf] * 5, [12.0] * 5)
    assert str(found) == "in no run within 12 s"
    assert found.to_dict()["median"] is None
    most = censored([1.0, math.inf, math.inf, math.inf], [12.0] * 4)
    assert str(most).startswith("no median: in less than half of the runs, 9.25 [")


def test_who_is_done_sooner_when_some_are_not_seen() -> None:
    """The pairs decide, up to the limit; both sides' unseen runs are counted; the log-rank test of sides alone is exact."""
    a = [10.0, 12.0, 11.0, 13.0, 9.0, 12.5, math.inf, math.inf]
    b = [4.0, 5.0, 4.5, 5.5, 3.5, 5.0, 6.0, math.inf]
    found = sooner(a, b, [20.0] * 8, [30.0] * 8)
    assert found is not None
    assert (found.limit, found.unseen_a, found.unseen_b) == (20.0, 2, 1)
    assert found.restricted.lower == "b"
    capped = [min(y, 20.0) - min(x, 20.0) for x, y in zip(a, b, strict=True)]
    assert found.restricted.difference.mean == pytest.approx(sum(capped) / 8)
    assert found.log_rank.p == pytest.approx(686 / 12870, rel=1e-9)  # of all splits of the 16, those at least as far apart
    assert "not seen in 2 and 1 of 8 runs, which count as 20 s" in str(found)
    assert sooner(a, b, [20.0] * 7 + [0.0], [30.0] * 8) is None
