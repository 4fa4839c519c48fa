"""Can what stands in branches of a handler be done there? A branch is an execution of its own, beside its handler.

error   a saga or a projection in a branch, a write of its handler's transaction, an append to what its handler has loaded; a
        transaction in one of them, and a publish in another: which of both was done would be known of neither
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.problems import Location, Problem, field_path
from sim.scenario.row_steps import Outbox, Write
from sim.scenario.step_walks import inner_steps
from sim.scenario.steps import Parallel, Publish, Saga, Step, Transaction
from sim.scenario.view_steps import Project

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.scenario.callgraph import CallGraph
    from sim.scenario.scenario import Scenario

    _Placed = tuple[Location, Step]

WRITTEN = "there is no transaction in this branch, and that of its handler goes on beside it"
PUBLISHED = "whether both were done is only known of an execution that does both"


def check_branches(_scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Yield what is wrong with the branches of handlers."""
    for handler in graph.handlers.values():
        yield from _check_steps(handler.steps, handler.loc, inside=False, written=False)
        yield from _check_pairs(handler.steps, handler.loc)


def _check_steps(steps: Sequence[Step], loc: Location, *, inside: bool, written: bool) -> Iterator[Problem]:
    """Check steps that are ``inside`` of a branch, or not; ``written``: in a transaction that began in there."""
    for position, step in enumerate(steps):
        here = (*loc, position)
        if inside and isinstance(step, Saga):
            message = "who leads a saga, or waits for it, is a handler, not a branch; write it before or behind the parallel"
            yield _error((*here, "saga"), f"{message}, or call an operation that has it")
        elif inside and isinstance(step, Project):
            message = "the message under way is that of the handler"
            yield _error((*here, "project"), f"{message}; write it before or behind the parallel")
        elif inside and not written and isinstance(step, Write | Outbox):
            verb = "write" if isinstance(step, Write) else "outbox"
            message = f"{WRITTEN}; write it before or behind the parallel, or a transaction in the branch"
            yield _error((*here, verb), message)
        branch = isinstance(step, Parallel)
        within = not branch and (written or isinstance(step, Transaction))
        for at, inner in inner_steps(step):
            yield from _check_steps(inner, (*here, *at), inside=inside or branch, written=within)


def _check_pairs(steps: Sequence[Step], loc: Location) -> Iterator[Problem]:
    """A transaction and a publish stand in one execution, or the handler has only one of them."""
    parts: list[list[_Placed]] = []
    _part(steps, loc, [], parts)
    committing = [number for number, part in enumerate(parts) if any(isinstance(step, Transaction) for _, step in part)]
    for number, part in enumerate(parts):
        for here, step in part if set(committing) - {number} else ():
            if isinstance(step, Publish):
                message = "a transaction stands beside this in another branch, or in the handler, and"
                yield _error((*here, "publish"), f"{message} {PUBLISHED}; write both in one, or publish by an outbox")


def _part(steps: Sequence[Step], loc: Location, own: list[_Placed], parts: list[list[_Placed]]) -> None:
    """Put the steps of an execution into a list of its own, and those of its branches into others."""
    if not own:
        parts.append(own)
    for position, step in enumerate(steps):
        here = (*loc, position)
        own.append((here, step))
        for at, inner in inner_steps(step):
            _part(inner, (*here, *at), [] if isinstance(step, Parallel) else own, parts)


def _error(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc)
