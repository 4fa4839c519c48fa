"""Which replica a call goes to: the rules against oracles written another way, and what they do in both engines."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from dataclasses import replace
from math import comb
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine import run_once
from sim.engine.balancer_layout import laid_out
from sim.network import Balancer as Spec
from sim.network import compile as compile_network
from sim.policies.balancing.consistent_hash import ConsistentHash, HashSettings
from sim.policies.balancing.consistent_hash import pick as by_hash
from sim.policies.balancing.least_requests import LeastSettings
from sim.policies.balancing.least_requests import pick as least
from sim.policies.balancing.power_of_d import ChoicesSettings
from sim.policies.balancing.power_of_d import pick as of_d
from sim.policies.balancing.round_robin import TurnSettings
from sim.policies.balancing.round_robin import pick as in_turn
from sim.policies.balancing.weighted import WeightedSettings
from sim.policies.balancing.weighted import pick as by_weight
from sim.record.families import FAMILIES
from sim.record.fields.facts import FACT_CHOSEN
from sim.record.fields.flows import FLOW_OFFERED, FLOW_SETTLED
from sim.record.outcomes import OK
from sim.scenario import ScenarioError, loads
from sim.scenario.checks import check
from sim.semantics import balancing as rules
from tests.conformance.diverge import assert_conform

if TYPE_CHECKING:
    from collections.abc import Sequence

SECOND = 10**9
KEY, NOW = 12345, 10**12


def balancer_of(replicas: int, **more: Any) -> Any:
    """A balancer with one view in plain Python's memory."""
    spec = Spec(
        name="b",
        service=0,
        first=0,
        replicas=replicas,
        begin=replicas,
        code=0,
        settings=0,
        by_key=False,
        weights=(),
        places=(-1,) * replicas,
        zone_share=0,
        ring=(),
        panic=0,
        all_members=False,
        outliers=-1,
        sweep_every=0,
        zones=(-1,),
        owners=(),
    )
    return rules.Balancer([0, *laid_out(replace(spec, **more), 0, 1)], 1)


def with_outstanding(outstanding: Sequence[int], **more: Any) -> Any:
    """A view of replicas with so many calls outstanding at each."""
    view = balancer_of(len(outstanding), **more).views[0]
    for number, count in enumerate(outstanding):
        for _ in range(count):
            rules.took(view, number)
    return view


COUNTS = st.lists(st.integers(0, 4), min_size=1, max_size=12)


@settings(max_examples=25, derandomize=True, deadline=None)
@given(COUNTS, st.data())
def test_least_requests_takes_any_of_the_least_busy_in_the_list(counts: list[int], data: Any) -> None:
    """Of replicas that are out of the list none is taken; over many calls each of the least busy is."""
    view = with_outstanding(counts)
    out = data.draw(st.sets(st.integers(0, len(counts) - 1), max_size=len(counts) - 1))
    for number in out:
        rules.member_changed(view.balancer, number, False, 0)
    there = {number: count for number, count in enumerate(counts) if number not in out}
    best = {number for number, count in there.items() if count == min(there.values())}
    found = Counter(least(LeastSettings.plain(0), view, NOW, KEY, key, 0, 0) for key in range(40 * len(best)))
    assert set(found) == best
    assert max(found.values()) < 2.2 * 40


@pytest.mark.parametrize(("count", "d"), [(5, 2), (7, 3), (6, 6), (12, 5)])
def test_power_of_d_looks_at_any_d_of_them(count: int, d: int) -> None:
    """Where all are busy differently, the i-th least busy is taken as often as it is the least of d out of all sets of d."""
    order = random.Random(count).sample(range(count), count)
    view = with_outstanding(order)
    draws = 2000
    found = Counter(order[of_d(ChoicesSettings.plain(0, d), view, NOW, KEY, key, 0, 0)] for key in range(draws))
    for rank in range(count):
        expected = comb(count - 1 - rank, d - 1) / comb(count, d)
        assert abs(found[rank] / draws - expected) < 4.5 * (expected * (1 - expected) / draws) ** 0.5 + 1e-12, rank


def test_of_replicas_as_busy_power_of_d_takes_each_as_often() -> None:
    """Ties are broken by chance, and not by the order in which they are looked at."""
    view = with_outstanding([0] * 5)
    for d in (2, 3, 6):
        found = Counter(of_d(ChoicesSettings.plain(0, d), view, NOW, KEY, key, 3, 0) for key in range(2500))
        assert all(abs(found[number] - 500) < 4.5 * 20 for number in range(5)), found


