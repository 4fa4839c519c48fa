"""Effects that were not done though the client was told ok: promised, and dropped or lost on the way."""

from sim.metrics.base import Metric
from sim.metrics.effects import NONE_DECLARED, counted
from sim.record.fields import EFFECT_UNDONE

EFFECTS_UNDONE = Metric(
    name="effects_undone",
    label="told done though undone",
    unit="1",
    direction="lower",
    measures=counted(EFFECT_UNDONE),
    meaning="effects that did not come though the client was told ok and the flow must have them: messages dropped or lost",
    missing=NONE_DECLARED,
)
