"""How a flow is wired: which of two scenarios' common flows is wired differently.

    checkout -> place_order -> charge                 synchronous: calls all the way
    checkout -> place_order ~> order.placed ~> charge events: a topic in between
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.callgraph import CallGraph, call_graph

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

Link = tuple[str, str, str, float]
"""From, how (``calls``, ``publishes``, ``delivers``), to, and how often a run of the first does so."""


def links(scenario: Scenario, flow: str, graph: CallGraph | None = None) -> frozenset[Link]:
    """Return every link that a request of the flow may go along, by calls and by events."""
    graph = graph or call_graph(scenario)
    found: set[Link] = set()
    waiting = [scenario.workload[flow].operation]
    seen = set(waiting)
    while waiting:
        name = waiting.pop()
        handler = graph.handlers[name]
        following = []
        for edge in handler.calls:
            found.add((name, "calls", edge.target, edge.times))
            following.append(edge.target)
        for edge in handler.publishes:
            found.add((name, "publishes", edge.target, edge.times))
            for group, settings in scenario.wired.subscriptions.items():
                if settings.channel == edge.target:
                    found.add((edge.target, f"delivers to {group}", settings.operation, 1.0))
                    following.append(settings.operation)
        waiting += [one for one in dict.fromkeys(following) if one not in seen]
        seen.update(following)
    return frozenset(found)


def differing_flow(a: Scenario, b: Scenario) -> tuple[str, str]:
    """Return the flow of both that is wired differently, and why it was chosen.

    Of several the one with the most links; without any, the first flow that both have.
    """
    graph_a, graph_b = call_graph(a), call_graph(b)
    common = [name for name in a.workload if name in b.workload]
    wired = {name: (links(a, name, graph_a), links(b, name, graph_b)) for name in common}
    differing = [name for name in common if wired[name][0] != wired[name][1]]
    if not differing:
        return common[0], "the first flow; no flow is wired differently"
    most = max(differing, key=lambda name: len(wired[name][0] | wired[name][1]))
    if len(differing) == 1:
        return most, "the one flow that is wired differently"
    return most, f"the largest of the {len(differing)} flows that are wired differently"
