"""Steps that have waited too long, and fail."""

from sim.engine.compiled_engine import key_locks, projections, quorums, row_locks, stores
from sim.engine.compiled_engine.state import Span, World
from sim.semantics import order
from sim.shared import Words


def gives_up(m: World, r: Words, kind: int, ident: int, span: Span) -> bool:
    """Whether a step has waited too long, and fails."""
    if kind == order.QUORUM_WAIT:
        return quorums.give_up(m, r, span, ident)
    if kind == order.CONNECTION_WAIT:
        return stores.give_up(m, r, span, ident)
    if kind == order.LOCK_WAIT:
        if row_locks.give_up(m, r, span, ident):
            return True
        return key_locks.give_up(m, r, span, ident)
    if kind == order.READ_WAIT:
        return projections.give_up(m, r, span, ident)
    return False
