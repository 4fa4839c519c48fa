"""Messages that were applied twice: at least once, seen from the other side."""

from sim.metrics.base import Metric
from sim.metrics.counts import messages
from sim.metrics.presence import NOTHING_CAME, where_something_came
from sim.record.fields import GROUP_DUPLICATES

_of_system, _of_group = messages(GROUP_DUPLICATES)

DUPLICATES = Metric(
    name="duplicates",
    label="duplicates",
    unit="messages",
    direction="lower",
    measures=where_something_came({"system": _of_system, "group": _of_group}),
    meaning="messages applied once more after they had been handled before",
    missing=NOTHING_CAME,
)
