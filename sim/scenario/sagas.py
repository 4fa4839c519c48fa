"""The sagas of a scenario: where each is declared, and whether it can be told from all else.

    services.orders.operations.place[1]: saga order  -->  its coordinator, orders.order, is an operation of the engines only
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sim.scenario.effect_steps import Effect
from sim.scenario.guards import slots
from sim.scenario.once import once_a_scenario
from sim.scenario.problems import Location, Problem, field_path
from sim.scenario.step_walks import inner_steps
from sim.scenario.steps import Saga

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.scenario.callgraph import CallGraph
    from sim.scenario.scenario import Scenario
    from sim.scenario.steps import Step


class DeclaredSaga(NamedTuple):
    """A saga, the service and the operation that begin it, and its place."""

    service: str
    operation: str
    loc: Location
    saga: Saga


@once_a_scenario
def sagas_of(scenario: Scenario) -> tuple[DeclaredSaga, ...]:
    """Return the sagas of a scenario in the order of its handlers and their steps."""
    return tuple(
        DeclaredSaga(service, operation, loc, saga)
        for service, settings in scenario.services.items()
        for operation, steps in settings.operations.items()
        for loc, saga in _below(steps, ("services", service, "operations", operation))
    )


def saga_names(scenario: Scenario) -> tuple[str, ...]:
    """Return the names of all sagas, in the order of their numbers."""
    return tuple(one.saga.saga for one in sagas_of(scenario))


def check_sagas(scenario: Scenario, _graph: CallGraph) -> Iterator[Problem]:
    """Yield an error for every saga that shares its name with another, or with an operation of its service."""
    known: dict[str, str] = {}
    for one in sagas_of(scenario):
        name, loc = one.saga.saga, (*one.loc, "saga")
        if name in known:
            yield _error(loc, f"a saga '{name}' is begun by {known[name]} too; give one of them another name")
        if name in scenario.services[one.service].operations:
            message = f"'{one.service}' has an operation '{name}' too, and the saga is led by one of that name"
            yield _error(loc, f"{message}; give the saga another name")
        known.setdefault(name, f"{one.service}.{one.operation}")
        if one.saga.by == "events":
            yield from _check_events(one)
        if one.saga.by == "two_phase":
            yield from _check_two_phase(scenario, one)
        if one.saga.state is not None:
            yield from _check_state(scenario, one)
        retried = [step for step in one.saga.steps if step.undo is not None and step.undo.retry is None]
        if one.saga.undo_retry is not None and not retried and one.saga.by != "two_phase":
            message = "there is no undo without a retry of its own that it would be for; remove it"
            yield _error((*one.loc, "undo_retry"), message)


def _check_two_phase(scenario: Scenario, one: DeclaredSaga) -> Iterator[Problem]:
    """What a participant does before the commit must be told from what is true after it."""
    for number, step in enumerate(one.saga.steps):
        service, _, operation = step.do.call.partition(".")
        for part in scenario.services[service].operations[operation]:
            if any(isinstance(inner, Effect) for _, steps in inner_steps(part) for inner in steps):
                message = f"an effect of '{step.do.call}' stands inside another step; by two_phase it is true at the commit"
                yield _error((*one.loc, "steps", number, "do", "call"), f"{message}: write it among the steps themselves")


def _check_state(scenario: Scenario, one: DeclaredSaga) -> Iterator[Problem]:
    """What is kept of a saga is one row that nobody else writes; and somebody must keep it."""
    loc = (*one.loc, "state")
    if one.saga.by == "events":
        yield _error(loc, "by events nobody keeps how far the saga has come; remove it")
    store = one.saga.state.store if one.saga.state is not None else ""
    if scenario.stores[store].aborts > 0.0:
        message = f"commits of '{store}' are aborted sometimes"
        yield _error((*loc, "store"), f"{message}, which those of one row are not; take a store without aborts")


def _check_events(one: DeclaredSaga) -> Iterator[Problem]:
    """Whoever begins a saga led by events hears no more of it; and there is nobody whose timeout could end."""
    if one.saga.answer == "when_done":
        message = "by events nobody hears when it has ended; write answer: when_started"
        yield _error((*one.loc, "answer"), message)
    calls = {call.call for call in one.saga.calls}
    if len(calls) < len(one.saga.calls):
        message = "two steps, or undos, are one operation: by events it would not know for which it is told; give it two names"
        yield _error((*one.loc, "steps"), message)
    for number, step in enumerate(one.saga.steps):
        for part, call in (("do", step.do), ("undo", step.undo)):
            for key in call.retry.of_calls if call is not None and call.retry is not None else ():
                message = f"by events the retries of a step are those of a message, which have no {key}; leave it out"
                yield _error((*one.loc, "steps", number, part, "retry", key), message)
            for key in ("timeout", "deadline", "cancel", *slots(), "pool", "order") if call is not None else ():
                if getattr(call, key):
                    loc = (*one.loc, "steps", number, part, key)
                    message = f"by events nobody waits for a step: its {key} says nothing; it counts for an orchestrator"
                    yield Problem(field=field_path(loc), message=message, loc=loc, severity="warning")


def _below(steps: Sequence[Step], loc: Location) -> Iterator[tuple[Location, Saga]]:
    for position, step in enumerate(steps):
        if isinstance(step, Saga):
            yield (*loc, position), step
        for at, inner in inner_steps(step):
            yield from _below(inner, (*loc, position, *at))


def _error(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc)
