"""The rules of a store's connections, against an oracle that is written another way: a list in order of coming."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import pytest

from sim.stores import transactions as rules


@dataclass
class Oracle:
    """All transactions that are there, in the order in which they came: the first so many have the connections."""

    connections: int
    there: list[int]

    def has_connection(self) -> set[int]:
        """Those that are open."""
        return set(self.there[: self.connections])


def in_line(state: Any) -> list[Any]:
    """Those that wait, in their order."""
    found, one = [], state.first
    while one:
        found.append(one)
        one = one.next
    return found


@pytest.mark.parametrize("seed", range(40))
def test_connections_go_to_who_came_first(seed: int) -> None:
    """Over random histories, the transactions that came first and are still there are those that have a connection."""
    chance = random.Random(seed)
    connections = chance.randint(1, 3)
    state, oracle = rules.StoreState.plain(), Oracle(connections, [])
    known: dict[int, Any] = {}
    for now in range(300):
        if oracle.there and chance.random() < 0.48:
            gone = chance.choice(oracle.there)
            one = known.pop(gone)
            before = oracle.has_connection()
            oracle.there.remove(gone)
            if one.place == rules.WAITING:
                assert gone not in before
                rules.leave(state, one)
            else:
                assert gone in before
                following = rules.end(state, one, now)
                new = oracle.has_connection() - before
                assert new == ({following.span} if following else set())
                assert not following or (following.place, following.since) == (rules.OPEN, now)
            assert one.place == rules.OVER
        else:
            one = rules.Transaction.plain()
            one.span = now
            wait_max = chance.choice([rules.NO_WAIT_MAX, 0, 5])
            answer = rules.ask(state, one, connections, wait_max, now)
            if len(oracle.there) < connections:
                assert answer == rules.GRANTED
            else:
                assert answer == (rules.REFUSED if wait_max == 0 else rules.WAITS)
            if answer != rules.REFUSED:
                oracle.there.append(now)
                known[now] = one
                assert one.since == now
        assert state.in_use == len(oracle.has_connection())
        waiting = oracle.there[connections:]
        assert [one.span for one in in_line(state)] == waiting
        assert state.waiting == len(waiting)
