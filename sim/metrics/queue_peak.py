"""The most requests that waited for a worker of one service at the same time, over all its replicas."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.presence import NOTHING_CAME, where_something_came
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.metrics.base import Subject
    from sim.record.record import Record
    from sim.scenario.scenario import Scenario


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Longest queue of one service, in requests."""
    return float(record.services[first:stop, service, f.services.SERVICE_WAITING_MAX].max())


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Longest queue of any service, in requests."""
    return float(record.services[first:stop, :, f.services.SERVICE_WAITING_MAX].max())


def bounded(metric: Metric, scenario: Scenario, subject: Subject) -> Metric:
    """Return the metric with what the queues of all replicas hold together, where they are bounded."""
    services = [scenario.services[subject.name]] if subject.name else scenario.services.values()
    rooms = [math.inf if one.waiting_max is None else one.waiting_max * one.places for one in services]
    return replace(metric, most=float(max(rooms)))


QUEUE_PEAK = Metric(
    name="queue_peak",
    label="queue peak (requests)",
    unit="1",
    direction="lower",
    measures=where_something_came({"system": of_system, "service": of_service}),
    missing=NOTHING_CAME,
    meaning="highest number of requests that waited for a worker of one service; the worst service counts",
    fit=bounded,
)
