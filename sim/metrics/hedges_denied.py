"""Further attempts that the budget kept from leaving, per call that is hedged."""

from sim.metrics.base import Metric
from sim.metrics.hedged import NO_HEDGE, per_hedged_call
from sim.record.fields.hedges import HEDGE_DENIED

HEDGES_DENIED = Metric(
    name="hedges_denied",
    label="hedges denied",
    unit="1",
    direction="lower",
    measures=per_hedged_call(HEDGE_DENIED),
    meaning="further attempts that the budget kept from leaving, per call that is hedged",
    missing=NO_HEDGE,
)
