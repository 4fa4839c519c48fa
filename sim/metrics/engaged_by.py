"""How long guards of one key keep calls back: ``engaged_by.breaker``, ``payment.engaged_by.bulkhead``.

    engaged       all guards together: 4 breakers of 4 open, 8 others free = 33 %
    engaged_by    those of one key: 4 breakers of 4 open = 100 %
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from sim.metrics.base import Family, Metric
from sim.metrics.guarded import by_edges
from sim.metrics.spans import SECOND, seconds
from sim.record import fields as f
from sim.scenario.guards import slots

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.record.record import Record


def of_edges(slot: str, record: Record, edges: Iterable[int], first: int, stop: int) -> float:
    """Time that states of guards of one key kept calls over some edges back, of all their time; nan without any."""
    wanted, guards = set(edges), record.network.guards
    rows = sorted({one.owner for one in guards if one.edge in wanted and one.slot == slot})
    states = sum(guards[row].states for row in rows)
    if not states:
        return math.nan
    area = int(record.guards[first:stop, rows, f.guards.GUARD_ENGAGED_AREA].sum()) / SECOND
    return area / (states * seconds(record.network, first, stop))


def engaged_by(slot: str) -> Metric:
    """Return the metric of the guards of one key."""
    name = slot.replace("_", " ")
    return Metric(
        name=f"engaged_by.{slot}",
        label=f"engaged {name}s",
        unit="share",
        direction="neither",
        named="lower",
        measures=by_edges(partial(of_edges, slot)),
        meaning=f"share of the time that a {name} keeps calls back, of all {name}s that callers have",
        missing=f"where no call that was made has a {name}",
        most=1.0,
    )


ENGAGED_BY = Family(name="engaged_by", unit="share", shown=tuple(slots()), member=engaged_by, others=False)
