"""Who accepts an order while components are up and down at random: all that are needed must be there, so their shares multiply.

    synchronous chain   orders 95 % x stock 90 % x payment 90 %        outbox  store 95 %, whatever the broker does
    saga                orders 95 % x broker 98 %                      publish in the request  store 95 % x broker 90 %

The ids are those of the collection of exact cases that the patterns are held against; the figures are recomputed here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from sim.record.fields.flows import FLOW_REPLY_TIME, FLOW_SETTLED
from sim.record.outcomes import OK
from tests.stories.test_known_answers import agrees, total

if TYPE_CHECKING:
    from sim.record.record import Record

RUN = "run: {horizon: 21000s, warmup: 1000s, window: 1000s, replications: 24, seed: %d}\n"
FLOW = "workload: {f: {operation: %s, arrivals: {kind: poisson, rate: 1/s}}}\n"
COMPONENTS = {"orders": (95.0, 5.0), "stock": (45.0, 5.0), "payment": (90.0, 10.0), "store": (95.0, 5.0)}
BROKERS = {"P-SG": (98.0, 2.0), "P-OB": (90.0, 10.0)}


def up(times: tuple[float, float]) -> float:
    """The share of time that a component is up."""
    return times[0] / sum(times)


def wear(kind: str, target: str, times: tuple[float, float], more: str = "") -> str:
    """A fault that strikes now and then, for exponential times up and down."""
    return f"  {target}-wears: {{kind: {kind}, target: {target}, random: {{mtbf: {times[0]}s, mttr: {times[1]}s}}{more}}}\n"


def crashes(*names: str) -> str:
    """Each of these services is down at random, and nobody is told: calls fail at once."""
    return "faults:\n" + "".join(wear("crash", name, COMPONENTS[name], ", detection: 1000h") for name in names)


def accepted(record: Record) -> float:
    """The share of requests that were answered well, after the first window."""
    settled = sum(total(record.flows, 0, FLOW_SETTLED + outcome) for outcome in range(FLOW_REPLY_TIME - FLOW_SETTLED))
    return total(record.flows, 0, FLOW_SETTLED + OK) / settled


@pytest.mark.theory
@pytest.mark.parametrize("length", [1, 2, 3, 5, 8])
def test_a_chain_of_calls_is_up_when_all_are(length: int) -> None:
    """a^n: n services that call each other in a row, each up for 95 % of the time, by itself."""
    steps = [f"  s{n}: {{workers: 99, operations: {{go: [{{call: s{n + 1}.go}}]}}}}" for n in range(length - 1)]
    last = f"  s{length - 1}: {{workers: 99, operations: {{go: [{{work: 0s}}]}}}}"
    faults = "".join(wear("crash", f"s{n}", (95.0, 5.0), ", detection: 1000h") for n in range(length))
    services = "services:\n" + "\n".join([*steps, last]) + "\n"
    agrees(services + f"faults:\n{faults}" + FLOW % "s0.go" + RUN % length, accepted, 0.95**length, sharp=0.01)


@pytest.mark.theory
def test_a_synchronous_chain_needs_all_services() -> None:
    """P-SG-AVAILABILITY, called: orders, stock and payment must be up at the instant of the order."""
    text = """
services:
  orders: {workers: 99, operations: {place: [{call: stock.reserve}, {call: payment.charge}]}}
  stock: {workers: 99, operations: {reserve: [{work: 0s}]}}
  payment: {workers: 99, operations: {charge: [{work: 0s}]}}
"""
    needed = ("orders", "stock", "payment")
    exact = math.prod(up(COMPONENTS[name]) for name in needed)
    agrees(text + crashes(*needed) + FLOW % "orders.place" + RUN % 1, accepted, exact, sharp=0.01)
    assert exact == pytest.approx(0.7695)


@pytest.mark.theory
def test_a_saga_needs_its_first_service_and_the_broker() -> None:
    """P-SG-AVAILABILITY, by events: stock and payment may be down, and catch up."""
    text = """
services:
  orders: {workers: 99, operations: {place: [{publish: placed, acks: leader}]}}
  stock: {workers: 99, operations: {reserve: [{work: 0s}]}}
  payment: {workers: 99, operations: {charge: [{work: 0s}]}}
brokers: {log: {latency: 0s, delivery_timeout: 1ns, topics: {placed: {partitions: 1}}}}
subscriptions:
  stock: {topic: placed, operation: stock.reserve}
  payment: {topic: placed, operation: payment.charge}
"""
    faults = crashes("orders", "stock", "payment") + wear("broker_outage", "log", BROKERS["P-SG"])
    exact = up(COMPONENTS["orders"]) * up(BROKERS["P-SG"])
    agrees(text + faults + FLOW % "orders.place" + RUN % 2, accepted, exact, sharp=0.01)
    assert exact == pytest.approx(0.931)


@pytest.mark.theory
@pytest.mark.parametrize("by", ["outbox", "publish"])
def test_an_outbox_needs_the_store_only(by: str) -> None:
    """P-OB-AVAILABILITY: who publishes in the request needs the broker too; who writes a row leaves that to a relay."""
    row = "[{transaction: {store: deeds}, steps: [{write: deed}, {outbox: placed}]}]"
    own = "[{transaction: {store: deeds}, steps: [{write: deed}]}, {publish: placed, acks: leader}]"
    relay = "relays: {deeds: {store: deeds, every: 1s, batch: 1000}}\n" if by == "outbox" else ""
    text = f"""
services:
  orders: {{workers: 99, operations: {{place: {row if by == "outbox" else own}}}}}
  mail: {{workers: 99, operations: {{send: [{{work: 0s}}]}}}}
stores: {{deeds: {{connections: 99, commit: 0s}}}}
{relay}brokers: {{log: {{latency: 0s, delivery_timeout: 1ns, topics: {{placed: {{partitions: 1}}}}}}}}
subscriptions: {{mail: {{topic: placed, operation: mail.send}}}}
faults:
{wear("store_down", "deeds", COMPONENTS["store"])}{wear("broker_outage", "log", BROKERS["P-OB"])}"""
    exact = up(COMPONENTS["store"]) * (1.0 if by == "outbox" else up(BROKERS["P-OB"]))
    agrees(text + FLOW % "orders.place" + RUN % 3, accepted, exact, sharp=0.01)
    assert exact == pytest.approx(0.95 if by == "outbox" else 0.855)
