"""Sagas that ended half done: an undo failed for good, or what is done or in doubt cannot be undone."""

from sim.metrics.sagas import counted
from sim.record.fields.sagas import SAGA_PARKED

MEANING = "sagas that ended half done and wait for somebody to see to them, as something could not be undone"
PARKED = counted("parked", "parked", SAGA_PARKED, "lower", MEANING)
