"""Families of a record: declared once; laid out, recorded, checked, hashed and saved by what they declare."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

import sim
from sim.errors import LedgerError
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.record import recorder
from sim.record.digest import digest
from sim.record.families import FAMILIES, Family
from sim.record.recording import Recording

if TYPE_CHECKING:
    from sim.record.record import Record


@pytest.fixture(scope="module")
def record() -> Record:
    """One run in which there is something of every family."""
    scenario = sim.load("order-pipeline/events", ["run.horizon=25s", "run.warmup=0s", "workload.order.breaker={failures: 3}"])
    transaction = {"transaction": {"store": "orders"}, "steps": [{"write": "deed"}]}
    more = {
        "brokers": {"rabbit": sim.QueueBroker(queues={"mail": {}})},
        "stores": {"orders": {"streams": {"account": {}}}},
        "relays": {"orders": {"store": "orders"}},
        "caches": {"papers": {"capacity": 9}},
        "projections": {"view": {"rebuild": {"rate": "1000/s"}}},
        "faults": {
            "cut": {"kind": "broker_outage", "target": "rabbit", "at": "12s", "for": "1s"},
            "anew": {"kind": "rebuild", "target": "view", "at": "13s"},
            "stuck": {"kind": "hang", "target": "notary", "share": "50%", "at": "12s", "for": "1s"},
            "leaky": {"kind": "leak", "target": "notary", "pool": "workers", "every": "1s", "at": "12s", "for": "2s"},
            "over": {"kind": "store_failover", "target": "orders", "at": "12s", "for": "1s", "loses": "1s"},
        },
        "services": {
            "notary": {"holds_worker": False, "cores": 1, "operations": {"sign": [transaction, {"publish": "mail"}]}}
        },
    }
    for section, there in more.items():
        scenario = scenario.replace(section, {**getattr(scenario, section), **there})
    services = scenario.resolved()["services"]
    services["stock"]["operations"]["look"] = [{"work": "1ms"}]
    services["stock"] |= {"balance": {"kind": "least_requests"}, "health": {"check": {}}}
    services["stock"]["autoscale"] = {"kind": "hpa", "metric": "utilisation", "target": "70%", "min": 1, "max": 9}
    services["notary"]["limit"] = {"kind": "fixed", "limit": 99}
    look = {"call": "stock.look", "hedge": {"after": "5ms"}, "fallback": [{"work": "1ms"}]}
    cache = {"cache": "papers", "key": "flow", "miss": [{"call": "stock.look"}]}
    lock = {"lock": {"name": "desk", "key": "flow"}, "steps": [{"work": "1ms"}]}
    services["notary"]["operations"]["sign"] += [look, cache, lock, {"parallel": [{"work": "1ms"}]}]
    scenario = scenario.replace("services", services)
    client = (
        "then=[{operation: stock.look, after: 100ms}]",
        "bulkhead={wait_max: 1ms}",
        "retry={kind: fixed, attempts_max: 2, delay: 10ms, budget: {kind: token_bucket, tokens_max: 9}}",
    )
    scenario = scenario.with_overrides([f"workload.order.{one}" for one in client])
    steps = scenario.services["shop"].operations["order"]
    saga = sim.Saga("whole", steps=[{"do": {"call": "stock.reserve"}}])
    return sim.run(scenario.replace("services.shop.operations.order", [*steps, saga]), replications=1).records[0]


def test_areas_of_any_family_are_those_of_the_verbs_made_for_one() -> None:
    """`advance` reads levels and areas from the declaration; `advance_service` and `advance_group` have them written out."""
    network = compile_network(sim.load("order-pipeline/events"))
    written_out = ((f.services.SERVICES, recorder.advance_service), (f.groups.GROUPS, recorder.advance_group))
    for family, by_hand in written_out:
        one, other = (Recording.of(network).words() for _ in range(2))
        for words in (one, other):
            for column in range(len(family.levels)):
                if column != family.since:
                    words[words[family.level_at] + column] = 3 + column
        by_hand(one, 700, 0)
        recorder.advance(other, 700, family.at, 0)
        assert list(one) == list(other)
        assert sum(one[one[family.first_at] :][: len(family.counters)]) > 0


def test_every_table_of_a_record_is_one_that_a_family_declares(record: Record) -> None:
    """As many entities as the network has, as many columns as were declared, and every column has a name of its own."""
    for family in FAMILIES:
        count = len(family.entities(record.network))
        assert record.tables[family.name].shape == (record.network.windows, count, len(family.counters))
        assert len(set(family.counters)) == len(family.counters)
        if family.levels:
            assert record.levels[family.name].shape == (count, len(family.levels))


@pytest.mark.parametrize(
    ("family", "balance"),
    [(family, number) for family in FAMILIES for number in range(len(family.balances))],
    ids=lambda one: one.name if isinstance(one, Family) else str(one),
)
def test_an_identity_that_does_not_hold_is_named(record: Record, family: Family, balance: int) -> None:
    """One too many of what came in: the ledger says of which entity, and by which identity."""
    one = family.balances[balance]
    table = record.tables[family.name].copy()
    table[0, 0, one.came_in[0]] += 1
    wrong = replace(record, tables={**record.tables, family.name: table})
    with pytest.raises(LedgerError, match=re.escape(f"{one.what} '{family.names(record.network)[0]}'")):
        wrong.check()


def test_what_an_engine_holds_is_held_against_the_levels(record: Record) -> None:
    """An engine that holds one more than was recorded is told so, for each thing that a family says it holds."""
    for family in FAMILIES:
        for column, holding in enumerate(family.holdings):
            if not family.entities(record.network):
                continue
            held = record.inside[family.name].copy()
            held[0, column] += 1
            with pytest.raises(LedgerError, match=re.escape(holding.what)):
                replace(record, inside={**record.inside, family.name: held}).check()


def test_a_rare_column_changes_no_fingerprint_until_it_counts(record: Record) -> None:
    """What was declared later, and is 0 throughout, is not hashed; one count, in whichever row, is."""
    hashed, plain = (sum(table.size for table in record._tables(hashed=how)) for how in (True, False))
    there = [one for one in FAMILIES if one.hashed and one.entities(record.network)]
    rare = sum(record.tables[one.name][:, :, [*one.rare, *one.outlooks]].size for one in there)
    assert rare > 0
    assert hashed == plain - rare
    table = record.groups.copy()
    table[-1, 0, f.groups.GROUPS.rare[0]] = 1
    assert replace(record, tables={**record.tables, "groups": table}).fingerprint() != record.fingerprint()


def test_what_may_come_is_in_no_fingerprint(record: Record) -> None:
    """An outlook says what may become of what is open, not what happened: neither fingerprint nor digest has it."""
    table = record.groups.copy()
    table[-1, 0, f.groups.GROUP_REPEATING] += 1
    other = replace(record, tables={**record.tables, "groups": table})
    assert other.fingerprint() == record.fingerprint()
    assert digest(other) == digest(record)


def test_a_family_without_entities_changes_no_fingerprint(record: Record) -> None:
    """Tables of later families are hashed where they have rows only, so that a mechanic more moves no older scenario."""
    bare = sum(record.tables[name].size + record.levels[name].size for name in ("services", "edges", "flows", "groups"))
    later = [one for one in FAMILIES if one.hashed and one.name not in {"services", "edges", "flows", "groups"}]
    more = sum(record.tables[one.name].size + record.levels[one.name].size for one in later)
    assert np.sum([table.size for table in record._tables()]) == bare + more
