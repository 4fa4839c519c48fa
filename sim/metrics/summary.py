"""What a summary shows: the figures that matter of a scenario, in the order in which tables have them.

    scenario --> goodput, errors, ...; checkout.latency.p99, ...; payment.utilisation, ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.headline import OF_FALLBACKS, OF_QUEUES, has_fallbacks, has_queues
from sim.metrics.paths import resolve, subjects
from sim.metrics.rebuilt import OF_REBUILDS
from sim.metrics.refused_by import declared
from sim.scenario.projecting import rebuilt
from sim.stats.judging import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.metrics.base import Scope
    from sim.scenario.scenario import Scenario

SUMMARY: dict[Scope, tuple[str, ...]] = {
    "system": (
        "offered",
        "goodput",
        "errors",
        "spoiled",
        "late",
        "unanswered",
        "unanswered_oldest",
        "amplification",
        "retries",
        "waste",
        "blast_radius",
        "blast_radius_requests",
        "time_to_recover",
        "resilience_loss",
        "backlog_peak",
        "queue_peak",
        "drain_time",
        "lost",
        "dropped",
        "duplicates",
        *OF_FALLBACKS,
        *OF_QUEUES,
        "effects_doubled",
        "effects_told_failed",
        "effects_undone",
        "effects_pending",
    ),
    "flow": (
        "goodput",
        "errors",
        "spoiled",
        "late",
        "unanswered",
        "unanswered_oldest",
        "latency.p50",
        "latency.p95",
        "latency.p99",
        "completion.p50",
        "completion.p95",
        "completion.p99",
        "effects_doubled",
        "effects_told_failed",
        "effects_undone",
        "effects_pending",
    ),
    "projection": (
        "staleness.p50",
        "staleness.p99",
        "own_write_missed",
        "event_delay.p99",
        "age_of_information",
        *OF_REBUILDS,
    ),
    "group": (
        "utilisation",
        "lag_peak",
        "drain_time",
        "apply_time",
        "unanswered",
        "unanswered_oldest",
        "retries",
        "redelivered",
        "duplicates",
        "dropped",
        "lost",
        *OF_QUEUES,
    ),
    "saga": (
        "completed",
        "compensated",
        "parked",
        "stuck",
        "duration.p50",
        "duration.p99",
        "inconsistent.p50",
        "inconsistent.p99",
    ),
    "stream": ("appends", "conflicts", "conflicts_given_up", "load_time", "replayed"),
    "service": ("errors", "utilisation", "queue_peak", "amplification", "unanswered", "unanswered_oldest"),
    "channel": ("lost", "phantoms"),
    "store": ("utilisation", "connection_wait", "transactions_failed"),
    "session": (
        "sessions_begun",
        "sessions_completed",
        "sessions_left",
        "sessions_abandoned",
        "abandonment",
        "session_duration.p50",
        "session_duration.p99",
    ),
    "step": ("sessions_begun", "sessions_left", "sessions_abandoned", "follow_up_errors", "follow_up.p50", "follow_up.p99"),
    "cache": ("hit_ratio", "keys_missed", "coalesced", "loads_failed", "keys_evicted", "keys_expired"),
    "relay": ("outbox_lag", "outbox_peak", "published_again"),
}
"""What a summary shows of each scope, in this order."""


def figures_of(scenario: Scenario) -> tuple[str, ...]:
    """Return the paths of all figures that a report of a scenario shows: those of the summary and of the objectives."""
    shown = (path for path, *_ in summarised(scenario, tuple(SUMMARY)))
    return tuple(dict.fromkeys([*shown, *map(path_of, scenario.objectives)]))


def summarised(scenario: Scenario, scopes: Sequence[Scope]) -> Iterator[tuple[str, Scope, str, str]]:
    """Give what a summary shows: path, scope, name of the subject, name of the metric."""
    names = subjects(scenario)
    for scope in scopes:
        for subject in names[scope]:
            more = declared(scenario).get(subject, ()) if scope in {"system", "service"} else ()
            for name in (*SUMMARY.get(scope, ()), *more):
                if name in OF_QUEUES and not has_queues(scenario, subject):
                    continue
                if name in OF_FALLBACKS and not has_fallbacks(scenario):
                    continue
                if name in OF_REBUILDS and subject not in rebuilt(scenario):
                    continue
                path = f"{subject}.{name}" if subject else name
                if resolve(path, scenario)[1].scope == scope:
                    yield path, scope, subject, name
