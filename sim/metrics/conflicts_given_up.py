"""Appends that were given up after a conflict, as a share of all that were appended or given up.

What is under way when the run ends, or rests before it loads again, may turn out either way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import share
from sim.metrics.event_streams import NO_APPEND, counted, share_bounds
from sim.metrics.presence import where_something_came
from sim.record.fields.event_streams import STREAM_ABORTS, STREAM_APPENDED, STREAM_GAVE_UP

if TYPE_CHECKING:
    from sim.record.record import Record


def of_stream(record: Record, stream: int, first: int, stop: int) -> float:
    """The share of one stream."""
    gave_up = counted(record, stream, STREAM_GAVE_UP, first, stop)
    ended = sum(counted(record, stream, column, first, stop) for column in (STREAM_APPENDED, STREAM_ABORTS))
    return share(gave_up, gave_up + ended)


CONFLICTS_GIVEN_UP = Metric(
    name="conflicts_given_up",
    label="given up after conflicts",
    unit="share",
    direction="lower",
    measures=where_something_came({"stream": of_stream}),
    bounds={"stream": share_bounds(STREAM_GAVE_UP, (STREAM_APPENDED, STREAM_ABORTS))},
    meaning="append steps that failed as their last try conflicted, of all that came to their end",
    missing=NO_APPEND,
)
