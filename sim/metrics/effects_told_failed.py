"""Effects that were done though the client was told that its request failed: it may well ask again."""

from sim.metrics.base import Metric
from sim.metrics.effects import NONE_DECLARED, counted
from sim.record.fields import EFFECT_TOLD_FAILED

EFFECTS_TOLD_FAILED = Metric(
    name="effects_told_failed",
    label="done though told failed",
    unit="1",
    direction="lower",
    measures=counted(EFFECT_TOLD_FAILED),
    meaning="effects that were applied though the client was told that its request failed, before or after it was told",
    missing=NONE_DECLARED,
)
