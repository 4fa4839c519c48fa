"""Faults at random times: drawn for each replication, by the names of the fault and of what it strikes."""

from __future__ import annotations

import math
from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import network
from sim.api import run
from sim.network.lower.random_windows import repaired_by, windows
from sim.scenario import Scenario, ScenarioError, check, loads
from sim.scenario.random_times import RandomTimes
from tests.conformance.diverge import assert_conform
from tests.conformance.generate_crews import with_crews
from tests.shares import share

SECOND = 10**9
SHOP = """
name: shop
architecture: synchronous
zones: [a, b]
services:
  front: {workers: 50, operations: {buy: [{call: shop.buy, timeout: 200ms, retry: {kind: fixed, attempts_max: 2, delay: 5ms}}]}}
  shop: {replicas: REPLICAS, zones: spread, workers: 4, operations: {buy: [{work: {kind: exponential, mean: 5ms}}]}}
workload:
  buyers: {operation: front.buy, arrivals: {kind: poisson, rate: 100/s}, timeout: 1s}
faults:
  wear: FAULT
run: {horizon: 40s, warmup: 2s, replications: 2, seed: 3}
"""
WEAR = "{kind: crash, target: shop, at: 5s, random: {mtbf: 5s, mttr: 500ms}}"

MANY = """{kind: crash, target: shop, random: {mtbf: 3s, mttr: 1s, correlated: 60%}}
  loop: {kind: crash_loop, target: shop, replicas: 50%, up: 700ms, down: 300ms, at: 10s, for: 5s}
  spikes: {kind: traffic, flow: buyers, factor: 2, random: {mtbf: 5s, mttr: 3s}}"""


def downs(fault: str = WEAR, replicas: int = 4, replication: int = 0, more: str = "") -> dict[int, list[tuple[int, int]]]:
    """When each replica of the shop, by its place, is down in a replication: begin and end in ns."""
    scenario = loads(SHOP.replace("FAULT", fault + more).replace("REPLICAS", str(replicas)))
    net = network.compile(scenario)
    first, found, since = net.services[1].replica_first, {place: [] for place in range(replicas)}, {}
    for row in net.faults_of(3, replication):
        if row.verb == network.CRASH:
            since[row.number] = row.at
        elif row.verb == network.RESTART:
            found[row.number - first].append((since[row.number], row.at))
    return found


