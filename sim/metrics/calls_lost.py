"""Requests and answers that were lost on their way, so that whoever waited for them learned nothing.

    caller --request--x          not done, and the caller does not know
    caller    x--answer-- callee     done, and the caller does not know
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.crossed import NO_CALL, over_links
from sim.record.fields.links import LINK_ANSWERS_LOST, LINK_REQUESTS_LOST

if TYPE_CHECKING:
    from sim.record.record import Record


def of_system(record: Record, _: int, first: int, stop: int) -> float:
    """Those of all calls."""
    return over_links(record, (LINK_REQUESTS_LOST, LINK_ANSWERS_LOST), None, first, stop)


def of_service(record: Record, service: int, first: int, stop: int) -> float:
    """Those of the calls of one service, on their way to it or from it."""
    return over_links(record, (LINK_REQUESTS_LOST, LINK_ANSWERS_LOST), service, first, stop)


CALLS_LOST = Metric(
    name="calls_lost",
    label="requests and answers lost",
    unit="1",
    direction="lower",
    measures={"system": of_system, "service": of_service},
    meaning="requests and answers of calls that links lost (loss, partition), in the windows in which they were sent; of a "
    "service, on their way to it or from it",
    missing=NO_CALL,
)
