"""The shipped stories: both wirings of each meet the same load, faults and work, so that comparing them is fair."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.judgements.hysteresis import twice_as_long
from sim.replications import run_replications
from sim.scenario.loader import load
from sim.scenario.steps import Call, Parallel, Publish, Work

SCENARIOS = Path(__file__).parent.parent.parent / "scenarios"
STORIES = ("card-payment", "notification", "order-pipeline", "product-page", "ticket-rush")


@pytest.mark.parametrize("story", STORIES)
def test_both_wirings_share_load_faults_network_and_run(story: str) -> None:
    """Same arrivals, faults, network, objectives and length; the names say which is which."""
    sync, events = (load(SCENARIOS / story / f"{variant}.yaml") for variant in ("sync", "events"))
    assert (sync.name, events.name) == (f"{story}-sync", f"{story}-events")
    assert (sync.architecture, events.architecture) == ("synchronous", "event-driven")
    assert sync.workload == events.workload
    assert sync.faults == events.faults
    assert sync.network == events.network
    assert sync.run == events.run
    assert sync.objectives == events.objectives


@pytest.mark.parametrize("story", STORIES)
def test_both_wirings_share_the_services(story: str) -> None:
    """Services of both have the same replicas, workers and queues, and every operation the same work."""
    sync, events = (load(SCENARIOS / story / f"{variant}.yaml") for variant in ("sync", "events"))
    assert events.services.keys() <= sync.services.keys()
    for name, service in events.services.items():
        twin = sync.services[name]
        assert service.model_dump(exclude={"operations"}) == twin.model_dump(exclude={"operations"})
        assert service.operations.keys() == twin.operations.keys()
        for operation, steps in service.operations.items():
            mine, theirs = ([step for step in one if isinstance(step, Work)] for one in (steps, twin.operations[operation]))
            assert mine == theirs, f"{name}.{operation}"


def test_the_ticket_rush_comes_back_only_by_events() -> None:
    """Called, the office stays down at loads it carried on the way up; its backlog of messages is worked off meanwhile.

    It is so still with twice the time at each load, and no more so with one attempt, or with a queue that holds less than
    callers wait for.
    """
    sync, events = (load(SCENARIOS / "ticket-rush" / f"{variant}.yaml") for variant in ("sync", "events"))
    called, published = (run_replications(one, replications=8) for one in (sync, events))
    longer = run_replications(twice_as_long(sync), replications=8)
    assert called.load_hysteresis(doubled=longer).hysteresis.state == "metastable"
    assert published.load_hysteresis().hysteresis.state == "none"
    for change in ("services.office.operations.buy.1.retry.attempts_max=1", "services.seats.queue_max=60"):
        other = run_replications(load(SCENARIOS / "ticket-rush" / "sync.yaml", [change]), replications=8)
        assert other.load_hysteresis().hysteresis.area.mean < 0.5 * called.load_hysteresis().hysteresis.area.mean


@pytest.mark.parametrize("story", STORIES)
def test_what_is_no_longer_called_is_consumed(story: str) -> None:
    """The event-driven twin publishes, and each of its groups has a consumer for every worker or fewer."""
    sync, events = (load(SCENARIOS / story / f"{variant}.yaml") for variant in ("sync", "events"))
    sends = [
        any(isinstance(step, Publish) for one in wiring.services.values() for way in one.operations.values() for step in way)
        for wiring in (sync, events)
    ]
    assert sends == [False, True]
    called = {
        call.call
        for one in sync.services.values()
        for steps in one.operations.values()
        for step in steps
        for call in (step.parallel if isinstance(step, Parallel) else [step])
        if isinstance(call, Call)
    }
    for group in events.subscriptions.values():
        assert group.consumers <= events.services[group.service].workers
        assert group.operation in called or group.operation == "page.project"
