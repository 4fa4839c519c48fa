"""What waits for a broker that is down, against an oracle that keeps one list and one clock."""

from __future__ import annotations

import random

import pytest

from sim.brokers import outages as rules
from sim.brokers.outages import OutageState
from sim.brokers.queue import Entry


@pytest.mark.parametrize("seed", range(40))
def test_messages_leave_in_their_order_and_in_time(seed: int) -> None:
    """A timer is set whenever a message is the first; those that are overdue are those that waited as long as is tried."""
    chance = random.Random(seed)
    state, timeout, waiting, now, timers = OutageState.plain(), chance.randint(1, 20), list[tuple[int, object]](), 0, 0
    for _ in range(200):
        now += chance.randint(0, 3)
        deed = chance.random()
        if deed < 0.5:
            entry = Entry.plain()
            first = rules.hold(state, entry, now)
            assert first == (not waiting)
            timers += first
            waiting.append((now, entry))
        elif deed < 0.8:
            while rules.overdue(state, timeout, now):
                rules.let_go(state, state.held.head)
            kept = [one for one in waiting if one[0] + timeout > now]
            again = rules.next_timer(state)
            assert again == bool(kept)
            timers += again
            waiting = kept
        elif waiting:
            _, entry = waiting.pop(chance.randrange(len(waiting)))
            rules.let_go(state, entry)
        assert state.held.length == len(waiting)
        assert state.sequence == timers
        found, entry = [], state.held.head
        while entry:
            found.append((entry.since, entry))
            entry = entry.next
        assert all(a[0] == b[0] and a[1] is b[1] for a, b in zip(found, waiting, strict=True))


@pytest.mark.parametrize("seed", range(20))
def test_what_waits_in_stores_is_not_given_up_and_comes_in_its_order(seed: int) -> None:
    """All leave in the order in which they came, those of stores first of one instant; only others are overdue."""
    chance = random.Random(seed)
    state, timeout, waiting, now = OutageState.plain(), 7, list[tuple[int, int, int]](), 0
    entries = {}
    for number in range(60):
        now += chance.randint(0, 2)
        entry, of_store = Entry.plain(), chance.random() < 0.4
        entries[number] = entry
        if of_store:
            rules.keep(state, entry, now)
        else:
            rules.hold(state, entry, now)
        waiting.append((now, 1 - of_store, number))
        while rules.overdue(state, timeout, now):
            rules.let_go(state, state.held.head)
        waiting = [one for one in waiting if one[1] == 0 or one[0] + timeout > now]
        assert state.held.length + state.kept.length == len(waiting)
    for _, _, number in sorted(waiting):
        entry = rules.first(state)
        assert entry is entries[number]
        rules.let_go(state, entry)
    assert not rules.first(state)
