"""Sagas against an oracle written another way: a list of what is done, walked back, by a program of twenty lines."""

from __future__ import annotations

import random
from typing import Any

import pytest

from sim.engine import run_once
from sim.network import compile as compile_network
from sim.scenario.scenario import Scenario
from tests.engine.story import LOG_ROWS, Story
from tests.sagas.scenes import ends, service, trip, visited
from tests.shares import share

HANDLERS: dict[str, list[Any]] = {"well": [{"work": "1ms"}], "bad": [{"work": "1ms"}, {"fail": 1.0}], "slow": [{"work": "9ms"}]}
"""How a call ends: well, with an error, or not in the time that its caller waits."""


def oracle(steps: list[dict[str, Any]]) -> tuple[list[str], str]:
    """The calls that a saga makes, in order, and how it ends."""
    calls: list[str] = []
    to_undo: list[dict[str, Any]] = []
    final = False
    for step in steps:
        calls.append(f"{step['name']}.do")
        if step["do"] == "well":
            to_undo.append(step)
            final = final or step["pivot"] or step["undo"] is None
            continue
        if step["do"] == "slow":
            if step["undo"] is None:
                return calls, "parked"
            to_undo.append(step)
        break
    else:
        return calls, "completed"
    if final:
        return calls, "parked"
    lost = False
    for step in reversed(to_undo):
        calls.append(f"{step['name']}.undo")
        lost = lost or step["undo"] != "well"
    return calls, "parked" if lost else "compensated"


def chosen(number: int) -> list[dict[str, Any]]:
    """The steps of the n-th example."""
    pick = random.Random(number)
    return [
        {
            "name": f"s{index}",
            "do": pick.choice(["well", "well", "well", "bad", "slow"]),
            "undo": pick.choice(["well", "well", "bad", "slow", None]),
            "pivot": pick.random() < 0.15,
        }
        for index in range(pick.randint(1, 5))
    ]


@pytest.mark.parametrize("first", share(range(0, 200, 50), 4))
def test_histories(first: int) -> None:
    """Calls and ends of random sagas are those of the oracle, in both engines."""
    verdicts = set()
    for number in range(first, first + 50):
        steps = chosen(number)
        services = {
            step["name"]: service(do=HANDLERS[step["do"]], undo=HANDLERS[step["undo"] or "well"]) for step in steps
        }
        declared = [
            {
                "do": {"call": f"{step['name']}.do", "timeout": "5ms"},
                "undo": {"call": f"{step['name']}.undo", "timeout": "5ms"} if step["undo"] else None,
                "pivot": step["pivot"],
            }
            for step in steps
        ]
        network = compile_network(Scenario.model_validate(trip(declared, services)))
        names = {one.name for one in network.operations}
        for engine in ("simpy", "compiled"):
            story = Story(run_once(network, seed=1, engine=engine, log_facts=LOG_ROWS))  # type: ignore[arg-type]
            sent = sorted((time, name) for name in names for time in story.times("sent", name) if name != "a.go")
            calls, verdict = oracle(steps)
            assert [name for _, name in sent] == calls, (number, engine)
            assert ends(story.record) == {verdict: 1}, (number, engine)
            verdicts.add(verdict)
    assert verdicts == {"completed", "compensated", "parked"}


@pytest.mark.parametrize("first", share(range(0, 120, 60), 2))
def test_histories_by_events(first: int) -> None:
    """Without an orchestrator the same steps are done, and undone, in the same order, and end the same way."""
    verdicts = set()
    for number in range(first, first + 60):
        steps = chosen(number)
        for step in steps:  # nobody waits, so that nothing is in doubt
            step["do"] = "bad" if step["do"] == "slow" else step["do"]
            step["undo"] = "bad" if step["undo"] == "slow" else step["undo"]
        services = {
            step["name"]: service(do=HANDLERS[step["do"]], undo=HANDLERS[step["undo"] or "well"]) for step in steps
        }
        declared = [
            {
                "do": {"call": f"{step['name']}.do"},
                "undo": {"call": f"{step['name']}.undo"} if step["undo"] else None,
                "pivot": step["pivot"],
            }
            for step in steps
        ]
        network = compile_network(Scenario.model_validate(trip(declared, services, by="events", answer="when_started")))
        calls, verdict = oracle(steps)
        for engine in ("simpy", "compiled"):
            story = Story(run_once(network, seed=1, engine=engine, log_facts=LOG_ROWS))  # type: ignore[arg-type]
            done = [name.replace(".trip-", ".").replace(f".{name.partition('.')[0]}-", ".") for name in visited(story)]
            assert done == calls, (number, engine)
            assert ends(story.record) == {verdict: 1}, (number, engine)
            verdicts.add(verdict)
    assert verdicts == {"completed", "compensated", "parked"}
