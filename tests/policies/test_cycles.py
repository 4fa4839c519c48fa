"""The rate limit by cycles: its rules against an oracle written another way, and what it does in both engines."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest

import sim
from sim.policies.guards import cycles
from sim.record import fields as f
from sim.scenario import loads
from sim.scenario.kinds import GO

SHOP = """
name: shop
architecture: synchronous
network: {{hop: 0s}}
services:
  shop: {{replicas: {replicas}, workers: 100, operations: {{buy: [{{call: payment.charge, timeout: 1s, {guards}}}]}}}}
  payment: {{workers: 50, operations: {{charge: [{{work: 5ms}}]}}}}
workload: {{orders: {{operation: shop.buy, arrivals: {{kind: constant, rate: 100/s}}{client}}}}}
faults: {{{faults}}}
run: {{horizon: 4s, warmup: 0s, window: 500ms, replications: 1, seed: 4}}
"""


def both(guards: str = "rate_limit: {kind: cycles, limit: 30, period: 500ms}", **more: Any) -> Any:
    """The record of a run that both engines agree on."""
    text = SHOP.format(guards=guards, **{"replicas": 1, "client": "", "faults": "", **more})
    runs = [sim.run(loads(text), replications=1, engine=engine) for engine in ("simpy", "compiled")]
    assert runs[0].fingerprint() == runs[1].fingerprint()
    return runs[0].records[0]


def counted(record: Any, counter: str, guard: int = 0) -> list[int]:
    """One of a guard's counters by window."""
    found: list[int] = record.guards[:, guard, f.guards.GUARDS.counters.index(counter)].tolist()
    return found


def test_the_rules_are_those_of_a_limiter_that_forgets_nothing() -> None:
    """Random attempts, some of them withdrawn: whatever left in the same cycle, by whole division of its time, counts."""
    for seed in range(40):
        chance = random.Random(seed)
        limit, period = chance.randint(1, 5), chance.randint(1, 40)
        settings, state = cycles.CyclesSettings.plain(limit, period, 0), cycles.CyclesState.plain()
        left: list[int] = []
        times = sorted(chance.randint(0, 400) for _ in range(200))
        for before, now in pairwise([0, *times]):
            for _ in range(now // period - before // period):
                cycles.tick(settings, state, now)
            free = sum(one // period == now // period for one in left) < limit
            assert cycles.engaged(settings, state) is not free
            assert (cycles.admit(settings, state, now, 0) == GO) is free
            if free and chance.random() < 0.3:
                cycles.withdraw(settings, state, now)
            elif free:
                left.append(now)


def test_each_cycle_has_its_permits_however_many_were_left() -> None:
    """50 attempts a cycle, of which 30 may leave; what arrives at the border belongs to the cycle that begins there."""
    record = both()
    attempts, admitted, refused = (counted(record, one) for one in ("attempts", "admitted", "refused"))
    assert attempts[1:] == [50] * 7
    assert admitted == [30] * 8
    assert [sum(pair) for pair in zip(admitted, refused, strict=True)] == attempts


def test_it_keeps_calls_back_from_its_last_permit_to_the_border() -> None:
    """The 30th attempt of a cycle leaves at 290 ms; 210 of 500 ms are left."""
    assert counted(both(), "engaged_area")[1:] == pytest.approx([210_000_000] * 7, abs=10_000_000)


def test_each_replica_of_the_caller_counts_by_itself() -> None:
    """Two shops, asked in turn, have 30 permits each: nothing is refused, where one alone refuses two of five."""
    assert sum(counted(both(replicas=2), "refused")) == 0
    assert sum(counted(both(replicas=1), "refused")) == pytest.approx(0.4 * 400, abs=1)


def test_a_replica_that_restarts_has_all_its_permits() -> None:
    """Within one cycle: 30 leave, the shop is down for 10 ms, and as many as come until the border leave again."""
    crashed = both(faults="down: {kind: crash, target: shop, at: 1305ms, for: 10ms}")
    assert counted(both(), "admitted")[2] == 30
    assert counted(crashed, "admitted")[2] > 45


def test_clients_of_a_flow_share_one() -> None:
    """A limit at the flow lets 10 requests leave in each cycle; one at a call takes back what a breaker further in refused."""
    record = both(guards="breaker: {failures: 3}", client=", rate_limit: {limit: 10, period: 500ms}, timeout: 1s")
    assert f.guards.GUARDS.names(record.network)[1].endswith("rate_limit")
    assert counted(record, "admitted", 1) == [10] * 8
    guards = "rate_limit: {limit: 10, period: 500ms}, breaker: {failures: 1, open: 1h}"
    outside = both(guards, faults="down: {kind: crash, target: payment, at: 1s, for: 1s}")
    assert sum(counted(outside, "withdrawn")) == sum(counted(outside, "refused", 1)) > 0


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("{limit: 1, period: 10us}", "write at least 1ms"),
        ("{limit: 0, period: 1s}", "write at least 1"),
        ("{period: 1s}", "missing key 'limit'"),
    ],
)
def test_mistakes_are_told_with_a_remedy(limit: str, message: str) -> None:
    """A cycle is no shorter than a millisecond, as its borders are events; a limit is needed."""
    with pytest.raises(sim.ScenarioError) as found:
        loads(SHOP.format(guards=f"rate_limit: {limit}", replicas=1, client="", faults=""))
    assert message in str(found.value)
