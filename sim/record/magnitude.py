"""Whether all that a run adds up is a number of 64 bits: times of many things over a long run may be more, and would wrap.

    area of a window    at most the largest level x the window        -> below 2**63, or the run is refused
    other times         at most the longest one x how many, of a window; those of what is open at the horizon, of the run
    all of a run        the sum of its windows, added up as floats

Most waits and ages are parts of areas, so that they are known to fit where the areas do; of the others their family says
what they are sums of. The books would not show it: both of their sides wrap in the same way. The readable engine has
integers without an end, and finds the first that is too large when they become words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.errors import RunawayError
from sim.record.families import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.network import Network
    from sim.record.families import Family
    from sim.record.record import Record

TOO_MUCH = 2.0**63
Most = np.ndarray[tuple[int], np.dtype[np.float64]]
REMEDY = "write a shorter run.horizon, or bound what waits there (queue_max, max_length, a lower rate)"


def check_magnitude(record: Record) -> None:
    """Raise `RunawayError` for the first thing whose times add up to more than 2**63 ns."""
    for of_family in (_areas, _sums):  # an area says what waits there, a sum who is kept waiting
        for family in FAMILIES:
            for column, most in of_family(record, family):
                if (most >= TOO_MUCH).any():
                    name = family.names(record.network)[int(np.argmax(most))]
                    raise RunawayError(record.network.horizon, _said(family, family.counters[column], name))


def beyond(network: Network, words: Sequence[int]) -> str:
    """Return what is said of the first column or level of a recording that is no number of 64 bits."""
    for family in FAMILIES:
        names = family.names(network)
        tables = ((family.first_at, family.counters, network.windows), (family.level_at, family.levels, 1))
        for first_at, columns, times in tables:
            for place in range(times * len(names) * len(columns)):
                if abs(words[words[first_at] + place]) >= TOO_MUCH:
                    row, column = divmod(place, len(columns))
                    return _said(family, columns[column], names[row % len(names)])
    return f"what is recorded adds up to more than 2**63; {REMEDY}"


def _said(family: Family, column: str, name: str) -> str:
    return f"{column} of {family.one} {name!r} adds up to more than 2**63 ns; {REMEDY}"


def _areas(record: Record, family: Family) -> list[tuple[int, Most]]:
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


def _sums(record: Record, family: Family) -> list[tuple[int, Most]]:
    """For each sum of times of a family how much it may be, of each of its entities."""
    table = record.tables.get(family.name)
    if table is None or not table.size:
        return []
    found = []
    for one in family.sums:
        times = record.levels[family.name] if one.in_levels else table
        counts, longest = times[..., one.count].astype(np.float64), times[..., one.longest]
        most = np.atleast_2d(counts * longest).max(axis=0)
        found.append((one.column, np.maximum(most, np.abs(table[:, :, one.column].sum(axis=0, dtype=np.float64)))))
    return found
