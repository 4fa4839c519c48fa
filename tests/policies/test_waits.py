"""Guards at which attempts wait: their rules against oracles written another way, and against what products do."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.policies import waiting
from sim.policies.guards import _bucket, _places, cycles
from sim.policies.guards.bulkhead import Bulkhead
from sim.policies.guards.connection_pool import ConnectionPool
from sim.policies.guards.cycles import Cycles
from sim.policies.guards.leaky_bucket import LeakyBucket
from sim.policies.guards.token_bucket import TokenBucket
from sim.scenario.kinds import GO, HOLD, NO_WAIT_MAX, REFUSE

MS = 1_000_000
RATES = ("100/s", "33.3/s", "100/min", "7/s", "1000000/s")


def earliest(history: list[Fraction], now: int, burst: int, interval: Fraction) -> Fraction:
    """When an attempt may leave so that in no interval there are more than the burst and what the rate gives."""
    bounds = [history[-back] + (back + 1 - burst) * interval for back in range(burst, len(history) + 1)]
    return max([Fraction(now), *bounds])


@pytest.mark.parametrize("rate", RATES)
def test_no_interval_has_more_attempts_than_the_burst_and_the_rate_give(rate: str) -> None:
    """A token bucket is the limit of every interval, and nobody waits longer than for that: by the history of all that left."""
    for seed in range(12):
        chance = random.Random(seed)
        bucket: Any = TokenBucket(rate=rate, burst=chance.randint(1, 4), wait_max=f"{chance.choice([0, 10, 40])}ms")
        settings, state, history, now = bucket.row(), _bucket.BucketState.plain(), list[Fraction](), 0
        for _ in range(60):
            now += chance.choice([0, 0, 1, chance.randint(0, round(3 * bucket.interval))])
            goes = earliest(history, now, bucket.burst, bucket.interval)
            wait = -((now - goes) // 1)
            assert _bucket.admit(settings, state, now, 0) == (wait if wait <= bucket.wait_max else REFUSE)
            if wait <= bucket.wait_max:
                history.append(goes)


def test_a_token_comes_back_only_while_nobody_else_has_asked() -> None:
    """Who is refused further in puts its token back; not once others have taken theirs, or have been told when they go."""
    bucket: Any = TokenBucket(rate="10/s", burst=1, wait_max="1s")
    settings, state = bucket.row(), _bucket.BucketState.plain()
    assert _bucket.admit(settings, state, 0, 0) == GO
    _bucket.withdraw(settings, state, 0)
    assert _bucket.admit(settings, state, 0, 0) == GO
    assert _bucket.admit(settings, state, 0, 0) == 100 * MS
    _bucket.withdraw(settings, state, 0)
    assert _bucket.admit(settings, state, 0, 0) == 200 * MS


def test_a_leaky_bucket_lets_one_by_one_go_and_holds_so_many() -> None:
    """Of ten at once one leaves, three wait for their turn, and the rest find the bucket full; nginx's burst=3."""
    bucket: Any = LeakyBucket(rate="100/s", queue_max=3)
    settings, state = bucket.row(), _bucket.BucketState.plain()
    found = [_bucket.admit(settings, state, 0, 0) for _ in range(10)]
    assert found == [GO, 10 * MS, 20 * MS, 30 * MS, *[REFUSE] * 6]
    assert LeakyBucket(rate="100/s", queue_max=0).longest_wait == 0


