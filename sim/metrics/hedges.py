"""Further attempts that left before a call was answered, per call that is hedged; each retry counts as a call."""

from sim.metrics.base import Metric
from sim.metrics.hedged import NO_HEDGE, per_hedged_call
from sim.record.fields.hedges import HEDGE_SENT

HEDGES = Metric(
    name="hedges",
    label="hedges per call",
    unit="1",
    direction="neither",
    measures=per_hedged_call(HEDGE_SENT),
    meaning="further attempts that left before a call was answered, per call that is hedged; each retry counts as a call",
    missing=NO_HEDGE,
)
