"""A draw belongs to what is drawn: adding a service, a retry, a fault or a flow elsewhere shifts none.

(seed, replication, stream, trace, occurrence)  ->  the same service time, whatever else the scenario holds
"""

from __future__ import annotations

import copy
from typing import Any

import pytest

from sim.engine import run_once
from sim.network import compile as compile_network
from sim.record import fields
from sim.scenario.scenario import Scenario
from sim.semantics import order

Drawn = dict[tuple[int, str, int], int]
LOG_ROWS = 60_000


def shop() -> dict[str, Any]:
    """A flow through two services and a topic, with room for everybody, so that only draws decide its times."""
    work = {"kind": "exponential", "mean": "5ms"}
    shipping = {"workers": 500, "replicas": 2, "balance": "random", "operations": {"ship": [{"work": work}, {"fail": 0.2}]}}
    return {
        "name": "shop",
        "architecture": "synchronous",
        "network": {"hop": {"kind": "uniform", "low": "0s", "high": "2ms"}},
        "services": {
            "front": {
                "workers": 500,
                "operations": {
                    "order": [
                        {"work": work},
                        {"choose": [{"weight": 1, "steps": [{"work": work}]}, {"weight": 2, "steps": []}]},
                        {"call": "shipping.ship", "optional": True},
                        {"publish": "ordered", "acks": "none"},
                    ]
                },
            },
            "shipping": shipping,
            "mail": {"workers": 500, "operations": {"send": [{"work": work}]}},
        },
        "brokers": {"b": {"latency": work, "topics": {"ordered": {"partitions": 40}}}},
        "subscriptions": {"mail": {"topic": "ordered", "operation": "mail.send", "consumers": 40}},
        "workload": {"f": {"operation": "front.order", "arrivals": {"kind": "poisson", "rate": "100/s"}, "keys": 1000}},
        "run": {"horizon": "3s", "window": "1s"},
    }


def drawn(data: dict[str, Any], flow: str = "f") -> tuple[Drawn, dict[int, int]]:
    """Times of work by (trace of the flow, operation, occurrence), and the times of arrivals by trace of the flow."""
    network = compile_network(Scenario.model_validate(data))
    record = run_once(network, seed=5, log_facts=LOG_ROWS)
    assert record.log_lost == 0
    number = [f.name for f in network.flows].index(flow)
    places = [place.name for place in (*network.operations, *network.channels)]
    begun: dict[int, int] = {}
    work: Drawn = {}
    traces: dict[int, int] = {}
    arrivals: dict[int, int] = {}
    for time, fact, ident, value in record.log.tolist():
        name, trace = fields.facts.FACTS[fact], ident >> (order.PLACE_BITS + order.OCCURRENCE_BITS)
        if name == "offered" and value == number:
            arrivals[len(traces)] = time
            traces[trace] = len(traces)
        elif name in {"arrived", "started", "delivered", "worked"} and trace in traces:
            if name == "worked":
                place = places[(ident >> order.OCCURRENCE_BITS) & (order.PLACES_MAX - 1)]
                key = (traces[trace], place, ident & (order.OCCURRENCES_MAX - 1))
                work.setdefault(key, time - begun[ident])
            else:
                begun[ident] = time
    return work, arrivals


def changed(what: str) -> dict[str, Any]:
    """The shop with something more that does not concern the flow."""
    data = copy.deepcopy(shop())
    services, flow = data["services"], data["workload"]["f"]
    extra = {"workers": 500, "operations": {"go": [{"work": {"kind": "exponential", "mean": "5ms"}}, {"call": "mail.send"}]}}
    if what == "a service before all others":
        data["services"] = {"extra": extra, **services}
    elif what == "a retry that never fires":
        flow["retry"] = {"kind": "full_jitter", "attempts_max": 5, "base": "1ms", "cap": "1s"}
    elif what == "a timeout that never runs out":
        flow["timeout"] = "1h"
    elif what == "a fault of something else":
        services["extra"] = extra
        data["faults"] = {"x": {"kind": "crash", "target": "extra", "at": "1s", "for": "1s"}}
        data["faults"]["y"] = {"kind": "slowdown", "target": "extra", "factor": 9.0, "at": "1s", "for": "1s"}
    elif what == "a flow to the same services":
        services["extra"] = extra
        other = {"operation": "extra.go", "arrivals": {"kind": "poisson", "rate": "70/s"}}
        data["workload"] = {"g": other, "h": {**other, "operation": "front.order"}, "f": flow}
    elif what == "another group of the topic":
        services["extra"] = extra
        data["subscriptions"] = {"g": {"topic": "ordered", "operation": "extra.go"}, **data["subscriptions"]}
    elif what == "an operation before":
        services["shipping"]["operations"] = {"quote": [{"work": "1ms"}], **services["shipping"]["operations"]}
    return data


