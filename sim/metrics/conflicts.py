"""Appends that were refused because another one came in between, as a share of all that came to their end, each try counted.

What is under way when the run ends may turn out either way: each execution whose handler may append is a try at most.
"""

from sim.metrics.event_streams import NO_APPEND, ratio, share_bounds
from sim.record.fields.event_streams import STREAM_ABORTS, STREAM_APPENDED, STREAM_APPENDS, STREAM_CONFLICTS

MEANING = "appends to a stream that were refused as another one came between load and append, of all tries that came to an end"
_BOUNDS = share_bounds(STREAM_CONFLICTS, (STREAM_APPENDED, STREAM_ABORTS))
_COLUMNS = (STREAM_CONFLICTS, STREAM_APPENDS)
CONFLICTS = ratio("conflicts", "conflicts", "share", "lower", _COLUMNS, 1.0, MEANING, NO_APPEND, _BOUNDS)
