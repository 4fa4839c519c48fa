"""Which durations a run counts exactly: those that objectives declare as limits.

    "checkout.latency.p99 < 300ms"  -->  of the flow checkout: answers that took at most 300 ms, and at most 299.999999 ms

A bucket of a histogram is up to 0.4 % wide. Whether a quantile keeps to a limit inside a bucket is told only by the exact
number of values at or below the limit. Both sides of a limit are counted, so that ``<`` and ``<=`` can be told apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.record.fields.header import HIST_COMPLETIONS, HIST_FLOWS_OPEN, HIST_REPLIES, HIST_REQUESTS_OPEN, HISTOGRAMS
from sim.scenario.follow_ups import step_name
from sim.scenario.following import session_names
from sim.scenario.sagas import saga_names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.scenario.scenario import Scenario

_ANSWERS, _ENDS = (HIST_REPLIES, HIST_REQUESTS_OPEN), (HIST_COMPLETIONS, HIST_FLOWS_OPEN)
OF_FOLLOW_UPS = {"follow_up": _ANSWERS, "informed": _ENDS}
OF_SESSIONS = {"session_duration": _ENDS}
OF_PROJECTIONS = {"staleness": (HIST_REPLIES,), "event_delay": _ENDS}
"""The same of what has histograms behind those of the flows."""
COUNTED = {
    "latency": (HIST_REPLIES, HIST_REQUESTS_OPEN),
    "latency_ok": (HIST_REPLIES, HIST_REQUESTS_OPEN),
    "completion": (HIST_COMPLETIONS, HIST_FLOWS_OPEN),
}
COUNTED_OF_SAGAS = {
    "inconsistent": (HIST_REPLIES, HIST_REQUESTS_OPEN),
    "duration": (HIST_COMPLETIONS, HIST_FLOWS_OPEN),
}
"""The histograms that the quantiles of each family of metrics are made of."""


@dataclass(frozen=True, slots=True, order=True)
class ExactLimit:
    """A limit of a histogram: number ``histogram`` of ``flow`` counts its values up to ``value`` ns exactly.

    After the flows come the sagas, then follow-ups, projections and sessions: saga number 0 is the flow behind the last one.
    """

    flow: int
    histogram: int
    value: int


def exact_limits(scenario: Scenario) -> tuple[ExactLimit, ...]:
    """Return the limits that the objectives of a scenario declare, sorted; those of the whole system are of each flow."""
    found: set[ExactLimit] = set()
    for objective in scenario.objectives:
        metric = objective.metric.partition(".")[0]
        if objective.unit != "duration":
            continue
        histograms, numbers = _counted(scenario, metric, objective.subject)
        limit = round(objective.limit)
        values = [value for value in (limit - 1, limit) if value >= 0]
        found |= {ExactLimit(flow, histogram, value) for flow in numbers for histogram in histograms for value in values}
    return tuple(sorted(found))


def _counted(scenario: Scenario, metric: str, subject: str) -> tuple[tuple[int, ...], list[int]]:
    """The histograms that a metric is made of, and whose they are; none where nothing is counted exactly."""
    workload = scenario.workload.items()
    following = [{name, step_name(name, at, flow.then)} for name, flow in workload for at in range(len(flow.follow_ups))]
    kinds = (
        (COUNTED, _each(scenario.workload)),
        (COUNTED_OF_SAGAS, _each(saga_names(scenario))),
        (OF_FOLLOW_UPS, following),
        (OF_PROJECTIONS, _each(scenario.projections)),
        (OF_SESSIONS, _each(session_names(scenario))),
    )
    first = 0
    for known, called in kinds:
        if metric in known:
            return known[metric], [first + number for number, names in enumerate(called) if subject in {"", *names}]
        first += len(called)
    return (), []


def _each(names: Iterable[str]) -> list[set[str]]:
    """What each is called: by its own name only."""
    return [{name} for name in names]


def begins(limits: tuple[ExactLimit, ...], flows: int) -> list[int]:
    """Return for each histogram of each flow, and one more, the number of its first limit."""
    places = [limit.flow * HISTOGRAMS + limit.histogram for limit in limits]
    return [sum(place < histogram for place in places) for histogram in range(flows * HISTOGRAMS + 1)]
