"""Can locks be taken as they are declared? Where one stands, and what is in it.

error   a lock inside of a transaction, or of itself: it would wait while it holds what others wait for, or for nothing
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.problems import Location, Problem, field_path
from sim.scenario.step_walks import inner_steps
from sim.scenario.steps import Lock, Step, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.scenario.callgraph import CallGraph
    from sim.scenario.scenario import Scenario


def check_locks(_scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Yield what is wrong with locks."""
    for handler in graph.handlers.values():
        yield from _check_steps(handler.steps, handler.loc, {}, inside=False)


def _check_steps(steps: Sequence[Step], loc: Location, held: dict[tuple[str, str], str], *, inside: bool) -> Iterator[Problem]:
    for position, step in enumerate(steps):
        here, within = (*loc, position), held
        if isinstance(step, Lock):
            one = (step.lock.name, step.lock.key)
            if inside:
                message = "a transaction is open here, and would wait with all that it has locked"
                yield _error((*here, "lock"), f"{message}; write the lock around the transaction")
            elif one in held:
                message = f"the lock '{one[0]}' is held here already, since {held[one]}; leave this one out"
                yield _error((*here, "lock"), message)
            within = held | {one: field_path((*here, "lock"))}
        for at, inner in inner_steps(step):
            yield from _check_steps(inner, (*here, *at), within, inside=inside or isinstance(step, Transaction))


def _error(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc)
