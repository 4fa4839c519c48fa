"""Writes that waited for the lock of a row as long as their store lets them, and failed."""

from sim.metrics.base import Metric
from sim.metrics.written import NO_STORE, of_stores
from sim.record.fields.stores import LEVEL_LOCKED_OUT, STORE_LOCK_TIMEOUTS

_measures, _bounds = of_stores(STORE_LOCK_TIMEOUTS, LEVEL_LOCKED_OUT)

LOCK_TIMEOUTS = Metric(
    name="lock_timeouts",
    label="lock timeouts",
    unit="1",
    direction="lower",
    measures=_measures,
    bounds=_bounds,
    meaning="writes that waited for the lock of a row as long as they may, and failed",
    missing=NO_STORE,
)
