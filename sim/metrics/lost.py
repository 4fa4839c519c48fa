"""Messages that were taken, committed and never applied, because their consumer crashed: at most once."""

from sim.metrics.base import Metric
from sim.metrics.counts import messages
from sim.metrics.presence import NOTHING_CAME, where_something_came
from sim.record.fields import GROUP_LOST

_of_system, _of_group = messages(GROUP_LOST)

LOST = Metric(
    name="lost",
    label="lost messages",
    unit="messages",
    direction="lower",
    measures=where_something_came({"system": _of_system, "group": _of_group}),
    meaning="messages that at-most-once consumers took and lost in a crash before they were applied",
    missing=NOTHING_CAME,
)
