"""An objective holds, does not, or cannot be told: by the interval, and where values have no end by counting."""

import math

import pytest

from sim.scenario import Objective
from sim.scenario.objectives import parse_objective
from sim.stats.intervals import estimate
from sim.stats.judging import holds, judge, path_of

TIGHT = [9.9, 10.0, 10.1, 10.0, 9.9, 10.1]
INF = math.inf


def objective(text: str) -> Objective:
    """An objective from its text."""
    return parse_objective(text)


@pytest.mark.parametrize(
    ("text", "values", "outcome"),
    [
        ("goodput > 5/s", TIGHT, "pass"),
        ("goodput >= 12/s", TIGHT, "fail"),
        ("goodput <= 10/s", TIGHT, "unsure"),
        ("goodput < 20/s", TIGHT[:2], "unsure"),
        ("goodput < 20/s", [*TIGHT, math.nan], "unsure"),
        ("time_to_recover < 20s", [INF] * 6, "fail"),
        ("time_to_recover < 20s", [3.0] * 9 + [INF], "pass"),
        ("time_to_recover < 2s", [3.0] * 9 + [INF], "fail"),
        ("time_to_recover < 20s", [3.0] * 4 + [INF] * 3, "unsure"),
    ],
)
def test_what_the_replications_say(text: str, values: list[float], outcome: str) -> None:
    """On one side of the limit, around it, too few, or endless; durations are in seconds."""
    found = judge(objective(text), estimate(values), values)
    assert found.outcome == outcome
    assert str(found).startswith(f"{outcome.upper()} ")


@pytest.mark.parametrize(
    ("text", "values", "watched", "outcome"),
    [
        ("time_to_recover < 20s", [INF] * 6, 10.0, "unsure"),
        ("time_to_recover < 20s", [INF] * 6, 20.0, "fail"),
        ("time_to_recover < 20s", [3.0] * 9 + [INF], 10.0, "pass"),
        ("time_to_recover < 2s", [3.0] * 9 + [INF], 1.0, "fail"),
        ("time_to_recover < 2s", [3.0] * 5 + [INF] * 5, 1.0, "unsure"),
        ("time_to_recover < 2s", [3.0] * 5 + [INF] * 5, 2.0, "fail"),
        ("time_to_recover > 20s", [INF] * 6, 10.0, "unsure"),
        ("time_to_recover > 20s", [INF] * 6, 20.0, "pass"),
        ("time_to_recover < 20s", [INF] * 6, math.nan, "fail"),
    ],
)
def test_a_time_that_was_watched_for_less_than_the_limit_is_open(
    text: str, values: list[float], watched: float, outcome: str
) -> None:
    """Longer than 10 s is neither within 20 s nor not; such runs decide nothing, nor hide what the others say."""
    found = judge(objective(text), estimate(values), values, [watched] * len(values))
    assert found.outcome == outcome
    assert ("write a longer run.horizon" in found.reason) == (watched < objective(text).limit / 1e9)


def test_what_is_missing_is_not_judged() -> None:
    """One replication without a value, and nothing is proven or refuted; the reason does not ask for more of them."""
    found = judge(objective("time_to_recover < 20s"), estimate([math.nan] * 3, missing="could not be seen"), [math.nan] * 3)
    assert str(found) == (
        "UNSURE time_to_recover < 20s: 3 of 3 could not be seen; it is judged when every replication has a value"
    )


def test_limits_include_what_they_say() -> None:
    """A limit that is met to the last digit holds with <= and >= only; the path is the subject's metric."""
    assert [holds(1.0, op, 1.0) for op in ("<", "<=", ">", ">=")] == [False, True, False, True]
    assert path_of(objective("orders.latency.p99 < 1s")) == "orders.latency.p99"
    assert path_of(objective("goodput > 1/s")) == "goodput"
