"""The rules of read models against a naive model, over random histories of publishing, projecting and waiting."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from sim.projections import views as rules


@dataclass
class Naive:
    """One key, as sets and lists: what was published when, which version is there, who waits for which."""

    published: dict[int, int] = field(default_factory=dict)
    there: int = 0
    waiting: list[tuple[int, int]] = field(default_factory=list)

    def missing(self) -> list[int]:
        return sorted(version for version in self.published if version > self.there)

    def project(self, version: int) -> tuple[bool, list[int], list[int]]:
        """Whether it was newer, what is missing no more, and who goes on."""
        before = self.missing()
        newer = version > self.there
        self.there = max(self.there, version)
        go_on = [name for wanted, name in self.waiting if wanted <= self.there]
        self.waiting = [(wanted, name) for wanted, name in self.waiting if wanted > self.there]
        return newer, [one for one in before if one not in self.missing()], go_on if newer else []

    def staleness(self, now: int) -> int:
        return now - self.published[self.missing()[0]] if self.missing() else 0


def chain(row: Any) -> list[Any]:
    """A row, and those that follow it."""
    found = []
    while row:
        found.append(row)
        row = row.next
    return found


@pytest.mark.parametrize("seed", range(60))
def test_a_key_is_what_the_naive_model_says(seed: int) -> None:
    """After every step the same is missing, as old, there and awaited; events come late, again and in any order."""
    chance, naive, entry = random.Random(seed), Naive(), rules.ViewKey.plain()
    now = version = names = 0
    rows: dict[int, Any] = {}
    for _ in range(300):
        now += chance.randint(0, 3)
        deed = chance.choice(["publish", "project", "project", "wait", "leave"])
        if deed == "publish":
            version += chance.randint(1, 3)
            naive.published[version] = now
            rules.publish(entry, rules.ViewEvent.plain(), version, now)
        elif deed == "project" and naive.published:
            which = chance.choice(list(naive.published)[-6:])
            newer, gone, go_on = naive.project(which)
            assert (rules.project(entry, which) == rules.NEWER) == newer
            passed = []
            while event := rules.passed(entry):
                passed.append(event.version)
            assert passed == gone
            served = [one for one in chain(entry.waits) if one.version <= entry.applied] if newer else []
            assert [one.span for one in served] == go_on
            for one in served:
                rules.leave(entry, one)
        elif deed == "wait" and naive.missing():
            names += 1
            wanted = chance.choice(naive.missing())
            naive.waiting.append((wanted, names))
            rows[names] = one = rules.ViewWait.plain()
            one.span = names
            rules.wait(entry, one, wanted, now, 10)
        elif deed == "leave" and naive.waiting:
            gone_one = chance.choice(naive.waiting)
            naive.waiting.remove(gone_one)
            rules.leave(entry, rows[gone_one[1]])
        assert [event.version for event in chain(entry.first)] == naive.missing()
        assert rules.staleness(entry, now) == naive.staleness(now)
        assert [(one.version, one.span) for one in chain(entry.waits)] == naive.waiting
        assert entry.applied == naive.there
