"""What was never answered: open when the run ends, and how long the oldest has been.

    offered |----------- open -----------| horizon        age: what it has taken so far, and it is not over

    checkout.unanswered          of a flow: requests without an answer, as a share of those answered or not in the measured span
    payment.unanswered           of a service: attempts at it that somebody still waits for; of a group: messages not handled
    checkout.unanswered_oldest   how long the oldest of them has been open

A few are always under way. One that has been open for longer than any answer took *hangs*: it counts as a failure in the window
in which it began, in breaches, blast radius and recovery, as it does in errors and latencies. A call or a message is held
against the flows that can come to it: a slow batch elsewhere excuses nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.metrics.base import Measure, Metric, Scope
from sim.metrics.counts import all_flows_or, flow_outcomes, group_count, service_outcomes, share
from sim.metrics.once import once
from sim.metrics.presence import NOTHING_CAME, where_something_came
from sim.metrics.reach import reached
from sim.metrics.spans import SECOND
from sim.record import fields as f
from sim.record.fields.edges import EDGE_UNANSWERED, LEVEL_AWAITED, LEVEL_OLDEST_CALL

if TYPE_CHECKING:
    from sim.record.record import Record

Counts = NDArray[np.int64]


# -- what hangs, by the window in which it began


@once
def hanging_requests(record: Record) -> Counts:
    """Requests that have been open for longer than any answer of their flow took, shape (windows, flows)."""
    slowest = record.flows[:, :, f.flows.FLOW_REPLY_MOST].max(axis=0)
    return _long_ago(record, record.flows[:, :, f.flows.FLOW_UNANSWERED], slowest)


@once
def hanging_flows(record: Record) -> Counts:
    """Flows that have been under way for longer than any of their kind took, shape (windows, flows)."""
    slowest = record.flows[:, :, f.flows.FLOW_COMPLETION_MOST].max(axis=0)
    return _long_ago(record, record.flows[:, :, f.flows.FLOW_UNFINISHED], slowest)


@once
def hanging_attempts(record: Record) -> Counts:
    """Attempts that have been awaited for longer than any flow that comes to them took, shape (windows, edges)."""
    return _long_ago(record, record.edges[:, :, EDGE_UNANSWERED], _slowest_of(record, reached(record.network)[0]))


@once
def hanging_messages(record: Record) -> Counts:
    """Messages that have not been handled for longer than any flow that leads to them took, shape (windows, groups)."""
    return _long_ago(record, record.groups[:, :, f.groups.GROUP_UNHANDLED], _slowest_of(record, reached(record.network)[1]))


@once
def hanging_sagas(record: Record) -> Counts:
    """Sagas that have been under way for longer than any of their kind took that ended unparked, shape (windows, sagas)."""
    table = record.tables["sagas"]
    return _long_ago(record, table[:, :, f.sagas.SAGA_UNFINISHED], table[:, :, f.sagas.SAGA_TIME_MOST].max(axis=0))


def slowest_of_all(record: Record) -> int:
    """The longest that anything took in this run, in ns: an answer, or a whole flow."""
    return int(_slowest(record).max(initial=0))


def _slowest(record: Record) -> Counts:
    """The longest that anything took of each flow, in ns."""
    most: Counts = record.flows[:, :, [f.flows.FLOW_REPLY_MOST, f.flows.FLOW_COMPLETION_MOST]].max(axis=(0, 2), initial=0)
    return most


def _slowest_of(record: Record, reach: NDArray[np.bool_]) -> Counts:
    """The longest that anything took of the flows that reach (flows, n) each; of the whole run where none does."""
    most: Counts = np.where(reach, _slowest(record)[:, None], 0).max(axis=0, initial=0)
    return np.where(reach.any(axis=0), most, slowest_of_all(record))


def _long_ago(record: Record, table: Counts, slowest: Counts) -> Counts:
    """A table (windows, n) of what is open, without the windows that end less than ``slowest`` (n) before the horizon."""
    ends = (np.arange(len(table), dtype=np.int64) + 1) * record.network.window
    return np.where(ends[:, None] <= record.network.horizon - slowest[None, :], table, 0)


# -- how many are open at the horizon


def open_requests(record: Record, flow: int | None) -> int:
    """Requests of one flow, or of all, without an answer when the run ends."""
    return int(record.flow_levels[list(all_flows_or(record, flow)), f.flows.LEVEL_REQUESTS].sum())


def open_flows(record: Record, flow: int | None) -> int:
    """Flows of one kind, or of all, that are under way when the run ends."""
    return int(record.flow_levels[list(all_flows_or(record, flow)), f.flows.LEVEL_TRACES].sum())


def under_way_share(record: Record, flow: int) -> float:
    """Flows of one kind that are under way when the run ends, as a share of those that were offered in it."""
    offered = int(record.flows[:, flow, f.flows.FLOW_OFFERED].sum())
    return open_flows(record, flow) / offered if offered else 0.0


def open_attempts(record: Record, service: int) -> int:
    """Attempts at a service that somebody waits for when the run ends."""
    return int(sum(record.edge_levels[number, LEVEL_AWAITED] for number in _edges(record, service)))


def open_messages(record: Record, group: int | None) -> int:
    """Messages that one group, or any, has not handled when the run ends."""
    rows = record.group_levels if group is None else record.group_levels[[group]]
    return int(rows[:, f.groups.LEVEL_UNHANDLED].sum())


def open_at(record: Record, stop: int, count: int) -> int:
    """Return how many are open at the end of the windows before ``stop``: known at the run's end, taken as none before it."""
    return count if stop == record.network.windows else 0


