"""Handlers that do more than calls in parallel, in scenarios by the dozen: branches, nested, with all that may stand in them.

    an example of other mechanics --steps of its handlers, and others, in branches--> with_branches(n)

What a handler does there already is taken for its branches too: its calls, publishes, loads and the caches that it asks. A
handler that the loader does not take with what it was given keeps what it had.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from sim.scenario.checks import check
from sim.scenario.problems import ScenarioError
from sim.scenario.scenario import Scenario
from tests.conformance.choosers import Numbered
from tests.conformance.generate import Generator, numbered, numbered_waits
from tests.conformance.generate_caches import with_caches
from tests.conformance.generate_pace import with_pace
from tests.conformance.generate_steps import numbered_steps
from tests.conformance.generate_strikes import with_strikes
from tests.conformance.generate_together import with_together
from tests.conformance.generate_waiting import numbered_waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

Data = dict[str, Any]

FACTS = ("branch_begun", "branch_ended", "branch_left")
"""What only branches do."""
TAKEN = ("call", "publish", "cache", "read", "load", "append")
"""Steps of a handler that may stand in its branches, too."""
OTHERS = (
    *(numbered, with_pace, numbered_waiting, with_caches, numbered_steps),
    *(with_strikes, with_together, numbered_waits, with_strikes, numbered),
)
WITHIN = ("steps", "try", "catch", "miss")


def with_branches(n: int) -> Data:
    """The n-th example: one of those of other mechanics, whose handlers have branches."""
    whole = OTHERS[n % len(OTHERS)](n)
    add_branches(Generator(Numbered(9_000_000 + n), ties=n % 2 == 0), whole)
    return whole


def add_branches(make: Generator, whole: Data) -> None:
    """Most handlers do some things at once."""
    for service in whole["services"].values():
        for name, steps in service["operations"].items():
            if not make.chance(80):
                continue
            before = copy.deepcopy(steps)
            for inner in [steps, *lists_of(steps)]:
                if make.chance(60):
                    put_in(make, inner, Known(whole, before))
            if not taken(whole):
                service["operations"][name] = before


def lists_of(steps: list[Any]) -> Iterator[list[Any]]:
    """The lists of steps that steps hold: ways of a choice, what is tried, what loads a key."""
    for step in steps:
        for inner in [*(way["steps"] for way in step.get("choose", ())), *(step[key] for key in WITHIN if key in step)]:
            if "saga" not in step:
                yield inner
                yield from lists_of(inner)


def taken(whole: Data) -> bool:
    """Whether the loader takes an example."""
    try:
        scenario = Scenario.model_validate(whole)
    except (ValueError, ScenarioError):
        return False
    return not any(problem.severity == "error" for problem in check(scenario))


class Known:
    """What the steps of a handler may be made of: those that it has, and stores of the scenario."""

    def __init__(self, whole: Data, steps: list[Any]) -> None:
        self.steps = [step for inner in [steps, *lists_of(steps)] for step in inner if any(verb in step for verb in TAKEN)]
        self.steps += [call for inner in [steps, *lists_of(steps)] for step in inner for call in step.get("parallel", ())]
        self.stores = [] if "'publish'" in str(steps) else list(whole.get("stores", ()))
        self.effects = "two_phase" not in str(whole)


def put_in(make: Generator, steps: list[Any], known: Known) -> None:
    """Put something in parallel among steps; or some of them, as they are, into a branch of it."""
    first = make.number(0, len(steps))
    last = min(len(steps), first + make.pick([0, 0, 1, 2]))
    steps[first:last] = [at_once(make, known, 2, steps[first:last])]


def at_once(make: Generator, known: Known, depth: int, steps: list[Any]) -> Data:
    """A parallel of a few branches and calls."""
    parts = [part(make, known, depth) for _ in range(make.number(1, 3))]
    if steps:
        parts.insert(make.number(0, len(parts)), steps if len(steps) > 1 or make.chance(50) else steps[0])
    found: Data = {"parallel": parts}
    if make.chance(60):
        quorum: Data = {"quorum": make.number(1, len(parts))}
        if make.chance(60):
            quorum["deadline"] = make.ms(1, 6)
        found["until"] = make.pick(["any", quorum, quorum])
        for one in parts:
            if isinstance(one, dict) and "call" in one:
                one.pop("optional", None)
        if make.chance(50) and any(not isinstance(one, dict) or "call" not in one or "fallback" in one for one in parts):
            found["cancel"] = True
    return found


def part(make: Generator, known: Known, depth: int) -> Any:
    """One of those: a plain call, a step, or a list of steps."""
    if make.chance(30):
        return one_step(make, known, depth)
    return [one_step(make, known, depth) for _ in range(make.number(1, 3))]


def one_step(make: Generator, known: Known, depth: int) -> Data:
    """A step that may stand in a branch."""
    if known.steps and make.chance(35):
        return copy.deepcopy(make.pick(known.steps))
    kinds = ["work", "work", "wait", "fail", "lock", "effect"]
    if known.stores:
        kinds.append("transaction")
    if depth > 0:
        kinds += ["parallel", "try", "choose"]
    kind = make.pick(kinds)
    if kind == "effect" and not known.effects:
        kind = "wait"
    if kind == "parallel":
        return at_once(make, known, depth - 1, [])
    few = [one_step(make, known, 0) for _ in range(make.number(0, 2))] if kind in {"lock", "try", "choose"} else []
    lock: Data = {"name": make.pick(["a", "z"]), "key": make.pick(["one", "flow"]), "wait_max": make.ms(0, 5)}
    found: dict[str, Data] = {
        "work": {"work": make.distribution(0, 4)},
        "wait": {"wait": make.pick(["0s", make.ms(0, 4), make.distribution(0, 3)])},
        "fail": {"fail": make.pick([0.2, 0.5, 1.0])},
        "effect": {"effect": "paid", "idempotent": make.chance(50)},
        "lock": {"lock": lock, "steps": [{"work": make.ms(0, 3)}, *few]},
        "try": {"try": [*few, {"fail": 0.4}], "catch": make.pick([[], [{"wait": make.ms(0, 2)}, {"fail": 0.3}]])},
        "choose": {"choose": [{"weight": 1, "steps": few}, {"weight": 2, "steps": []}]},
        "transaction": {
            "transaction": {"store": make.pick(known.stores or [""]), "wait_max": make.ms(0, 5)},
            "steps": [{"work": make.ms(0, 2)}, {"write": "row", "key": make.pick(["one", "flow"])}],
        },
    }
    return found[kind]
