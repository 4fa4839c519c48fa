"""The rules of caches against an oracle that is written another way: an ordered mapping of keys and times."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.draws import TOP
from sim.rows import NOWHERE
from sim.stores import caches as rules

Histories = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 30)), max_size=80)


def entries(state: Any) -> list[int]:
    """The keys that are there, the one used longest ago first, as their links have them both ways."""
    keys, back, one = [], [], state.first
    while one:
        keys.append(one.key)
        one = one.newer
    one = state.last
    while one:
        back.append(one.key)
        one = one.older
    assert keys == back[::-1]
    assert len(keys) == state.count
    return keys


@settings(max_examples=25, deadline=None, derandomize=True)
@given(Histories, st.integers(0, 4), st.sampled_from([0, 1, 10, 50]))
def test_entries_are_those_of_an_ordered_mapping(history: list[tuple[int, int]], capacity: int, ttl: int) -> None:
    """Over random histories of keys and pauses: the same hits, evictions and expiries, and the same order."""
    state, table, known, now = rules.CacheState.plain(), dict[int, Any](), OrderedDict[int, int](), 0
    for key, pause in history:
        now += pause
        expected = rules.MISS
        if key in known:
            expected = rules.EXPIRED if ttl and now - known[key] >= ttl else rules.HIT
        found = rules.look(state, table.get(key, NOWHERE), ttl, now)
        assert found == expected
        if found == rules.HIT:
            known.move_to_end(key)
        else:
            if found == rules.EXPIRED:
                del table[key], known[key]
            if rules.full(state, capacity):
                gone = known.popitem(last=False)[0]
                assert state.first.key == gone
                rules.take_out(state, table.pop(gone))
            table[key] = rules.CacheEntry.plain()
            table[key].key, table[key].stored_at, known[key] = key, now, now
            rules.put_in(state, table[key])
        assert entries(state) == list(known)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.lists(st.integers(-1, 7), max_size=40))
def test_who_waits_for_a_load_stands_in_line(history: list[int]) -> None:
    """-1: one more; else the so-manieth leaves, wherever it stands. The line is a list."""
    load, line, made = rules.CacheLoad.plain(), list[Any](), 0
    for what in history:
        if what < 0:
            one = rules.CacheWait.plain()
            one.span, made = made, made + 1
            rules.join(load, one)
            line.append(one)
        elif what < len(line):
            rules.leave(load, line[what - 1] if what else NOWHERE, line.pop(what))
        found, one = [], load.first
        while one:
            found.append(one)
            one = one.next
        assert found == line
        assert (load.last is line[-1]) if line else not load.last


@pytest.mark.parametrize("ttl", [0, 1, 60_000_000_000, (1 << 63) - 1])
def test_what_is_warm_is_as_old_as_chance_has_it(ttl: int) -> None:
    """From no time to just below the time to live, evenly, without an overflow."""
    assert rules.age_at_first(ttl, 0) == 0
    assert 0 <= rules.age_at_first(ttl, TOP) < max(ttl, 1)
    assert abs(rules.age_at_first(ttl, TOP // 2) - ttl // 2) <= ttl // 1_000_000_000 + 1
