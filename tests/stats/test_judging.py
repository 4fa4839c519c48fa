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


def test_limits_include_what_they_say() -> None:
    """A limit that is met to the last digit holds with <= and >= only; the path is the subject's metric."""
    assert [holds(1.0, op, 1.0) for op in ("<", "<=", ">", ">=")] == [False, True, False, True]
    assert path_of(objective("orders.latency.p99 < 1s")) == "orders.latency.p99"
    assert path_of(objective("goodput > 1/s")) == "goodput"