def test_times_up_and_down_are_exponential() -> None:
    """A replica is down for mttr / (mtbf + mttr) of its time: within three standard errors over 4000 cycles."""
    found = list(windows(RandomTimes(mtbf="5s", mttr="500ms"), 7, 0, 22_000 * SECOND))
    cycles = len(found)
    ups = [b[0] - a[1] for a, b in pairwise(found)]
    down_times = [end - begin for begin, end in found]
    for times, mean in ((ups, 5 * SECOND), (down_times, SECOND // 2)):
        average = sum(times) / len(times)
        assert average == pytest.approx(mean, abs=3 * mean / math.sqrt(len(times)))
        spread = math.sqrt(sum((one - average) ** 2 for one in times) / len(times))
        assert spread == pytest.approx(mean, rel=0.1)
    share = sum(down_times) / (22_000 * SECOND)
    assert share == pytest.approx(0.5 / 5.5, abs=3 * 0.5 / 5.5 * (5 / 5.5) * math.sqrt(2 / cycles))


def test_replicas_fail_by_themselves_and_in_each_replication_otherwise() -> None:
    """No two replicas, and no two replications, have the same times; nothing happens before the fault may begin."""
    one, other = downs(), downs(replication=1)
    every = [tuple(times) for found in (one, other) for times in found.values()]
    assert len(set(every)) == len(every)
    assert min(begin for times in every for begin, _ in times) > 5 * SECOND


def test_nothing_shifts_the_times_of_a_replica() -> None:
    """More replicas, another fault and a longer run leave the times of a replica as they are."""
    before = downs()
    assert {place: downs(replicas=6)[place] for place in before} == before
    assert downs(more="\n  other: {kind: slowdown, target: shop, factor: 3, random: {mtbf: 2s, mttr: 1s}}") == before
    assert downs() == before


def test_correlated_failures_strike_each_with_its_probability() -> None:
    """All have the same times, and each is struck in about 80 % of them; 100 % strikes all."""
    half = downs("{kind: crash, target: shop, random: {mtbf: 300ms, mttr: 50ms, correlated: 80%}}")
    every = downs("{kind: crash, target: shop, random: {mtbf: 300ms, mttr: 50ms, correlated: 100%}}")
    times = every[0]
    assert all(one == times for one in every.values())
    for one in half.values():
        assert set(one) < set(times)
    struck = sum(len(one) for one in half.values()) / (4 * len(times))
    assert struck == pytest.approx(0.8, abs=3 * math.sqrt(0.8 * 0.2 / (4 * len(times))))
    assert len({tuple(one) for one in half.values()}) == 4


STOP = 40
CYCLES = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=40, max_size=40)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(crews=st.integers(1, 4), machines=st.lists(CYCLES, min_size=1, max_size=4))
def test_crews_repair_in_the_order_of_failing(crews: int, machines: list[list[tuple[int, int]]]) -> None:
    """Tick by tick, with a line of those that are broken: who has a crew is repaired, who is up wears."""
    found = repaired_by(crews, [iter(one) for one in machines], 0, STOP)
    cycles, line, wears, left = [iter(one) for one in machines], list[int](), dict[int, int](), dict[int, int]()
    for number, one in enumerate(cycles):
        wears[number], left[number] = next(one)
    down: list[list[tuple[int, int]]] = [[] for _ in machines]
    for now in count(1):
        for number in line[:crews]:
            left[number] -= 1
        fixed = [number for number in line if left[number] == 0]
        broken = [number for number in range(len(machines)) if number not in line and wears[number] == 1]
        for number in set(wears) - set(line):
            wears[number] -= 1
        for number in fixed:
            line.remove(number)
            down[number][-1] = down[number][-1][0], now
            wears[number], left[number] = next(cycles[number])
        for number in broken:
            line.append(number)
            down[number].append((now, -1))
        if now >= STOP and all(begin >= STOP or end > 0 for times in down for begin, end in times):
            break
    assert found == [[one for one in times if one[0] < STOP] for times in down]


def test_enough_crews_are_none_that_is_waited_for() -> None:
    """With as many crews as replicas all is as without them; with one of them never more than one is repaired at once."""
    often = "{kind: crash, target: shop, at: 5s, random: {mtbf: 2s, mttr: 1s}}"
    assert downs(often.replace("mttr: 1s", "mttr: 1s, crews: 4")) == downs(often)
    alone, waiting = downs(often), downs(often.replace("mttr: 1s", "mttr: 1s, crews: 1"))
    ends = sorted(end for times in waiting.values() for _, end in times)
    assert len(set(ends)) == len(ends)
    shared = sum(end - begin for times in waiting.values() for begin, end in times) / sum(map(len, waiting.values()))
    assert shared > 1.5 * sum(end - begin for times in alone.values() for begin, end in times) / sum(map(len, alone.values()))


@pytest.mark.parametrize("n", share(range(8), 8))
def test_both_engines_agree_on_crews(n: int) -> None:
    """Among all other mechanics."""
    assert_conform(Scenario.model_validate(with_crews(n)), seed=n)


def test_a_zone_is_lost_as_a_whole() -> None:
    """Replicas of one zone go down and come back together; those of the other zone never do."""
    found = downs("{kind: zone_outage, zone: b, random: {mtbf: 5s, mttr: 1s}}")
    assert found[1] == found[3] != []
    assert found[0] == found[2] == []


@pytest.mark.parametrize(
    "fault",
    [
        WEAR,
        "{kind: slowdown, target: {zone: a}, factor: 9, random: {mtbf: 3s, mttr: 1s}}",
        MANY,
    ],
)
def test_both_engines_meet_the_same_faults(fault: str) -> None:
    """Fingerprints agree in every replication, and replications differ."""
    scenario = loads(SHOP.replace("FAULT", fault).replace("REPLICAS", "4"))
    simpy, compiled = (run(scenario, engine=engine).records for engine in ("simpy", "compiled"))
    assert [one.fingerprint() for one in simpy] == [one.fingerprint() for one in compiled]
    assert simpy[0].fingerprint() != simpy[1].fingerprint()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("{kind: crash, target: shop, at: 5s}", "missing key 'for'; write at and for, or random: {mtbf: 5m, mttr: 10s}"),
        ("{kind: crash, target: shop, for: 5s}", "missing key 'at'"),
        ("{kind: crash, target: shop, random: {mtbf: 5s}}", "faults.wear.random"),
        ("{kind: crash, target: shop, random: {mtbf: 1us, mttr: 1us}}", "strikes about 2e+07 times in a run"),
        ("{kind: traffic, flow: buyers, factor: 2, random: {mtbf: 5s, mttr: 1s, correlated: 1}}", "strikes all at once"),
        ("{kind: zone_outage, zone: b, random: {mtbf: 5s, mttr: 1s, crews: 1}}", "a 'zone_outage' strikes all at once"),
        ("{kind: crash, target: shop, random: {mtbf: 5s, mttr: 1s, crews: 1, correlated: 1}}", "remove crews, or correlated"),
        ("{kind: crash, target: shop, random: {mtbf: 5s, mttr: 1s, crews: 0}}", "faults.wear.random.crews"),
        ("{kind: crash_loop, target: shop, up: 1us, down: 1us, at: 1s, for: 9s}", "more than 10000 crashes"),
        ("{kind: zone_outage, zone: c, at: 1s, for: 9s}", "faults.wear.zone: unknown zone 'c'"),
        ("{kind: traffic, flow: buyer, factor: 2, at: 1s, for: 9s}", "unknown flow 'buyer'; did you mean 'buyers'?"),
    ],
)
def test_what_cannot_be_is_refused(fault: str, said: str) -> None:
    """The message names the place and the remedy."""
    with pytest.raises(ScenarioError) as refused:
        loads(SHOP.replace("FAULT", fault).replace("REPLICAS", "4"))
    assert said in str(refused.value)


def test_a_fault_that_comes_too_seldom_is_doubted() -> None:
    """A mean time up beyond the run leaves most replications without it."""
    seldom = "{kind: crash, target: shop, at: 5s, random: {mtbf: 5m, mttr: 1s}}"
    scenario = loads(SHOP.replace("FAULT", seldom).replace("REPLICAS", "1"))
    assert any("many replications have no fault" in one.message for one in check(scenario))
