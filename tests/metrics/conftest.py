"""Scenarios so regular that every figure of them can be worked out by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from sim.engine import run_once
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.record.record import Record
from sim.record.recording import Recording
from sim.scenario import Scenario

Make = Callable[..., Scenario]


def make_scenario(**changes: Any) -> Scenario:
    """One worker, ten requests a second, 50 ms of work each: half of its capacity; 60 s."""
    plain: dict[str, Any] = {
        "name": "regular",
        "architecture": "synchronous",
        "services": {"shop": {"operations": {"order": [{"work": "50ms"}]}}},
        "workload": {"buy": {"operation": "shop.order", "arrivals": {"kind": "constant", "rate": "10/s"}}},
        "run": {"horizon": "60s", "replications": 3},
    }
    return Scenario.model_validate({**plain, **changes})


def make_events(**changes: Any) -> Scenario:
    """The same, with the work done by one consumer of a topic."""
    return make_scenario(
        **{
            "name": "regular-events",
            "architecture": "event-driven",
            "services": {
                "door": {"operations": {"order": [{"publish": "orders"}]}},
                "shop": {"operations": {"order": [{"work": "50ms"}]}},
            },
            "brokers": {"log": {"topics": {"orders": {"partitions": 1}}}},
            "subscriptions": {"shop": {"topic": "orders", "operation": "shop.order"}},
            "workload": {"buy": {"operation": "door.order", "arrivals": {"kind": "constant", "rate": "10/s"}}},
            **changes,
        }
    )


SLOW = {"slow": {"kind": "slowdown", "target": "shop", "factor": 4, "at": "20s", "for": "5s"}}


@pytest.fixture
def regular() -> Make:
    """Build the regular scenario, with changes."""
    return make_scenario


@pytest.fixture
def regular_events() -> Make:
    """Build its event-driven twin, with changes."""
    return make_events


@pytest.fixture
def slow() -> dict[str, Any]:
    """Work takes four times as long from 20 s to 25 s: 5 of 10 requests a second are served."""
    return SLOW


@pytest.fixture
def record_of() -> Callable[[Scenario], Record]:
    """Run one replication by the readable engine."""
    return lambda scenario: run_once(compile_network(scenario), seed=1, engine="simpy")


@pytest.fixture
def blank() -> Callable[[Scenario], Record]:
    """A record of a scenario in which nothing has happened yet, to be filled in by hand."""
    return lambda scenario: Recording.of(compile_network(scenario)).close()


@pytest.fixture
def busy(blank: Callable[[Scenario], Record]) -> Callable[[Scenario], Record]:
    """The same, and yet every service has a little work under way all the time: each fault meets something."""

    def made(scenario: Scenario) -> Record:
        record = blank(scenario)
        record.services[:, :, f.services.SERVICE_BUSY_AREA] = 1
        return record

    return made
