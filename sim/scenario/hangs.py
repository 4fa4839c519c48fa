"""Who could wait for ever: for a replica that died silently, or for workers that wait for each other.

    client -> page.show --no timeout--> price.get on a silently dead replica        never answered
    a's workers wait for b, b's workers wait for a, no timeout on the way           once both are full, for good
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from sim.faults.effects import Down
from sim.scenario.callgraph import CallGraph, asked_by, readers_by_channel
from sim.scenario.problems import Location, Problem, field_path
from sim.scenario.scenario import Scenario
from sim.scenario.targets import struck_services

PATH_SHOWN_MAX = 8


class _Wait(NamedTuple):
    """A call without a timeout, from a handler that holds a worker or a consumer."""

    caller: str
    target: str
    loc: Location


def shown_path(names: list[str]) -> str:
    """Return names as a path; the middle of a long one is left out."""
    if len(names) > PATH_SHOWN_MAX:
        names = [*names[: PATH_SHOWN_MAX - 2], "...", names[-1]]
    return " -> ".join(names)


def check_silence(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Yield a warning for every silent crash that somebody without a timeout would wait for, for ever."""
    paths = _paths(scenario, graph)
    for name, fault in scenario.faults.items():
        if not any(isinstance(effect, Down) and effect.silent for effect in fault.once.effects()):
            continue
        struck = struck_services(scenario, fault)
        found: list[tuple[list[str], str]] = []
        for flow, settings in scenario.workload.items():
            if settings.limit is None and settings.operation.partition(".")[0] in struck:
                found.append(([flow, settings.operation], field_path(("workload", flow))))
        found += [
            ([*paths[wait.caller], wait.target], field_path(wait.loc))
            for wait in _waits(graph, paths)
            if wait.target.partition(".")[0] in struck
        ]
        if not found:
            continue
        path, where = found[0]
        message = f"a dead replica of '{fault.aim}' answers nothing, and its callers would wait for ever"
        message += f", along {shown_path(path)}"
        if len(found) > 1:
            message += f" (and {len(found) - 1} more: {', '.join(at for _, at in found[1:4])}"
            message += ", ...)" if len(found) > 4 else ")"  # noqa: PLR2004 - the first, and three more
        loc: Location = ("faults", name, "connections") if hasattr(fault, "connections") else ("faults", name)
        yield _warning(loc, f"{message}; add a timeout to {where}, or write connections: reset")


def check_locking_up(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Yield a warning for services that hold workers while they call each other in a circle, without a timeout.

    Once all workers of each wait for workers of the next, nothing is answered any more. A service whose callers are turned
    away instead of waiting (``queue_max: 0``) breaks the circle.
    """
    paths = _paths(scenario, graph)
    holders = _on_workers(scenario, graph)
    onward: dict[str, dict[str, _Wait]] = {}
    for wait in _waits(graph, paths):
        target = wait.target.partition(".")[0]
        if wait.caller in holders and scenario.services[target].waiting_max != 0:
            onward.setdefault(wait.caller.partition(".")[0], {}).setdefault(target, wait)
    seen: set[str] = set()
    for service in onward:
        circle = [] if service in seen else _circle(service, onward)
        if not circle or seen.intersection(circle):
            continue
        seen.update(circle)
        waits = [onward[one][following] for one, following in pairwise(circle)]
        calls = ", ".join(f"{wait.caller} -> {wait.target}" for wait in waits[:PATH_SHOWN_MAX])
        message = f"services hold workers while they call each other, without a timeout: {shown_path(circle)} ({calls})"
        message += "; once all their workers wait for each other, nothing is answered any more, for good"
        yield _warning((*waits[0].loc, "call"), f"{message}; add a timeout to one of these calls, or break the circle")


def _waits(graph: CallGraph, paths: dict[str, list[str]]) -> Iterator[_Wait]:
    for name, handler in graph.handlers.items():
        for edge in handler.calls if name in paths else ():
            if edge.call is not None and edge.call.limit is None and edge.times > 0.0:
                yield _Wait(name, edge.target, edge.loc)


def _paths(scenario: Scenario, graph: CallGraph) -> dict[str, list[str]]:
    """Return how each operation is reached: a flow, then operations (and topics); shortest paths, by operation."""
    readers = readers_by_channel(scenario, failing=True)
    paths: dict[str, list[str]] = {}
    for name, flow in scenario.workload.items():
        for asked in asked_by(flow):
            paths.setdefault(asked, [name, asked])
    waiting = list(paths)
    for name in waiting:  # grows while it is walked along
        handler = graph.handlers[name]
        following = [(edge.target, [edge.target]) for edge in handler.calls]
        for edge in handler.publishes:
            following += [(reader, [edge.target, reader]) for reader in readers.get(edge.target, [])]
        for target, further in following:
            if target not in paths:
                before = paths[name]
                kept = before if len(before) <= PATH_SHOWN_MAX else [*before[: PATH_SHOWN_MAX - 2], "...", before[-1]]
                paths[target] = [*kept, *further]
                waiting.append(target)
    return paths


def _on_workers(scenario: Scenario, graph: CallGraph) -> set[str]:
    """Return the operations that run on workers; what only consumers run holds none."""
    found = {asked for flow in scenario.workload.values() for asked in asked_by(flow)}
    return found.union(edge.target for handler in graph.handlers.values() for edge in handler.calls)


def _circle(start: str, onward: dict[str, dict[str, _Wait]]) -> list[str]:
    """Return the shortest circle from a service back to itself, the first repeated at the end; [] when there is none."""
    before: dict[str, str] = {}
    waiting = [start]
    for name in waiting:  # grows while it is walked along
        for target in onward.get(name, ()):
            if target not in before:
                before[target] = name
                waiting.append(target)
    circle, here = [start], before.get(start)
    while here is not None:
        circle.append(here)
        here = before[here] if here != start else None
    return circle[::-1] if len(circle) > 1 else []


def _warning(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc, severity="warning")
