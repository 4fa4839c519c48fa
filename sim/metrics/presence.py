"""Whether anything came at all: a count of what nobody sent is no 0 to pass by, it has no value.

    flow   ||||||||            nothing          group     appended, waiting or in hand
           0 ------- warmup | measured span |   service   arrived, waiting or at work, or for its consumers
                                                system    any of these: what a system has no group for stays 0
"""

from __future__ import annotations

import math
from functools import wraps
from typing import TYPE_CHECKING

from sim.metrics.counts import totals
from sim.metrics.once import once
from sim.record import fields as f
from sim.record.fields.groups import GROUP_APPENDED, GROUP_BUSY_AREA, GROUP_DELIVERED, GROUP_LAG_AREA, GROUP_RESTING_AREA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.metrics.base import Measure, Scope
    from sim.record.record import Record

NOTHING_CAME = "with nothing that came in the measured span"

OF_FLOW = (*range(f.flows.FLOW_OFFERED, f.flows.FLOW_REPLY_TIME), f.flows.FLOW_COMPLETED, f.flows.FLOW_SPOILED)
OF_SERVICE = (f.services.SERVICE_ARRIVED, f.services.SERVICE_WAITING_AREA, f.services.SERVICE_BUSY_AREA)
OF_SAGA_ENDS = (f.sagas.SAGA_COMPLETED, f.sagas.SAGA_COMPENSATED, f.sagas.SAGA_PARKED)
OF_GROUP = (GROUP_APPENDED, GROUP_DELIVERED, GROUP_LAG_AREA, GROUP_BUSY_AREA, GROUP_RESTING_AREA)


def where_something_came(measures: Mapping[Scope, Measure]) -> dict[Scope, Measure]:
    """Return the measures, made to be nan where nothing of their subject came, waited or was under way."""
    return {scope: _unless_nothing(scope, measure) for scope, measure in measures.items()}


def _unless_nothing(scope: Scope, measure: Measure) -> Measure:
    @wraps(measure)
    def measured(record: Record, subject: int, first: int, stop: int) -> float:
        return measure(record, subject, first, stop) if came(record, scope, subject, first, stop) else math.nan

    return measured


@once
def came(record: Record, scope: Scope, subject: int, first: int, stop: int) -> bool:
    """Whether a subject had anything to do with anybody in the windows ``first`` to ``stop - 1``, or at the run's end."""
    if scope == "flow":
        return _flow(record, subject, first, stop)
    if scope == "service":
        return _service(record, subject, first, stop)
    if scope == "group":
        return _group(record, subject, first, stop)
    if scope == "saga":
        return _saga(record, subject, first, stop)
    if scope == "stream":
        return bool(record.tables["event_streams"][first:stop, subject].any())
    network = record.network
    return (
        any(_flow(record, flow, first, stop) for flow in range(len(network.flows)))
        or any(_service(record, service, first, stop) for service in range(len(network.services)))
        or any(_group(record, group, first, stop) for group in range(len(network.groups)))
    )


def _flow(record: Record, flow: int, first: int, stop: int) -> bool:
    row = totals(record, first, stop).flows[flow]
    under_way = record.flow_levels[flow, [f.flows.LEVEL_REQUESTS, f.flows.LEVEL_TRACES]].any()
    rows = list(record.network.flow_effects[flow])
    return any(row[field] for field in OF_FLOW) or bool(under_way or record.effects[first:stop, rows].any())


def _service(record: Record, service: int, first: int, stop: int) -> bool:
    sums, network = totals(record, first, stop), record.network
    if any(sums.services[service][field] for field in OF_SERVICE):
        return True
    edges = [number for number, edge in enumerate(network.edges) if edge.service == service]
    if any(sums.edges[edge][f.edges.EDGE_ATTEMPTS] or record.edge_levels[edge, f.edges.LEVEL_AWAITED] for edge in edges):
        return True
    return any(_group(record, number, first, stop) for number, one in enumerate(network.groups) if one.service == service)


def _saga(record: Record, saga: int, first: int, stop: int) -> bool:
    row = record.tables["sagas"][first:stop, saga]
    return bool(row[:, [f.sagas.SAGA_STARTED, f.sagas.SAGA_AREA, *OF_SAGA_ENDS]].any())


def _group(record: Record, group: int, first: int, stop: int) -> bool:
    row = totals(record, first, stop).groups[group]
    return any(row[field] for field in OF_GROUP)
