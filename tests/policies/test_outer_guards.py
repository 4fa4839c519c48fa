"""Guards outside of the retry: asked once for a call, told once how it has ended. Both engines tell the same of each story."""

from __future__ import annotations

import heapq
import random

import pytest

import sim
from sim.record import fields as f
from sim.scenario import loads

MS = 1_000_000
SHOP = """
name: shop
architecture: synchronous
network: {{hop: 0s}}
services:
  shop: {{workers: 1000, {shop}, operations: {{buy: [{buy}]}}}}
  payment: {{workers: 1000, replicas: 2, operations: {{charge: [{charge}], note: [{{work: 1ms}}]}}}}
workload: {{orders: {{operation: shop.buy, arrivals: {{kind: constant, rate: {rate}}}}}}}
faults: {{{faults}}}
run: {{horizon: 1s, warmup: 0s, window: 1s, replications: 1, seed: 4}}
"""
FAILS = "{work: 2ms}, {fail: 100%}"
THREE = "retry: {kind: fixed, attempts_max: 3, delay: 10ms}"


def told(call: str, **parts: str) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """What the guards counted, by their key, and what the edge did, in a run that both engines agree on."""
    given = {"charge": FAILS, "rate": "100/s", "faults": "", "shop": "replicas: 1", "buy": f"{{call: payment.charge, {call}}}"}
    scenario = loads(SHOP.format(**{**given, **parts}))
    runs = [sim.run(scenario, replications=1, engine=one) for one in ("simpy", "compiled")]
    assert runs[0].fingerprint() == runs[1].fingerprint()
    record = runs[0].records[0]
    guards: dict[str, dict[str, int]] = {}
    for number, guard in enumerate(record.network.guards):
        key = guard.name.split(": ")[1]
        guards[key] = dict(zip(f.guards.GUARDS.counters, record.guards[:, number].sum(axis=0).tolist(), strict=True))
        guards[key]["out"] = int(record.guard_levels[number, f.guards.LEVEL_OUT])
        if guard.room >= 0:
            rooms = record.tables["rooms"][:, guard.room].sum(axis=0).tolist()
            guards[key] |= dict(zip(f.rooms.ROOMS.counters, rooms, strict=True))
    edge = [one.name for one in record.network.edges].index("shop.buy -> payment.charge")
    return guards, dict(zip(f.edges.EDGES.counters, record.edges[:, edge].sum(axis=0).tolist(), strict=True))


def test_it_is_asked_once_for_all_attempts_of_a_call() -> None:
    """Ten calls may be made, each of three attempts: thirty come. Inside, ten attempts may, and the rest are refused."""
    limit = "rate_limit: {kind: cycles, limit: 10, period: 10s}"
    guards, edge = told(f"{limit}, {THREE}, order: [rate_limit, retry]")
    assert (guards["rate_limit"]["attempts"], guards["rate_limit"]["admitted"], edge["settled.error"]) == (99, 10, 30)
    assert (edge["calls"], edge["attempts"]) == (99, 89 + 30), "who is refused is not tried again"
    guards, edge = told(f"{limit}, {THREE}, order: [retry, rate_limit]")
    assert (guards["rate_limit"]["admitted"], edge["settled.error"]) == (10, 10)
    assert edge["attempts"] > 200


def test_a_breaker_outside_counts_calls() -> None:
    """Two failures open it for good: two calls of three attempts each outside of the retry, or two attempts inside."""
    breaker = "breaker: {failures: 2, open: 10s}"
    outside, edge = told(f"{breaker}, {THREE}, order: [breaker, retry]", rate="20/s")
    assert (outside["breaker"]["failed"], edge["settled.error"]) == (2, 6)
    inside, edge = told(f"{breaker}, {THREE}, order: [retry, breaker]", rate="20/s")
    assert (inside["breaker"]["failed"], edge["settled.error"]) == (2, 2)


