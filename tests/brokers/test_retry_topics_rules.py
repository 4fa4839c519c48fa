"""The rules of retry topics against a table, and whole runs against an oracle that adds up times by hand."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from sim.brokers import retry_topics as rules
from tests.engine.story import once, scene

US = 1000  # in a millisecond


def test_what_follows() -> None:
    """Well: done. Else an attempt if there is one, else on to another topic if there is one, else it is over."""
    for well, pause, hands_on in itertools.product((True, False), (-1, 0, 7), (True, False)):
        tried = {"done": well, "again": pause != -1, "hand on": hands_on, "give up": True}
        first = next(name for name, fits in tried.items() if fits)
        expected = {"done": rules.DONE, "again": rules.AGAIN, "hand on": rules.HAND_ON, "give up": rules.GIVE_UP}[first]
        assert rules.follows(well, pause, hands_on) == expected


def test_when_a_message_is_due_and_what_is_good() -> None:
    """From the end of its delay on; good is what was applied, or handed on to somebody."""
    assert [rules.due(10, 5, now) for now in (14, 15, 16)] == [False, True, True]
    good = {one for one in itertools.product((True, False), (True, False), (0, 1, 2)) if rules.good(*one)}
    assert good == {(True, other, n) for other in (True, False) for n in (0, 1, 2)} | {(False, True, 1), (False, True, 2)}


@dataclass
class Stage:
    """One topic with one partition and one consumer: how it works, and what the oracle finds; times in us."""

    work: int
    delay: int
    attempts: int
    rest: int
    appended: list[int] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)

    def run(self, failing: tuple[int, int], after: int, way: int) -> list[int]:
        """Handle everything in order; returns when what failed for good came to the next topic."""
        free, handed = 0, []
        for appended in self.appended:
            now = max(free, appended + self.delay)
            for attempt in range(self.attempts):
                now += self.rest if attempt else 0
                self.begun.append(now)
                failed = failing[0] <= now < failing[1]
                now += after if failed else self.work
                if not failed:
                    break
            else:
                handed.append(now + way)
                now += 2 * way
            free = now
        return handed


@pytest.mark.parametrize("seed", range(6))
def test_a_chain_of_topics_is_what_an_oracle_adds_up(play: Any, seed: int) -> None:
    """Three topics one after the other, of which the consumers fail for a while: every begin and every append to the us."""
    draw = random.Random(seed).randint
    stages = [Stage(draw(900, 9000), delay, draw(1, 3), draw(200, 3000)) for delay in (0, draw(1, 30_000), draw(1, 60_000))]
    way, after, failing = draw(100, 2500), draw(100, 900), (1_000_000 + draw(0, 40_000), 1_000_000 + draw(60_000, 150_000))
    published = [1_000_000 + at for at in sorted(random.Random(seed).sample(range(100_000), 25))]
    stages[0].appended = [at + way for at in published]
    stages[1].appended = stages[0].run(failing, after, way)
    stages[2].appended = stages[1].run(failing, after, way)
    stages[2].run(failing, after, way)
    services: dict[str, Any] = {"p": {"workers": 99, "operations": {"go": [{"publish": "t0", "acks": "none"}]}}}
    services |= {f"c{n}": [{"work": f"{one.work}us"}] for n, one in enumerate(stages)}
    faults = {
        f"x{n}": {"kind": "errors", "target": f"c{n}.go", "share": "100%", "after": f"{after}us", **window(*failing)}
        for n in range(3)
    }
    topics = {f"t{n}": {"partitions": 1} for n in range(4)}
    readers = {
        f"g{n}": {
            "topic": f"t{n}",
            "operation": f"c{n}.go",
            "delay": f"{one.delay}us",
            "on_failure": {
                "retry": {"kind": "fixed", "attempts_max": one.attempts, "delay": f"{one.rest}us"},
                "then": f"t{n + 1}",
            },
        }
        for n, one in enumerate(stages)
    }
    flows = {f"f{n}": once("p.go", f"{at}us") for n, at in enumerate(published)}
    brokers = {"b": {"latency": f"{way}us", "topics": topics}}
    story = play(scene(services, flows, faults=faults, brokers=brokers, subscriptions=readers))
    for number, stage in enumerate(stages):
        assert story.times("appended", f"t{number}") == [at / US for at in stage.appended if at < 2_000_000]
        assert story.times("delivered", f"c{number}.go") == [at / US for at in stage.begun if at < 2_000_000]


def window(begin: int, end: int) -> dict[str, str]:
    """When a fault begins, and for how long it lasts."""
    return {"at": f"{begin}us", "for": f"{end - begin}us"}
