"""Sagas that ended with everything undone that had been done."""

from sim.metrics.sagas import counted
from sim.record.fields.sagas import SAGA_COMPENSATED

MEANING = "sagas that ended with all that was done undone, as a step failed or their deadline was over"
COMPENSATED = counted("compensated", "compensated", SAGA_COMPENSATED, "lower", MEANING)
