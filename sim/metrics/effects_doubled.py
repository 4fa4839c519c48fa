"""Effects that were done twice: a retry's or a redelivery's work that nobody made idempotent."""

from sim.metrics.base import Metric
from sim.metrics.effects import NONE_DECLARED, counted
from sim.record.fields import EFFECT_DOUBLED

EFFECTS_DOUBLED = Metric(
    name="effects_doubled",
    label="done twice",
    unit="1",
    direction="lower",
    measures=counted(EFFECT_DOUBLED),
    meaning="effects applied once more for the same request, by a retry, a duplicate or a redelivery, and not idempotent",
    missing=NONE_DECLARED,
)
