"""Whether all that a run adds up is a number of 64 bits: times of many things over a long run may be more, and would wrap.

    area of a window    at most the largest level x the window        -> below 2**63, or the run is refused
    area of a run       the sum of its windows, added up as floats

Waits and ages are parts of areas, so that they are known to fit where the areas do. The books would not show it: both of
their sides wrap in the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.errors import RunawayError
from sim.record.families import FAMILIES

if TYPE_CHECKING:
    from sim.record.families import Family
    from sim.record.record import Record

TOO_MUCH = 2.0**63


def check_magnitude(record: Record) -> None:
    """Raise `RunawayError` for the first thing whose times add up to more than 2**63 ns."""
    for family in FAMILIES:
        for column, most in _areas(record, family):
            if (most >= TOO_MUCH).any():
                name = family.names(record.network)[int(np.argmax(most))]
                what = f"{family.counters[column]} of {family.one} {name!r} adds up to more than 2**63 ns"
                remedy = "write a shorter run.horizon, or bound what waits there (queue_max, max_length, a lower rate)"
                raise RunawayError(record.network.horizon, f"{what}; {remedy}")


def _areas(record: Record, family: Family) -> list[tuple[int, np.ndarray[tuple[int], np.dtype[np.float64]]]]:
    """For each area of a family how much it may be, of each of its entities."""
    table = record.tables.get(family.name)
    if table is None or not table.size:
        return []
    highest = dict(family.maxima)
    found = []
    for level, column in family.areas:
        most = table[:, :, column].sum(axis=0, dtype=np.float64)
        if level in highest:
            most = np.maximum(np.abs(most), table[:, :, highest[level]].max(axis=0) * float(record.network.window))
        found.append((column, most))
    return found
