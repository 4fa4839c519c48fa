"""The share of requests that did not end well, altogether and by outcome.

    checkout.errors            of a flow: requests whose final answer was not ok (after all retries)
    payment.errors             of a service: attempts at it, as their callers saw them, and deliveries to its consumers
    checkout.errors_timeout    those that ended in that outcome
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Measure, Metric, Scope
from sim.metrics.counts import failed, flow_outcomes, group_count, service_outcomes, share
from sim.record import fields as f
from sim.record.outcomes import OUTCOME_MEANINGS, OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.metrics.counts import Outcomes
    from sim.record.record import Record


def of_group(record: Record, group: int, first: int, stop: int) -> float:
    """Failed deliveries of a group as a share of its deliveries that ended."""
    bad = group_count(record, group, f.GROUP_FAILED, first, stop)
    return share(bad, bad + _handled(record, group, first, stop))


def _handled(record: Record, group: int, first: int, stop: int) -> int:
    """Deliveries of a group that were handled well, for the first time or again."""
    return sum(group_count(record, group, field, first, stop) for field in (f.GROUP_APPLIED, f.GROUP_DUPLICATES))


def _measures(part: Callable[[Outcomes], int]) -> dict[Scope, Measure]:
    def of_system(record: Record, _: int, first: int, stop: int) -> float:
        outcomes = flow_outcomes(record, None, first, stop)
        return share(part(outcomes), sum(outcomes))

    def of_flow(record: Record, flow: int, first: int, stop: int) -> float:
        outcomes = flow_outcomes(record, flow, first, stop)
        return share(part(outcomes), sum(outcomes))

    def of_service(record: Record, service: int, first: int, stop: int) -> float:
        outcomes = service_outcomes(record, service, first, stop)
        return share(part(outcomes), sum(outcomes))

    return {"system": of_system, "flow": of_flow, "service": of_service}


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Failed attempts and deliveries as a share of those at a service that settled."""
    outcomes = service_outcomes(record, service, first, stop)
    bad, settled = failed(outcomes), sum(outcomes)
    for number, group in enumerate(record.network.groups):
        if group.service == service:
            unwell = group_count(record, number, f.GROUP_FAILED, first, stop)
            bad += unwell
            settled += unwell + _handled(record, number, first, stop)
    return share(bad, settled)


def _by_outcome(outcome: int) -> Metric:
    word = OUTCOMES[outcome]
    return Metric(
        name=f"errors_{word}",
        label=f"errors: {word}",
        unit="share",
        direction="lower",
        measures=_measures(lambda outcomes: outcomes[outcome]),
        meaning=f"share of settled requests that ended as {word}: {OUTCOME_MEANINGS[word]}",
        most=1.0,
    )


ERRORS = Metric(
    name="errors",
    label="errors",
    unit="share",
    direction="lower",
    measures={**_measures(failed), "service": of_service, "group": of_group},
    meaning="share of settled requests that did not end well: of clients, of attempts at a service, of deliveries",
    most=1.0,
)
ERRORS_ERROR, ERRORS_REJECTED, ERRORS_TIMEOUT, ERRORS_CRASHED, ERRORS_UNAVAILABLE, ERRORS_DEPENDENCY = (
    _by_outcome(outcome) for outcome in range(1, len(OUTCOMES))
)
