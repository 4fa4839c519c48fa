"""A small shop in both wirings, run once for all chart tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import pytest

from sim.charts.sensitivity import Bars
from sim.replications import run_replications
from sim.results.comparison import Comparison
from sim.results.matrix import matrix_of
from sim.results.matrix_rows import rows_of
from sim.scenario import Scenario, loads
from sim.sweeps import Sweep, run_sweep

if TYPE_CHECKING:
    from sim.results.matrix import Matrix
    from sim.results.result import Result

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
    return run_replications(loads(text), engine="compiled")


@pytest.fixture(scope="session")
def comparison() -> Comparison:
    """Both wirings under the same random numbers."""
    return Comparison(shop("shop-sync", "synchronous"), shop("shop_events", "event-driven"))


def rush(architecture: str, step: int = 4) -> Scenario:
    """More and more come to a desk that does 50 a second, then fewer and fewer; steps of that many seconds."""
    calls = architecture == "synchronous"
    pay = {"call": "desk.pay", "timeout": "200ms", "retry": {"kind": "fixed", "delay": "100ms", "attempts_max": 3}}
    broker = {"kind": "log", "latency": "1ms", "topics": {"wanted": {"partitions": 2}}}
    steps = [{"at": f"{number * step}s", "rate": f"{rate}/s"} for number, rate in enumerate((15, 30, 70, 30, 15))]
    arrivals = {"kind": "step", "steps": steps}
    scenario = {
        "name": f"rush-{architecture}",
        "architecture": architecture,
        "services": {
            "door": {"workers": 200, "operations": {"buy": [{"work": "1ms"}, pay if calls else {"publish": "wanted"}]}},
            "desk": {"queue_max": 100, "operations": {"pay": [{"work": "20ms"}]}},
        },
        "workload": {"people": {"operation": "door.buy", "arrivals": arrivals, "timeout": "1s", "deadline": "2s"}},
        "run": {"horizon": f"{5 * step}s", "replications": 4, "seed": 5},
    }
    if not calls:
        scenario |= {"brokers": {"log": broker}, "subscriptions": {"desks": {"topic": "wanted", "operation": "desk.pay"}}}
    return Scenario.model_validate(scenario)


@pytest.fixture(scope="session")
def rushes() -> Comparison:
    """Up and down a staircase of loads in both wirings."""
    return Comparison(*(run_replications(rush(one), engine="compiled") for one in ("synchronous", "event-driven")))


TINY: dict[str, Any] = {
    "name": "tiny",
    "architecture": "synchronous",
    "services": {
        "front": {"workers": 4, "operations": {"buy": [{"work": "2ms"}, {"call": "back.pay", "timeout": "100ms"}]}},
        "back": {"queue_max": 10, "operations": {"pay": [{"work": {"kind": "exponential", "mean": "10ms"}}]}},
    },
    "workload": {"orders": {"operation": "front.buy", "arrivals": {"kind": "poisson", "rate": "50/s"}, "timeout": "1s"}},
    "faults": {"slow": {"kind": "slowdown", "target": "back", "factor": 20, "at": "2s", "for": "1s"}},
    "objectives": ["orders.errors < 5%"],
    "run": {"horizon": "5s", "replications": 8, "seed": 3},
}
BARS = Bars(
    names=["faults.slow.factor", "services.back.workers", "network.hop", "workload.orders.arrivals.rate"],
    first=[0.4, 0.1, 0.01, 0.2],
    total=[0.55, 0.2, 0.02, 0.25],
    low=[0.45, 0.15, 0.0, 0.2],
    high=[0.62, 0.28, 0.05, 0.31],
    about="orders.latency.p99",
)


@pytest.fixture(scope="session")
def sweep() -> Sweep:
    """Errors over two axes: more workers against a worse fault."""
    over = ["services.back.workers=1,2,3", "faults.slow.factor=1..40:log:4"]
    return run_sweep(Scenario.model_validate(TINY), over, engine="compiled")


@pytest.fixture(scope="session")
def load() -> Sweep:
    """Goodput beyond what one worker can do, without a fault."""
    over = ["workload.orders.arrivals.rate=20/s,50/s,80/s,120/s,160/s"]
    return run_sweep(Scenario.model_validate({**TINY, "faults": {}}), over, runs=4, engine="compiled")


@pytest.fixture(scope="session")
def subjects(comparison: Comparison, sweep: Sweep, load: Sweep, rushes: Comparison) -> dict[str, Any]:
    """What the cases are drawn of."""
    pair = {"pair": comparison, "sync": comparison.a, "events": comparison.b}
    pairs = {**pair, "rushes": rushes, "rush": rushes.a, "guarded": guarded(comparison.a), "queued": queued()}
    pairs |= {"cached": cached(), "scaled": scaled(), "leaky": leaky()}
    return {**pairs, "sweep": sweep, "load": load, "bars": BARS, "matrix": matrix(comparison)}


def matrix(comparison: Comparison) -> Matrix:
    """The pair without a fault, and under each of its faults alone."""
    rows = rows_of(comparison.a.scenario, comparison.b.scenario)
    scenarios = [scenario for pair in rows.values() for scenario in pair]
    return matrix_of(tuple(rows), [run_replications(one, replications=4, engine="compiled") for one in scenarios])


def queued() -> Result:
    """Mails from a queue, of which one in ten fails and some take longer than they may, slower for a while."""
    work = {"kind": "exponential", "mean": "40ms"}
    scenario = {
        "name": "mails",
        "architecture": "event-driven",
        "services": {
            "shop": {"workers": 50, "operations": {"order": [{"publish": "mail"}]}},
            "mailer": {"replicas": 2, "operations": {"send": [{"work": work}, {"fail": "10%"}]}},
        },
        "brokers": {
            "rabbit": {
                "kind": "queue",
                "queues": {"mail": {"visibility": "200ms", "dead_letter": {"to": "dead", "deliveries_max": 2}}, "dead": {}},
            }
        },
        "subscriptions": {"mailer": {"queue": "mail", "operation": "mailer.send", "consumers": 3}},
        "workload": {"orders": {"operation": "shop.order", "arrivals": {"kind": "poisson", "rate": "60/s"}}},
        "faults": {
            "slow_pay": {"kind": "slowdown", "target": "mailer", "factor": 2, "at": "4s", "for": "3s"},
            "other-slow-pay": {"kind": "crash", "target": "mailer", "replicas": 1, "at": "5s", "for": "3s"},
        },
        "run": {"horizon": "20s", "replications": 6, "seed": 2},
    }
    return run_replications(Scenario.model_validate(scenario), engine="compiled")


def cached() -> Result:
    """Prices that are looked up aside of a cache, which is emptied once."""
    steps = [{"cache": "prices", "miss": [{"call": "origin.read"}]}]
    scenario = {
        "name": "prices",
        "architecture": "synchronous",
        "services": {
            "api": {"workers": 20, "operations": {"get": steps}},
            "origin": {"workers": 4, "operations": {"read": [{"work": {"kind": "exponential", "mean": "8ms"}}]}},
        },
        "caches": {"prices": {"capacity": 50, "warm": "100%"}},
        "workload": {"get": {"operation": "api.get", "arrivals": {"kind": "poisson", "rate": "100/s"}, "keys": {"count": 200}}},
        "faults": {
            "flush": {"kind": "cache_flush", "target": "prices", "at": "4s"},
            "slow_pay": {"kind": "slowdown", "target": "origin", "factor": 2, "at": "4s", "for": "3s"},
            "other-slow-pay": {"kind": "slowdown", "target": "api", "factor": 2, "at": "5s", "for": "3s"},
        },
        "run": {"horizon": "10s", "replications": 4},
    }
    return run_replications(Scenario.model_validate(scenario), engine="compiled")


def scaled() -> Result:
    """A desk that is scaled when there is a rush, behind a door that learns how many it may let in."""
    pay = {"call": "desk.pay", "timeout": "2s"}
    autoscale = {"kind": "hpa", "metric": "utilisation", "target": "60%", "min": 1, "max": 6, "sync": "1s", "start_up": "1s"}
    limit = {"kind": "aimd", "initial": 30, "timeout": "300ms"}
    spike = {"kind": "spike", "rate": "20/s", "to": "90/s", "at": "3s", "for": "10s"}
    scenario = {
        "name": "scaled",
        "architecture": "synchronous",
        "services": {
            "door": {"workers": 200, "limit": limit, "operations": {"buy": [{"work": "1ms"}, pay]}},
            "desk": {"workers": 1, "autoscale": autoscale, "operations": {"pay": [{"work": "30ms"}]}},
        },
        "workload": {"people": {"operation": "door.buy", "arrivals": spike, "timeout": "3s"}},
        "faults": {
            "slow_pay": {"kind": "slowdown", "target": "desk", "factor": 2, "at": "4s", "for": "3s"},
            "other-slow-pay": {"kind": "slowdown", "target": "door", "factor": 2, "at": "5s", "for": "3s"},
        },
        "run": {"horizon": "20s", "replications": 4},
    }
    return run_replications(Scenario.model_validate(scenario), engine="compiled")


def leaky() -> Result:
    """A shop that loses connections to those whom it pays, workers one by one, and has handlers that hang."""
    pay = {"call": "desk.pay", "timeout": "300ms", "pool": "desk"}
    arrivals = {"kind": "poisson", "rate": "40/s"}
    scenario = {
        "name": "leaky",
        "architecture": "synchronous",
        "services": {
            "shop": {"workers": 20, "pools": {"desk": {"size": 8}}, "operations": {"buy": [{"work": "1ms"}, pay]}},
            "desk": {"replicas": 2, "workers": 6, "queue_max": 20, "operations": {"pay": [{"work": "30ms"}]}},
        },
        "workload": {"people": {"operation": "shop.buy", "arrivals": arrivals, "timeout": "2s"}},
        "faults": {
            "slow_pay": {"kind": "leak", "target": "shop", "pool": "desk", "every": "400ms", "at": "4s", "for": "3s"},
            "other-slow-pay": {"kind": "leak", "target": "desk", "every": "300ms", "at": "5s", "for": "3s"},
            "hang": {"kind": "hang", "target": "desk", "share": "5%", "at": "12s", "for": "3s"},
        },
        "run": {"horizon": "20s", "replications": 4},
    }
    return run_replications(Scenario.model_validate(scenario), engine="compiled")


def guarded(bare: Result) -> Comparison:
    """The synchronous shop without a breaker, and with one for its clients and one for each replica that calls."""
    one = bare.scenario.replace("services.front_end.operations.buy.1.breaker", {"failures": 5, "open": "300ms"})
    two = one.replace("workload.orders.breaker", {"kind": "consecutive", "failures": 20, "open": "1s"})
    three = two.replace("services.front_end.replicas", 3).replace("name", "shop-breaker")
    return Comparison(bare, run_replications(three, engine="compiled"))
