"""What each pool is of; its rows are taken and given back in `sim.engine.compiled_engine.memory`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.compiled_engine.broker_state import Said
from sim.engine.compiled_engine.family_rows import Own
from sim.engine.compiled_engine.kernel_rows import Pool
from sim.engine.compiled_engine.state import Hedged, Lock, Saga, World
from sim.policies.waiting import Wait
from sim.projections.views import KeptEvent, ViewEvent, ViewKey, ViewWait
from sim.stores.caches import CacheEntry, CacheLoad, CacheWait
from sim.stores.dual_writes import DualWrite
from sim.stores.history import Commit
from sim.stores.relays import OutboxRow
from sim.stores.transactions import RowLock, Transaction, Watch

if TYPE_CHECKING:
    from sim.rows import Row

POOLED: dict[str, type[Row]] = {
    "sagas": Saga,
    "locks": Lock,
    "transactions": Transaction,
    "row_locks": RowLock,
    "watches": Watch,
    "commits": Commit,
    "outbox_rows": OutboxRow,
    "dual_writes": DualWrite,
    "owns": Own,
    "view_keys": ViewKey,
    "kept_events": KeptEvent,
    "view_events": ViewEvent,
    "view_waits": ViewWait,
    "hedged": Hedged,
    "waits": Wait,
    "said": Said,
    "cache_entries": CacheEntry,
    "cache_loads": CacheLoad,
    "cache_waits": CacheWait,
}
"""The pools of `World`, and the rows of each."""


def sizes() -> dict[int, int]:
    """The size of a row of each pool, in words, by the address where it is kept."""
    kept = Pool.fields["size"].offset
    return {World.fields[name].offset + kept: row.SIZE for name, row in POOLED.items()}

