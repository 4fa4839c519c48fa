"""The names of a record's columns, so that a file says what it counted, and a later version finds it by name.

services:  arrived started ended.ok ended.error ... waiting_area busy_area waited held wasted waiting_max

They are read off the constants of `sim.record.fields` (``SERVICE_WAITED`` is the column ``waited`` of services): a new
constant is a new column. A file without it is refused, unless `CAME_LATER` says what it was before it was counted.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from sim.record import fields
from sim.record.histogram import SUB_BITS, VALUE_BITS
from sim.record.outcomes import OUTCOMES
from sim.saved.errors import SavedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

TABLES = {"services": "SERVICE", "edges": "EDGE", "flows": "FLOW", "groups": "GROUP", "effects": "EFFECT"}
LEVELS = {
    "service_levels": "SERVICE",
    "group_levels": "GROUP",
    "edge_levels": "EDGE",
    "flow_levels": "FLOW",
    "effect_levels": "EFFECT",
}
BY_OUTCOME = ("ended", "settled")
BUCKETS = (SUB_BITS, VALUE_BITS)
OLD_BUCKETS = (6, 43)
"""Of files that hold no open ones: their histograms are coarser, and what was still open has an age that nobody knows."""
TIMES = ("area", "waited", "held", "wasted", "time", "least", "most", "oldest")
"""Columns whose names end so are in ns (an area: how many there were, times ns)."""

TABLES_CAME_LATER = frozenset({"effects", "effect_levels"})
"""Tables that older files lack, because what they are of could not be declared: without any row."""
CAME_LATER: dict[str, dict[str, int]] = {
    "edges": dict.fromkeys(("unanswered",), 0),
    "flows": dict.fromkeys(
        (
            *("reply_least", "reply_most", "completion_least", "completion_most"),
            *("unanswered", "unanswered_time", "unfinished", "unfinished_time", "overdue", "doomed"),
        ),
        0,
    ),
    "groups": dict.fromkeys(("retries", "resting_area", "unhandled"), 0),
    "group_levels": dict.fromkeys(("resting", "oldest_message"), 0),
    "edge_levels": dict.fromkeys(("oldest_call",), 0),
    "flow_levels": dict.fromkeys(("oldest_request", "oldest_trace"), 0),
}
"""Columns by table that older files lack, and the number that stands in them: 0 for what did not exist."""


@cache
def columns() -> dict[str, tuple[str, ...]]:
    """Return the names of the columns of every table of a record."""
    return {
        **{table: _counters(prefix) for table, prefix in TABLES.items()},
        **dict(zip(LEVELS, _levels(), strict=True)),
    }


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


def _counters(prefix: str) -> tuple[str, ...]:
    """The columns that constants such as ``EDGE_CALLS = 0`` name; the first outcome's constant stands for all of them."""
    width = int(getattr(fields, f"{prefix}_FIELDS"))
    names: dict[int, str] = {}
    for constant, value in vars(fields).items():
        word = constant.removeprefix(f"{prefix}_").lower()
        if not constant.startswith(f"{prefix}_") or word in {"fields", "levels"} or value >= width:
            continue
        if word in BY_OUTCOME:
            names.update({value + number: f"{word}.{outcome}" for number, outcome in enumerate(OUTCOMES)})
        else:
            names[value] = word
    return _whole(prefix, names, width)


def _levels() -> list[tuple[str, ...]]:
    """The columns of levels: the constants ``LEVEL_*`` that stand before each ``<prefix>_LEVELS``."""
    found: dict[str, tuple[str, ...]] = {}
    names: dict[int, str] = {}
    for constant, value in vars(fields).items():
        if constant.startswith("LEVEL_"):
            names[value] = constant.removeprefix("LEVEL_").lower()
        elif constant.endswith("_LEVELS") and names:
            prefix = constant.removesuffix("_LEVELS")
            found[prefix], names = _whole(prefix, names, value), {}
    return [found[prefix] for prefix in LEVELS.values()]


def _whole(prefix: str, names: Mapping[int, str], width: int) -> tuple[str, ...]:
    if sorted(names) != list(range(width)):
        raise TypeError(f"sim.record.fields: the constants {prefix}_* do not name each of {width} columns once")
    return tuple(names[number] for number in range(width))
