"""The share of requests that did not end well, altogether and by outcome; what hangs when the run ends did not.

    checkout.errors            of a flow: requests whose final answer was not ok (after all retries)
    payment.errors             of a service: attempts at it, as their callers saw them, and deliveries to its consumers
    checkout.errors_timeout    those that ended in that outcome
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Bounded, Measure, Metric, Scope
from sim.metrics.counts import all_flows_or, failed, flow_outcomes, group_count, service_outcomes, share
from sim.metrics.samples import replies
from sim.metrics.unanswered import (
    hanging_attempts,
    hanging_messages,
    open_at,
    open_attempts,
    open_messages,
    open_requests,
)
from sim.record import fields as f
from sim.record.outcomes import FIRST_OUTCOMES, OUTCOME_MEANINGS, OUTCOMES

if TYPE_CHECKING:
    from sim.record.record import Record


def of_group(record: Record, group: int, first: int, stop: int) -> float:
    """Failed deliveries of a group, and messages that hang, as a share of its deliveries that ended and these."""
    return share(*_of_groups(record, [group], first, stop))


def _of_groups(record: Record, groups: list[int], first: int, stop: int) -> tuple[int, int]:
    """What did not end well, and all, of the deliveries of some groups."""
    hanging = open_at(record, stop, int(hanging_messages(record)[:, groups].sum()))
    bad = hanging + sum(group_count(record, group, f.groups.GROUP_FAILED, first, stop) for group in groups)
    return bad, bad + sum(_handled(record, group, first, stop) for group in groups)


def _handled(record: Record, group: int, first: int, stop: int) -> int:
    """Deliveries of a group that were handled well, for the first time or again."""
    return sum(group_count(record, group, field, first, stop) for field in (f.groups.GROUP_APPLIED, f.groups.GROUP_DUPLICATES))


def _of_flow(record: Record, flow: int | None, first: int, stop: int) -> tuple[int, int]:
    """What did not end well, and all, of the requests of one flow, or of all: failed ones and those that hang."""
    outcomes = flow_outcomes(record, flow, first, stop)
    hanging = 0
    if stop == record.network.windows:
        for number in all_flows_or(record, flow):
            times = replies(record, (number,), first, stop, 0).sample
            hanging += times.total - times.answered - times.waiting
    return failed(outcomes) + hanging, sum(outcomes) + hanging


def _of_service(record: Record, service: int, first: int, stop: int) -> tuple[int, int]:
    """The same of attempts at a service and deliveries to its consumers."""
    outcomes = service_outcomes(record, service, first, stop)
    edges = [number for number, edge in enumerate(record.network.edges) if edge.service == service]
    hanging = open_at(record, stop, int(hanging_attempts(record)[:, edges].sum()))
    groups = [number for number, group in enumerate(record.network.groups) if group.service == service]
    bad, settled = _of_groups(record, groups, first, stop)
    return failed(outcomes) + hanging + bad, sum(outcomes) + hanging + settled


def _of_outcome(outcome: int) -> dict[Scope, Measure]:
    """Requests or attempts that settled so, as a share of those that settled."""

    def of_flow(record: Record, flow: int | None, first: int, stop: int) -> float:
        outcomes = flow_outcomes(record, flow, first, stop)
        return share(outcomes[outcome], sum(outcomes))

    def of_system(record: Record, _: int, first: int, stop: int) -> float:
        return of_flow(record, None, first, stop)

    def of_service(record: Record, service: int, first: int, stop: int) -> float:
        outcomes = service_outcomes(record, service, first, stop)
        return share(outcomes[outcome], sum(outcomes))

    return {"system": of_system, "flow": of_flow, "service": of_service}


def _bounds_of_outcome(outcome: int) -> dict[Scope, Bounded]:
    """The share if nothing that is open ends so, and if all of it does."""

    def of_flow(record: Record, flow: int | None, first: int, stop: int) -> tuple[float, float]:
        outcomes, left = flow_outcomes(record, flow, first, stop), open_at(record, stop, open_requests(record, flow))
        return _bounded(outcomes[outcome], sum(outcomes), left)

    def of_system(record: Record, _: int, first: int, stop: int) -> tuple[float, float]:
        return of_flow(record, None, first, stop)

    def of_service(record: Record, service: int, first: int, stop: int) -> tuple[float, float]:
        outcomes = service_outcomes(record, service, first, stop)
        return _bounded(outcomes[outcome], sum(outcomes), open_at(record, stop, open_attempts(record, service)))

    return {"system": of_system, "flow": of_flow, "service": of_service}


def of_flow(record: Record, flow: int, first: int, stop: int) -> float:
    """Requests of one flow that failed or hang, as a share of those that settled or hang."""
    return share(*_of_flow(record, flow, first, stop))


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """The same of all flows together."""
    return share(*_of_flow(record, None, first, stop))


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Failed attempts and deliveries, and those that hang, as a share of those at a service that settled or hang."""
    return share(*_of_service(record, service, first, stop))


