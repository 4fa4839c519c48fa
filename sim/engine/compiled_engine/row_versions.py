"""Versions of rows: read, let go. The readable engine's verbs, in its order; rows lie in the table of the store's locks."""

from sim.engine.compiled_engine.memory import release_row, take_row
from sim.engine.compiled_engine.row_locks import drop, lock_of
from sim.engine.compiled_engine.state import Span, World
from sim.stores import versions as rules
from sim.stores.transactions import Watch


def read(m: World, span: Span, which: int) -> None:
    """A transaction reads a row, to write it when it commits."""
    row = lock_of(m, span, which)
    if not rules.watches(span.transaction, row):
        rules.read(span.transaction, row, Watch(m, take_row(m, m.watches)))


def let_go(m: World, span: Span) -> None:
    """A transaction is over: rows that no other one has read are not kept."""
    store = m.stores[span.transaction.store]
    watch = rules.let_go(span.transaction)
    while watch:
        if watch.of.watchers == 0:
            drop(m, store, watch.of)
        release_row(m, m.watches, watch.at)
        watch = rules.let_go(span.transaction)
