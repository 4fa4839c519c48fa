"""Which durations a run counts exactly: those that objectives declare as limits.

    "checkout.latency.p99 < 300ms"  -->  of the flow checkout: answers that took at most 300 ms, and at most 299.999999 ms

A bucket of a histogram is up to 0.4 % wide. Whether a quantile keeps to a limit inside a bucket is told only by the exact
number of values at or below the limit. Both sides of a limit are counted, so that ``<`` and ``<=`` can be told apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.record.fields import HIST_COMPLETIONS, HIST_FLOWS_OPEN, HIST_REPLIES, HIST_REQUESTS_OPEN, HISTOGRAMS
from sim.scenario.sagas import saga_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.scenario import Scenario

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

    After the flows come the sagas: that of number 0 is the flow behind the last one.
    """

    flow: int
    histogram: int
    value: int


def exact_limits(scenario: Scenario) -> tuple[ExactLimit, ...]:
    """Return the limits that the objectives of a scenario declare, sorted; those of the whole system are of each flow."""
    flows, sagas = list(scenario.workload), saga_names(scenario)
    found: set[ExactLimit] = set()
    for objective in scenario.objectives:
        family, subject = objective.metric.partition(".")[0], objective.subject
        histograms = COUNTED.get(family, ())
        numbers: Sequence[int] = range(len(flows)) if not subject else [flows.index(subject)] if subject in flows else ()
        if family in COUNTED_OF_SAGAS and subject in sagas:
            histograms, numbers = COUNTED_OF_SAGAS[family], [len(flows) + sagas.index(subject)]
        if objective.unit != "duration":
            continue
        limit = round(objective.limit)
        values = [value for value in (limit - 1, limit) if value >= 0]
        found |= {ExactLimit(flow, histogram, value) for flow in numbers for histogram in histograms for value in values}
    return tuple(sorted(found))


def begins(limits: tuple[ExactLimit, ...], flows: int) -> list[int]:
    """Return for each histogram of each flow, and one more, the number of its first limit."""
    places = [limit.flow * HISTOGRAMS + limit.histogram for limit in limits]
    return [sum(place < histogram for place in places) for histogram in range(flows * HISTOGRAMS + 1)]