def test_permits_of_cycles_to_come_are_reserved_in_order() -> None:
    """Whoever finds no permit gets the first of a cycle that has any left, unless its border is too far off."""
    for seed in range(40):
        chance = random.Random(seed)
        limit, period, wait_max = chance.randint(1, 3), chance.randint(1, 30), chance.choice([0, 20, 100])
        settings, state = cycles.CyclesSettings.plain(limit, period, wait_max), cycles.CyclesState.plain()
        taken: dict[int, int] = {}
        before = 0
        for now in sorted(chance.randint(0, 400) for _ in range(150)):
            for border in range(before // period + 1, now // period + 1):
                cycles.tick(settings, state, border * period)
            before = now
            cycle = next(one for one in range(now // period, 10**6) if taken.get(one, 0) < limit)
            wait = max(0, cycle * period - now)
            assert cycles.admit(settings, state, now, 0) == (wait if wait <= wait_max else REFUSE)
            if wait <= wait_max:
                taken[cycle] = taken.get(cycle, 0) + 1


def test_waiters_reserve_as_those_of_resilience4j() -> None:
    """One permit a period T: the second caller waits T and the third 2T, as its AtomicRateLimiter tells them; or is refused."""
    for wait_max, third in ((2_000, 2_000), (1_999, REFUSE)):
        settings, state = cycles.CyclesSettings.plain(1, 1_000, wait_max), cycles.CyclesState.plain()
        assert [cycles.admit(settings, state, 0, 0) for _ in range(3)] == [GO, 1_000, third]
    cycles.tick(settings, state, 1_000)
    assert cycles.admit(settings, state, 1_000, 0) == 1_000, "the permit of this cycle is that of who waited for it"


def test_a_permit_lapses_with_its_cycle() -> None:
    """Given back in its cycle it is there again; later it is not, or a cycle would have one more than it may."""
    settings, state = cycles.CyclesSettings.plain(1, 1_000, 0), cycles.CyclesState.plain()
    assert cycles.admit(settings, state, 500, 0) == GO
    cycles.tick(settings, state, 1_000)
    assert cycles.admit(settings, state, 1_100, 0) == GO
    cycles.withdraw(settings, state, 500)
    assert cycles.admit(settings, state, 1_200, 0) == REFUSE
    cycles.withdraw(settings, state, 1_100)
    assert cycles.admit(settings, state, 1_300, 0) == GO


@given(st.integers(1, 3), st.integers(-1, 3), st.lists(st.sampled_from(["ask", "settle", "withdraw", "leave"]), max_size=60))
def test_places_are_those_of_a_list_of_who_is_in_and_a_line_of_who_waits(places: int, room: int, deeds: list[str]) -> None:
    """A naive bulkhead, with names: who comes is in, waits or is refused; who goes makes place for the first in the line."""
    settings, state = _places.PlacesSettings.plain(places, room), _places.PlacesState.plain()
    inside: list[int] = []
    line: list[int] = []
    for name, deed in enumerate(deeds):
        if deed == "ask":
            said = _places.admit(settings, state, 0, 0)
            free = len(inside) < places
            assert said == (GO if free else HOLD if room < 0 or len(line) < room else REFUSE)
            (inside if free else line if said == HOLD else []).append(name)
        elif deed == "leave" and line:
            line.pop()
            _places.leave(settings, state)
        elif deed in {"settle", "withdraw"} and inside:
            inside.pop(0)
            _places.settle(settings, state, 0, 0, True) if deed == "settle" else _places.withdraw(settings, state, 0)
            assert _places.admit_next(settings, state) is bool(line)
            if line:
                inside.append(line.pop(0))
        assert not _places.admit_next(settings, state)
        assert (state.taken, state.waiting) == (len(inside), len(line))
        assert _places.engaged(settings, state) is (len(inside) == places)


@given(st.lists(st.integers(0, 5), max_size=40))
def test_a_room_is_a_list(deeds: list[int]) -> None:
    """Whoever joins is last, and whoever leaves was anywhere."""
    room, known = waiting.Room.plain(), list[Any]()
    for deed in deeds:
        if deed < 3 or not known:
            one = waiting.Wait.plain()
            waiting.join(room, one)
            known.append(one)
        else:
            waiting.leave(room, known.pop(deed % len(known)))
        found, one = [], room.first
        while one:
            found.append(one)
            one = one.next
        assert [id(one) for one in found] == [id(one) for one in known]
        assert (not known and not room.last) or room.last is known[-1]


def test_a_guard_is_told_when_it_let_an_attempt_go() -> None:
    """At the last wait before it, that at the guard itself included; else when the attempt was sent."""
    first, second = waiting.Wait.plain(), waiting.Wait.plain()
    first.index, first.went_at = 1, 30
    second.index, second.went_at, second.earlier = 3, 70, first
    assert [waiting.let_go_at(second, index, 10) for index in range(5)] == [10, 30, 30, 70, 70]
    assert [waiting.let_go_at(first, index, 10) for index in range(3)] == [10, 30, 30]


def test_what_may_wait_and_how_long_follows_from_the_settings() -> None:
    """Nobody waits where the longest wait is nothing, or the room has no place; a pool lets wait without a limit by default."""
    assert Bulkhead().longest_wait == 0
    assert Bulkhead(wait_max="1s", queue_max=0).longest_wait == 0
    assert (Bulkhead(wait_max="1s").waiting_max, Bulkhead(wait_max="1s", queue_max=2).waiting_max) == (NO_WAIT_MAX, 2)
    assert ConnectionPool(size=2).longest_wait == NO_WAIT_MAX
    assert ConnectionPool(size=2, wait_max="0s").longest_wait == 0
    assert Cycles(limit=1, period="1s", wait_max="2s").longest_wait == 2_000 * MS


def test_tokens_that_would_take_for_ever_are_refused() -> None:
    """A million tokens at three an hour are a rate of another kind: the model says so, and what to write."""
    with pytest.raises(ValueError, match="write a higher rate"):
        TokenBucket(rate="3/h", burst=1_000_000)
