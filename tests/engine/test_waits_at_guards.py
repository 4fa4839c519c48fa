"""Attempts that wait at guards: what happens to them, to their callers and to the guards further out. Both engines agree."""

from __future__ import annotations

from typing import Any

import pytest

import sim
from sim.record import fields as f
from sim.record.outcomes import OK, REJECTED, TIMEOUT
from sim.scenario import ScenarioError, loads
from sim.scenario.checks import check

SHOP = """
name: shop
architecture: synchronous
network: {{hop: 0s}}
services:
  shop: {{replicas: {replicas}, workers: 1000, {pools} operations: {{{operations}}}}}
  payment: {{workers: {workers}, operations: {{charge: [{{work: {work}}}], refund: [{{work: {work}}}]}}}}
workload: {{{flows}}}
faults: {{{faults}}}
run: {{horizon: {horizon}, warmup: 0s, window: {horizon}, replications: 1, seed: 4}}
"""
ORDERS = "orders: {operation: shop.buy, arrivals: {kind: constant, rate: 100/s}}"


def both(call: str = "", **more: Any) -> Any:
    """The record of a run that both engines agree on; 100 calls a second, that take 20 ms each."""
    given = {"replicas": 1, "workers": 1000, "work": "20ms", "flows": ORDERS, "faults": "", "horizon": "1s", "pools": ""}
    given["operations"] = f"buy: [{{call: payment.charge, timeout: 1s, {call}}}]"
    text = SHOP.format(**given | more)
    runs = [sim.run(loads(text), replications=1, engine=engine) for engine in ("simpy", "compiled")]
    assert runs[0].fingerprint() == runs[1].fingerprint()
    return runs[0].records[0]


def guard(record: Any, slot: str) -> dict[str, int]:
    """What was counted of those who waited at a guard, by the end of its name, and what else it counted itself."""
    found: dict[str, int] = {}
    for family, table in ((f.rooms.ROOMS, record.tables["rooms"]), (f.guards.GUARDS, record.guards)):
        for whose, row in zip(family.names(record.network), table[0], strict=True):
            if whose.endswith(slot):
                found |= {name: value for name, value in zip(family.counters, row.tolist(), strict=True) if name not in found}
    return found


def settled(record: Any, outcome: int) -> int:
    """How many attempts to charge ended so."""
    names = f.edges.EDGES.names(record.network)
    return int(record.edges[0, names.index("shop.buy -> payment.charge"), f.edges.EDGE_SETTLED + outcome])


def test_a_bulkhead_lets_so_many_be_under_way() -> None:
    """One place, calls of 20 ms, one each 10 ms: every other one is refused at once, and waits for nothing."""
    record = both("bulkhead: {calls_max: 1}")
    found = guard(record, "bulkhead")
    assert (found["admitted"], found["refused"]) == (50, 49)  # one is under way until the horizon
    assert "waits" not in found
    assert settled(record, REJECTED) == 49


def test_who_waits_gets_the_place_that_becomes_free_in_its_order() -> None:
    """A room as good as the queue of a callee with one worker: every answer comes at the same time as there."""
    work = "{kind: exponential, mean: 15ms}"
    waiting = both("bulkhead: {calls_max: 1, wait_max: 1h}", work=work)
    queued = both("", work=work, workers=1)
    assert waiting.replies.by_flow(1).sum() == queued.replies.by_flow(1).sum() > 50
    assert (waiting.flows == queued.flows).all()
    of_room, of_queue = guard(waiting, "bulkhead"), queued.services[0, 1]
    assert of_room["waited"] == of_queue[f.services.SERVICE_WAITED]
    assert of_room["held_back_area"] == of_queue[f.services.SERVICE_WAITING_AREA]


def test_who_has_waited_too_long_is_refused_then() -> None:
    """Full and timed out are told apart: with room for one, one waits 45 ms in vain or gets its place, others are refused."""
    found = guard(both("bulkhead: {calls_max: 1, wait_max: 45ms, queue_max: 1}", work="50ms"), "bulkhead")
    assert found["timed_out"] > 0
    assert found["refused"] - found["timed_out"] > 0
    assert found["went"] > 0
    assert 0 <= found["waits"] - found["went"] - found["timed_out"] <= found["held_back_max"] == 1


def test_the_timeout_of_an_attempt_begins_when_it_leaves() -> None:
    """An attempt waits 100 ms for its permit, longer than its timeout of 50 ms, and is answered well 20 ms after it left."""
    one = "orders: {operation: shop.buy, arrivals: {kind: renewal, interarrival: 400ms}}"
    call = "buy: [{call: payment.charge, timeout: 50ms, rate_limit: {limit: 1, period: 900ms, wait_max: 1s}}]"
    record = both(operations=call, flows=one)
    assert guard(record, "rate_limit")["waited"] == 100_000_000
    assert (settled(record, TIMEOUT), settled(record, OK)) == (0, 2)


def test_a_place_is_free_when_the_caller_gives_up() -> None:
    """Calls that take 60 ms time out after 20 ms: the callee works on, and the place is another's, 50 times a second."""
    call = "buy: [{call: payment.charge, timeout: 20ms, bulkhead: {calls_max: 1, wait_max: 1s}}]"
    record = both(operations=call, work="60ms")
    assert settled(record, TIMEOUT) == 49
    assert guard(record, "bulkhead")["admitted"] == 50


