"""How long guards keep calls back: the share of the time that circuit breakers are open or half-open, over all their states."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.guarded import NO_GUARD, of_flow_edges, of_service_edges
from sim.metrics.spans import SECOND, seconds
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.record.record import Record


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Over all guards."""
    return _of(record, range(len(record.network.edges)), first, stop)


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Over the guards of those who call one service."""
    return _of(record, of_service_edges(record.network, service), first, stop)


def of_flow(record: Record, flow: int, first: int, stop: int) -> float:
    """Over the guards of one flow's clients."""
    return _of(record, of_flow_edges(record.network, flow), first, stop)


def _of(record: Record, edges: Iterable[int], first: int, stop: int) -> float:
    wanted = set(edges)
    guards = [number for number, guard in enumerate(record.network.guards) if guard.edge in wanted]
    states = sum(record.network.guards[number].states for number in guards)
    if not states:
        return math.nan
    area = int(record.guards[first:stop, guards, f.GUARD_ENGAGED_AREA].sum()) / SECOND
    return area / (states * seconds(record.network, first, stop))


ENGAGED = Metric(
    name="engaged",
    label="guards engaged",
    unit="share",
    direction="neither",
    measures={"system": of_system, "service": of_service, "flow": of_flow},
    meaning="share of the time that guards keep calls back, such as circuit breakers that are open or half-open, of all that "
    "callers have; one stays open until a call asks it again",
    missing=NO_GUARD,
    most=1.0,
)