def _edges(record: Record, service: int) -> list[int]:
    return [number for number, edge in enumerate(record.network.edges) if edge.service == service]


# -- the metrics


def of_flow(record: Record, flow: int | None, first: int, stop: int) -> float:
    """Requests of one flow without an answer, as a share of those answered or not."""
    left = open_at(record, stop, open_requests(record, flow))
    return share(left, left + sum(flow_outcomes(record, flow, first, stop)))


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """The same of all flows together."""
    return of_flow(record, None, first, stop)


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Attempts at a service that somebody waits for, as a share of those settled or not."""
    left = open_at(record, stop, open_attempts(record, service))
    return share(left, left + sum(service_outcomes(record, service, first, stop)))


def of_group(record: Record, group: int, first: int, stop: int) -> float:
    """Messages that a group has not handled, as a share of those handled or not."""
    left = open_at(record, stop, open_messages(record, group))
    of = f.groups
    handled = (of.GROUP_APPLIED, of.GROUP_DROPPED, of.GROUP_LOST, of.GROUP_EXPIRED, of.GROUP_HANDED_ON)
    return share(left, left + sum(group_count(record, group, field, first, stop) for field in handled))


def _oldest(scope: Scope) -> Measure:
    def of(record: Record, subject: int, _first: int, _stop: int) -> float:
        if scope == "service":
            return max((record.edge_levels[edge, LEVEL_OLDEST_CALL] for edge in _edges(record, subject)), default=0) / SECOND
        if scope == "group":
            return float(record.group_levels[subject, f.groups.LEVEL_OLDEST_MESSAGE] / SECOND)
        flows = all_flows_or(record, None if scope == "system" else subject)
        return float(record.flow_levels[list(flows), f.flows.LEVEL_OLDEST_REQUEST].max(initial=0) / SECOND)

    return of


UNANSWERED = Metric(
    name="unanswered",
    label="unanswered",
    unit="share",
    direction="lower",
    measures={"system": of_system, "flow": of_flow, "service": of_service, "group": of_group},
    meaning="share that is still open when the run ends: requests of clients, attempts at a service, messages for a group",
    missing="without anything answered or open",
    most=1.0,
)
UNANSWERED_OLDEST = Metric(
    name="unanswered_oldest",
    label="oldest unanswered",
    unit="s",
    direction="lower",
    measures=where_something_came({scope: _oldest(scope) for scope in ("system", "flow", "service", "group")}),
    missing=NOTHING_CAME,
    meaning="how long the oldest of what is still open when the run ends has been open; 0 without any",
)
