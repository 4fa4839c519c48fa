"""The rules of versions, against an oracle that is written another way: who committed what, and when who had read it."""

from __future__ import annotations

import random
from typing import Any

import pytest

from sim.stores import versions as rules
from sim.stores.transactions import RowLock, Transaction, Watch


@pytest.mark.parametrize("seed", range(40))
def test_who_has_read_what_was_written_since_is_refused(seed: int) -> None:
    """A transaction may commit unless another one committed a row of it after it had read that first."""
    chance = random.Random(seed)
    rows: dict[int, Any] = {}
    known: dict[int, Any] = {}
    read_at: dict[int, dict[int, int]] = {}
    written_at: dict[int, int] = {}
    ended = {True: 0, False: 0}
    for now in range(400):
        if not known or (len(known) < 5 and chance.random() < 0.4):
            known[now], read_at[now] = Transaction.plain(), {}
        elif chance.random() < 0.6:
            name, row = chance.choice(list(known)), chance.randint(1, 4)
            one = rows.setdefault(row, RowLock.plain())
            assert rules.watches(known[name], one) == (row in read_at[name])
            if row not in read_at[name]:
                rules.read(known[name], one, Watch.plain())
                read_at[name][row] = now
        else:
            name = chance.choice(list(known))
            one, mine = known.pop(name), read_at.pop(name)
            well = all(written_at.get(row, -1) < at for row, at in mine.items())
            assert rules.up_to_date(one) == well
            if well and chance.random() < 0.8:
                rules.write(one)
                written_at |= dict.fromkeys(mine, now)
            ended[well] += 1
            watch, let_go = rules.let_go(one), set()
            while watch:
                let_go.add(next(row for row, found in rows.items() if found is watch.of))
                watch = rules.let_go(one)
            assert let_go == set(mine)
        for row, one in list(rows.items()):
            assert one.watchers == sum(row in mine for mine in read_at.values())
            if one.watchers == 0:
                del rows[row]  # a version that nobody has read is not kept
    assert min(ended.values()) > 5