# -- bounded both ways, as long as something is open


def bounds_of_flow(record: Record, flow: int | None, first: int, stop: int) -> tuple[float, float]:
    """The share if all that is open ends well, and if none of it does."""
    outcomes, left = flow_outcomes(record, flow, first, stop), open_at(record, stop, open_requests(record, flow))
    return _bounded(failed(outcomes), sum(outcomes), left)


def bounds_of_system(record: Record, _: int, first: int, stop: int) -> tuple[float, float]:
    """The same of all flows together."""
    return bounds_of_flow(record, None, first, stop)


def bounds_of_group(record: Record, group: int, first: int, stop: int) -> tuple[float, float]:
    """The same of the messages of a group."""
    bad = group_count(record, group, f.groups.GROUP_FAILED, first, stop)
    left = open_at(record, stop, open_messages(record, group))
    return _bounded(bad, bad + _handled(record, group, first, stop), left)


def bounds_of_service(record: Record, service: int, first: int, stop: int) -> tuple[float, float]:
    """The same of attempts at a service and of messages for its consumers."""
    outcomes = service_outcomes(record, service, first, stop)
    bad, settled, left = failed(outcomes), sum(outcomes), open_attempts(record, service)
    for number, group in enumerate(record.network.groups):
        if group.service == service:
            unwell = group_count(record, number, f.groups.GROUP_FAILED, first, stop)
            bad += unwell
            settled += unwell + _handled(record, number, first, stop)
            left += open_messages(record, number)
    return _bounded(bad, settled, open_at(record, stop, left))


def _bounded(bad: int, settled: int, left: int) -> tuple[float, float]:
    return share(bad, settled + left), share(bad + left, settled + left)


def _by_outcome(outcome: int) -> Metric:
    word = OUTCOMES[outcome]
    return Metric(
        name=f"errors_{word}",
        label=f"errors: {word}",
        unit="share",
        direction="lower",
        measures=_of_outcome(outcome),
        bounds=_bounds_of_outcome(outcome),
        meaning=f"share of settled requests that ended as {word}: {OUTCOME_MEANINGS[word]}",
        most=1.0,
    )


ERRORS = Metric(
    name="errors",
    label="errors",
    unit="share",
    direction="lower",
    measures={"system": of_system, "flow": of_flow, "service": of_service, "group": of_group},
    bounds={"system": bounds_of_system, "flow": bounds_of_flow, "service": bounds_of_service, "group": bounds_of_group},
    meaning="share that did not end well, or hangs when the run ends (open for longer than any answer took): of clients' "
    "requests, of attempts at a service, of deliveries",
    most=1.0,
)
ERRORS_ERROR, ERRORS_REJECTED, ERRORS_TIMEOUT, ERRORS_CRASHED, ERRORS_UNAVAILABLE, ERRORS_DEPENDENCY = (
    _by_outcome(outcome) for outcome in range(1, FIRST_OUTCOMES)
)
ERRORS_CANCELLED, ERRORS_EXPIRED, ERRORS_DROPPED, ERRORS_EVICTED, ERRORS_LIMIT, ERRORS_SHED = (
    _by_outcome(outcome) for outcome in range(FIRST_OUTCOMES, len(OUTCOMES))
)
