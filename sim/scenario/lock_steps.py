"""Which lock a handler takes, and the checks of its use. See `sim.scenario.steps.Lock`.

error   a lock inside of a transaction, or of itself: it would wait while it holds what others wait for, or for nothing
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from sim.scenario.model import Model, Name
from sim.scenario.problems import Location, Problem, field_path
from sim.scenario.units import Duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.callgraph import CallGraph
    from sim.scenario.scenario import Scenario


class LockSettings(Model):
    """A lock of a service: all its replicas share it."""

    name: Name = Field(description="Name of the lock; handlers of the same service that say the same name take turns.")
    key: Literal["flow", "one"] = Field(
        default="one", description="Which lock of that name: that of the flow's key, or the one that there is."
    )
    wait_max: Duration | None = Field(
        default=None, description="Longest wait for it, then the step fails; 0s: none. Default: wait for ever."
    )


def check_locks(_scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Yield what is wrong with locks."""
    for handler in graph.handlers.values():
        yield from _check_steps(handler.steps, handler.loc, {}, inside=False)


def _check_steps(steps: object, loc: Location, held: dict[tuple[str, str], str], *, inside: bool) -> Iterator[Problem]:
    from sim.scenario.steps import Lock, Transaction, inner_steps  # breaks the import cycle: steps have the settings above

    for position, step in enumerate(steps):  # type: ignore[arg-type]
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
