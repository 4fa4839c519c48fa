"""Orders that are lost or stuck: what was promised and never came, and sagas that stand still half done.

    flow order: charged missing of 3, mailed of 5   -->  5 lost, or more       saga purchase: 2 parked, 1 hangs   -->  3 stuck

Effects are counted one by one, and an order may miss several: of a flow at least as many are lost as miss the one that is
missing most, and at most as many as miss any. One that misses an effect may be stuck as well. So the figure is exact where one
effect of a flow is missing, or none, and nothing is lost where something is stuck; else its bounds say what it may be.
An order that was undone as a whole, or of which the client was told that it failed, is neither lost nor stuck.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.effects import effect_totals
from sim.metrics.presence import where_something_came
from sim.metrics.stuck import bounds_of_saga, of_saga
from sim.metrics.unanswered import open_at
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.record.record import Record


def of_system(record: Record, _subject: int, first: int, stop: int) -> float:
    """Lost ones of all flows, and stuck ones of all sagas; nan where there is no effect and no saga."""
    sagas = range(len(record.network.sagas))
    if not record.network.effects and not sagas:
        return math.nan
    return _lost(record, first, stop, pending=0) + sum(of_saga(record, saga, first, stop) for saga in sagas)


def bounds_of_system(record: Record, _subject: int, first: int, stop: int) -> tuple[float, float]:
    """How many if all that are still to come do come, all that hang end well and the same are lost and stuck; and if not."""
    each = [bounds_of_saga(record, saga, first, stop) for saga in range(len(record.network.sagas))]
    least = max(_lost(record, first, stop, pending=0), sum(one[0] for one in each))
    most = _lost(record, first, stop, pending=open_at(record, stop, 1), together=sum)
    return least, most + sum(one[1] for one in each)


def _lost(record: Record, first: int, stop: int, pending: int, together: Callable[..., int] = max) -> float:
    """Of each flow the most that miss one effect, or the ``sum``; with ``pending`` 1 what is still to come is missing."""
    sums, levels = effect_totals(record, first, stop), record.effect_levels
    found = 0
    for rows in record.network.flow_effects:
        missing = [sums[row][f.effects.EFFECT_UNDONE] - sums[row][f.effects.EFFECT_MENDED] for row in rows]
        late = [pending * int(levels[row, f.effects.LEVEL_PENDING]) for row in rows]
        found += together([0, *map(sum, zip(missing, late, strict=True))])
    return float(max(0, found))


LOST_OR_STUCK = Metric(
    name="lost_or_stuck",
    label="orders lost or stuck",
    unit="1",
    direction="lower",
    measures=where_something_came({"system": of_system}),
    bounds={"system": bounds_of_system},
    meaning="at least so many: flows of which an effect never came though the client was told ok and it must (of each flow as "
    "many as miss the one that is missing most), and sagas that were parked, or hang when the run ends",
    missing="without any effect or saga",
)
