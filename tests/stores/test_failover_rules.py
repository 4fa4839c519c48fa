"""The rules of what a failover loses, against an oracle that is written another way: lists of who committed when."""

from __future__ import annotations

import random
from typing import Any

import pytest

from sim.stores import dual_writes, history, relays
from sim.stores import streams as aggregates
from tests.stores.test_relay_rules import numbers


def taken_out(take: Any, *given: Any) -> list[Any]:
    """All that a rule takes out one by one."""
    found = []
    one = take(*given)
    while one:
        found.append(one)
        one = take(*given)
    return found


@pytest.mark.parametrize("seed", range(30))
def test_commits_are_forgotten_from_the_old_end_and_lost_from_the_new_one(seed: int) -> None:
    """Over random histories what is remembered is what was committed since the last time to which no failover reaches."""
    chance = random.Random(seed)
    line, known = history.History.plain(), list[Any]()
    for now in range(1, 300):
        if chance.random() < 0.6:
            one = history.Commit.plain()
            history.remember(line, one, now)
            known.append(one)
        elif chance.random() < 0.7:
            until = now - chance.randint(0, 60)
            assert taken_out(history.forget, line, until) == [one for one in known if one.since <= until]
            known = [one for one in known if one.since > until]
        else:
            after = now - chance.randint(0, 20)
            assert taken_out(history.lose, line, after) == [one for one in reversed(known) if one.since > after]
            known = [one for one in known if one.since <= after]
    assert taken_out(history.lose, line, -1) == known[::-1]


@pytest.mark.parametrize("seed", range(30))
def test_an_aggregate_is_as_it_was_before_its_lost_appends(seed: int) -> None:
    """Its version is that of the time; no snapshot holds a lost event."""
    chance = random.Random(seed)
    every, write = chance.randint(1, 6), chance.choice([0, 3, 20])
    one, line = aggregates.Aggregate.plain(), history.History.plain()
    versions, snapshots = {0: 0}, list[int]()
    now = 0
    for _ in range(100):
        now += chance.randint(1, 4)
        aggregates.settle(one, now)
        commit = history.Commit.plain()
        commit.aggregate, commit.events, commit.snapshot = one, chance.randint(1, 3), one.snapshot
        aggregates.append(one, commit.events, every, write, now)
        history.remember(line, commit, now)
        versions[now] = one.version
        snapshots.append(one.snapshot)
    after = now - chance.randint(0, 150)
    for commit in taken_out(history.lose, line, after):
        history.undo(commit, now)
    assert one.version == max(version for at, version in versions.items() if at <= after or at == 0)
    assert one.snapshot <= one.version
    assert one.snapshot in {0, *snapshots, one.version}
    assert one.written_at == 0 or one.written <= one.version
    replayed = aggregates.to_replay(one, now)
    assert 0 <= replayed <= one.version


@pytest.mark.parametrize("seed", range(30))
def test_rows_are_lost_by_their_commits_and_unmarked_by_their_marks(seed: int) -> None:
    """After a failover the rows of kept commits wait again unless their marks are kept, in order; all others are gone."""
    chance = random.Random(seed)
    relay, one = relays.RelayState.plain(), relays.InstanceState.plain()
    committed: dict[int, int] = {}
    marked: dict[int, int] = {}
    for now in range(1, 200):
        if chance.random() < 0.5:
            relays.commit_row(relay, relays.OutboxRow.plain(), now)
            committed[len(committed)] = now
            assert relays.see(relay, now)
        elif chance.random() < 0.7:
            relays.claim(relay, one, chance.randint(1, 4), leader=False, now=now)
            one.current = one.held.head
            for _ in range(chance.randint(0, one.held.length)):
                one.current = one.current.next
            for row in taken_out(relays.take_marked, one):
                relays.keep(relay, row, now)
                marked[row.sequence] = now
            relays.give_back(relay, one)
    kept_marks = {row for row, at in marked.items() if at <= 120}
    assert {row.sequence for row in taken_out(relays.forget, relay, 120)} == kept_marks
    after = chance.randint(120, 200)
    lost = {row for row, at in committed.items() if at > after}
    assert {row.sequence for row in taken_out(relays.lose, relay.waiting, after)} == lost - set(marked)
    unmarked = taken_out(relays.unmark, relay, after)
    assert {row.sequence for row in unmarked} == {row for row, at in marked.items() if at > after}
    for row in unmarked:
        if row.since <= after:
            relays.put_back(relay, row)
    there = {row for row in committed if row not in lost and marked.get(row, 999) > after}
    assert numbers(relay.waiting) == sorted(there)


def test_a_row_that_the_relay_did_not_see_yet_may_be_lost_before_it_does() -> None:
    """What was to show it later shows the next one only when that is due."""
    relay = relays.RelayState.plain()
    for at in (10, 20, 30):
        relays.commit_row(relay, relays.OutboxRow.plain(), at)
    assert [row.since for row in taken_out(relays.lose, relay.unseen, 15)] == [30, 20]
    assert relays.see(relay, 10)
    relays.commit_row(relay, relays.OutboxRow.plain(), 40)
    assert not relays.see(relay, 20)
    assert not relays.see(relay, 30)
    assert relays.see(relay, 40)


@pytest.mark.parametrize(
    ("commits", "taken", "judged", "phantom"), [(1, 1, 1, True), (1, 0, 1, False), (2, 1, 1, False), (1, 1, 0, False)]
)
def test_what_was_whole_is_a_phantom_without_its_last_commit(commits: int, taken: int, judged: int, phantom: Any) -> None:
    """One that was judged, of which something came to the broker, and of which no commit is left."""
    one = dual_writes.DualWrite.plain()
    one.commits = one.committed = commits
    one.taken, one.judged = taken, judged
    assert dual_writes.undo(one) == phantom
    assert one.committed == one.commits == commits - 1
