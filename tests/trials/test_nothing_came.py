"""What nobody came to passes nothing: counts and peaks of it have no value, and say why."""

from __future__ import annotations

import math
from typing import Any

from tests.trials.test_never_answered import outcomes, run

RATES = [{"at": "0s", "rate": "50/s"}, {"at": "10s", "rate": "0/s"}]
FLOW: dict[str, Any] = {"operation": "p.op", "arrivals": {"kind": "step", "steps": RATES}, "deadline": "5s"}
EVENTS: dict[str, Any] = {
    "architecture": "event-driven",
    "services": {
        "p": {"workers": 50, "operations": {"op": [{"work": "1ms"}, {"publish": "t"}]}},
        "c": {"workers": 4, "operations": {"h": [{"work": "5ms"}, {"effect": "charged"}]}},
    },
    "brokers": {"k": {"topics": {"t": {"partitions": 4}}}},
    "subscriptions": {"g": {"topic": "t", "operation": "c.h"}},
    "workload": {"f": FLOW},
    "run": {"horizon": "60s", "warmup": "12s", "replications": 5, "seed": 1},
}
OF_GROUP = ["g.lost <= 0", "g.dropped <= 0", "g.duplicates <= 0", "g.lag_peak < 10", "g.utilisation < 80%"]
OF_ALL = ["effects_doubled <= 0", "dropped <= 0", "duplicates <= 0", "lost <= 0", "backlog_peak < 10", "queue_peak < 5"]
OF_FLOW = ["f.effects_undone <= 0", "f.effects_told_failed <= 0", "f.unanswered_oldest < 1s"]
OF_SERVICE = ["c.utilisation < 80%", "p.queue_peak < 5", "utilisation < 80%", "unanswered_oldest < 1s"]


def test_nothing_passes_by_what_nobody_sent() -> None:
    """The last request came before the warm-up ended: no count of the measured span is a 0 that holds a limit."""
    result = run(EVENTS, objectives=[*OF_GROUP, *OF_ALL, *OF_FLOW, *OF_SERVICE])
    assert "pass" not in outcomes(result).values()
    for path in ("dropped", "g.lag_peak", "f.effects_undone", "c.utilisation", "queue_peak"):
        assert all(map(math.isnan, result.values(path)))
        assert "nothing that came in the measured span" in result.estimate(path).note


def test_what_came_within_the_span_is_counted() -> None:
    """The same of a span in which requests came: all of it holds."""
    settings = {**EVENTS["run"], "warmup": "2s"}
    found = outcomes(run(EVENTS, run=settings, objectives=[*OF_GROUP, *OF_ALL, *OF_FLOW, *OF_SERVICE]))
    assert set(found.values()) == {"pass"}


def test_what_is_under_way_since_the_warm_up_has_come() -> None:
    """Requests that came before it and are at work all along keep their workers busy, and are the oldest."""
    services = {**EVENTS["services"], "p": {"workers": 500, "operations": {"op": [{"work": "10m"}]}}}
    result = run(EVENTS, services=services)
    assert min(result.values("p.utilisation")) > 0.5
    assert min(result.values("f.unanswered_oldest")) > 45
    assert all(map(math.isnan, result.values("c.utilisation")))
    assert result.values("backlog_peak") == [0] * 5  # of the system something came; nothing of it waited


def test_a_system_without_groups_has_lost_nothing() -> None:
    """There was no message to lose, but requests: the figure is 0, so that it can be compared; without any it is none."""
    services = {"p": {"operations": {"op": [{"work": "1ms"}]}}}
    data = {**EVENTS, "architecture": "synchronous", "services": services, "brokers": {}, "subscriptions": {}}
    flow = {**FLOW, "arrivals": {"kind": "poisson", "rate": "20/s"}}
    for path in ("lost", "dropped", "duplicates", "backlog_peak"):
        assert run(data, workload={"f": flow}).values(path) == [0] * 5
        assert all(map(math.isnan, run(data).values(path)))
