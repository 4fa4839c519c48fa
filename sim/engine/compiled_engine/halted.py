"""What comes to a replica that is halted, and is heard when it goes on. The readable engine's verbs."""

from sim.engine.compiled_engine.calendar import heap_push
from sim.engine.compiled_engine.codes import SETTLED
from sim.engine.compiled_engine.state import Replica, Span, World
from sim.semantics.order import HEARD, REACH, rank_of
from sim.shared import rare


@rare
def hears_later(m: World, span: Span) -> bool:
    """Whether the handler that has made an attempt stands still, and hears how it ended when it goes on."""
    if not span.parent:
        return False
    return later(m, span.parent.replica, rank_of(HEARD, span.ident), span.at)


def unheard(m: World, span: Span) -> bool:
    """Whether an attempt has ended of which the handler that has made it hears later, as it stands still."""
    if span.caller != SETTLED or span.site.halts == 0 or not span.parent:
        return False
    return span.parent.replica.halted_until > m.now


@rare
def comes_again(m: World, span: Span) -> None:
    """A request has come to a replica that is halted: it comes again when that goes on, be it later in this instant."""
    heap_push(m, span.replica.halted_until, rank_of(REACH, span.ident), span.at)


@rare
def later(m: World, replica: Replica, rank: int, argument: int) -> bool:
    """Whether a replica is halted, so that an event that it is to hear of comes, or comes again, when it goes on."""
    if replica.halted_until <= m.now:
        return False
    heap_push(m, replica.halted_until, rank, argument)
    return True
