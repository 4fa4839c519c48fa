"""What a fault tells nothing about: what happened in the warm-up, and a service that nobody came to."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sim.metrics import measure, resolve
from sim.metrics.exercised import not_exercised
from sim.metrics.recovery import recoveries
from sim.record import fields as f
from sim.record.record import Record
from sim.scenario import Scenario

Make = Callable[..., Scenario]
Blank = Callable[[Scenario], Record]
SLOW: dict[str, Any] = {"kind": "slowdown", "target": "shop", "factor": 4, "at": "5s", "for": "5s"}
BEFORE = "could not be seen: no window before the first fault to compare with"


def value(record: Record, path: str) -> float:
    """A metric by its path."""
    return measure(record, *resolve(path, record.network))


@pytest.mark.parametrize(
    ("at", "lasts", "warmup", "seen", "lost"),
    [
        ("1s", "2s", "4s", False, False),
        ("3s", "5s", "4s", False, False),
        ("4s", "5s", "4s", False, True),
        ("0s", "5s", "0s", False, True),
        ("5s", "5s", "4s", True, True),
    ],
)
def test_what_a_fault_did_within_the_warm_up_cannot_be_told(
    regular_events: Make, busy: Blank, at: str, lasts: str, warmup: str, *, seen: bool, lost: bool
) -> None:
    """Neither how far it reached, nor what was lost, though all was well after the warm-up; and the words say why."""
    faults = {"slow": {**SLOW, "at": at, "for": lasts}}
    record = busy(regular_events(faults=faults, run={"horizon": "20s", "warmup": warmup}))
    record.flows[:, 0, [f.flows.FLOW_OFFERED, f.flows.FLOW_SETTLED, f.flows.FLOW_GOOD]] = 10
    for path in ("blast_radius", "blast_radius_requests"):
        assert str(value(record, path)) == ("0.0" if seen else "nan")
        assert (resolve(path, record.network)[0].missing == BEFORE) is not seen
    assert math.isfinite(value(record, "resilience_loss")) == lost
    assert resolve("resilience_loss", record.network)[0].missing.startswith("could not be seen: a fault") is not lost


def test_one_fault_within_the_warm_up_is_enough(regular_events: Make, blank: Blank) -> None:
    """Another one, later, does not undo what the first may have done: nothing before it is as it would have been."""
    faults = {"early": {**SLOW, "at": "1s", "for": "1s"}, "late": {**SLOW, "at": "10s", "for": "2s"}}
    record = blank(regular_events(faults=faults, run={"horizon": "20s", "warmup": "4s"}))
    assert math.isnan(value(record, "blast_radius"))
    assert math.isnan(value(record, "time_to_recover"))


def test_a_fault_that_met_nothing_is_not_exercised(regular_events: Make, blank: Blank) -> None:
    """Nothing happens from 5 s to 10 s at the service: not exercised; the one at the door met requests."""
    faults = {"slow": SLOW, "door": {"kind": "crash", "target": "door", "at": "5s", "for": "5s"}}
    record = blank(regular_events(faults=faults))
    record.services[:, 0, f.services.SERVICE_ARRIVED] = 10
    record.services[:5, 1, f.services.SERVICE_BUSY_AREA] = 10
    record.groups[10:, 0, f.groups.GROUP_DELIVERED] = 10
    assert not_exercised(record) == ("slow",)


def test_a_slowdown_of_a_service_without_work_meets_nothing(regular_events: Make, busy: Blank) -> None:
    """The door only publishes: however many requests come, a slower pace slows none of them, and nothing is told by that."""
    for target, missed in (("door", ("slow",)), ("shop", ())):
        record = busy(regular_events(faults={"slow": {**SLOW, "target": target}}, run={"horizon": "20s"}))
        record.services[:, :, f.services.SERVICE_ARRIVED] = 10
        record.flows[:, 0, [f.flows.FLOW_OFFERED, f.flows.FLOW_SETTLED]] = 10
        assert not_exercised(record) == missed
        for path in ("time_to_recover", "blast_radius", "blast_radius_requests", "resilience_loss"):
            assert math.isnan(value(record, path)) == bool(missed)


@pytest.mark.parametrize("field", ["SERVICE_ARRIVED", "SERVICE_WAITING_AREA", "SERVICE_BUSY_AREA"])
@pytest.mark.parametrize(("window", "met"), [(4, False), (5, True), (9, True), (10, False)])
def test_a_request_or_work_under_way_exercises_a_fault(
    regular: Make, blank: Blank, field: str, window: int, *, met: bool
) -> None:
    """One of them in a window of the fault is enough, and before or after it is not."""
    record = blank(regular(faults={"slow": SLOW}))
    record.services[window, 0, getattr(f, field)] = 1
    assert (not_exercised(record) == ()) is met


@pytest.mark.parametrize("field", ["GROUP_APPENDED", "GROUP_DELIVERED", "GROUP_LAG_AREA", "GROUP_BUSY_AREA"])
def test_a_message_exercises_a_fault(regular_events: Make, blank: Blank, field: str) -> None:
    """One that waits for a dead consumer as well as one that is handed to a slow one."""
    record = blank(regular_events(faults={"slow": SLOW}))
    assert not_exercised(replace(record)) == ("slow",)
    record.groups[7, 0, getattr(f, field)] = 1
    assert not_exercised(record) == ()


def test_an_attempt_that_never_arrives_exercises_a_fault(regular: Make, blank: Blank) -> None:
    """A caller found the service dead: the record of its attempt is enough."""
    record = blank(regular(faults={"down": {"kind": "crash", "target": "shop", "at": "5s", "for": "500ms"}}))
    record.edges[5, 0, f.edges.EDGE_ATTEMPTS] = 1
    assert not_exercised(record) == ()


def test_of_a_fault_that_met_nothing_nothing_can_be_told(regular_events: Make, blank: Blank) -> None:
    """Neither a radius of 0 nor a recovery at once nor a loss; of two faults, the one that met something is told of."""
    faults = {"slow": {**SLOW, "at": "5s", "for": "2s"}, "other": {**SLOW, "at": "12s", "for": "2s"}}
    paths = ("blast_radius", "blast_radius_requests", "resilience_loss", "time_to_recover", "drain_time", "shop.drain_time")
    record = blank(regular_events(faults=faults, run={"horizon": "20s"}))
    record.flows[:, 0, [f.flows.FLOW_OFFERED, f.flows.FLOW_SETTLED, f.flows.FLOW_GOOD]] = 10
    for path in paths:
        assert math.isnan(value(replace(record), path)), path
        assert "a fault that met nothing" in resolve(path, record.network)[0].missing
    record.services[13, 1, f.services.SERVICE_BUSY_AREA] = 1
    assert [str(one.seconds) for one in recoveries(record)] == ["nan", "0.0"]
    assert [math.isnan(value(record, path)) for path in paths] == [False, False, False, True, True, True]


def test_a_fault_between_two_requests_met_nothing(regular: Make, record_of: Callable[[Scenario], Record]) -> None:
    """A real run, a request every 20 s: the fault that one falls into is exercised, and the one between two is not."""
    quiet = {"buy": {"operation": "shop.order", "arrivals": {"kind": "constant", "rate": "0.05/s"}}}
    faults = {"hit": {**SLOW, "at": "19s", "for": "3s"}, "missed": {**SLOW, "at": "30s", "for": "5s"}}
    assert not_exercised(record_of(regular(workload=quiet, faults=faults))) == ("missed",)


def test_handling_a_message_again_is_a_retry(regular_events: Make, blank: Blank) -> None:
    """A hundred calls that make two more attempts, a hundred messages that are tried eight times more: 10 of 200."""
    record = blank(regular_events())
    record.edges[0, 0, [f.edges.EDGE_CALLS, f.edges.EDGE_ATTEMPTS]] = (100, 102)
    record.groups[0, 0, [f.groups.GROUP_DELIVERED, f.groups.GROUP_REDELIVERED, f.groups.GROUP_RETRIES]] = (108, 8, 8)
    assert value(record, "retries") == 10 / 200
    assert value(record, "shop.retries") == 8 / 100
    assert value(record, "buy.retries") == 2 / 100


@pytest.mark.parametrize(("spoiled", "least"), [(0, 4.0), (30, 1.0)])
def test_what_was_under_way_before_a_fault_gives_nothing_back(
    regular_events: Make, busy: Blank, spoiled: int, least: float
) -> None:
    """Fifty flows are under way at the fault and done after it; 40 of the 150 offered since are lost, not minus ten."""
    record = busy(regular_events(faults={"slow": SLOW}, run={"horizon": "20s"}))
    record.flows[:, 0, f.flows.FLOW_OFFERED] = 10
    done = [0] * 5 + [16] * 10 + [0] * 5
    record.flows[:, 0, f.flows.FLOW_COMPLETED] = record.flows[:, 0, f.flows.FLOW_GOOD] = done
    record.flows[19, 0, f.flows.FLOW_SPOILED] = spoiled
    record.flows[19, 0, f.flows.FLOW_UNFINISHED] = 40 - spoiled
    metric, subject = resolve("buy.resilience_loss", record.network)
    assert metric.bounds is not None
    assert value(record, "resilience_loss") == value(record, "buy.resilience_loss") == pytest.approx(4.0)
    assert metric.bounds["flow"](record, subject.index, 0, 20) == pytest.approx((least, 4.0))
