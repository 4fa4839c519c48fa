"""Two wirings of one small order flow, and what the replications of them say."""

from typing import Any

import pytest

from sim.replications import run_replications
from sim.results.comparison import Comparison
from sim.results.result import Result
from sim.scenario import Scenario

SERVICES: dict[str, Any] = {
    "shop": {"workers": 4, "operations": {"order": [{"work": "5ms"}, {"call": "pay.charge", "timeout": "200ms"}]}},
    "pay": {"operations": {"charge": [{"work": {"kind": "exponential", "mean": "20ms"}}]}},
}
EVENTS: dict[str, Any] = {
    **SERVICES,
    "shop": {"workers": 4, "operations": {"order": [{"work": "5ms"}, {"publish": "orders"}]}},
}
SLOW: dict[str, Any] = {"slow-pay": {"kind": "slowdown", "target": "pay", "factor": 10, "at": "10s", "for": "5s"}}
OBJECTIVES = ("order.errors < 50%", "order.errors < 0.1%", "order.latency.p50 < 1s", "goodput > 5/s")


def _scenario(**changes: Any) -> Scenario:
    plain: dict[str, Any] = {
        "name": "small-sync",
        "architecture": "synchronous",
        "services": SERVICES,
        "workload": {
            "look": {"operation": "pay.charge", "arrivals": {"kind": "poisson", "rate": "1/s"}},
            "order": {"operation": "shop.order", "arrivals": {"kind": "poisson", "rate": "20/s"}},
        },
        "faults": SLOW,
        "objectives": OBJECTIVES,
        "run": {"horizon": "40s", "replications": 4, "seed": 3},
    }
    return Scenario.model_validate({**plain, **changes})


@pytest.fixture(scope="session")
def sync() -> Scenario:
    """Orders wait for the payment."""
    return _scenario()


@pytest.fixture(scope="session")
def events() -> Scenario:
    """Orders are accepted, payments follow."""
    return _scenario(
        name="small-events",
        architecture="event-driven",
        services=EVENTS,
        brokers={"log": {"topics": {"orders": {"partitions": 4}}}},
        subscriptions={"pay": {"topic": "orders", "operation": "pay.charge"}},
        objectives=(),
    )


@pytest.fixture(scope="session")
def sync_result(sync: Scenario) -> Result:
    """Four replications, by the readable engine."""
    return run_replications(sync, engine="simpy")


@pytest.fixture(scope="session")
def events_result(events: Scenario) -> Result:
    """Four replications, by the readable engine."""
    return run_replications(events, engine="simpy")


@pytest.fixture(scope="session")
def comparison(sync_result: Result, events_result: Result) -> Comparison:
    """The two beside each other."""
    return Comparison(sync_result, events_result)
