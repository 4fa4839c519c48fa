"""Scenarios that are large in one respect: the kernel's pools have to grow, its fixed-delay queues and chunks to run out.

name -> scenario as plain data; `python -m tests.conformance.scale NAME` runs one alone, as a crash of the compiled
kernel takes the whole process with it
"""

from __future__ import annotations

import sys
from typing import Any

from sim.scenario.scenario import Scenario
from tests.conformance.diverge import assert_conform

Data = dict[str, Any]


def whole(services: Data, workload: Data, **more: Any) -> Data:
    """A scenario of 1 s around services and workload."""
    run = {"horizon": "1s", "window": "250ms"}
    return {"name": "scale", "architecture": "synchronous", "services": services, "workload": workload, "run": run, **more}


def constant(operation: str, rate: str, **more: Any) -> Data:
    """A flow with arrivals on a grid."""
    return {"operation": operation, "arrivals": {"kind": "constant", "rate": rate}, **more}


def consumed_from(partitions: int, **group: Any) -> Data:
    """One topic ``t``, one group that reads it by ``c.handle``."""
    topic = {"partitions": partitions, "partitioner": "round_robin"}
    return {
        "brokers": {"b": {"latency": "1ms", "topics": {"t": topic}}},
        "subscriptions": {"g": {"topic": "t", "operation": "c.handle", **group}},
    }


def deep_backlog() -> Data:
    """Nobody keeps up: 6000 messages wait at the end."""
    services = {"p": {"operations": {"go": [{"publish": "t"}]}}, "c": {"operations": {"handle": [{"work": "100ms"}]}}}
    return whole(services, {"f": constant("p.go", "6000/s")}, **consumed_from(3))


def lost_backlog() -> Data:
    """A backlog of thousands when its only consumer crashes, commits now and then, comes back and works it off."""
    services = {"p": {"operations": {"go": [{"publish": "t"}]}}, "c": {"operations": {"handle": [{"work": "50us"}]}}}
    crash = {"kind": "crash", "target": "c", "at": "200ms", "for": "300ms"}
    groups = consumed_from(5, consumers=2, commit_every=7, session_timeout="50ms", rebalance_pause="10ms")
    return whole(services, {"f": constant("p.go", "5000/s")}, faults={"x": crash}, **groups)


def in_flight() -> Data:
    """3000 attempts are in flight at once, each with a timer."""
    services = {"a": {"workers": 100, "operations": {"go": [{"call": "b.go", "timeout": "400ms"}]}}}
    services["b"] = {"workers": 3000, "operations": {"go": [{"work": "700ms"}]}}
    services["a"]["workers"] = 3000
    return whole(services, {"f": constant("a.go", "4000/s")}, network={"hop": "1ms"})


def long_queue_crashes() -> Data:
    """5000 requests wait at a replica that goes down; all callers hear of it at the same instant, with no delay."""
    services = {"a": {"operations": {"go": [{"work": "500ms"}]}}}
    crash = {"kind": "crash", "target": "a", "at": "900ms", "for": "20ms"}
    retry = {"kind": "fixed", "attempts_max": 2, "delay": "0s"}
    return whole(services, {"f": constant("a.go", "5500/s", retry=retry)}, faults={"x": crash})


def wide() -> Data:
    """One handler sends 1000 calls at once, some of which are sent again."""
    retry = {"kind": "exponential", "attempts_max": 3, "base": "0s", "cap": "1ms"}
    calls = [{"call": "b.go", "retry": retry, "timeout": "3ms"}] * 1000
    services = {"a": {"workers": 3, "operations": {"go": [{"parallel": calls}]}}}
    services["b"] = {"workers": 50, "queue_max": 700, "operations": {"go": [{"work": "1ms"}, {"fail": 0.2}]}}
    return whole(services, {"f": constant("a.go", "3/s")})


def many_arrivals() -> Data:
    """Arrival times run out and are handed over again several times, for two flows at once."""
    services = {"a": {"workers": 50, "operations": {"go": [{"work": "1ms"}]}}}
    return whole(services, {"f": constant("a.go", "20000/s"), "g": constant("a.go", "17000/s")})


def arrivals_at_once() -> Data:
    """20 000 requests arrive in each of two instants, more than a chunk of times holds."""
    values = {"kind": "empirical", "values": ["0s", "400ms"], "weights": [20_000, 1]}
    arrivals = {"kind": "renewal", "interarrival": values}
    services = {"a": {"workers": 7, "queue_max": 5, "operations": {"go": [{"work": "1ms"}]}}}
    return whole(services, {"f": {"operation": "a.go", "arrivals": arrivals}})


