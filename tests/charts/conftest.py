"""A small shop in both wirings, run once for all chart tests by the SimPy engine (nothing to compile)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import pytest

from sim.comparison import Comparison
from sim.replications import run_replications
from sim.scenario import loads

if TYPE_CHECKING:
    from sim.result import Result

mpl.use("Agg")

SHOP = """
name: {name}
architecture: {architecture}
network: {{hop: 1ms}}
services:
  front_end:
    workers: 8
    queue_max: 20
    operations:
      buy:
        - work: 1ms
        {step}
  back-end:
    workers: 1
    queue_max: 20
    operations:
      pay: [{{work: {{kind: exponential, mean: 10ms}}}}]
{broker}
workload:
  orders: {{operation: front_end.buy, arrivals: {{kind: poisson, rate: 40/s}}, timeout: 1s, deadline: 10s}}
  views: {{operation: front_end.buy, arrivals: {{kind: constant, rate: 5/s}}, timeout: 1s}}
faults:
  slow_pay: {{kind: slowdown, target: back-end, factor: 10, at: 4s, for: 3s}}
  other-slow-pay: {{kind: slowdown, target: back-end, factor: 2, at: 5s, for: 3s}}
objectives: ["orders.errors < 1%"]
run: {{horizon: 20s, replications: 4, seed: 7}}
"""
BROKER = """
brokers: {events: {latency: 1ms, topics: {order.placed: {partitions: 2}}}}
subscriptions: {payers: {topic: order.placed, operation: back-end.pay}}
"""


def shop(name: str, architecture: str) -> Result:
    """The shop in one wiring."""
    calls = architecture == "synchronous"
    step = "- {call: back-end.pay, timeout: 200ms}" if calls else "- publish: order.placed"
    text = SHOP.format(name=name, architecture=architecture, step=step, broker="" if calls else BROKER)
    return run_replications(loads(text), engine="simpy")


@pytest.fixture(scope="session")
def comparison() -> Comparison:
    """Both wirings under the same random numbers."""
    return Comparison(shop("shop-sync", "synchronous"), shop("shop_events", "event-driven"))
