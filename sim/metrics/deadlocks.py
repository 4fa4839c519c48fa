"""Writes, and handlers at locks, that would have waited for themselves, and failed: one side of each deadlock."""

from sim.metrics.at_locks import NO_STORE_OR_LOCK, of_both
from sim.metrics.base import Metric
from sim.record.fields.key_locks import KEY_LOCK_DEADLOCKED
from sim.record.fields.stores import LEVEL_IN_USE, STORE_DEADLOCKS

_measures, _bounds = of_both(STORE_DEADLOCKS, LEVEL_IN_USE, KEY_LOCK_DEADLOCKED)

DEADLOCKS = Metric(
    name="deadlocks",
    label="deadlocks",
    unit="1",
    direction="lower",
    measures=_measures,
    bounds=_bounds,
    meaning="deadlocks between transactions that write the same rows, and between handlers that take the same locks; one side "
    "of each fails",
    missing=NO_STORE_OR_LOCK,
)
