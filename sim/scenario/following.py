"""Are follow-ups such that their users can be satisfied, and such that the books of their flow stay its own?

    then: {operation: shop.show, ...}       error: shop.show publishes, or has an effect, by itself or by what it calls
    then: {..., until: order.paid}          error: no way of the flow has the effect order.paid
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.effects import appliers
from sim.scenario.problems import Problem, field_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.callgraph import CallGraph
    from sim.scenario.problems import Location
    from sim.scenario.scenario import Scenario


def check_follow_ups(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Yield an error for each follow-up that changes something, and for each that waits for what its flow never has."""
    effects = appliers(scenario)
    for name, flow in scenario.workload.items():
        then = flow.then
        if then is None:
            continue
        loc: Location = ("workload", name, "then")
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
