"""What is looked at when nobody says what: one list for comparisons, baselines and sweeps, so that none is blind to a half.

    the answer        goodput, errors, late, unanswered, latency      what a caller sees
    what it sets off  not done well, completion, backlog peak, drain time, lost, dropped, duplicates

An event-driven flow answers before it is done. Whoever judges it by its answers alone misses all that comes later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.paths import catalogue
from sim.metrics.spans import has_before

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.metrics.base import Scope
    from sim.scenario.scenario import Scenario

COMPARED: dict[Scope, tuple[str, ...]] = {
    "system": (
        "goodput",
        "errors",
        "late",
        "unanswered",
        "amplification",
        "retries",
        "waste",
        "blast_radius",
        "blast_radius_requests",
        "time_to_recover",
        "backlog_peak",
        "queue_peak",
        "drain_time",
        "lost",
        "dropped",
        "duplicates",
    ),
    "flow": (
        "goodput",
        "errors",
        "spoiled",
        "late",
        "unanswered",
        "latency.p50",
        "latency.p95",
        "latency.p99",
        "completion.p50",
        "completion.p99",
    ),
}
"""What a table of a comparison shows of the system, and of a flow."""

WATCHED: dict[Scope, tuple[str, ...]] = {
    "system": ("goodput", "errors", "late", "unanswered", "lost", "dropped", "duplicates", "drain_time", "backlog_peak"),
    "flow": ("errors", "spoiled", "late", "unanswered", "latency.p50", "latency.p99", "completion.p50", "completion.p99"),
}
"""What gates, and what a sweep shows, when nothing else is asked for."""

OF_MESSAGES = ("lost", "dropped", "duplicates", "drain_time", "backlog_peak")
"""What a scenario without subscriptions has none of."""


def compared(scope: Scope) -> tuple[str, ...]:
    """Return the names that a comparison shows of the system or of a flow."""
    return _known(COMPARED[scope], scope)


def watched(scenario: Scenario) -> tuple[str, ...]:
    """Return the paths that a gate watches by default: of the system, then of each flow, of what the scenario has."""
    return tuple(_paths(scenario))


def _paths(scenario: Scenario) -> Iterator[str]:
    for name in _known(WATCHED["system"], "system"):
        if _has(scenario, name, tuple(scenario.workload)):
            yield name
    for flow in scenario.workload:
        for name in _known(WATCHED["flow"], "flow"):
            if _has(scenario, name, (flow,)):
                yield f"{flow}.{name}"


def _has(scenario: Scenario, name: str, flows: Sequence[str]) -> bool:
    """Whether a scenario can have a value of it at all: what it cannot have would be doubt for ever."""
    if name == "late":
        return any(scenario.workload[flow].deadline is not None for flow in flows)
    if name == "drain_time":
        return bool(scenario.subscriptions and scenario.faults) and has_before(scenario)
    return name not in OF_MESSAGES or bool(scenario.subscriptions)


def _known(names: Sequence[str], scope: Scope) -> tuple[str, ...]:
    """Those of the names that are measured of that scope."""
    found = ((name, catalogue().find(name)) for name in names)
    return tuple(name for name, metric in found if metric is not None and scope in metric.measures)
