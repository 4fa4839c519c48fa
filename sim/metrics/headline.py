"""What is looked at when nobody says what: one list for comparisons, baselines and sweeps, so that none is blind to a half.

    the answer        goodput, errors, late, unanswered, latency      what a caller sees
    what it sets off  not done well, completion, backlog peak, drain time, lost, dropped, duplicates

An event-driven flow answers before it is done. Whoever judges it by its answers alone misses all that comes later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.paths import catalogue
from sim.metrics.spans import has_before
from sim.scenario.callgraph import callers
from sim.scenario.guards import guards_of
from sim.scenario.step_walks import flat_steps
from sim.scenario.steps import Call, Try

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.metrics.base import Scope
    from sim.scenario.scenario import Scenario

OF_ALL = ("goodput", "errors", "late", "unanswered")
"""What a comparison shows of the whole system, before the flow that it is about."""

OF_A_FLOW = (
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
)
"""What it shows of a flow."""

OF_TROUBLE = (
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
)
"""What it shows after that: what faults and load did to the system."""

OF_GUARDS = ("refused", "engaged")
"""What it shows where one of the scenarios has calls with guards."""

OF_FALLBACKS = ("fallbacks",)
"""What it shows where one of the scenarios does something else in place of what fails: what looks well, and is not the same."""

OF_REPLICAS = ("ejected", "unhealthy")
"""What it shows where callers eject replicas of a service, or its health is checked."""

OF_QUEUES = ("expired", "dead_lettered", "overflowed")
"""What it shows where one of the scenarios has a queue."""

OF_RETRY_TOPICS = ("handed_on",)
"""What it shows where a subscription of one of the scenarios hands on what it fails at."""

GATING = ("goodput", "errors", "lost", "dropped", "duplicates", "drain_time", "backlog_peak")
"""What gates of the whole system, and what a sweep shows of it, when nothing else is asked for."""

GATING_FLOW = ("errors", "spoiled", "late", "unanswered", "latency.p50", "latency.p99", "completion.p50", "completion.p99")
"""The same of each flow."""

OF_MESSAGES = ("lost", "dropped", "duplicates", "drain_time", "backlog_peak")
"""What a scenario without subscriptions has none of."""


def has_queues(scenario: Scenario, subscription: str = "") -> bool:
    """Return whether a scenario has a queue, or whether one of its subscriptions reads one."""
    if subscription:
        channel = scenario.wired.subscriptions[subscription].channel
        return any(broker.shared and channel in broker.channels for broker in scenario.wired.brokers.values())
    return any(broker.shared for broker in scenario.brokers.values())


def has_fallbacks(scenario: Scenario) -> bool:
    """Return whether a handler of a scenario does something else where a call, or steps that are tried, have failed."""
    services = scenario.services.values()
    steps = (step for service in services for operation in service.operations.values() for step in flat_steps(operation))
    return any(isinstance(step, Try) or (isinstance(step, Call) and bool(step.fallback)) for step in steps)


def compared(flow: str, scenarios: Sequence[Scenario]) -> tuple[str, ...]:
    """Return the paths that a comparison of scenarios shows: the system, its flow, and what faults and load did."""
    flows = [one for scenario in scenarios for one in scenario.workload.values()]
    timed = any(one.deadline is not None for one in flows)
    of_all = tuple(name for name in _known(OF_ALL, "system") if name != "late" or timed)
    queued = any(map(has_queues, scenarios))
    calling = [caller for scenario in scenarios for _, caller in callers(scenario)]
    guarded = any(guards_of(caller) or getattr(caller, "pool", None) for caller in calling)
    handed = any(one.handed_on_to is not None for scenario in scenarios for one in scenario.subscriptions.values())
    instead = OF_FALLBACKS if any(map(has_fallbacks, scenarios)) else ()
    extra = (*instead, *(OF_QUEUES if queued else ()), *(OF_RETRY_TOPICS if handed else ()), *(OF_GUARDS if guarded else ()))
    services = [one for scenario in scenarios for one in scenario.services.values()]
    asked = (any(one.outliers is not None for one in services), any(one.health is not None for one in services))
    trouble = (*OF_TROUBLE, *extra, *(name for name, there in zip(OF_REPLICAS, asked, strict=True) if there))
    return (*of_all, *compared_of(flow, scenarios), *_known(trouble, "system"))


def compared_of(flow: str, scenarios: Sequence[Scenario]) -> tuple[str, ...]:
    """Return the paths that a comparison shows of one flow; lateness where one of the scenarios has a deadline for it."""
    timed = any(one.workload[flow].deadline is not None for one in scenarios if flow in one.workload)
    return tuple(f"{flow}.{name}" for name in _known(OF_A_FLOW, "flow") if name != "late" or timed)


def watched(scenario: Scenario) -> tuple[str, ...]:
    """Return the paths that gate by default: of the system, then of each flow, those that the scenario can have values of."""
    return tuple(_watched(scenario))


def measured_of(scope: Scope, name: str) -> bool:
    """Return whether there is a metric of that name, of that scope."""
    metric = catalogue().find(name)
    return metric is not None and scope in metric.measures


def _watched(scenario: Scenario) -> Iterator[str]:
    for name in _known(GATING, "system"):
        if _has_messages(scenario, name):
            yield name
    for flow, settings in scenario.workload.items():
        for name in _known(GATING_FLOW, "flow"):
            if name != "late" or settings.deadline is not None:
                yield f"{flow}.{name}"


def _has_messages(scenario: Scenario, name: str) -> bool:
    """Whether a scenario can have a value of it at all: what it cannot have would be doubt for ever."""
    if name == "drain_time":
        return bool(scenario.wired.subscriptions and scenario.faults) and has_before(scenario)
    return name not in OF_MESSAGES or bool(scenario.wired.subscriptions)


def _known(names: Sequence[str], scope: Scope) -> tuple[str, ...]:
    """Those of the names that are measured of that scope."""
    return tuple(name for name in names if measured_of(scope, name))