def test_what_ended_well_in_the_end_ended_well() -> None:
    """A third of attempts fail, a call of ten hardly ever: the breaker outside of the retry stays closed."""
    call = "breaker: {failures: 2, open: 10s}, retry: {kind: fixed, attempts_max: 10, delay: 0s}"
    guards, edge = told(f"{call}, order: [breaker, retry]", charge="{work: 1ms}, {fail: 34%}")
    assert guards["breaker"]["succeeded"] == guards["breaker"]["admitted"] == 99
    assert edge["settled.error"] > 20


def expected(times: list[int], places: int, wait_max: int, takes: int) -> tuple[int, int, int, int]:
    """Who comes to so many places, each for so long: how many had one, how many waited, for how long together, and in vain."""
    free = [0] * places  # when each is free again
    had = waits = waited = vain = 0
    for at in times:
        soonest = max(at, free[0])
        waits += soonest > at
        if soonest - at >= wait_max and soonest > at:  # who has waited as long as it may goes when a place is free then
            late = soonest - at > wait_max
            vain += late
            waited += wait_max if late else soonest - at
            if late:
                continue
        else:
            waited += soonest - at
        had += 1
        heapq.heapreplace(free, soonest + takes)
    return had, waits, waited, vain


@pytest.mark.parametrize("seed", range(3))
def test_a_place_is_held_over_the_waits_between_attempts(seed: int) -> None:
    """Calls that fail three times have their places for three times their work and two delays: by when each is free again."""
    chance = random.Random(seed)
    places, rate, delay, wait_max = chance.randint(1, 4), 40 + 7 * seed, chance.randint(3, 20), chance.choice([0, 17, 31])
    call = f"bulkhead: {{calls_max: {places}, wait_max: {wait_max}ms}}, order: [bulkhead, retry]"
    retry = f"retry: {{kind: fixed, attempts_max: 3, delay: {delay}ms}}"
    guards, edge = told(f"{call}, {retry}", rate=f"{rate}/s")
    times = [round(1e9 * (number + 1) / rate) for number in range(rate) if 1e9 * (number + 1) / rate < 1e9]
    had, waits, waited, vain = expected(times, places, wait_max * MS, (3 * 2 + 2 * delay) * MS)
    one = guards["bulkhead"]
    if wait_max == 0:
        assert (one["admitted"], one["refused"]) == (had, waits)
        return
    open_ = one["waits"] - one["went"] - one["timed_out"]
    assert (one["admitted"], one["waits"], one["timed_out"]) == (had - open_, waits, vain)
    assert abs(one["waited"] - waited) <= open_ * wait_max * MS + waits
    assert edge["settled.rejected"] == vain


def test_a_deadline_counts_the_wait_or_begins_behind_it() -> None:
    """A call waits 50 ms for a token within a deadline of 30 ms: it is given up, unless the deadline begins when it may go."""
    call = f"rate_limit: {{kind: token_bucket, rate: 10/s, burst: 1, wait_max: 1s}}, deadline: 30ms, {THREE}"
    guards, edge = told(f"{call}, order: [rate_limit, retry]", rate="19/s", charge="{work: 20ms}")
    assert guards["rate_limit"]["left"] == edge["settled.timeout"] > 5
    guards, edge = told(f"{call}, order: [rate_limit, deadline, retry]", rate="19/s", charge="{work: 20ms}")
    assert (guards["rate_limit"]["left"], edge["settled.timeout"]) == (0, 0)
    _, slow = told(f"{call}, order: dotnet", rate="19/s", charge="{work: 40ms}")
    assert slow["settled.ok"] == 0
    assert slow["settled.timeout"] > 5


def test_a_crash_of_the_caller_frees_what_its_calls_had() -> None:
    """A replica goes down amid backoffs of a second: its calls are given up, and the restarted one has all its places again."""
    call = "bulkhead: {calls_max: 3}, retry: {kind: fixed, attempts_max: 2, delay: 1s}, order: [bulkhead, retry]"
    guards, _ = told(call, faults="down: {kind: crash, target: shop, at: 500ms, for: 50ms}")
    assert (guards["bulkhead"]["given_up"], guards["bulkhead"]["admitted"], guards["bulkhead"]["out"]) == (3, 6, 3)


