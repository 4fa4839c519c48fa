"""The shipped twins: a comparison is only fair when both sides have the same services, work, load and faults."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sim.scenario.loader import load, load_with_warnings

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

SCENARIOS = Path(__file__).parent.parent.parent / "scenarios"
SYNC = SCENARIOS / "online-boutique" / "sync.yaml"
EVENTS = SCENARIOS / "online-boutique" / "events.yaml"
MOVED = {"paymentservice.charge", "shippingservice.ship_order", "cartservice.empty_cart"}
MOVED |= {"emailservice.send_order_confirmation"}


@pytest.fixture(name="twins")
def _twins() -> tuple[Scenario, Scenario]:
    return load(SYNC), load(EVENTS)


@pytest.mark.parametrize("path", sorted(SCENARIOS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_scenario_is_valid(path: Path) -> None:
    """Every shipped scenario loads without a problem or a warning."""
    assert load_with_warnings(path)[1] == []


def test_twins_share_load_faults_network_and_run(twins: tuple[Scenario, Scenario]) -> None:
    """The twins meet the same arrivals, the same faults and the same network, for the same time."""
    sync, events = twins
    assert sync.workload == events.workload
    assert sync.faults == events.faults
    assert sync.network == events.network
    assert sync.run == events.run


def test_twins_share_every_service_but_the_second_half_of_an_order(twins: tuple[Scenario, Scenario]) -> None:
    """Replicas, workers, queues and handlers are equal, except that of `place_order`."""
    sync, events = twins
    assert sync.services.keys() == events.services.keys()
    for name in sync.services:
        if name != "checkoutservice":
            assert sync.services[name] == events.services[name], name
    before, after = sync.services["checkoutservice"], events.services["checkoutservice"]
    assert before.model_dump(exclude={"operations"}) == after.model_dump(exclude={"operations"})
    shared = after.operations["place_order"][:-1]
    assert before.operations["place_order"][: len(shared)] == shared


def test_moved_calls_are_the_consumed_operations(twins: tuple[Scenario, Scenario]) -> None:
    """What checkout calls in one twin at the end of an order, consumer groups run in the other, as many at a time."""
    sync, events = twins
    shared = len(events.services["checkoutservice"].operations["place_order"]) - 1
    called = {step.call for step in sync.services["checkoutservice"].operations["place_order"][shared:]}  # type: ignore[union-attr]
    assert called == MOVED == {group.operation for group in events.subscriptions.values()}
    for group in events.subscriptions.values():
        assert group.consumers == events.services[group.service].workers
