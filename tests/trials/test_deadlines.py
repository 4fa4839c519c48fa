"""A backlog that outlives the fault: which wiring does more well depends on how late is too late, and the verdict says so."""

from __future__ import annotations

from typing import Any

import pytest

from sim.replications import run_replications
from sim.results.comparison import Comparison
from sim.scenario import Scenario

FAULT = {"kind": "slowdown", "target": "psp", "factor": 10, "at": "30s", "for": "30s"}


def shop(architecture: str, deadline: str | None) -> Scenario:
    """Payments of 120 ms become ten times slower for 30 s: callers are turned away, or messages wait for them.

    A short queue turns callers away, and is short again at once after the fault; a backlog takes a while to drain.
    """
    flow: dict[str, Any] = {"operation": "shop.order", "arrivals": {"kind": "poisson", "rate": "40/s"}, "timeout": "2s"}
    pay = {"work": {"kind": "lognormal", "median": "120ms", "p99": "300ms"}}
    data: dict[str, Any] = {
        "name": f"shop-{architecture}",
        "architecture": architecture,
        "services": {
            "shop": {"workers": 200, "operations": {}},
            "psp": {"workers": 8, "queue_max": 8, "operations": {"pay": [pay]}},
        },
        "workload": {"order": flow if deadline is None else {**flow, "deadline": deadline}},
        "faults": {"slow": FAULT},
        "run": {"horizon": "180s", "warmup": "5s", "replications": 5, "seed": 1},
    }
    if architecture == "synchronous":
        data["services"]["shop"]["operations"]["order"] = [{"call": "psp.pay", "timeout": "1500ms"}]
    else:
        data["services"]["shop"]["operations"]["order"] = [{"publish": "orders"}]
        data["brokers"] = {"log": {"topics": {"orders": {"partitions": 8}}}}
        data["subscriptions"] = {"pay": {"topic": "orders", "operation": "psp.pay", "consumers": 8}}
    return Scenario.model_validate(data)


def verdict(deadline: str | None) -> list[str]:
    """What is said of both wirings."""
    return Comparison(*(run_replications(shop(each, deadline)) for each in ("synchronous", "event-driven"))).verdict()


@pytest.mark.parametrize(
    ("deadline", "winner"), [(None, "Event-driven"), ("10m", "Event-driven"), ("2s", "Synchronous")]
)
def test_the_winner_changes_with_what_is_too_late_and_not_without_a_word(deadline: str | None, winner: str) -> None:
    """Without a deadline, or with one that everything keeps, messages that wait are well; with one of 2 s they are not."""
    said = verdict(deadline)
    assert said[0].startswith(f"{winner} fails less: ")
    assert any(one.startswith("Lateness was not judged") for one in said) is (deadline is None)
