"""The rules of streams of events, against an oracle that is written another way: a whole history of events and snapshots."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from sim.stores import streams as rules


@dataclass
class Oracle:
    """Everything that was ever done to an aggregate: each event, and from when on there is a snapshot of how many of them."""

    initial: int
    every: int
    write: int
    events: list[int] = field(default_factory=list)
    snapshots: list[tuple[int, int]] = field(default_factory=list)

    def latest(self, now: int) -> int:
        """How many events the latest snapshot has that is there by now; without any, what the first one would have."""
        first = self.initial // self.every * self.every if self.every else 0
        return max([first, *(count for there, count in self.snapshots if there <= now)])

    def append(self, count: int, now: int) -> bool:
        """So many events; whether one of them begins a snapshot."""
        self.events += [now] * count
        version = self.initial + len(self.events)
        writing = any(there > now for there, _ in self.snapshots)
        if not self.every or writing or version - self.latest(now) < self.every:
            return False
        self.snapshots.append((now + self.write, version))
        return True


@pytest.mark.parametrize("seed", range(60))
def test_a_load_replays_what_came_since_the_latest_snapshot_that_is_there(seed: int) -> None:
    """Over random histories, versions, snapshots begun and events to replay are those of the whole history."""
    chance = random.Random(seed)
    every, write, initial = chance.choice([0, 1, 3, 10]), chance.choice([0, 5, 40]), chance.choice([0, 7, 30])
    oracle, one = Oracle(initial, every, write), rules.Aggregate.plain()
    one.version, one.snapshot = initial, initial // every * every if every else 0
    now = 0
    for _ in range(400):
        now += chance.choice([0, 1, 1, 7])
        if chance.random() < 0.5:
            count = chance.choice([1, 1, 2, 12])
            assert rules.append(one, count, every, write, now) == oracle.append(count, now)
        else:
            assert rules.to_replay(one, now) == initial + len(oracle.events) - oracle.latest(now)
        assert one.version == initial + len(oracle.events)
