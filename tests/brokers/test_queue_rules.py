"""What a queue does with a message, against an oracle that keeps lists and compares whole histories."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from sim.brokers import queue as rules
from sim.brokers.queue import AGAIN, DEAD, GONE, IN_FLIGHT, STALE, WAITING, Entry, QueueState


@dataclass
class Naive:
    """A queue that knows messages by their names, in two lists, and each delivery by its place in one long history."""

    deliveries_max: int
    waiting: list[str] = field(default_factory=list)
    in_flight: list[str] = field(default_factory=list)
    history: list[tuple[str, str]] = field(default_factory=list)  # (message, "came" or "out")

    def arrive(self, name: str) -> None:
        self.history.append((name, "came"))
        self.waiting.append(name)

    def hand_out(self) -> tuple[str, int]:
        name = self.waiting.pop(0)
        self.in_flight.append(name)
        self.history.append((name, "out"))
        return name, len(self.history)

    def latest(self, delivery: int) -> bool:
        """Whether nothing happened to the message since."""
        name = self.history[delivery - 1][0]
        return all(other != name for other, _ in self.history[delivery:])

    def acknowledge(self, name: str, delivery: int) -> int:
        if not self.latest(delivery):
            return GONE
        for place, line in ((WAITING, self.waiting), (IN_FLIGHT, self.in_flight)):
            if name in line:
                line.remove(name)
                return place
        return GONE

    def extend(self, name: str, delivery: int) -> bool:
        return self.latest(delivery) and name in self.in_flight

    def give_back(self, name: str, delivery: int) -> int:
        if not self.latest(delivery) or name not in self.in_flight:
            return STALE
        self.in_flight.remove(name)
        came = max(at for at, one in enumerate(self.history) if one == (name, "came"))
        outs = sum(one == (name, "out") for one in self.history[came:])
        if self.deliveries_max and outs >= self.deliveries_max:
            return DEAD
        self.waiting.insert(0, name)
        return AGAIN


def line(row: Any) -> list[str]:
    """Names of the entries of a line, forwards; the same backwards, and so many as it says."""
    forwards, entry = [], row.head
    while entry:
        forwards.append(entry)
        entry = entry.next
    backwards, entry = [], row.tail
    while entry:
        backwards.append(entry)
        entry = entry.previous
    assert [id(one) for one in backwards] == [id(one) for one in reversed(forwards)]
    assert row.length == len(forwards)
    return [one.message for one in forwards]


def test_the_rules_are_those_of_a_queue_that_forgets_nothing() -> None:
    """Random histories of deliveries acknowledged, given back, extended, late, doubled, moved and moved back: equal answers."""
    seen: dict[int, set[int]] = {1: set(), 2: set(), 3: set()}
    for seed in range(120):
        one_history(random.Random(seed), seen)
    assert seen == {1: {GONE, WAITING, IN_FLIGHT}, 2: {AGAIN, DEAD, STALE}, 3: {0, 1}}


def move_back(pairs: list[tuple[Any, Naive]], now: int) -> None:
    """The dead letter that waits longest goes back to the first queue."""
    entry = rules.oust(pairs[1][0])
    assert entry.message == pairs[1][1].waiting.pop(0)
    rules.arrive(pairs[0][0], entry, now)
    pairs[0][1].arrive(entry.message)


def one_history(chance: random.Random, seen: dict[int, set[int]]) -> None:  # noqa: C901 - a choice of acts
    """400 steps with one queue and, for its dead letters, a second one."""
    most = chance.choice([0, 1, 2, 5])
    pairs = [(QueueState.plain(), Naive(most)), (QueueState.plain(), Naive(0))]
    history: list[tuple[str, str]] = []
    for _, naive in pairs:
        naive.history = history  # deliveries are counted in both
    entries: dict[str, Any] = {}
    given: list[tuple[int, str, int, int]] = []  # queue, message, receipt, delivery of the oracle
    for now in range(400):
        at = chance.randrange(2)
        state, naive = pairs[at]
        act = chance.choice(["arrive", "hand_out", "hand_out", "acknowledge", "give_back", "give_back", "extend", "redrive"])
        if act == "arrive":
            name = f"m{now}"
            entries[name] = entry = Entry.plain()
            entry.message = name
            rules.arrive(pairs[0][0], entry, now)
            pairs[0][1].arrive(name)
        elif act == "hand_out" and naive.waiting:
            entry = rules.hand_out(state)
            name, delivery = naive.hand_out()
            assert entry.message == name
            given.append((at, name, entry.receipt, delivery))
        elif act == "redrive" and pairs[1][1].waiting:
            move_back(pairs, now)
        elif act == "extend" and given:
            at, name, receipt, delivery = chance.choice(given[-12:])
            more = rules.extend(entries[name], receipt)
            assert more == pairs[at][1].extend(name, delivery)
            seen[3].add(int(more))
        elif act in {"acknowledge", "give_back"} and given:
            at, name, receipt, delivery = chance.choice(given[-12:])
            state, naive = pairs[at]
            if act == "acknowledge":
                answer = rules.acknowledge(state, entries[name], receipt)
                assert answer == naive.acknowledge(name, delivery)
                seen[1].add(answer)
                continue
            answer = rules.give_back(state, entries[name], receipt, naive.deliveries_max, now)
            assert answer == naive.give_back(name, delivery)
            seen[2].add(answer)
            if answer == DEAD:
                rules.arrive(pairs[1][0], entries[name], now)
                pairs[1][1].arrive(name)
        for row, oracle in pairs:
            assert (line(row.waiting), line(row.in_flight)) == (oracle.waiting, oracle.in_flight)


def test_what_waits_is_given_out_in_its_order_and_comes_back_in_front() -> None:
    """First come, first out; what is given back is the next, and waits from then on."""
    state, entries = QueueState.plain(), [Entry.plain() for _ in range(3)]
    for now, entry in enumerate(entries):
        rules.arrive(state, entry, now)
    first = rules.hand_out(state)
    assert first is entries[0]
    assert rules.give_back(state, first, first.receipt, 0, 7) == AGAIN
    assert first.since == 7
    assert [rules.hand_out(state) for _ in range(3)] == entries


def test_a_full_queue_refuses_or_lets_the_first_go() -> None:
    """A bound counts what waits; without one there is room for all."""
    state = QueueState.plain()
    entries = [Entry.plain() for _ in range(3)]
    for now, entry in enumerate(entries):
        assert rules.room(state, 3, drops_head=False) == rules.ROOM
        rules.arrive(state, entry, now)
    assert rules.room(state, 3, drops_head=False) == rules.FULL
    assert rules.room(state, 3, drops_head=True) == rules.OUST
    assert rules.room(state, 0, drops_head=True) == rules.ROOM
    first = rules.oust(state)
    assert first is entries[0]
    assert first.place == GONE
    assert rules.acknowledge(state, first, first.receipt) == GONE
    rules.hand_out(state)
    assert rules.room(state, 2, drops_head=False) == rules.ROOM
