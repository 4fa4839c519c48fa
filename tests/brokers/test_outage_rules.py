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