CHANGES = [
    "a service before all others",
    "a retry that never fires",
    "a timeout that never runs out",
    "a fault of something else",
    "a flow to the same services",
    "another group of the topic",
    "an operation before",
]


@pytest.mark.parametrize("what", CHANGES)
def test_other_draws_stay(what: str) -> None:
    """Every arrival and every service time of the flow is what it was, to the nanosecond."""
    work, arrivals = drawn(shop())
    more_work, more_arrivals = drawn(changed(what))
    assert more_arrivals == arrivals
    shared = [key for key in work if key in more_work]
    if what != "another group of the topic":  # mail.send is called once more, so that it has further occurrences
        assert len(shared) >= 0.98 * len(work) > 800  # some end beyond the horizon when their message waits for another
    assert [key for key in shared if work[key] != more_work[key]] == []


def test_both_architectures_meet_the_same_times() -> None:
    """A trace's mail takes the same time to send when it is called as when it is consumed."""
    called = shop()
    called["services"]["front"]["operations"]["order"][-1] = {"call": "mail.send"}
    by_call, by_event = drawn(called)[0], drawn(shop())[0]
    shared = [key for key in by_call if key in by_event and key[1] == "mail.send"]
    assert len(shared) > 200
    assert [key for key in shared if by_call[key] != by_event[key]] == []


def test_partitions_stay() -> None:
    """Messages keep their partitions when a flow is added, also when each trace has a key of its own."""

    def offsets(data: dict[str, Any]) -> list[tuple[int, int]]:
        del data["workload"]["f"]["keys"]
        data["services"]["front"]["operations"]["order"] = [{"publish": "ordered", "acks": "none"}]
        network = compile_network(Scenario.model_validate(data))
        log = run_once(network, seed=5, log_facts=LOG_ROWS).log
        appended = log[log[:, fields.facts.LOG_FACT] == fields.facts.FACT_APPENDED]
        return [(int(row[fields.facts.LOG_TIME]), int(row[fields.facts.LOG_VALUE])) for row in appended]

    data, more = shop(), shop()
    more["services"]["other"] = {"workers": 99, "operations": {"go": []}}
    more["workload"] = {
        "g": {"operation": "other.go", "arrivals": {"kind": "constant", "rate": "100/s"}},
        "f": more["workload"]["f"],
    }
    assert offsets(data) == offsets(more)


def test_balancing_of_two_operations_is_independent() -> None:
    """Where a trace's first call of one operation goes says nothing of where its first call of another goes."""
    data = shop()
    services = data["services"]
    services["shipping"] = {
        "replicas": 2,
        "workers": 500,
        "balance": "random",
        "operations": {"one": [], "two": []},
    }
    calls = [{"call": "shipping.one", "optional": True}, {"call": "shipping.two", "optional": True}]
    services["front"]["operations"]["order"] = calls
    del data["brokers"], data["subscriptions"]
    crash = {"kind": "crash", "target": "shipping", "replicas": 1, "at": "0s", "for": "3s", "detection": "1h"}
    data["faults"] = {"x": crash}
    network = compile_network(Scenario.model_validate(data))
    log = run_once(network, seed=5, log_facts=LOG_ROWS).log
    refused = log[log[:, fields.facts.LOG_FACT] == fields.facts.FACT_REFUSED, fields.facts.LOG_IDENTITY]
    traces = (refused >> (order.PLACE_BITS + order.OCCURRENCE_BITS)).tolist()
    both = len(traces) - len(set(traces))
    assert 0.1 < both / len(set(traces)) < 0.6  # one in three when independent, all of them when not
