"""Appends that were refused because another one came in between, as a share of all that came to their end, each try counted."""

from sim.metrics.event_streams import NO_APPEND, ratio
from sim.record.fields.event_streams import STREAM_APPENDS, STREAM_CONFLICTS

MEANING = "appends to a stream that were refused as another one came between load and append, of all tries that came to an end"
CONFLICTS = ratio("conflicts", "conflicts", "share", "lower", (STREAM_CONFLICTS, STREAM_APPENDS), 1.0, MEANING, NO_APPEND)