def many_delays() -> Data:
    """Many fixed-delay queues: hops and timeouts of 40 different lengths."""
    calls = [{"call": "b.go", "hop": f"{n}ms", "timeout": f"{2 * n + 3 * (n % 2)}ms"} for n in range(1, 41)]
    services = {"a": {"workers": 100, "operations": {"go": [{**call, "optional": True} for call in calls]}}}
    services["b"] = {"workers": 2, "operations": {"go": [{"work": "1ms"}]}}
    return whole(services, {"f": constant("a.go", "20/s")})


def many_partitions() -> Data:
    """300 partitions, 60 consumers in two groups, a crash that makes all of them stop and share out again."""
    services = {
        "p": {"operations": {"go": [{"publish": "t"}]}},
        "c": {"replicas": 10, "operations": {"handle": [{"work": "3ms"}], "other": [{"work": "5ms"}]}},
    }
    crash = {"kind": "crash", "target": "c", "replicas": 7, "at": "300ms", "for": "300ms"}
    more = consumed_from(300, consumers=3, session_timeout="20ms", rebalance_pause="0s")
    more["subscriptions"]["h"] = {**more["subscriptions"]["g"], "operation": "c.other", "commit": "before"}
    return whole(services, {"f": constant("p.go", "3000/s")}, faults={"x": crash}, **more)


def burst_of_publishes() -> Data:
    """A handler publishes five messages in one go, without waiting for acks, while thousands are in the log."""
    services = {
        "p": {"operations": {"go": [{"publish": "t", "acks": "none"}] * 5}},
        "c": {"operations": {"handle": [{"work": "100ms"}]}},
    }
    return whole(services, {"f": constant("p.go", "1000/s")}, **consumed_from(3))


def large_burst_of_publishes() -> Data:
    """A handler publishes 900 messages in one go, without waiting for acks."""
    whole_burst = burst_of_publishes()
    whole_burst["services"]["p"]["operations"]["go"] *= 180
    whole_burst["workload"]["f"] = constant("p.go", "5/s")
    return whole_burst


def publishes_of_retries() -> Data:
    """A handler publishes and fails, 100 times in one instant, since the retries of its group have no delay."""
    services = {
        "p": {"operations": {"go": [{"publish": "t"}]}},
        "c": {"operations": {"handle": [{"publish": "u", "acks": "none"}, {"fail": 1.0}], "late": [{"work": "1s"}]}},
    }
    more = consumed_from(1, retry={"kind": "fixed", "attempts_max": 100, "delay": "0s"})
    more["brokers"]["b"]["topics"]["u"] = {"partitions": 2}
    more["subscriptions"]["h"] = {"topic": "u", "operation": "c.late"}
    return whole(services, {"f": constant("p.go", "40/s")}, **more)


def burst_into_a_queue() -> Data:
    """900 messages come to a queue at once; of its 60 consumers 40 go down, half of all fail; dead letters are read."""
    services = {
        "p": {"operations": {"go": [{"publish": "q", "confirm": False}] * 900}},
        "c": {"replicas": 6, "operations": {"handle": [{"work": "2ms"}, {"fail": 0.5}], "bury": [{"work": "1ms"}]}},
    }
    queue = {"visibility": "20ms", "dead_letter": {"to": "d", "deliveries_max": 2}}
    return whole(
        services,
        {"f": constant("p.go", "5/s")},
        brokers={"b": {"kind": "queue", "queues": {"q": queue, "d": {}}}},
        subscriptions={
            "g": {"queue": "q", "operation": "c.handle", "consumers": 10},
            "h": {"queue": "d", "operation": "c.bury"},
        },
        faults={"x": {"kind": "crash", "target": "c", "replicas": 4, "at": "205ms", "for": "100ms"}},
    )


SCALES = {
    function.__name__: function
    for function in (
        deep_backlog,
        lost_backlog,
        in_flight,
        long_queue_crashes,
        wide,
        many_arrivals,
        arrivals_at_once,
        many_delays,
        many_partitions,
        burst_of_publishes,
        large_burst_of_publishes,
        publishes_of_retries,
        burst_into_a_queue,
    )
}

if __name__ == "__main__":
    assert_conform(Scenario.model_validate(SCALES[sys.argv[1]]()))