@settings(max_examples=25, derandomize=True, deadline=None)
@given(COUNTS, st.integers(0, 2**32 - 1), st.sampled_from([None, 1.0, 1.25, 3.0]), st.data())
def test_a_key_goes_to_the_next_on_the_ring_that_takes_it(counts: list[int], place: int, load: float | None, data: Any) -> None:
    """Against all points, looked at one by one, each with its distance from the key."""
    kind = ConsistentHash.model_validate({"kind": "consistent_hash", "points": 5, **({"load_factor": load} if load else {})})
    view = with_outstanding(counts, ring=kind.ring(len(counts)))
    out = data.draw(st.sets(st.integers(0, len(counts) - 1), max_size=len(counts) - 1))
    for number in out:
        rules.member_changed(view.balancer, number, False, 0)
    listed = [number for number in range(len(counts)) if number not in out]
    bound = float("inf") if load is None else -(-load * (sum(counts) + 1) // len(listed))
    points = []
    for number in range(len(counts)):
        for index in range(5):
            point = int(hashlib.sha256(f"{number}/{index}".encode()).hexdigest()[:8], 16)
            points.append(((point - place) % 2**32, number))
    expected = next(number for _, number in sorted(points) if number in listed and counts[number] < bound)
    assert by_hash(HashSettings.plain(kind.load), view, NOW, KEY, 0, 0, place) == expected


def test_keys_stay_where_they_are_when_a_replica_leaves() -> None:
    """Only those of the one that left move, and they spread over the others."""
    kind = ConsistentHash.model_validate({"kind": "consistent_hash"})
    view = with_outstanding([0] * 8, ring=kind.ring(8))
    keys = [rules.hashed(key) for key in range(4000)]
    before = [by_hash(HashSettings.plain(0), view, NOW, KEY, 0, 0, key) for key in keys]
    rules.member_changed(view.balancer, 3, False, 0)
    after = [by_hash(HashSettings.plain(0), view, NOW, KEY, 0, 0, key) for key in keys]
    moved = [new for old, new in zip(before, after, strict=True) if old != new]
    assert len(moved) == before.count(3)
    assert all(300 < before.count(number) < 750 for number in range(8))
    assert len(set(moved)) == 7


def test_weights_are_kept_among_those_that_are_there() -> None:
    """Three to one to two; without the first, one to two."""
    view = with_outstanding([0, 0, 0], weights=(3, 1, 2))
    for out, shares in ((None, [3 / 6, 1 / 6, 2 / 6]), (0, [0.0, 1 / 3, 2 / 3])):
        if out is not None:
            rules.member_changed(view.balancer, out, False, 0)
        found = Counter(by_weight(WeightedSettings.plain(0), view, NOW, KEY, key, 0, 0) for key in range(4000))
        assert all(abs(found[number] / 4000 - share) < 0.036 for number, share in enumerate(shares)), found


def test_a_replica_that_came_back_warms_up() -> None:
    """At half of its slow start it gets half of what the others get, at once a tenth, and all of it after."""
    for passed, weight in ((0, 0.1), (5, 0.5), (10, 1.0), (50, 1.0)):
        view = with_outstanding([0] * 4)
        rules.member_changed(view.balancer, 2, False, NOW - SECOND)
        rules.member_changed(view.balancer, 2, True, NOW - passed * SECOND)
        settled = TurnSettings.plain(10 * SECOND)
        found = Counter(in_turn(settled, view, NOW, KEY, key, 0, 0) for key in range(3000))
        assert abs(found[2] / 3000 - weight / (3 + weight)) < 0.03, (passed, found)
        assert least(LeastSettings.plain(10 * SECOND), view, NOW, KEY, 1, 0, 0) != 2 or weight == 1.0


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.integers(1, 8), st.booleans(), st.sampled_from([0, 300, 500, 1000]), st.sampled_from([0, 400, 1000]), st.data())
def test_the_list_of_a_caller_is_what_is_well_unless_too_little_is(
    count: int,
    all_members: bool,  # noqa: FBT001
    panic: int,
    zone_share: int,
    data: Any,
) -> None:
    """Against sets: members, ejected ones, those of the zone."""
    zones = tuple(data.draw(st.integers(-1, 1)) for _ in range(count))
    home = data.draw(st.integers(-1, 1))
    settled = {"panic": panic, "zone_share": zone_share, "all_members": all_members}
    balancer = balancer_of(count, places=zones, zones=(home,), **settled)
    view, members, ejected = balancer.views[0], set(range(count)), set()
    for _ in range(data.draw(st.integers(0, 6))):
        number = data.draw(st.integers(0, count - 1))
        if data.draw(st.booleans()):
            members ^= {number}
            rules.member_changed(balancer, number, number in members, 5)
        else:
            ejected ^= {number}
            view.seen[number].ejected = int(number in ejected)
            rules.relist(view)
    everybody = set(range(count)) if all_members else members
    usable = members - ejected
    if 1000 * len(usable) < panic * len(everybody):
        usable = everybody
    local = {number for number in usable if zones[number] == home}
    here = zones.count(home)
    if zone_share and home >= 0 and local and 1000 * len(local) >= zone_share * here:
        usable = local
    assert [view.list[index] for index in range(view.count)] == sorted(usable)
    assert {number for number in range(count) if view.seen[number].listed} == usable


