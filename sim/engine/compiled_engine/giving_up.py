"""Steps that wait: whether they have what they waited for, or have waited too long, and fail."""

from sim.engine.compiled_engine import codes, key_locks, projections, quorums, row_locks, stores
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


def goes_on(m: World, r: Words, action: int, span: Span, ident: int) -> bool:
    """Whether a step has what it waited for."""
    if action == codes.DO_LOCKED:
        return key_locks.locked(span, ident)
    if action == codes.DO_CONNECTED:
        return stores.connected(span, ident)
    if action == codes.DO_SEEN:
        return projections.seen(m, r, span, ident)
    return False
