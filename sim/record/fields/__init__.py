"""Where every number of a running record lives: one flat int64 memory.

    header | levels | limits | a table for each family (services, edges, flows, groups, ...), window after window
           | tallies: pages of the histograms of the current window | journal: those of windows past | event log (on demand)

Counters are written into the current window only; totals are sums over windows. A *level* (how many are there now) is
kept apart, with the time of its last change, and its area is added to the window whenever it changes. A histogram gets a page
for an octave when the first value falls there, and keeps it. Pages, journal and log have room for all that could come; they are
filled from the front, and an operating system gives memory only to what is touched.

Each family declares its columns in a file of its own here. `header.py` is the first part of the memory, `facts.py` the last.
A column is a number in its part: ``fields.guards.GUARD_REFUSED``. Families stand in the header in the order of this file.
"""

from typing import TYPE_CHECKING, Any

from sim.former_names import warn

# isort: off
from sim.record.families import FAMILIES, FAMILIES_AT, FAMILY_WORDS
from sim.record.fields import (  # noqa: F401 - their parts are looked up here
    services,
    edges,
    flows,
    groups,
    limits,
    effects,
    guards,
    queues,
    sagas,
    stores,
    relays,
    dual_writes,
    event_streams,
    follow_ups,
    projections,
    rebuilds,
    invariants,
    brokers,
    failovers,
    budgets,
    links,
    balancers,
    health_checks,
    fallbacks,
    hedges,
    rooms,
    processors,
    event_loops,
    caches,
    limiters,
    key_locks,
    scalers,
    branches,
    sessions,
    leaks,
    hangs,
)
from sim.record.fields import facts, header

# isort: on

FAMILY_COUNT = len(FAMILIES)
R_HEADER = FAMILIES_AT + FAMILY_WORDS * FAMILY_COUNT

if not TYPE_CHECKING:  # a name that is wrong is an error of types

    def __getattr__(name: str) -> Any:
        """What a part has, by the name that it had here in the version before; it goes with `sim.former_names`."""
        parts = [header, facts, *(globals()[family.name] for family in FAMILIES)]
        part = next((one for one in parts if name.isupper() and hasattr(one, name)), None)
        if part is None:
            raise AttributeError(f"module {__name__} has no name {name!r}")
        warn(f"{__name__}.{name}", f"{part.__name__}.{name}")
        return getattr(part, name)
