"""What is at work, under way or at rest when the runs end bounds what is counted only as it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sim.metrics.estimates import Bounded
from tests.trials.test_never_answered import outcomes, run

if TYPE_CHECKING:
    from sim.judge.result import Result

RUN = {"horizon": "60s", "warmup": "5s", "replications": 5, "seed": 1}
SLOW = {"choose": [{"weight": 0.9, "steps": [{"work": "20ms"}]}, {"weight": 0.1, "steps": [{"work": "90s"}]}]}
"""One in ten works for longer than the run."""
CALL = {"call": "pay.op", "timeout": "500ms", "retry": {"kind": "fixed", "attempts_max": 3, "delay": "10ms"}}
CHARGE: dict[str, Any] = {
    "services": {
        "s": {"workers": 1000, "operations": {"op": [{"work": "2ms"}, CALL]}},
        "pay": {"workers": 5000, "operations": {"op": [SLOW, {"effect": "charged"}]}},
    },
    "workload": {"f": {"operation": "s.op", "arrivals": {"kind": "poisson", "rate": "50/s"}}},
    "run": RUN,
}


def paying(*steps: dict[str, Any]) -> dict[str, Any]:
    """The services of `CHARGE` with another handler that charges."""
    return {**CHARGE["services"], "pay": {"workers": 5000, "operations": {"op": list(steps)}}}


def ends(result: Result, path: str) -> tuple[float, float]:
    """What a metric is at least, and at most, in the replications' mean."""
    figures = result.figures(path)
    assert isinstance(figures, Bounded)
    assert all(least <= value <= most for least, value, most in zip(figures.least, figures.values, figures.most, strict=True))
    return sum(figures.least) / len(figures.least), sum(figures.most) / len(figures.most)


def test_what_is_at_work_may_be_wasted() -> None:
    """Orphans that hold their workers when the runs end, for most of all time held, pass no limit of wasted work."""
    result = run(CHARGE, objectives=["waste < 5%", "pay.waste < 5%"])
    assert set(outcomes(result).values()) == {"unsure"}
    for path in ("waste", "pay.waste"):
        least, most = ends(result, path)
        assert least == 0
        assert most > 0.9


def test_a_steady_service_wastes_nothing_though_some_is_at_work() -> None:
    """A few are always at work, for a thousandth of all time held: a share near nothing stays as decided as it is."""
    result = run(CHARGE, services=paying({"work": "20ms"}), objectives=["waste < 1%"])
    assert set(outcomes(result).values()) == {"pass"}


def test_what_is_open_may_end_in_any_outcome() -> None:
    """Half of the requests hang, and their timeout is longer than the run: no share of one outcome is told."""
    steps = [{"choose": [{"weight": 0.5, "steps": [{"work": "2ms"}]}, {"weight": 0.5, "steps": [{"work": "20h"}]}]}]
    flow = {**CHARGE["workload"]["f"], "operation": "pay.op", "timeout": "2m"}
    objectives = ["f.errors_timeout < 1%", "errors_timeout < 1%", "pay.errors_timeout < 1%"]
    result = run(CHARGE, services=paying(*steps), workload={"f": flow}, objectives=objectives)
    assert set(outcomes(result).values()) == {"unsure"}
    least, most = ends(result, "f.errors_timeout")
    assert least == 0
    assert most == pytest.approx(result.estimate("f.unanswered").mean)


EVENTS: dict[str, Any] = {
    "architecture": "event-driven",
    "services": {
        "p": {"workers": 50, "operations": {"op": [{"work": "1ms"}, {"publish": "t"}]}},
        "c": {"workers": 40, "operations": {"h": [{"work": "5ms"}, {"fail": "100%"}, {"effect": "charged"}]}},
    },
    "brokers": {"k": {"topics": {"t": {"partitions": 400, "partitioner": "round_robin"}}}},
    "subscriptions": {
        "g": {
            "topic": "t",
            "operation": "c.h",
            "consumers": 400,
            "retry": {"kind": "fixed", "attempts_max": 3, "delay": "1m"},
        }
    },
    "workload": {"f": {"operation": "p.op", "arrivals": {"kind": "poisson", "rate": "6/s"}, "timeout": "1s"}},
    "objectives": ["dropped <= 0", "g.dropped <= 0"],
    "run": RUN,
}


def consuming(*steps: dict[str, Any]) -> dict[str, Any]:
    """The services of `EVENTS` with another handler of messages."""
    return {**EVENTS["services"], "c": {"workers": 40, "operations": {"h": list(steps)}}}


def test_a_message_that_waits_to_be_tried_again_may_be_dropped() -> None:
    """All messages fail, and the pause between tries is longer than the run: none is dropped yet, and all may be."""
    result = run(EVENTS)
    assert set(outcomes(result).values()) == {"unsure"}
    for path in ("dropped", "g.dropped"):
        least, most = ends(result, path)
        assert least == 0
        assert most > 300


def test_a_message_that_only_waits_for_its_turn_is_not_dropped() -> None:
    """Of a group that never fails some messages are always under way, and none of them is in doubt."""
    subscriptions = {"g": {**EVENTS["subscriptions"]["g"], "consumers": 4}}
    result = run(EVENTS, services=consuming({"work": "600ms"}), subscriptions=subscriptions)
    assert set(outcomes(result).values()) == {"pass"}
    assert ends(result, "dropped") == (0, 0)
