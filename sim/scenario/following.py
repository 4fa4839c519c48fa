"""Are follow-ups such that their users can be satisfied, and such that the books of their flow stay its own?

    then: {operation: shop.show, ...}       error: shop.show publishes, or has an effect, by itself or by what it calls
    then: {..., until: order.paid}          error: no way of the flow has the effect order.paid
    then: [{..., until: a}, {..., until: b}]       error: a user waits for one thing in a session
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sim.scenario.effects import appliers
from sim.scenario.follow_ups import located, step_name
from sim.scenario.problems import Problem, field_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.callgraph import CallGraph
    from sim.scenario.follow_ups import FollowUp
    from sim.scenario.problems import Location
    from sim.scenario.scenario import Scenario
    from sim.scenario.workload import Flow


def session_names(scenario: Scenario) -> tuple[str, ...]:
    """Return the flows whose users have sessions, in the order of a record's rows."""
    return tuple(name for name, flow in scenario.workload.items() if isinstance(flow.then, tuple))


def step_names(scenario: Scenario) -> tuple[str, ...]:
    """Return what the steps of all sessions are called, in the order of a record's rows."""
    flows = [(name, scenario.workload[name]) for name in session_names(scenario)]
    return tuple(step_name(name, number, flow.then) for name, flow in flows for number in range(len(flow.follow_ups)))


def steps_named(workload: object) -> list[str]:
    """Return what the steps of sessions are called in what a file declares, which may be malformed."""
    flows = workload.items() if isinstance(workload, Mapping) else ()
    thens = [(str(name), flow.get("then")) for name, flow in flows if isinstance(flow, Mapping)]
    return [step_name(name, at, ()) for name, then in thens if isinstance(then, list | tuple) for at in range(len(then))]


def check_follow_ups(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Yield an error for each follow-up that changes something, and for each that waits for what its flow never has."""
    effects = appliers(scenario)
    for name, flow in scenario.workload.items():
        waiting = [loc for loc, step in located(name, flow.then) if step.until is not None]
        for loc in waiting[1:]:
            message = "a user waits for one thing in a session, and an earlier step has 'until' already"
            yield _error((*loc, "until"), f"{message}; write 'after' here, or declare a flow of its own")
        for loc, then in located(name, flow.then):
            yield from _check_follow_up(scenario, graph, effects, flow, then, loc)


def _check_follow_up(
    scenario: Scenario,
    graph: CallGraph,
    effects: dict[str, frozenset[str]],
    flow: Flow,
    then: FollowUp,
    loc: Location,
) -> Iterator[Problem]:
    changes = _changes(graph, then.operation, effects)
    if changes:
        message = f"a follow-up only asks, and '{then.operation}' {changes}"
        yield _error((*loc, "operation"), f"{message}; ask another operation, or declare a flow of its own")
    if then.until in scenario.projections:
        if then.until in effects:
            message = f"'{then.until}' is an effect and a projection; give one of them another name"
            yield _error((*loc, "until"), message)
    elif then.until is not None and flow.operation not in effects.get(then.until, frozenset()):
        message = f"nothing that '{flow.operation}' leads to has the effect '{then.until}', so its users would ask for ever"
        yield _error((*loc, "until"), f"{message}; add the effect, or write another one")
    if then.until is not None and flow.deadline is None:
        message = "without a deadline of the flow, a user whose work is lost asks until the run ends; add deadline"
        yield _warning((*loc, "until"), message)


def _changes(graph: CallGraph, operation: str, effects: dict[str, frozenset[str]]) -> str:
    """What an operation changes, in words: '' when nothing."""
    ahead, seen = [operation], {operation}
    while ahead:
        handler = graph.handlers[ahead.pop()]
        if handler.publishes:
            return f"publishes '{handler.publishes[0].target}'"
        following = {edge.target for edge in handler.calls} - seen
        seen |= following
        ahead += sorted(following)
    return next((f"has the effect '{name}'" for name, operations in effects.items() if operation in operations), "")


def _error(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc)


def _warning(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc, severity="warning")
