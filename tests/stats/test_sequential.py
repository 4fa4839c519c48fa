"""Replications go on until the mean is precise three looks in a row, and no longer; a cap is said aloud."""

import math
from collections.abc import Callable, Sequence

import pytest

from sim.draws import bits
from sim.stats.intervals import estimate
from sim.stats.sequential import Look, Precise, Precision, look_until_precise, relative_half_width, run_until_precise


def noise(spread: float, asked: list[tuple[int, int]] | None = None) -> Callable[[int, int], Sequence[float]]:
    """Values around 10, uniform within ``spread`` on both sides; notes what was asked for."""

    def more(start: int, count: int) -> list[float]:
        if asked is not None:
            asked.append((start, count))
        return [10.0 + spread * (2.0 * (bits(3, k, 0) / 2**63) - 1.0) for k in range(start, start + count)]

    return more


def test_a_quiet_mean_needs_three_looks() -> None:
    """30, then 40 and 50: precise at once, and believed at the third look."""
    asked: list[tuple[int, int]] = []
    found = run_until_precise(noise(0.1, asked), precision=0.05, unit="s")
    assert found.reached
    assert asked == [(0, 30), (30, 10), (40, 10)]
    assert [look.n for look in found.looks] == [30, 40, 50]
    assert found.n == found.estimate.n == 50
    assert str(found).endswith("(n = 50), precise to 5 %")


def test_a_noisy_mean_needs_more() -> None:
    """It stops at the first three good looks in a row, and the bound is gamma / (1 + gamma)."""
    found = run_until_precise(noise(9.0), precision=0.06)
    good = [look.relative <= 0.06 / 1.06 for look in found.looks]
    assert found.reached
    assert good[-3:] == [True] * 3
    assert not any(all(good[at : at + 3]) for at in range(len(good) - 3))
    assert found.n > 100


def test_one_bad_look_starts_the_count_anew() -> None:
    """Good, bad, good, good, good: an outlier in the second ten makes it five looks."""
    values = [10.0 + 0.1 * (k % 2) for k in range(200)]
    values[35] = 30.0
    found = run_until_precise(lambda start, count: values[start : start + count], precision=0.08)
    good = [look.relative <= 0.08 / 1.08 for look in found.looks]
    assert good[:2] == [True, False]
    assert good[-3:] == [True] * 3
    assert found.reached


def test_the_cap_is_said_aloud() -> None:
    """Not precise at the cap: the estimate is given, with what was reached."""
    asked: list[tuple[int, int]] = []
    found = run_until_precise(noise(9.0, asked), precision=0.01, n_max=45)
    assert not found.reached
    assert asked == [(0, 30), (30, 10), (40, 5)]
    assert str(found).startswith("precision not reached: ")
    assert "asked for 1 %, reached " in str(found)


def test_values_without_an_interval_end_it() -> None:
    """After an infinite value no further replication helps."""
    found = run_until_precise(lambda start, count: [math.inf] * count if not start else [], precision=0.05)
    assert (found.reached, found.n) == (False, 30)
    assert "there is no interval" in str(found)


def test_half_widths_relative_to_the_mean() -> None:
    """Nothing without spread, infinite around 0, nan without an interval."""
    assert relative_half_width(estimate([0.0] * 5)) == 0.0
    assert relative_half_width(estimate([-1.0, 0.0, 1.0])) == math.inf
    assert math.isnan(relative_half_width(estimate([1.0])))
    one = estimate([-9.0, -10.0, -11.0])
    assert relative_half_width(one) == pytest.approx(one.half_width / 10.0)


def test_what_cannot_be_asked_for_is_refused() -> None:
    """No precision, no room, or another number of values than asked for."""
    with pytest.raises(ValueError, match=r"such as 0\.05"):
        run_until_precise(noise(1.0), precision=0.0)
    with pytest.raises(ValueError, match="n_max is 20"):
        run_until_precise(noise(1.0), precision=0.05, n_max=20)
    with pytest.raises(ValueError, match="asked for 30 replications from 0 on, and got 2"):
        run_until_precise(lambda _start, _count: [1.0, 2.0], precision=0.05)


def test_several_figures_stop_together() -> None:
    """Each must be precise three looks in a row at the same look; one without an interval holds nobody up."""
    relative = {"a": [0.01] * 9, "b": [0.2, 0.2, 0.01, 0.2, 0.01, 0.01, 0.01, 0.01, 0.01], "c": [math.nan] * 9}
    looks = iter(range(9))

    def look(_n: int) -> dict[str, float]:
        at = next(looks)
        return {name: values[at] for name, values in relative.items()}

    found = look_until_precise(look, {"a": 0.05, "b": 0.05, "c": 0.05})
    assert {name: state for name, (state, _) in found.items()} == {"a": "reached", "b": "reached", "c": "no interval"}
    assert [one.n for one in found["a"][1]] == [30, 40, 50, 60, 70, 80, 90]


def test_what_is_not_reached_is_told_apart() -> None:
    """At the cap one is precise and the other is not; a figure that was named must have an interval."""
    found = look_until_precise(lambda _n: {"a": 0.01, "b": 0.5}, {"a": 0.05, "b": 0.05}, n_max=55)
    assert [state for state, _ in found.values()] == ["reached", "not reached"]
    assert [one.n for one in found["b"][1]] == [30, 40, 50, 55]
    figure, looks = estimate([1.0, 2.0, 3.0]), (Look(n=30, relative=math.nan),)
    row = Precise(path="p", asked=0.05, state="no interval", figure=figure, looks=looks)
    fine = Precise(path="q", asked=0.05, state="reached", figure=figure, looks=looks)
    assert Precision(rows=(row, fine), n=30, n_max=30).reached
    assert not Precision(rows=(row,), n=30, n_max=30).reached
    assert not Precision(rows=(row,), n=30, n_max=30, required=frozenset({"p"})).reached
    assert str(row).startswith("precision not reached: p has no interval")