SHOP = """
name: shop
architecture: synchronous
zones: [a, b]
network: {{hop: 1ms}}
services:
  shop: {{replicas: 2, zones: spread, workers: 200, operations: {{buy: [{{call: payment.charge, timeout: 300ms}}]}}}}
  payment: {{replicas: {replicas}, zones: spread, workers: 20, queue_max: 10, {more}, operations: {{charge: [{{work: 20ms}}]}}}}
workload: {{orders: {{operation: shop.buy, arrivals: {{kind: poisson, rate: {rate}/s}}}}}}
faults: {{{faults}}}
run: {{horizon: 12s, warmup: 0s, window: 1s, replications: 1, seed: 4}}
"""


def shop(more: str, faults: str = "", replicas: int = 4, rate: int = 100) -> Any:
    """A shop of two replicas that calls payment."""
    return loads(SHOP.format(more=more, faults=faults, replicas=replicas, rate=rate))


def counted(record: Any, family: str, row: int = 0) -> dict[str, int]:
    """The counters of an entity, summed over windows."""
    [found] = [one for one in FAMILIES if one.name == family]
    return dict(zip(found.counters, record.tables[family].sum(axis=0)[row].tolist(), strict=True))


DEAD = "dead: {kind: crash, target: payment, replicas: 1, at: 2s, for: 8s, connections: reset, detection: 8s}"


def failed_share(more: str) -> float:
    """Share of the orders that fail while one of four replicas is dead, and says so at once to whoever calls it."""
    record = run_once(compile_network(shop(more, DEAD, rate=1200)), seed=4, replication=0)
    flows = record.tables["flows"][2:10, 0]
    return 1.0 - float(flows[:, FLOW_SETTLED + OK].sum()) / float(flows[:, FLOW_OFFERED].sum())


def test_a_replica_that_fails_at_once_is_a_sinkhole() -> None:
    """In turn it gets its quarter of the calls; least requests send it most of them; whoever ejects it hardly any."""
    in_turns, sinkhole = failed_share("balance: round_robin"), failed_share("balance: least_requests")
    of_two = failed_share("balance: power_of_two")
    ejecting = failed_share("balance: least_requests, outliers: {profile: envoy}")
    assert in_turns == pytest.approx(0.25, abs=0.01)
    assert sinkhole > 0.6
    assert in_turns < of_two < sinkhole
    assert ejecting < 0.02


