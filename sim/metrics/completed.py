"""Sagas of which all steps were done."""

from sim.metrics.sagas import counted
from sim.record.fields.sagas import SAGA_COMPLETED

COMPLETED = counted("completed", "completed", SAGA_COMPLETED, "higher", "sagas that ended with all their steps done")
