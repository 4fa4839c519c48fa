"""Faults of every kind in one scenario: each two fields that they act on compose, and each says when it met nothing."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

import pytest

from sim.engine import run_once
from sim.metrics.exercised import not_exercised
from sim.network import compile as compile_network
from sim.network.lower.faults import FIELDS, fault_schedule_of
from sim.registry import discover
from sim.scenario import Scenario
from sim.scenario.kinds import Change
from tests.engine.story import once, scene

Data = dict[str, Any]

KINDS: dict[str, Data] = {
    "bad_deploy": {"target": "a", "change": {"kind": "errors", "share": 0.5}, "start_up": "5ms"},
    "bandwidth": {"link": "a -> c", "rate": "1MB/s"},
    "broker_outage": {"target": "k"},
    "cache_flush": {"target": "kept"},
    "config_push": {"target": "a", "change": {"kind": "pause"}},
    "cores_lost": {"target": "a", "count": 1},
    "crash": {"target": "a", "detection": "10ms"},
    "crash_loop": {"target": "a", "up": "5ms", "down": "5ms", "detection": "0s"},
    "duplicate": {"link": "a -> c", "share": 0.5},
    "errors": {"target": "a", "share": 0.5},
    "fail_slow": {"target": "a", "factor": 3.0},
    "hang": {"target": "a", "share": 0.5},
    "latency": {"link": "a -> c", "add": "1ms"},
    "leak": {"target": "a", "every": "10ms"},
    "loss": {"link": "a -> c", "share": 0.5},
    "partition": {"between": [{"service": "a"}, {"service": "c"}]},
    "pause": {"target": "a"},
    "poison": {"target": "a", "share": 0.5},
    "rebuild": {"target": "view"},
    "rolling_deploy": {"target": "a", "start_up": "30ms"},
    "slowdown": {"target": "a", "factor": 2.0},
    "store_down": {"target": "db"},
    "store_failover": {"target": "db", "loses": "5ms"},
    "store_slow": {"target": "db", "factor": 2.0},
    "traffic": {"flow": "f", "factor": 2.0},
    "zone_outage": {"zone": "x"},
}
"""A fault of every kind."""
AT_ONCE = {"cache_flush", "rebuild", "rolling_deploy", "bad_deploy"}
"""Those that end by themselves."""


def fault(kind: str, at: int, lasts: int) -> Data:
    """One of them, at a time and for so long, in ms."""
    ends = {"rollback_at": f"{at + lasts}ms"} if kind == "bad_deploy" else {}
    return {"kind": kind, "at": f"{at}ms", **KINDS[kind], **ends, **({} if kind in AT_ONCE else {"for": f"{lasts}ms"})}


def whole(faults: Data) -> Scenario:
    """One request at 1000 ms that meets a cache, a call over a link, a store and its relay, a broker and a projection."""
    writing = {"transaction": {"store": "db"}, "steps": [{"write": "row"}, {"outbox": "t"}]}
    calling = {"call": "c.go", "timeout": "50ms", "pool": "c"}
    services = {
        "a": {
            "replicas": 2, "workers": 9, "cores": 4, "zones": "spread", "pools": {"c": {"size": 9}},
            "operations": {"go": [{"work": "10ms"}, {"cache": "kept", "miss": [calling]}, writing]},
        },
        "c": {"operations": {"go": [{"work": "1ms"}], "up": [{"work": "1ms"}, {"project": "view"}]}},
    }
    more: Data = {
        "zones": ["x", "y"],
        "caches": {"kept": {"per": "service", "capacity": 9}},
        "stores": {"db": {"connections": 2, "commit": "1ms"}},
        "relays": {"r": {"store": "db", "kind": "log_tail", "delay": "1ms"}},
        "brokers": {"k": {"latency": "0s", "topics": {"t": {"partitions": 1, "retention": {"time": "1h"}}}}},
        "subscriptions": {"g": {"topic": "t", "operation": "c.up"}},
        "projections": {"view": {"rebuild": {"rate": "10/s"}}},
    }
    return Scenario.model_validate(scene(services, {"f": once("a.go", "1000ms", keys=1)}, faults=faults, **more))


def test_every_kind_of_fault_is_here() -> None:
    """Also one that is added later."""
    assert sorted(KINDS) == sorted(discover("sim.faults", Change))


# -- each two fields

ON_FIELD = {
    ("broker", "down"): "broker_outage",
    ("cache", "emptied"): "cache_flush",
    ("flow", "rate"): "traffic",
    ("link", "disturbed"): "loss",
    ("operation", "failing"): "errors",
    ("operation", "hanging"): "hang",
    ("pool", "leaked"): "leak_of_pool",
    ("projection", "emptied"): "rebuild",
    ("relay", "down"): "crash_of_relay",
    ("replica", "cores"): "cores_lost",
    ("replica", "down"): "crash",
    ("replica", "halted"): "pause",
    ("replica", "leaked"): "leak",
    ("replica", "pace"): "slowdown",
    ("replica", "withdrawn"): "rolling_deploy",
    ("store", "down"): "store_down",
    ("store", "leaked"): "leak_of_store",
    ("store", "lost"): "store_failover",
    ("store", "pace"): "store_slow",
}
"""Of each field that effects may change a fault that does."""
OTHERS: dict[str, Data] = {
    "crash_of_relay": {"kind": "crash", "target": {"relay": "r"}, "for": "100ms"},
    "leak_of_pool": {"kind": "leak", "target": "a", "pool": "c", "every": "10ms", "for": "100ms"},
    "leak_of_store": {"kind": "leak", "target": {"store": "db"}, "pool": "connections", "every": "10ms", "for": "100ms"},
}
"""Kinds of faults that strike other things, too."""


@cache
def scheduled(*faults: tuple[str, int]) -> dict[tuple[str, int], list[tuple[int, ...]]]:
    """What these faults do, each from a time on for 100 ms: by the kind of thing and the verb, in the order of time."""
    given = {kind: OTHERS[kind] | {"at": f"{at}ms"} if kind in OTHERS else fault(kind, at, 100) for kind, at in faults}
    scenario = whole(given)
    found = defaultdict[tuple[str, int], list[tuple[int, ...]]](list)
    for row in fault_schedule_of(scenario, services()):
        where = () if row.of == "operation" else (row.number,)  # each fault of operations has rows of its own
        found[row.of, row.verb].append((row.at, row.value, *where))
    return found


@cache
def services() -> Any:
    """The services of the scenario, as they are compiled."""
    return compile_network(whole({})).services


def test_every_field_is_here() -> None:
    """Also one that is declared later."""
    services()
    assert sorted(ON_FIELD) == sorted(FIELDS)


@pytest.mark.parametrize("field", sorted(ON_FIELD), ids=".".join)
def test_each_pair_of_fields_composes(field: tuple[str, str]) -> None:
    """A fault of it and one of any other field, 20 ms later: each does what it does alone, and neither undoes the other."""
    one = ON_FIELD[field]
    for other in sorted(set(ON_FIELD.values()) - {one}):
        alone, later = scheduled((one, 1000)), scheduled((other, 1020))
        together = scheduled((one, 1000), (other, 1020))
        assert together.keys() == alone.keys() | later.keys()
        apart = (alone.keys() ^ later.keys()) | {verb for verb in alone if verb[0] == "operation"}
        assert apart, "both act on the same fields only"
        for verb in apart:
            assert together[verb] == sorted(alone.get(verb, []) + later.get(verb, [])), (other, verb)


# -- exposure


def test_what_meets_nothing_is_not_exercised() -> None:
    """Each kind says so where nobody came while it lasted, and does not where somebody did."""
    for kind in KINDS:
        there = 1200 if kind in {"cache_flush", "rebuild"} else 990  # when something was stored
        scenario = whole({"missed": fault(kind, 200, 60), "met": fault(kind, there, 60)})
        assert not_exercised(run_once(compile_network(scenario), seed=1)) == ("missed",), kind
