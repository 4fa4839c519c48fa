"""The names of a record's columns, so that a file says what it counted, and a later version finds it by name.

services:  arrived started ended.ok ended.error ... waiting_area busy_area waited held wasted waiting_max

They are those that the families of `sim.record.fields` declare. A file without a column is refused, unless `CAME_LATER` says
what it was before it was counted; one without the tables of a family has none of its entities.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from sim.record import fields  # noqa: F401 - declares the families
from sim.record.families import FAMILIES
from sim.record.histogram import SUB_BITS, VALUE_BITS
from sim.record.outcomes import FIRST_OUTCOMES, OUTCOMES
from sim.saved.errors import SavedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

SAVED = tuple(family for family in FAMILIES if family.hashed)
TABLES = tuple(family.name for family in SAVED)
LEVELS = tuple(family.table_of_levels for family in SAVED)
FAMILY_OF = {**{family.name: family for family in SAVED}, **{family.table_of_levels: family for family in SAVED}}
BUCKETS = (SUB_BITS, VALUE_BITS)
OLD_BUCKETS = (6, 43)
"""Of files that hold no open ones: their histograms are coarser, and what was still open has an age that nobody knows."""
TIMES = ("area", "waited", "held", "wasted", "time", "least", "most", "oldest")
"""Columns whose names end so are in ns (an area: how many there were, times ns)."""

_LATER = OUTCOMES[FIRST_OUTCOMES:]

CAME_LATER: dict[str, dict[str, int]] = {
    "services": dict.fromkeys((f"ended.{outcome}" for outcome in _LATER), 0),
    "edges": dict.fromkeys(("unanswered", "left", *(f"settled.{outcome}" for outcome in _LATER)), 0),
    "guards": dict.fromkeys(("ignored", "left"), 0),
    "health_checks": dict.fromkeys(("forgotten",), 0),
    "follow_ups": dict.fromkeys((f"settled.{outcome}" for outcome in _LATER), 0),
    "flows": dict.fromkeys(
        (
            *(f"settled.{outcome}" for outcome in _LATER),
            *("reply_least", "reply_most", "completion_least", "completion_most"),
            *("unanswered", "unanswered_time", "unfinished", "unfinished_time", "overdue", "doomed"),
        ),
        0,
    ),
    "groups": dict.fromkeys(
        ("retries", "resting_area", "unhandled", "expired", "repeating", "handed_on", "handed_on_again"), 0
    ),
    "invariants": dict.fromkeys(("parked", "held_parked", "broken_parked"), 0),
    "queues": dict.fromkeys(("extended", "extension_unheard", "redriven", "back", "stranded"), 0),
    "stores": dict.fromkeys(("wait_most", "waiting_oldest"), 0),
    "event_streams": dict.fromkeys(("load_most",), 0),
    "group_levels": dict.fromkeys(("resting", "oldest_message"), 0),
    "edge_levels": dict.fromkeys(("oldest_call",), 0),
    "flow_levels": dict.fromkeys(("oldest_request", "oldest_trace"), 0),
}
"""Columns by table that older files lack, and the number that stands in them: 0 for what did not exist."""


@cache
def columns() -> dict[str, tuple[str, ...]]:
    """Return the names of the columns of every table of a record."""
    counters = {family.name: tuple(family.counters) for family in SAVED}
    return counters | {family.table_of_levels: tuple(family.levels) for family in SAVED}


def unit_of(column: str) -> str:
    """Unit of a column: ``ns``, or ``1`` for counts."""
    return "ns" if column.endswith(TIMES) else "1"


def arranged(table: str, array: NDArray[np.int64], found: Sequence[str], name: str) -> NDArray[np.int64]:
    """Return a table of a file, whose last axis has the columns ``found``, in this version's columns. Raises `SavedError`."""
    wanted = columns()[table]
    if tuple(found) == wanted:
        return array
    later: Mapping[str, int] = CAME_LATER.get(table, {})
    missing = [column for column in wanted if column not in found and column not in later]
    unknown = [column for column in found if column not in wanted]
    if missing or unknown:
        why = [f"does not have {', '.join(missing)}"] if missing else []
        why += [f"has {', '.join(unknown)}, which this version does not know"] if unknown else []
        raise SavedError(f"{name}: its table of {table} {' and '.join(why)}; run the scenario again and save it")
    parts = [
        array[..., found.index(column)] if column in found else np.full(array.shape[:-1], later[column], dtype=np.int64)
        for column in wanted
    ]
    return np.stack(parts, axis=-1)