def test_a_caller_that_stands_still_holds_its_place_until_it_hears() -> None:
    """Answers come while the caller is paused; places are free when it goes on, and not before."""
    call = f"bulkhead: {{calls_max: 1, wait_max: 10s}}, {THREE}, order: [bulkhead, retry]"
    pause = "still: {kind: pause, target: shop, at: 101ms, for: 800ms}"
    outside, _ = told(call, faults=pause, charge="{work: 2ms}")
    assert outside["bulkhead"]["engaged_area"] > 800 * MS


def test_a_hedged_call_asks_once_and_each_attempt_asks_inside() -> None:
    """The slow callee gets two attempts of each call; the limit outside of the retry sees one, the bulkhead inside both."""
    call = f"rate_limit: {{kind: cycles, limit: 1000, period: 10s}}, bulkhead: {{calls_max: 500}}, {THREE}"
    hedged = f"{call}, hedge: {{after: 2ms, calls_max: 2}}, order: [rate_limit, retry, bulkhead]"
    guards, edge = told(hedged, charge="{work: 5ms}")
    assert (guards["rate_limit"]["admitted"], guards["rate_limit"]["succeeded"]) == (99, 99)
    assert guards["bulkhead"]["admitted"] == edge["attempts"] == 2 * 99
    assert guards["bulkhead"]["attempts"] == 99, "those that no other guard was asked about before"


def test_what_is_not_needed_any_more_gives_its_place_back() -> None:
    """The first good answer of two ends a call that waits to be tried again: its place is free, it is left."""
    slow = f"{{call: payment.charge, bulkhead: {{calls_max: 1}}, order: [bulkhead, retry], {THREE}}}"
    guards, _ = told("", buy=f"{{parallel: [{slow}, {{call: payment.note}}], until: any}}")
    assert guards["bulkhead"]["left"] == guards["bulkhead"]["admitted"] == 99


def test_what_is_refused_outside_is_done_otherwise_without_another_try() -> None:
    """The fallback of a call that was refused begins at once, in the same instant."""
    call = f"rate_limit: {{kind: cycles, limit: 1, period: 10s}}, {THREE}, order: [rate_limit, retry]"
    fallback = "fallback: [{call: payment.note}]"
    guards, edge = told("", buy=f"{{call: payment.charge, {call}, {fallback}}}", charge="{work: 1ms}")
    assert (guards["rate_limit"]["refused"], edge["settled.rejected"], edge["settled.ok"]) == (98, 98, 1)


def test_a_budget_of_retries_hears_of_the_calls_that_may_be_made() -> None:
    """Four tokens, a failed attempt costs one and a call that is let go gives none: what is refused outside costs nothing."""
    budget = "budget: {kind: token_bucket, tokens_max: 4, per_failure: 1, per_success: 0.001, per_retry: 0, floor: 0}"
    retry = f"retry: {{kind: fixed, attempts_max: 2, delay: 1ms, {budget}}}"
    _, edge = told(f"rate_limit: {{kind: cycles, limit: 10, period: 10s}}, {retry}, order: [rate_limit, retry]")
    assert (edge["settled.rejected"], edge["settled.error"]) == (89, 10 + 2)


@pytest.mark.theory
def test_calls_that_find_no_place_are_lost_as_erlang_says() -> None:
    """Erlang's loss formula, of any time that a place is held: here of up to three attempts and the waits between them."""
    call = f"{{call: payment.charge, bulkhead: {{calls_max: 5}}, order: [bulkhead, retry], optional: true, {THREE}}}"
    parts = {"buy": call, "charge": "{work: {kind: exponential, mean: 10ms}}, {fail: 50%}", "shop": "replicas: 1", "faults": ""}
    text = SHOP.format(rate="100/s", **parts).replace("kind: constant", "kind: poisson").replace("horizon: 1s", "horizon: 600s")
    [guards] = sim.run(loads(text.replace("window: 1s", "window: 60s")), replications=1).records[0].guards.sum(axis=0)
    load, lost = 100 * (1.75 * 0.010 + 0.75 * 0.010), 1.0
    for places in range(1, 6):
        lost = load * lost / (places + load * lost)
    assert guards[f.guards.GUARD_REFUSED] / guards[f.guards.GUARD_ATTEMPTS] == pytest.approx(lost, rel=0.03)
