"""Branches of handlers, nested at random, end when and as an oracle says that is written another way."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from sim.record.fields.branches import BRANCHES
from tests.engine.branch_oracle import branches, end
from tests.engine.story import Story, once, scene

if TYPE_CHECKING:
    from sim.engine import EngineName

SECOND = 1_000_000_000
OPERATIONS = 12


class Trees:
    """Steps at random, whose times are all different."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.called: dict[str, Any] = {}

    def time(self) -> str:
        return f"{self.random.randint(1_000, 40_000_000)}ns"

    def steps(self, depth: int, most: int = 3) -> list[Any]:
        return [self.step(depth) for _ in range(self.random.randint(1, most))]

    def step(self, depth: int) -> Any:
        kind = self.random.choice(["work", "wait", "call", "fail", *["parallel", "parallel", "try"] * (depth > 0)])
        if kind == "call":
            return self.call()
        if kind == "fail":
            return {"fail": 1.0} if self.random.random() < 0.4 else {"wait": self.time()}
        if kind == "try":
            return {"try": self.steps(depth - 1), "catch": self.steps(0, 1)}
        return self.at_once(depth) if kind == "parallel" else {kind: self.time()}

    def call(self) -> Any:
        name = f"{self.random.choice(['good', 'bad'])}{len(self.called)}"
        self.called[name] = self.time()
        found = {"call": f"{name}.go", "work": self.called[name]}
        return found | ({"fallback": [{"wait": self.time()}]} if self.random.random() < 0.3 else {})

    def at_once(self, depth: int) -> Any:
        parts = [self.step(depth - 1) if self.random.random() < 0.4 else self.steps(depth - 1) for _ in range(3)]
        found: dict[str, Any] = {"parallel": parts}
        until: Any = self.random.choice(["all", "any", {"quorum": 2}, {"quorum": 2, "deadline": self.time()}])
        if until != "all":
            found["until"] = until
            if self.random.random() < 0.5 and any(not isinstance(one, dict) or "call" not in one for one in parts):
                found["cancel"] = True
        return found


def declared(steps: Any) -> Any:
    """The same steps as a scenario has them: how long a callee works is its own."""
    if isinstance(steps, list):
        return [declared(one) for one in steps]
    if isinstance(steps, dict):
        return {key: declared(value) for key, value in steps.items() if key != "work" or "call" not in steps}
    return steps


def assert_as_the_oracle_says(engine: EngineName, seed: int) -> None:
    """Some handlers, each asked once, in one run."""
    trees = Trees(seed)
    handlers = {f"o{number}": [trees.at_once(3), *trees.steps(2)] for number in range(OPERATIONS)}
    services: dict[str, Any] = {"a": {"workers": 50, "operations": {name: declared(steps) for name, steps in handlers.items()}}}
    for name, work in trees.called.items():
        services[name] = [{"work": work}, *[{"fail": 1.0}] * name.startswith("bad")]
    flows = {name: once(f"a.{name}", "1s", hop="0s") for name in handlers}
    story = Story.of(scene(services, flows, network={"hop": "1000003ns"}), engine)
    for name, steps in handlers.items():
        answered = end(steps, SECOND)
        assert story.outcomes("ended", f"a.{name}") == [(answered.at / 1e6, answered.outcome)], (seed, name)
        found = branches(steps, SECOND)
        rows = [row for row, one in enumerate(story.record.network.branches) if one.name.startswith(f"a.{name}: ")]
        table = dict(zip(BRANCHES.counters, story.record.tables["branches"][:, rows].sum(axis=(0, 1)).tolist(), strict=True))
        assert table["begun"] == len(found), (seed, name)
        assert table["lasted"] == sum(one.ended - one.began for one in found), (seed, name)
        assert table["wasted"] == sum(one.wasted for one in found), (seed, name)
        outcomes = Counter(one.outcome for one in found)
        assert {key: table[f"ended.{key}"] for key in outcomes} == outcomes, (seed, name)


def test_they_end_as_the_oracle_says(engine: EngineName) -> None:
    """When and how each handler ends; how many branches there were, how long they lasted, how they ended, who needed them."""
    assert_as_the_oracle_says(engine, 1)


@pytest.mark.fuzz
def test_many_end_as_the_oracle_says(engine: EngineName) -> None:
    """The same of more than a thousand handlers."""
    for seed in range(2, 102):
        assert_as_the_oracle_says(engine, seed)
