"""Dead letters that went back to the queue where they had been handed out in vain."""

from sim.metrics.base import Metric
from sim.metrics.queued import NO_QUEUE, counted
from sim.record.fields.queues import QUEUE_BACK

REDRIVEN = Metric(
    name="redriven",
    label="redriven messages",
    unit="messages",
    direction="lower",
    measures=counted(QUEUE_BACK),
    meaning="dead letters that went back to the queue that they came from",
    missing=NO_QUEUE,
)
