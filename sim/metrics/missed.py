"""Messages that a consumer group never got, or lost, as the log did not keep them long enough.

A message that is still kept when the run ends, and is late, counts for nothing: whether it will be read in time nobody knows.
"""

from sim.metrics.base import Metric
from sim.metrics.counts import messages
from sim.metrics.presence import NOTHING_CAME, where_something_came
from sim.record.fields.groups import GROUP_EXPIRED

_of_system, _of_group = messages(GROUP_EXPIRED)

MISSED = Metric(
    name="missed",
    label="missed messages",
    unit="messages",
    direction="lower",
    measures=where_something_came({"system": _of_system, "group": _of_group}),
    meaning="messages that a log no longer kept, by its retention, before the subscription had handled them",
    missing=NOTHING_CAME,
)
