"""Whether what is declared of balancing can be done: zones that there are, weights of replicas, not too much to see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.scenario.problems import Location, Problem, field_path
from sim.scenario.targets import struck_services

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.callgraph import CallGraph
    from sim.scenario.scenario import Scenario

SEEN_MAX = 4_000_000  # replicas, each as often as callers see it


def check_balancing(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Yield what is wrong with how callers of each service choose its replicas."""
    for name, service in scenario.services.items():
        loc: Location = ("services", name)
        balance: Any = service.balance
        if service.outliers is not None and balance.pick is None:
            message = f"a balance of kind '{balance.kind}' does not look at replicas, and sends to those that are ejected"
            yield _error((*loc, "balance"), f"{message}; write another kind, or leave outliers out")
        if getattr(balance, "zone_aware", False) and not service.zones:
            yield _error((*loc, "balance", "zone_aware"), f"the replicas of {name} are in no zone; write zones: spread")
        weights = getattr(balance, "weights", ())
        if len(weights) > service.places:
            message = f"{len(weights)} weights for {service.places} replicas; write one for each at most"
            yield _error((*loc, "balance", "weights"), message)
        if (balance.sees or service.outliers is not None) and getattr(balance, "seen_by", "caller") == "caller":
            services = {caller.partition(".")[0] for caller in _callers(graph, name)}
            seen = service.places * sum(scenario.services[caller].places for caller in services)
            if seen > SEEN_MAX:
                message = f"its callers see {seen} replicas, each as often as one sees it; at most {SEEN_MAX} are kept"
                yield _error((*loc, "balance"), f"{message}; write seen_by: balancer, or fewer replicas")
    for name, fault in scenario.faults.items():
        struck = [one for one in struck_services(scenario, fault) if one in scenario.services]
        checked = [one for one in struck if scenario.services[one].health]
        if checked and "detection" in fault.model_fields_set:
            message = f"the health of {' and '.join(checked)} is checked, so its detection counts for nothing there"
            loc = ("faults", name, "detection")
            yield Problem(field=field_path(loc), message=f"{message}; leave it out", loc=loc, severity="warning")


def _callers(graph: CallGraph, service: str) -> Iterator[str]:
    """The handlers that call a service."""
    for name, handler in graph.handlers.items():
        if any(edge.target.partition(".")[0] == service for edge in handler.calls):
            yield name


def _error(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc)
