"""What stands around calls, in scenarios by the dozen: fallbacks, steps that are tried, waits, quorums and hedges.

They have numbers of their own, so that the other examples are as they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.conformance.choosers import Numbered
from tests.conformance.generate import Generator, numbered_waits
from tests.conformance.generate_learning import learning
from tests.conformance.generate_pace import with_pace
from tests.conformance.generate_waiting import numbered_waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST = 50_000
KEPT_TOGETHER = ("load", "append", "write", "outbox", "saga")


def numbered_steps(n: int) -> dict[str, Any]:
    """The n-th example with steps around its calls; the even ones have ties everywhere.

    Every other one is one in which attempts wait at guards, requests wait in rooms and are cancelled, work goes at a
    pace, or policies learn.
    """
    generator = Generator(Numbered(FIRST + n), ties=n % 2 == 0)
    others = (numbered_waits, numbered_waiting, with_pace, learning)
    whole = generator.scenario() if n % 4 < 2 else others[n // 4 % 4](n)
    add_steps(generator, whole)
    return whole


def add_steps(generator: Generator, whole: dict[str, Any]) -> None:
    """Put something around the calls of all handlers."""
    effects = "two_phase" not in str(whole)
    for service in whole["services"].values():
        for steps in service["operations"].values():
            for inner in [steps, *lists_in(steps)]:
                for step in inner:
                    stand_around(generator, step, effects=effects and inner is steps)
                put_in(generator, inner, effects=effects)


def lists_in(steps: list[Any]) -> Iterator[list[Any]]:
    """The lists of steps in branches and in transactions."""
    for step in steps:
        for inner in [*(branch["steps"] for branch in step.get("choose", ())), step["steps"] if "transaction" in step else []]:
            yield inner
            yield from lists_in(inner)


def stand_around(generator: Generator, step: dict[str, Any], *, effects: bool) -> None:
    """A call with a fallback or a hedge, calls in parallel of which not all are waited for."""
    if "call" in step and generator.chance(40):
        step["fallback"] = steps_of(generator, effects=effects)
    for call in [step] if "call" in step else step.get("parallel", []):
        if generator.chance(40):
            call["hedge"] = hedge(generator)
            if "timeout" in call or "deadline" in call:  # which may come before any other attempt does
                call["hedge"]["failed_next"] = True
    if "parallel" in step and generator.chance(70):
        count = len(step["parallel"])
        quorum: dict[str, Any] = {"quorum": generator.number(1, count)}
        if generator.chance(50):
            quorum["deadline"] = generator.ms(1, 8)
        step["until"] = generator.pick([quorum, quorum, "any"])
        for call in step["parallel"]:
            call.pop("optional", None)


def hedge(generator: Generator) -> dict[str, Any]:
    """A hedge that is often used."""
    after = generator.pick(["1ms", generator.ms(1, 4), "p50", "p80.5", "p95"])
    found = {"after": after, "calls_max": generator.pick([2, 2, 3]), "failed_next": generator.chance(60)}
    found["elsewhere"] = generator.chance(60)
    if generator.chance(40):
        found["budget"] = generator.pick([0.1, 0.5, 1.0])
    return found


def steps_of(generator: Generator, *, effects: bool) -> list[Any]:
    """A few steps that are done when something failed, of which some fail too."""
    kinds: list[Any] = [{"wait": generator.distribution(0, 2)}, {"work": generator.distribution(0, 2)}, {"fail": 0.3}]
    kinds += [{"effect": "paid"}] * effects
    kinds += [{"try": [{"wait": "1ms"}, {"fail": 0.5}], "catch": [{"fail": 0.2}, {"wait": generator.ms(0, 2)}]}]
    return [generator.pick(kinds) for _ in range(generator.number(1, 2))]


def put_in(generator: Generator, steps: list[Any], *, effects: bool) -> None:
    """A wait among steps, and some of them in a `try`."""
    if generator.chance(30):
        steps.insert(generator.number(0, len(steps)), {"wait": generator.distribution(0, 2)})
    if not steps or generator.chance(50):
        return
    first = generator.number(0, len(steps) - 1)
    last = first
    while last < len(steps) and last - first < 2 and may_be_tried(steps[last], effects=effects):
        last += 1
    inner = steps[first:last]
    if inner:
        caught = generator.pick([[], steps_of(generator, effects=False)])
        steps[first:last] = [{"try": inner, "catch": caught}]


def may_be_tried(step: dict[str, Any], *, effects: bool) -> bool:
    """Whether a step may stand in a `try`: what belongs together stays so."""
    if any(verb in step for verb in KEPT_TOGETHER) or ("effect" in step and not effects):
        return False
    inner = [*(branch["steps"] for branch in step.get("choose", ())), step["steps"] if "transaction" in step else []]
    return all(may_be_tried(one, effects=effects) for steps in inner for one in steps)
