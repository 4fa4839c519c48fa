"""Appends that a stream has taken, each of one or more events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.event_streams import NO_APPEND, counted
from sim.metrics.presence import where_something_came
from sim.record.fields.event_streams import STREAM_APPENDED

if TYPE_CHECKING:
    from sim.record.record import Record


def of_stream(record: Record, stream: int, first: int, stop: int) -> float:
    """How many one stream has taken."""
    return float(counted(record, stream, STREAM_APPENDED, first, stop))


APPENDS = Metric(
    name="appends",
    label="appends",
    unit="1",
    direction="higher",
    measures=where_something_came({"stream": of_stream}),
    meaning="appends that a stream has taken, tries that were refused not counted",
    missing=NO_APPEND,
)
