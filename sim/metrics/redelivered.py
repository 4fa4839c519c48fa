"""Deliveries of messages that had been handed over before: retries in place, and what a rebalance gives out again."""

from sim.metrics.base import Metric
from sim.metrics.counts import messages
from sim.metrics.presence import NOTHING_CAME, where_something_came
from sim.record.fields.groups import GROUP_REDELIVERED

_of_system, _of_group = messages(GROUP_REDELIVERED)

REDELIVERED = Metric(
    name="redelivered",
    label="redelivered messages",
    unit="messages",
    direction="lower",
    measures=where_something_came({"system": _of_system, "group": _of_group}),
    meaning="deliveries of messages that had been handed to a consumer before",
    missing=NOTHING_CAME,
)
