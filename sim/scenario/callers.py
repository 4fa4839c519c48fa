"""Who comes to each service: how many can be there at once, and how evenly they come; for the waits of `sim.scenario.load`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.scenario.callgraph import asked_by
from sim.scenario.fans import fans_of
from sim.scenario.stretches import drawn

if TYPE_CHECKING:
    from sim.scenario.callgraph import CallGraph
    from sim.scenario.scenario import Scenario

DEPTH_MAX = 20
"""So many levels of callers are looked up for how many requests can be at a service at once."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Who comes to a service: how many can be there at once, and the squared variability of the gaps between them."""

    callers: float
    variability: float


def pools_of(scenario: Scenario, graph: CallGraph) -> dict[str, Pool]:
    """Return who comes to each service, by its name."""
    gaps: dict[str, list[float]] = {}
    for flow in scenario.workload.values():
        kind = drawn(flow.arrivals.gaps())
        service = flow.operation.partition(".")[0]
        gaps.setdefault(service, []).append(kind.variance / (kind.mean * kind.mean) if kind.mean else 1.0)
    callers = _callers(scenario, graph)
    return {name: Pool(callers[name], min(gaps.get(name, [1.0]))) for name in scenario.services}


def _callers(scenario: Scenario, graph: CallGraph) -> dict[str, float]:
    """How many requests can be at each service at once: its callers' workers and consumers; clients are any number."""
    reached, fans = graph.reached(), dict[str, dict[str, int]]()
    for name, handler in graph.handlers.items():
        for target, fan in fans_of(handler.steps).items() if name in reached else ():
            known = fans.setdefault(handler.service, {})
            known[target] = max(known.get(target, 0), fan)
    consumers = dict.fromkeys(scenario.services, 0)
    for group in scenario.subscriptions.values():
        consumers[group.service] += group.consumers * scenario.services[group.service].replicas
    doors = {one.partition(".")[0] for flow in scenario.workload.values() for one in asked_by(flow)}
    found = dict.fromkeys(scenario.services, math.inf)
    for _ in range(DEPTH_MAX):
        new = {name: math.inf if name in doors else 0.0 for name in scenario.services}
        for owner, known in fans.items():
            settings = scenario.services[owner]
            workers = settings.replicas * settings.workers if settings.holds_worker else math.inf
            held = min(found[owner], workers) + consumers[owner]
            for target, fan in known.items():
                new[target] += fan * held
        if new == found:
            break
        found = new
    return found
