"""What the client was told is done, or will be, and of which a part failed for good afterwards.

    order --ok--> client        ~~> charge fails for good ~~> undone, dropped or parked        told ok, failed later

A client that waits for all of it never hears ok of what fails. One that is answered at once may: so much costs the answer.
Counted over the whole run, warm-up included, as a flow may fail long after its client was told: all that closed with a part
that failed, less those whose client was told so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import failed, flow_count, flow_outcomes
from sim.metrics.presence import NOTHING_CAME, where_something_came
from sim.metrics.unanswered import open_flows
from sim.record.fields.flows import FLOW_SPOILED

if TYPE_CHECKING:
    from sim.record.record import Record


def of_flow(record: Record, flow: int | None, _first: int, _stop: int) -> float:
    """How many of one flow, or of all."""
    windows = record.network.windows
    spoiled = flow_count(record, flow, FLOW_SPOILED, 0, windows)
    return float(max(0, spoiled - failed(flow_outcomes(record, flow, 0, windows))))


def of_system(record: Record, _subject: int, first: int, stop: int) -> float:
    """The same of all flows together."""
    return of_flow(record, None, first, stop)


def bounds_of_flow(record: Record, flow: int | None, first: int, stop: int) -> tuple[float, float]:
    """How many if nothing that is under way fails, and if all of it does; of those, clients may have been told of a failure."""
    known = of_flow(record, flow, first, stop)
    return known, known + open_flows(record, flow)


def bounds_of_system(record: Record, _subject: int, first: int, stop: int) -> tuple[float, float]:
    """The same of all flows together."""
    return bounds_of_flow(record, None, first, stop)


FAILED_AFTER_OK = Metric(
    name="failed_after_ok",
    label="told ok, failed later",
    unit="1",
    direction="lower",
    measures=where_something_came({"system": of_system, "flow": of_flow}),
    bounds={"system": bounds_of_system, "flow": bounds_of_flow},
    meaning="business flows of which a part failed for good though the client was told ok, over the whole run",
    missing=NOTHING_CAME,
)
