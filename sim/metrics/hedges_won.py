"""Calls whose good answer came from a further attempt, of all that are hedged."""

from sim.metrics.base import Metric
from sim.metrics.hedged import NO_HEDGE, per_hedged_call
from sim.record.fields.hedges import HEDGE_WON

HEDGES_WON = Metric(
    name="hedges_won",
    label="calls won by hedges",
    unit="share",
    direction="neither",
    measures=per_hedged_call(HEDGE_WON),
    meaning="calls whose good answer came from a further attempt, of all that are hedged",
    missing=NO_HEDGE,
    most=1.0,
)
