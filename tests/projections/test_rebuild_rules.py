"""The rules of views that are emptied and filled anew, against a naive model, over random histories."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from sim.projections import rebuilds as rules
from sim.projections import views

RETENTION = 12


@dataclass
class Naive:
    """A view as lists and dictionaries: the whole log, what of it was read, which version of each key is there, and was."""

    log: list[tuple[int, int, int]] = field(default_factory=list)
    """(when, key, version), in the order of appending."""
    forgotten: int = 0
    read: int | None = None
    there: dict[int, int] = field(default_factory=dict)
    before: dict[int, int] = field(default_factory=dict)
    never: dict[int, list[int]] = field(default_factory=dict)

    def forget(self, now: int) -> int:
        """What is older than the retention is gone; returns how much of that the reader had not read."""
        before = self.forgotten
        self.forgotten = sum(when + RETENTION < now for when, _, _ in self.log)
        missed = 0 if self.read is None else max(0, self.forgotten - max(before, self.read))
        if self.read is not None:
            self.read = max(self.read, self.forgotten)
        return missed

    def unread(self) -> int:
        return 0 if self.read is None else len(self.log) - self.read

    def empty(self) -> None:
        for key, version in self.there.items():
            self.before[key] = max(version, self.before.get(key, 0))
        self.there.clear()
        self.read = self.forgotten

    def project(self, key: int, version: int) -> bool:
        newer = version > self.there.get(key, 0)
        if newer:
            self.there[key] = version
            self.never[key] = [one for one in self.never.get(key, []) if one > version]
        return newer

    def replay(self) -> tuple[int, int, bool]:
        assert self.read is not None
        _, key, version = self.log[self.read]
        self.read += 1
        if self.unread() == 0:
            self.read = None
        return key, version, self.project(key, version)

    def staleness(self, key: int, published: dict[int, int], now: int) -> int:
        """Since the oldest was published that never was there, or the first kept one that is not there again."""
        since = [published[one] for one in self.never.get(key, [])]
        there, before = self.there.get(key, 0), self.before.get(key, 0)
        if there < before:
            kept = [version for _, one, version in self.log[self.forgotten :] if one == key]
            behind = next(iter(kept[sum(1 for _ in _passed(kept, there)) :]), None)
            since.append(published[behind if behind is not None and behind <= before else before])
        return now - min(since, default=now)


def _passed(kept: list[int], there: int) -> Any:
    """Those at the front that are there, or older than what is."""
    for version in kept:
        if version > there:
            return
        yield version


@dataclass
class Ruled:
    """The same view, as the rules keep it."""

    state: Any = field(default_factory=rules.RebuildState.plain)
    entries: dict[int, Any] = field(default_factory=dict)

    def entry(self, key: int) -> Any:
        one = self.entries.setdefault(key, views.ViewKey.plain())
        rules.look(self.state, one)
        return one

    def forget(self, now: int) -> int:
        missed = 0
        while event := rules.too_old(self.state, now, RETENTION):
            missed += rules.forget(self.state, event)
        return missed

    def project(self, key: int, version: int, published: int) -> bool:
        entry = self.entry(key)
        if views.project(entry, version) != views.NEWER:
            return False
        while views.passed(entry):
            pass
        entry.newest_at = published
        rules.put_back(entry)
        return True


@pytest.mark.parametrize("seed", range(50))
def test_a_view_is_what_the_naive_model_says(seed: int) -> None:
    """After every step the same is there, kept, ahead of the reader, back and as old; events are appended in any order."""
    chance, naive, ruled = random.Random(seed), Naive(), Ruled()
    now = version = 0
    on_the_way: list[tuple[int, int]] = []
    published: dict[int, int] = {}
    for _ in range(250):
        now += chance.randint(0, 2)
        assert naive.forget(now) == ruled.forget(now)
        deed = chance.choice(["publish", "publish", "append", "append", "project", "replay", "replay", "replay", "empty"])
        key = chance.randint(1, 4)
        if deed == "publish":
            version += 1
            published[version] = now
            on_the_way.append((key, version))
            naive.never.setdefault(key, []).append(version)
            views.publish(ruled.entry(key), views.ViewEvent.plain(), version, now)
        elif deed == "append" and on_the_way:
            key, one = on_the_way.pop(chance.randrange(len(on_the_way)))
            naive.log.append((now, key, one))
            event = views.KeptEvent.plain()
            event.version, event.published_at, event.appended_at = one, published[one], now
            rules.keep(ruled.state, ruled.entry(key), event)
        elif deed == "project" and naive.log:
            _, key, one = chance.choice(naive.log[-8:])
            assert naive.project(key, one) == ruled.project(key, one, published[one])
        elif deed == "empty" and chance.random() < 0.4:
            naive.empty()
            rules.begin(ruled.state, now)
        elif deed == "replay" and naive.unread() > 0:
            key, one, newer = naive.replay()
            taken = rules.take(ruled.state)
            assert (taken.version, ruled.project(key, one, published[one])) == (one, newer)
        if ruled.state.running and ruled.state.unread == 0:
            rules.end(ruled.state)
            naive.read = None
        assert (ruled.state.unread, ruled.state.kept) == (naive.unread(), len(naive.log) - naive.forgotten)
        for key in range(1, 5):
            entry = ruled.entry(key)
            there, before = naive.there.get(key, 0), naive.before.get(key, 0)
            assert entry.applied == there
            assert rules.whole(entry) == (there > 0 and there >= before)
            assert views.staleness(entry, now) == naive.staleness(key, published, now)


def test_a_key_of_which_nothing_is_kept_stays_away() -> None:
    """It is as old as the newest that was there, until something newer is projected."""
    ruled = Ruled()
    entry = ruled.entry(1)
    views.publish(entry, views.ViewEvent.plain(), 1, 10)
    assert ruled.project(1, 1, 10)
    rules.begin(ruled.state, 30)
    assert views.staleness(ruled.entry(1), 40) == 30
    assert ruled.project(1, 2, 35)
    assert views.staleness(ruled.entry(1), 40) == 0
