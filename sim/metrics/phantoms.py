"""Events without a fact: published, though the transaction that they tell of never committed, or its store has lost it."""

from sim.metrics.base import Metric
from sim.metrics.presence import NOTHING_CAME, where_something_came
from sim.metrics.written import torn
from sim.record.fields.dual_writes import DUAL_PHANTOMS, DUAL_UNDONE

_of_system, _of_channel, _open, _open_of_channel = torn(DUAL_PHANTOMS, DUAL_UNDONE)

PHANTOMS = Metric(
    name="phantoms",
    label="phantom events",
    unit="messages",
    direction="lower",
    measures={**where_something_came({"system": _of_system}), "channel": _of_channel},
    bounds={"system": _open, "channel": _open_of_channel},
    meaning="events that were published by a handler whose transaction never committed, or whose commit its store has lost: "
    "others hear of what is not there",
    missing=NOTHING_CAME,
)