def test_a_caller_that_prefers_its_zone_leaves_it_when_it_is_down() -> None:
    """While zone a is down, calls of the shop in a go to b; before, nobody's call crosses, which is seen by who loses calls."""
    down = "down: {kind: crash, target: {service: payment, zone: a}, at: 4s, for: 4s, detection: 0s}"
    aware = assert_conform(shop("balance: {kind: least_requests, zone_aware: true}", down))
    assert aware is not None
    assert counted(aware, "balancers")["none"] == 0
    assert counted(aware, "flows")["settled.ok"] > 0.99 * counted(aware, "flows")["offered"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("balance: {kind: least_requests, zone_aware: true, seen_by: balancer}", "one balancer for all callers is in no zone"),
        ("balance: {kind: weighted}", "weights"),
        ("balance: {kind: weighted, weights: [1, 2, 3, 4, 5]}", "5 weights for 4 replicas"),
        ("balance: {kind: power_of_d, d: 7}", "6"),
        ("balance: {kind: consistent_hash, load_factor: 0.9}", "1"),
        ("balance: {kind: consistent_hash, slow_start: 1s}", "unknown key 'slow_start'"),
        ("balance: {kind: round_robin, slow_start: 25h}", "at most 24h"),
        ("health: {check: {every: 1s, timeout: 1s}}", "not shorter than every 1s"),
        ("outliers: {ejection: 2s, ejection_max: 1s}", "not from ejection"),
        ("outliers: {profile: envoy, every: 1us}", "at least 1ms"),
    ],
)
def test_what_cannot_be_is_refused(text: str, said: str) -> None:
    """With the place and the remedy."""
    with pytest.raises(ScenarioError, match=said):
        shop(text)


AS_DESIGNED = """
name: scaling
architecture: synchronous
network: {hop: 1ms}
zones: [a, b, c]
services:
  api:
    replicas: 4
    zones: spread
    workers: 20
    balance: {kind: least_requests, zone_aware: true, slow_start: 10s}
    health: {check: {every: 5s, timeout: 1s, unhealthy_after: 3, healthy_after: 1}}
    outliers: {profile: envoy}
    operations: {get: [{work: 60ms}, {call: origin.read, timeout: 300ms}]}
  origin:
    replicas: 2
    workers: 4
    balance: {kind: consistent_hash, key: flow, load_factor: 1.25}
    operations: {read: [{work: {kind: exponential, mean: 10ms}}]}
workload:
  get: {operation: api.get, arrivals: {kind: poisson, rate: 60/s}, timeout: 1s, keys: {count: 20000, kind: zipf, exponent: 1.0}}
faults: {down: {kind: crash, target: api, replicas: 1, at: 6s, for: 10s}}
run: {horizon: 40s, warmup: 5s, replications: 1, seed: 1}
"""


def test_the_language_as_it_was_designed_runs_in_both_engines() -> None:
    """A crash of one in four: its checks of 10, 15 s fail, which are not three; clients that eject lose five calls at first."""
    record = assert_conform(loads(AS_DESIGNED))
    assert record is not None
    assert counted(record, "health_checks")["failed"] == 2
    api, origin = counted(record, "balancers"), counted(record, "balancers", 1)
    assert 5 <= api["failed"] < 20
    assert api["ejections"] >= 1
    assert origin["failed"] == 0
    by_replica = Counter(replica for _, fact, _, replica in record.log.tolist() if fact == FACT_CHOSEN)
    assert max(by_replica[4], by_replica[5]) < 1.4 * min(by_replica[4], by_replica[5])


def test_what_nobody_can_keep_is_refused_and_what_counts_for_nothing_is_said() -> None:
    """Five thousand callers of a thousand replicas; a zone that there is not; a detection beside health checks."""
    wide = SHOP.format(more="balance: power_of_two", faults="", replicas=1000, rate=1)
    for count in range(5):
        caller = f"caller{count}: {{replicas: 1000, operations: {{x: [{{call: payment.charge}}]}}}}"
        wide = wide.replace("workload:", f"  {caller}\nworkload:")
    with pytest.raises(ScenarioError, match=r"its callers see 5002000 replicas, .*; write seen_by: balancer"):
        loads(wide)
    with pytest.raises(ScenarioError, match="in no zone; write zones: spread"):
        loads(AS_DESIGNED.replace("zones: spread", "queue_max: 5"))
    said = check(shop("health: {check: {every: 1s, timeout: 10ms}}", DEAD))
    assert any("its detection counts for nothing" in one.message for one in said)


def test_options_of_kinds_that_do_not_look_make_them_look() -> None:
    """In turns and by chance with a balancer of their own, and without one: who does not ask for it has none."""
    for balance, looks in (
        ("balance: round_robin", False),
        ("balance: {kind: random}", False),
        ("balance: {kind: round_robin, slow_start: 1s}", True),
        ("balance: {kind: random, zone_aware: true}", True),
        ("balance: random, outliers: {profile: envoy}", True),
        ("health: {check: {every: 1s, timeout: 10ms}}", False),
    ):
        network = compile_network(shop(balance))
        assert bool(network.balancers) == looks, balance
        assert any(site.view >= 0 for site in network.sites) == looks
