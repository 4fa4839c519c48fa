"""Hedged calls under way: join, wait, elsewhere, drop. Each has a row, which goes with the last attempt that has not ended."""

from sim.engine.compiled_engine.blank import blank
from sim.engine.compiled_engine.calendar import after
from sim.engine.compiled_engine.codes import FREE
from sim.engine.compiled_engine.memory import release_row, take_row
from sim.engine.compiled_engine.state import Hedged, Replica, Span, World
from sim.record import around_calls as recorder
from sim.rows import NOWHERE
from sim.semantics.hedging import HedgeState, called, waits
from sim.semantics.order import HEDGE, rank_of
from sim.shared import Words, entrance, rare


def join(m: World, r: Words, span: Span) -> None:
    """An attempt is one of a hedged call."""
    group = m.hedging
    if group:
        m.hedging = NOWHERE
        span.hedge = group
        group.live += 1
        return
    spec = span.site.hedge
    group = Hedged(m, take_row(m, m.hedged))
    group.ident = span.ident
    group.spec = spec
    group.state = spec.states[span.parent.replica.number - spec.first]
    group.parent = span.parent
    group.number = span.number
    group.branch = span.branch
    group.call = span.call
    group.sent_at = m.now
    group.live = 1
    group.turns = 1
    span.hedge = group
    called(group.state, spec.budget)
    recorder.hedged_call(r, spec.number)
    wait(m, group)


def wait(m: World, group: Hedged) -> None:
    """From now on it is waited for a good answer, if another attempt may leave after that."""
    spec = group.spec
    group.due = -1
    delay = waits(group.state, spec.after, spec.mille) if group.turns < spec.calls_max else 0
    if delay > 0:
        group.due = m.now + delay
        after(m, delay, rank_of(HEDGE, group.ident), group.at)


@entrance
def elsewhere(span: Span) -> Replica:
    """The replica that was chosen for an attempt, or the next one in the list where no other one is.

    A balancer that looks at the replicas has the last word.
    """
    service, replica = span.replica.service, span.replica
    if span.hedge.spec.elsewhere == 0 or span.site.view:
        return replica
    at = 0
    while service.list[at].at != replica.at:
        at += 1
    for _ in range(service.listed):
        if not is_used(span, service.list[at]):
            return service.list[at]
        at = at + 1 if at + 1 < service.listed else 0
    return replica


def is_used(span: Span, replica: Replica) -> bool:
    """Whether another attempt of the call is at a replica."""
    child = span.parent.child
    while child:
        if child.hedge.at == span.hedge.at and child.at != span.at and child.replica.at == replica.at:
            return True
        child = child.sibling
    return False


def drop(m: World, r: Words, span: Span) -> None:
    """An attempt is none of its hedged call any more, which is over with the last one."""
    group = span.hedge
    span.hedge = NOWHERE
    group.live -= 1
    if group.live == 0:
        recorder.hedge_gone(r, group.spec.number)
        free(m, group)


@rare
def give_no_more(span: Span) -> None:
    """Nobody needs a hedged call of which an attempt has ended that is heard of later: until then no further one leaves."""
    if span.hedge:
        span.hedge.due = -1


def free(m: World, group: Hedged) -> None:
    """A hedged call is over."""
    group.ident = FREE
    release_row(m, m.hedged, group.at)


@rare
def forget(m: World, replica: Replica) -> None:
    """A replica that crashed knows nothing of its calls any more."""
    for index in range(m.hedge_count):
        spec = m.hedges[index]
        if spec.service == replica.service.number:
            blank(m, spec.states[replica.number - spec.first].at, HedgeState.SIZE)
