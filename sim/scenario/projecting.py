"""Are projections used as they can be? What feeds them, who reads them, and where a step may project.

error     a handler that is called and projects: there is no message under way; a project in a transaction, which could not be
          rolled back; follow-ups that wait for a projection and read another one
warning   a projection that nothing projects to, or that nobody reads
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.callgraph import asked_by, readers_by_channel
from sim.scenario.problems import Problem, field_path
from sim.scenario.steps import Project, Read, Transaction, inner_steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.scenario.callgraph import CallGraph
    from sim.scenario.problems import Location
    from sim.scenario.scenario import Scenario
    from sim.scenario.steps import Step


def feeds(scenario: Scenario) -> dict[str, set[str]]:
    """Return the topics and queues whose messages some handler projects to each projection, by its name."""
    scenario = scenario.wired
    found: dict[str, set[str]] = {name: set() for name in scenario.projections}
    for channel, operations in readers_by_channel(scenario, failing=True).items():
        for operation in operations:
            service, _, own = operation.partition(".")
            for _, step, _ in _flat(scenario.services[service].operations[own], ()):
                if isinstance(step, Project):
                    found[step.project].add(channel)
    return found


def check_projections(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Yield what is wrong with projections and with the steps that are about them."""
    called = {edge.target: f"'{name}' calls it" for name, handler in graph.handlers.items() for edge in handler.calls}
    for name, flow in scenario.workload.items():
        called.update((operation, f"the users of '{name}' ask it") for operation in asked_by(flow))
    steps = [(name, *found) for name, handler in graph.handlers.items() for found in _flat(handler.steps, handler.loc)]
    for name, loc, step, inside in steps:
        if not isinstance(step, Project):
            continue
        if name in called:
            message = f"'{name}' projects the event of the message under way, and {called[name]}, without one"
            yield _error((*loc, "project"), f"{message}; project in a handler that only a subscription has")
        if inside:
            message = "what is projected is there at once, and is not rolled back"
            yield _error((*loc, "project"), f"{message}; write it behind the transaction")
    projected = {step.project for _, _, step, _ in steps if isinstance(step, Project)}
    read = {step.read for _, _, step, _ in steps if isinstance(step, Read)}
    for name in scenario.projections:
        if name not in projected:
            yield _warning(("projections", name), "no handler projects to it, so it stays empty; add a project, or remove it")
        elif name not in read:
            yield _warning(("projections", name), "no handler reads it; add a read, or remove it")
    yield from _check_waiting_users(scenario, graph)


def _check_waiting_users(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Users who ask until a projection has their own write: what they ask must read it."""
    for name, flow in scenario.workload.items():
        wanted = None if flow.then is None else flow.then.until
        if flow.then is None or wanted not in scenario.projections:
            continue
        if wanted not in reads_of(graph, flow.then.operation):
            message = f"nothing that '{flow.then.operation}' does reads '{wanted}', so no answer can tell"
            yield _error(("workload", name, "then", "until"), f"{message}; add a read, or ask another operation")


def reads_of(graph: CallGraph, operation: str) -> set[str]:
    """Return the projections that an operation reads, by itself or by what it calls."""
    found, ahead, seen = set[str](), [operation], {operation}
    while ahead:
        handler = graph.handlers[ahead.pop()]
        found |= {step.read for _, step, _ in _flat(handler.steps, handler.loc) if isinstance(step, Read)}
        following = {edge.target for edge in handler.calls} - seen
        seen |= following
        ahead += sorted(following)
    return found


def _flat(steps: Sequence[Step], loc: Location, *, inside: bool = False) -> Iterator[tuple[Location, Step, bool]]:
    """Steps with those inside of them: their places, and whether they are in a transaction."""
    for position, step in enumerate(steps):
        here = (*loc, position)
        yield here, step, inside
        for at, inner in inner_steps(step):
            yield from _flat(inner, (*here, *at), inside=inside or isinstance(step, Transaction))


def _error(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc)


def _warning(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc, severity="warning")
