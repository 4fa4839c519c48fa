"""The rules of locks, against an oracle that is written another way: lists of names, and a search for cycles."""

from __future__ import annotations

import random
from typing import Any

import pytest

from sim.stores import locks as rules
from sim.stores.transactions import GRANTED, NO_WAIT_MAX, WAITS, RowLock, Transaction


def waits_for(holders: dict[int, int], wants: dict[int, int], start: int) -> set[int]:
    """All that somebody waits for, directly or not."""
    found: set[int] = set()
    names = [start]
    for name in names:
        other = holders.get(wants[name]) if name in wants else None
        if other is not None and other not in found:
            found.add(other)
            names.append(other)
    return found


def let_go_of(one: Any, table: dict[int, Any]) -> dict[int, Any]:
    """Let a transaction let go of all its locks: who has each row now, if anybody."""
    found = {}
    lock = rules.let_go(one)
    while lock:
        found[next(row for row, known in table.items() if known is lock)] = rules.pass_on(lock)
        lock = rules.let_go(one)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_locks_go_in_line_and_no_circle_is_closed(seed: int) -> None:
    """Over random histories a lock has the holder that came first, and only who would wait for itself is turned away."""
    chance = random.Random(seed)
    table: dict[int, Any] = {}
    known: dict[int, Any] = {}
    holders: dict[int, int] = {}
    lines: dict[int, list[int]] = {}
    wants: dict[int, int] = {}
    turned_away = 0
    for now in range(400):
        names = [name for name in known if name not in wants]
        if not names or (len(known) < 6 and chance.random() < 0.4):
            known[now] = Transaction.plain()
            known[now].span = now
        elif chance.random() < 0.7:
            name, row = chance.choice(names), chance.randint(1, 4)
            wait_max = chance.choice([NO_WAIT_MAX, NO_WAIT_MAX, 0, 9])
            answer = rules.take(table.setdefault(row, RowLock.plain()), known[name], wait_max, now)
            if holders.get(row, name) == name:
                assert answer == GRANTED
                holders[row] = name
            elif wait_max == 0:
                assert answer == rules.TIMED_OUT
            elif name in waits_for(holders, {**wants, name: row}, name):
                assert answer == rules.DEADLOCK
                turned_away += 1
            else:
                assert answer == WAITS
                wants[name] = row
                assert [rules.gives_up(known[name], at) for at in (now, now + 9)] == [False, wait_max == 9]
                lines.setdefault(row, []).append(name)
        elif wants and chance.random() < 0.3:
            name = chance.choice(list(wants))
            rules.leave_line(known[name])
            lines[wants.pop(name)].remove(name)
        else:
            name = chance.choice(names)
            one, mine = known.pop(name), {row for row, holder in holders.items() if holder == name}
            for row, following in let_go_of(one, table).items():
                mine.remove(row)
                line = lines.get(row, [])
                if line:
                    holders[row] = line.pop(0)
                    del wants[holders[row]]
                    assert following is known[holders[row]]
                else:
                    assert not following
                    del holders[row]
            assert not mine
    assert turned_away > 0
