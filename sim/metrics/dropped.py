"""Messages that a group gave up on: their handler failed, and failed again as often as its retry policy allows."""

from sim.metrics.base import Metric
from sim.metrics.counts import messages
from sim.record.fields import GROUP_DROPPED

_of_system, _of_group = messages(GROUP_DROPPED)

DROPPED = Metric(
    name="dropped",
    label="dropped messages",
    unit="messages",
    direction="lower",
    measures={"system": _of_system, "group": _of_group},
    meaning="messages whose handler failed for good, after its last attempt",
)
