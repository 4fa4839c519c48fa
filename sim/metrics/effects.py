"""What effects of flows add up to: the measures that the metrics `effects_*` have in common.

    flow order: order.charged 12, mail.sent 3   -->   of the flow 15     of the system: all flows
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.once import once
from sim.metrics.presence import NOTHING_CAME, where_something_came
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.metrics.base import Measure, Scope
    from sim.record.record import Record

NONE_DECLARED = "without any effect declared"
NONE_COUNTED = f"{NONE_DECLARED}, or {NOTHING_CAME}"


@once
def effect_totals(record: Record, first: int, stop: int) -> list[list[int]]:
    """Return the sums over the windows ``first`` to ``stop - 1``, by effect of a flow and field."""
    sums: list[list[int]] = record.effects[first:stop].sum(axis=0).tolist()
    return sums


def effect_count(record: Record, rows: range | tuple[int, ...], field: int, first: int, stop: int) -> float:
    """Return a counter over some rows of a record's effects; nan when there are none."""
    sums = effect_totals(record, first, stop)
    return float(sum(sums[row][field] for row in rows)) if rows else math.nan


def counted(field: int) -> dict[Scope, Measure]:
    """Return the measures of a counter of effects: of the system, and of a flow; nan where nothing came."""

    def of_system(record: Record, _: int, first: int, stop: int) -> float:
        return effect_count(record, range(len(record.network.effects)), field, first, stop)

    def of_flow(record: Record, flow: int, first: int, stop: int) -> float:
        return effect_count(record, record.network.flow_effects[flow], field, first, stop)

    return where_something_came({"system": of_system, "flow": of_flow})


def pending(record: Record, rows: range | tuple[int, ...]) -> float:
    """Return how many effects of some rows were still to come at the horizon; nan when there are none."""
    return float(sum(int(record.effect_levels[row, f.effects.LEVEL_PENDING]) for row in rows)) if rows else math.nan
