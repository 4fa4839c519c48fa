"""Requests that a link brought twice: their handlers ran twice, and nobody waited for the second.

    caller --request-->  callee
               '------>  callee, again
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.crossed import NO_CALL, over_links
from sim.record.fields.links import LINK_DOUBLED

if TYPE_CHECKING:
    from sim.record.record import Record


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Those of all calls."""
    return over_links(record, (LINK_DOUBLED,), None, first, stop)


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Those of the calls of one service."""
    return over_links(record, (LINK_DOUBLED,), service, first, stop)


REQUESTS_DOUBLED = Metric(
    name="requests_doubled",
    label="requests that came twice",
    unit="1",
    direction="lower",
    measures={"system": of_system, "service": of_service},
    meaning="requests of calls that a link brought twice, in the windows in which they were sent",
    missing=NO_CALL,
)
