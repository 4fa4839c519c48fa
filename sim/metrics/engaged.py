"""How long guards keep calls back: the share of the time that circuit breakers are open or half-open, over all their states."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.guarded import NO_GUARD, by_edges, counted, states_of
from sim.metrics.spans import SECOND, seconds
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.record.record import Record


def of_edges(record: Record, edges: Iterable[int], first: int, stop: int) -> float:
    """Time that states of guards of some edges kept calls back, of all their time; nan without any."""
    wanted = list(edges)
    states = states_of(record, wanted)
    if not states:
        return math.nan
    area = counted(record, f.guards.GUARD_ENGAGED_AREA, wanted, first, stop) / SECOND
    return area / (states * seconds(record.network, first, stop))


ENGAGED = Metric(
    name="engaged",
    label="guards engaged",
    unit="share",
    direction="neither",
    named="lower",
    measures=by_edges(of_edges),
    meaning="share of the time that guards keep calls back, such as circuit breakers that are open or half-open, of all that "
    "callers have; one stays open until a call asks it again",
    missing=NO_GUARD,
    most=1.0,
)
