"""Steps within steps: what a step holds, and all that a handler may do.

    [work, choose: {[call], [publish, wait]}]  --flat_steps-->  work, choose, call, publish, wait
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.scenario.cache_steps import Cached
from sim.scenario.steps import Call, Choose, Lock, Parallel, Publish, Transaction, Try
from sim.scenario.stream_steps import Append

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sim.scenario.row_steps import Outbox


def inner_steps(step: object) -> tuple[tuple[tuple[str | int, ...], tuple[Any, ...]], ...]:
    """The lists of steps that a step holds, each with where it is in it.

    They are the branches of a choice, what is done in a transaction or behind a lock, what a store does once an append is done,
    what is tried and what follows when it fails; and the branches of what is done in parallel, without its calls.
    """
    if isinstance(step, Call):
        return ((("fallback",), step.fallback),) if step.fallback else ()
    if isinstance(step, Try):
        return ((("try",), step.steps), (("catch",), step.catch))
    if isinstance(step, Choose):
        return tuple((("choose", number, "steps"), branch.steps) for number, branch in enumerate(step.choose))
    if isinstance(step, Parallel):
        return tuple((("parallel", number), steps) for number, steps in step.branches.items())
    if isinstance(step, Append):
        return (((), step.then),) if step.then else ()
    return ((("steps",), step.steps),) if isinstance(step, Transaction | Lock) else _of_cache(step)


def _of_cache(step: object) -> tuple[tuple[tuple[str | int, ...], tuple[Any, ...]], ...]:
    return ((("miss",), step.miss),) if isinstance(step, Cached) else ()


def channel_of(step: Publish | Outbox) -> str:
    """Return the topic or queue to which something is published, at once or by a relay."""
    return step.publish if isinstance(step, Publish) else step.outbox


def flat_steps(steps: Iterable[Any]) -> Iterator[Any]:
    """Yield steps with those that they hold: of branches and of transactions."""
    for step in steps:
        yield step
        for _, inner in inner_steps(step):
            yield from flat_steps(inner)


def own_steps(steps: Iterable[Any]) -> Iterator[Any]:
    """Yield the same without those of branches, which are executions of their own."""
    for step in steps:
        yield step
        for _, inner in () if isinstance(step, Parallel) else inner_steps(step):
            yield from own_steps(inner)
