"""How often consumers of queues got more time for the message that they handled."""

from sim.metrics.base import Metric
from sim.metrics.queued import NO_QUEUE, counted
from sim.record.fields.queues import QUEUE_EXTENDED

EXTENDED = Metric(
    name="extended",
    label="extensions of visibility",
    unit="1",
    direction="lower",
    measures=counted(QUEUE_EXTENDED),
    meaning="how often a consumer got the whole visibility again for a message that it still handled",
    missing=NO_QUEUE,
)
