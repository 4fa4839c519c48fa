"""Writes that would have waited for themselves, and failed: deadlocks, each with one side rolled back."""

from sim.metrics.base import Metric
from sim.metrics.written import NO_STORE, of_stores
from sim.record.fields.stores import LEVEL_IN_USE, STORE_DEADLOCKS

_measures, _bounds = of_stores(STORE_DEADLOCKS, LEVEL_IN_USE)

DEADLOCKS = Metric(
    name="deadlocks",
    label="deadlocks",
    unit="1",
    direction="lower",
    measures=_measures,
    bounds=_bounds,
    meaning="deadlocks between transactions that write the same rows; one side of each is rolled back",
    missing=NO_STORE,
)
