"""Writes that waited for the lock of a row, and handlers that waited for one of their service, as long as they may."""

from sim.metrics.at_locks import NO_STORE_OR_LOCK, of_both
from sim.metrics.base import Metric
from sim.record.fields.key_locks import KEY_LOCK_TIMED_OUT
from sim.record.fields.stores import LEVEL_LOCKED_OUT, STORE_LOCK_TIMEOUTS

_measures, _bounds = of_both(STORE_LOCK_TIMEOUTS, LEVEL_LOCKED_OUT, KEY_LOCK_TIMED_OUT)

LOCK_TIMEOUTS = Metric(
    name="lock_timeouts",
    label="lock timeouts",
    unit="1",
    direction="lower",
    measures=_measures,
    bounds=_bounds,
    meaning="writes that waited for the lock of a row, and handlers that waited for a lock of their service, as long as they "
    "may, and failed",
    missing=NO_STORE_OR_LOCK,
)
