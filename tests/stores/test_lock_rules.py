"""The rules of locks, against an oracle that is written another way: lists of names, and a search for cycles."""

from __future__ import annotations

import random
from typing import Any

import pytest

from sim.stores import locks as rules
from sim.stores.transactions import GRANTED, WAITS, RowLock, Transaction


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
            answer = rules.take(table.setdefault(row, RowLock.plain()), known[name], now)
            if holders.get(row, name) == name:
                assert answer == GRANTED
                holders[row] = name
            elif name in waits_for(holders, {**wants, name: row}, name):
                assert answer == rules.DEADLOCK
                turned_away += 1
            else:
                assert answer == WAITS
                wants[name] = row
                lines.setdefault(row, []).append(name)
        elif wants and chance.random() < 0.3:
            name = chance.choice(list(wants))
            rules.leave_line(known[name])
            lines[wants.pop(name)].remove(name)
        else:
            name = chance.choice(names)
            one, mine = known.pop(name), {row for row, holder in holders.items() if holder == name}
            lock = rules.let_go(one)
            while lock:
                row = next(row for row, found in table.items() if found is lock)
                mine.remove(row)
                following = rules.pass_on(lock)
                line = lines.get(row, [])
                if line:
                    holders[row] = line.pop(0)
                    del wants[holders[row]]
                    assert following is known[holders[row]]
                else:
                    assert not following
                    del holders[row]
                lock = rules.let_go(one)
            assert not mine
    assert turned_away > 0
