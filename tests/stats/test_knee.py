"""Where goodput stops to follow the offered load, what is left beyond, and whether it comes back."""

import math

import numpy as np
import pytest

from sim.stats.intervals import estimate
from sim.stats.knee import find_knee, hysteresis_area, judge_hysteresis

LOADS = [100.0, 200.0, 300.0, 400.0, 500.0]
CURVE = [100.0, 198.0, 290.0, 320.0, 80.0]


def curves(curve: list[float], n: int = 10, spread: float = 0.01) -> np.ndarray:
    """Replications of a curve that differ in their scale, evenly around it."""
    scales = 1.0 + spread * np.linspace(-1.0, 1.0, n)
    return np.outer(scales, curve)


def test_the_knee_the_peak_and_the_collapse() -> None:
    """Followed within 5 % up to 300/s, highest at 400/s, and three quarters of that gone at 500/s."""
    found = find_knee(LOADS, curves(CURVE))
    assert found.knee == 300.0
    assert found.beyond
    assert found.capacity.mean == pytest.approx(290.0)
    assert (found.peak_load, found.peak.mean) == (400.0, pytest.approx(320.0))
    assert found.collapse.mean == pytest.approx(0.75)
    assert found.knees.n == len(found.goodput) * 2 == 10
    text = str(found)
    assert text.startswith("goodput follows the offered load within 5 % up to 300/s; peak 320/s [")
    assert text.endswith("at 500/s 75 % (n = 10, all equal) of the peak is lost") or "at 500/s 75 [75, 75] %" in text


def test_replications_may_have_different_knees() -> None:
    """Each has its own, and the figure over them has an interval; the knee itself is that of the mean."""
    values = curves(CURVE, spread=0.04)
    found = find_knee(LOADS, values, follows=0.04)
    assert found.knees.low < found.knees.high
    steep = find_knee((10.0, 20.0, 30.0, 40.0, 50.0), [[10.0, 20.0, 30.0, 40.0, last] for last in (50.0, 50.0, 30.0)])
    assert steep.knees.high == 50.0  # nothing is known of higher loads
    assert 100.0 <= found.knees.mean <= 300.0


def test_a_gap_ends_it() -> None:
    """A load that is not followed ends it, even where goodput is back on the line later."""
    assert find_knee(LOADS, curves([100.0, 150.0, 300.0, 400.0, 500.0])).knee == 100.0


def test_a_knee_beyond_the_loads_tried() -> None:
    """Followed everywhere: the knee lies beyond, and that is said."""
    found = find_knee(LOADS, curves(LOADS))
    assert not found.beyond
    assert found.collapse.mean == 0.0
    assert str(found) == "goodput follows the offered load within 5 % up to the highest, 500/s"


def test_no_knee_at_all() -> None:
    """Missed from the lowest load on: 0, without a capacity; with no goodput whatever nothing collapses."""
    found = find_knee(LOADS, curves([50.0, 50.0, 50.0, 50.0, 50.0]))
    assert found.knee == 0.0
    assert math.isnan(found.capacity.mean)
    assert str(found).startswith("goodput misses the offered load by more than 5 % from the lowest on; peak 50/s")
    assert find_knee(LOADS, np.zeros((3, 5))).collapse.mean == 0.0


def test_what_was_really_offered_may_be_given() -> None:
    """Arrivals that came up short by chance are no loss of goodput."""
    short = curves([90.0, 198.0, 290.0, 320.0, 80.0])
    assert find_knee(LOADS, short).knee == 0.0
    assert find_knee(LOADS, short, offered=curves([90.0, 200.0, 300.0, 400.0, 500.0])).knee == 300.0


def test_the_area_of_hysteresis_by_hand() -> None:
    """Trapezoids between the loads, as a share of the area under the way up."""
    up, down = [100.0, 200.0, 300.0], [100.0, 100.0, 300.0]
    found = hysteresis_area(LOADS[:3], curves(up), curves(down))
    assert found.mean == pytest.approx((100 * 50 + 100 * 50) / (100 * 150 + 100 * 250))
    assert hysteresis_area(LOADS[:3], curves(up), curves(up)).mean == 0.0


def area(mean: float, spread: float = 0.01, n: int = 20) -> object:
    """An area over n replications, evenly around its mean."""
    return estimate([mean + spread * (2 * k / (n - 1) - 1) for k in range(n)], unit="share")


@pytest.mark.parametrize(
    ("first", "second", "state", "words"),
    [
        (area(0.02), None, "none", "it comes back the way it went: less than 10 % is missing"),
        (area(0.6), None, "hysteresis", "double the time at each load"),
        (area(0.6), area(0.6), "metastable", "it is metastable: 10 % or more"),
        (area(0.6), area(0.04), "slow recovery", "it recovers slowly"),
        (area(0.6), area(0.1, 0.3), "unsure", "run more replications"),
        (area(0.1, 0.3), area(0.6), "unsure", "it is open whether"),
        (area(0.6, n=2), None, "unsure", "fewer than the 20 replications"),
    ],
)
def test_the_way_back_is_judged(first: object, second: object, state: str, words: str) -> None:
    """By the interval of the area, and by that with twice the time: only what stays then is a state of its own."""
    found = judge_hysteresis(first, second)  # type: ignore[arg-type]
    assert found.state == state
    assert words in str(found)
    assert ("with twice the time" in str(found)) == (second is not None) or state in {"metastable", "slow recovery"}


@pytest.mark.parametrize(
    ("loads", "goodput", "message"),
    [
        ([], np.ones((3, 0)), "loads ascend"),
        ([0.0, 1.0], np.ones((3, 2)), "loads ascend"),
        ([2.0, 1.0], np.ones((3, 2)), "loads ascend"),
        ([1.0, math.inf], np.ones((3, 2)), "loads ascend"),
        ([1.0, 2.0], np.ones(2), "one row a replication"),
        ([1.0, 2.0], np.ones((3, 3)), "of 2 loads"),
        ([1.0, 2.0], np.ones((0, 2)), "one row a replication"),
        ([1.0, 2.0], [[1.0, math.nan]], "replication 0 at load 2 is not finite"),
    ],
)
def test_what_makes_no_sense_is_refused(loads: list[float], goodput: object, message: str) -> None:
    """The message names the place."""
    with pytest.raises(ValueError, match=message):
        find_knee(loads, goodput)  # type: ignore[arg-type]


def test_hysteresis_needs_two_ways() -> None:
    """Two loads, as many replications both ways, and something to lose."""
    with pytest.raises(ValueError, match="at least two loads"):
        hysteresis_area([1.0], [[1.0]], [[1.0]])
    with pytest.raises(ValueError, match="3 replications up and 2 down"):
        hysteresis_area([1.0, 2.0], np.ones((3, 2)), np.ones((2, 2)))
    with pytest.raises(ValueError, match="replication 0 has no goodput on the way up"):
        hysteresis_area([1.0, 2.0], np.zeros((3, 2)), np.zeros((3, 2)))
    with pytest.raises(ValueError, match="share that may be missing"):
        find_knee([1.0, 2.0], np.ones((3, 2)), follows=1.0)
