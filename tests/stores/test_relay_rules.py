"""The rules of an outbox and its relay, against an oracle that is written another way: rows as numbers in lists and sets."""

from __future__ import annotations

import random
from typing import Any

import pytest

from sim.stores import relays as rules


def numbers(line: Any) -> list[int]:
    """The rows of a line, by their places among all commits."""
    found, row = [], line.head
    while row:
        found.append(row.sequence)
        row = row.next
    assert len(found) == line.length
    return found


def finish(one: Any, published: int) -> list[int]:
    """An instance has published so many of its rows, and marks them."""
    for _ in range(published):
        one.current = one.current.next
    gone = []
    row = rules.take_marked(one)
    while row:
        gone.append(row.sequence)
        row = rules.take_marked(one)
    return gone


@pytest.mark.parametrize("seed", range(30))
def test_rows_are_claimed_in_order_and_none_is_lost(seed: int) -> None:
    """Over random histories every row is unseen, waits, is held by one instance, or was marked; those that wait in order."""
    chance = random.Random(seed)
    leader, batch = chance.random() < 0.4, chance.randint(1, 4)
    relay = rules.RelayState.plain()
    instances = [rules.InstanceState.plain() for _ in range(chance.randint(1, 3))]
    unseen: list[int] = []
    waiting: set[int] = set()
    held: dict[int, list[int]] = {index: [] for index in range(len(instances))}
    committed, marked = 0, list[int]()
    for now in range(250):
        index = chance.randrange(len(instances))
        one, mine = instances[index], held[index]
        if chance.random() < 0.4:
            rules.commit_row(relay, rules.OutboxRow.plain(), now)
            unseen.append(committed)
            committed += 1
        elif unseen and chance.random() < 0.6:
            assert rules.see(relay, now)
            waiting.add(unseen.pop(0))
        elif not mine:
            found = rules.claim(relay, one, batch, leader, now)
            blocked = leader and any(held.values())
            expected = [] if blocked else sorted(waiting)[:batch]
            assert found == len(expected)
            assert numbers(one.held) == expected
            held[index] = expected
            waiting -= set(expected)
            if not found:
                rules.give_back(relay, one)
        else:
            published = chance.randint(0, len(mine))
            gone = finish(one, published)
            assert gone == mine[:published]
            marked += gone
            rules.give_back(relay, one)
            waiting |= set(mine[published:])
            held[index] = []
        assert numbers(relay.waiting) == sorted(waiting)
        assert numbers(relay.unseen) == unseen
        everywhere = [*unseen, *waiting, *marked, *(row for rows in held.values() for row in rows)]
        assert sorted(everywhere) == list(range(committed))
        if leader:
            assert marked == sorted(marked)


@pytest.mark.parametrize(("claimed", "interval"), [(10, 50), (3, 100), (2, 200), (0, 200)])
def test_an_adaptive_interval_is_halved_and_doubled(claimed: int, interval: int) -> None:
    """Half after a full batch, the same in between, double after a quarter of one or less; never beyond its bounds."""
    assert rules.adapted(100, claimed, 10, 1, 1000) == interval
    assert rules.adapted(100, claimed, 10, 80, 120) == min(max(interval, 80), 120)


def test_who_waits_is_woken_once() -> None:
    """An instance that is woken waits no longer; one that rests again can be woken again, and one from the middle can rise."""
    relay = rules.RelayState.plain()
    one, two, three = (rules.InstanceState.plain() for _ in range(3))
    for instance in (one, two, three):
        rules.rest(relay, instance, 10)
    rules.rise(relay, two, rules.DOWN)
    assert [rules.wake(relay, 5) is instance for instance in (three, one)] == [True, True]
    assert not rules.wake(relay, 5)
    assert (one.place, one.due, two.place) == (rules.WOKEN, 5, rules.DOWN)
    rules.rest(relay, three, 20)
    assert rules.wake(relay, 6) is three


@pytest.mark.parametrize(
    ("timing", "full", "pause"),
    [
        (rules.FIXED_DELAY, True, 100),
        (rules.FIXED_RATE, True, 70),
        (rules.WHILE_FULL, True, 0),
        (rules.WHILE_FULL, False, 100),
    ],
)
def test_when_a_poll_follows(timing: int, full: Any, pause: int) -> None:
    """A run from 1000 to 1030, at an interval of 100: after its end, after its start, or at once when its batch was full."""
    assert rules.pause_after(timing, 100, 1000, 1030, full) == pause
    assert rules.pause_after(rules.FIXED_RATE, 20, 1000, 1030, full) == 0
