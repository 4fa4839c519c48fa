"""Versions of rows: read, let go: transactions that write rows with keys, and compare what they have read at the commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.engine.simpy_engine.row_locks import lock_of
from sim.stores import versions as rules
from sim.stores.transactions import Watch

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Span


def read(run: Run, span: Span, which: int) -> None:
    """A transaction reads a row, to write it when it commits."""
    row = lock_of(run, span, which)
    if not rules.watches(span.transaction, row):
        rules.read(span.transaction, row, Watch.plain())


def let_go(run: Run, span: Span) -> None:
    """A transaction is over: rows that no other one has read are not kept."""
    locks = run.stores[span.transaction.store].locks
    watch: Any = rules.let_go(span.transaction)
    while watch:
        if watch.of.watchers == 0:
            del locks[watch.of.row, watch.of.key]
        watch = rules.let_go(span.transaction)
