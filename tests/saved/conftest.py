"""A small shop, wired both ways, with its replications: what is saved and read again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sim.replications import run_replications
from sim.results.comparison import Comparison
from sim.scenario import Scenario
from sim.sweeps import run_sweep

if TYPE_CHECKING:
    from sim.results.result import Result
    from sim.sweeps import Sweep

PAY = {"kind": "exponential", "mean": "8ms"}
SHOP: dict[str, Any] = {
    "name": "shop-sync",
    "architecture": "synchronous",
    "services": {
        "front": {"workers": 4, "operations": {"buy": [{"work": "2ms"}, {"call": "back.pay", "timeout": "100ms"}]}},
        "back": {"queue_max": 10, "operations": {"pay": [{"work": PAY}]}},
    },
    "workload": {
        "orders": {"operation": "front.buy", "arrivals": {"kind": "poisson", "rate": "40/s"}, "timeout": "1s"},
        "direct": {"operation": "back.pay", "arrivals": {"kind": "poisson", "rate": "5/s"}},
    },
    "faults": {"slow": {"kind": "slowdown", "target": "back", "factor": 20, "at": "2s", "for": "500ms"}},
    "objectives": ["orders.errors < 50%", "orders.latency.p50 < 100ms"],
    "run": {"horizon": "5s", "replications": 6, "seed": 3},
}
EVENTS: dict[str, Any] = {
    **SHOP,
    "name": "shop-events",
    "architecture": "event-driven",
    "services": {**SHOP["services"], "front": {"workers": 4, "operations": {"buy": [{"work": "2ms"}, {"publish": "placed"}]}}},
    "brokers": {"log": {"topics": {"placed": {"partitions": 2}}}},
    "subscriptions": {"payers": {"topic": "placed", "operation": "back.pay"}},
    "objectives": [],
}


@pytest.fixture(scope="session")
def sync() -> Scenario:
    """Orders wait for the payment; it is slow for half a second."""
    return Scenario.model_validate(SHOP)


@pytest.fixture(scope="session")
def events() -> Scenario:
    """Orders are accepted, payments follow."""
    return Scenario.model_validate(EVENTS)


@pytest.fixture(scope="session")
def result(sync: Scenario) -> Result:
    """Six replications."""
    return run_replications(sync)


@pytest.fixture(scope="session")
def comparison(result: Result, events: Scenario) -> Comparison:
    """Both beside each other."""
    return Comparison(result, run_replications(events))


@pytest.fixture(scope="session")
def sweep(sync: Scenario) -> Sweep:
    """Two axes, three replications."""
    return run_sweep(sync, ["services.front.workers=4,1", "services.back.operations.pay[0].work.mean=8ms,12ms"], runs=3)