def test_what_waits_when_its_caller_goes_down_is_gone() -> None:
    """A crash of the caller at 505 ms takes those who wait with it: they left the room, and the new process begins empty."""
    fault = "down: {kind: crash, target: shop, at: 505ms, for: 200ms}"
    record = both("bulkhead: {calls_max: 1, wait_max: 1h}", faults=fault, work="100ms")
    found = guard(record, "bulkhead")
    assert found["left"] == 45  # 51 have come, 5 are done, one has the place
    assert found["given_up"] == 1
    assert record.levels["rooms"][0, f.rooms.LEVEL_HELD_BACK] == 26  # of 29 that came after the restart at 705 ms


@pytest.mark.parametrize(("wait", "refused"), [("1h", 0), ("30ms", 1)])
def test_what_waits_at_the_horizon_is_counted_as_open(wait: str, refused: int) -> None:
    """Calls that never end: one has the place, 98 wait until the horizon, or have waited too long but for the last three."""
    record = both(f"bulkhead: {{calls_max: 1, wait_max: {wait}}}", work="1h")
    found = guard(record, "bulkhead")
    held = int(record.levels["rooms"][0, f.rooms.LEVEL_HELD_BACK])
    assert found["attempts"] == 99 == 1 + found["timed_out"] + held
    assert held == (3 if refused else 98)
    names = f.edges.EDGES.names(record.network)
    assert record.edge_levels[names.index("shop.buy -> payment.charge"), f.edges.LEVEL_AWAITED] == held + 1


def test_a_probe_that_waited_in_vain_gives_its_place_back() -> None:
    """The breaker lets one probe go, which waits at the bulkhead behind a long call and is refused: another may try."""
    guards = "breaker: {failures: 1, open: 50ms}, bulkhead: {calls_max: 1, wait_max: 5ms}"
    call = f"buy: [{{call: payment.charge, timeout: 15ms, {guards}}}]"
    record = both(operations=call, work="60ms", horizon="2s")
    breaker, bulkhead = guard(record, "breaker"), guard(record, "bulkhead")
    assert breaker["withdrawn"] == bulkhead["refused"]
    assert breaker["failed"] == bulkhead["failed"] > 5, "it is tried again and again"


def test_calls_to_several_operations_share_a_pool() -> None:
    """Two operations use the pool of two connections by turns: never more than two are under way, whoever asks."""
    flows = f"{ORDERS}, backs: {{operation: shop.back, arrivals: {{kind: constant, rate: 100/s}}}}"
    calls = "buy: [{call: payment.charge, timeout: 1s, pool: p}], back: [{call: payment.refund, timeout: 1s, pool: p}]"
    record = both(operations=calls, flows=flows, pools="pools: {p: {size: 2, wait_max: 10ms}},")
    assert record.services[0, 1, f.services.SERVICE_BUSY_AREA] <= 2 * 10**9
    found = [guard(record, f"payment.{name}: pool p") for name in ("charge", "refund")]
    assert all(one["attempts"] >= 99 and one["timed_out"] > 0 for one in found)
    assert sum(one["admitted"] for one in found) <= 102
    assert record.network.guards[1].states == 0, "what the pool knows is counted once"


def test_each_replica_has_a_pool_of_its_own() -> None:
    """Two shops with a connection each carry what one refuses."""
    counts = [both("pool: p", replicas=n, pools="pools: {p: {size: 1, wait_max: 0s}},") for n in (1, 2)]
    assert [guard(one, "pool p")["refused"] for one in counts] == [49, 0]


WRONG = [
    ("pool: q", "pools: {p: {size: 1}},", "unknown pool 'q'; "),
    ("pool: p", "", "has no pools; declare it under services.shop.pools"),
    ("pool: p", "pools: {p: {size: 0}},", "0 is too small; write at least 1"),
    ("bulkhead: {calls_max: 2, queue_max: 3}", "", "nobody waits without wait_max; add it, or remove queue_max"),
    ("pool: p", "pools: {p: {size: 1, wait_max: 0s, queue_max: 3}},", "nobody waits without wait_max"),
    ("bulkhead: {calls_max: 0}", "", "0 is too small; write at least 1"),
    ("rate_limit: {kind: token_bucket, rate: 0/s}", "", "rate"),
]


@pytest.mark.parametrize(("call", "pools", "said"), WRONG)
def test_what_cannot_be_is_refused(call: str, pools: str, said: str) -> None:
    """Names of pools lead somewhere, and a limit of nothing is no limit."""
    with pytest.raises(ScenarioError, match=said):
        both(call, pools=pools)


def test_a_pool_is_for_one_callee() -> None:
    """Connections lead to one service: a pool for calls of two is an error that says so."""
    calls = "buy: [{call: payment.charge, timeout: 1s, pool: p}, {call: shop.look, timeout: 1s, pool: p}], look: [{work: 1ms}]"
    with pytest.raises(ScenarioError, match="has connections to 'payment'; declare another one for calls to 'shop'"):
        both(operations=calls, pools="pools: {p: {size: 1}},")


def test_a_pool_that_nobody_uses_is_said() -> None:
    """It is declared, and does nothing: a warning says so, and what to write."""
    given = {"replicas": 1, "workers": 1, "work": "1ms", "flows": ORDERS, "faults": "", "horizon": "1s"}
    text = SHOP.format(**given, operations="buy: [{call: payment.charge}]", pools="pools: {p: {size: 1}},")
    [said] = [one for one in check(loads(text)) if "pools" in one.field]
    assert (said.severity, said.message) == ("warning", "no call of 'shop' uses it; write pool: p at a call, or remove it")
