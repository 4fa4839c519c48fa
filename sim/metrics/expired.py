"""Deliveries from queues that were not acknowledged in time: a consumer went down, hung, or was slower than it may be."""

from sim.metrics.base import Metric
from sim.metrics.queued import NO_QUEUE, counted
from sim.record.fields.queues import QUEUE_EXPIRED

EXPIRED = Metric(
    name="expired",
    label="expired deliveries",
    unit="messages",
    direction="lower",
    measures=counted(QUEUE_EXPIRED),
    meaning="deliveries from queues that were not acknowledged within the visibility, so that the message was seen again",
    missing=NO_QUEUE,
)
