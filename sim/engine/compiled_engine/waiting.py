"""Who waits at a replica: refused, join, leave, next_of, verdict; to_evict, to_preempt; suspend, resume.

The readable engine's verbs. A service without a room has one plain queue, see `sim.engine.compiled_engine.calls`.
"""

from sim.draws import bits, draw
from sim.engine.compiled_engine import codes
from sim.engine.compiled_engine.calendar import heap_push, then
from sim.engine.compiled_engine.state import Replica, Span, WaitingLine, World
from sim.lowering.language import Choice
from sim.record import outcomes
from sim.record import waiting as waits
from sim.rows import NOWHERE
from sim.scenario import kinds
from sim.semantics import waiting as rules
from sim.semantics.hooks import DISCIPLINES
from sim.semantics.order import WORKED, rank_of
from sim.semantics.rules import FOREVER, left, left_part, paced
from sim.shared import Words

EVICT_LOWEST = 1
next_rule = Choice(tuple(kind.next for kind in DISCIPLINES))


def refused(m: World, span: Span) -> int:
    """Why a request that comes to its replica is not let in before anything else is asked; or OK."""
    if span.state == codes.CALLED_BACK:
        return outcomes.CANCELLED
    if rules.too_late(span.due, 0, 0, m.now) != rules.IN_TIME:
        return outcomes.EXPIRED
    return outcomes.OK


def line_of(span: Span) -> WaitingLine:
    """The line of a request's priority."""
    replica = span.replica
    return replica.lines[span.trace.flow.rank if replica.service.room.lines > 1 else 0]


def crowded(m: World, replica: Replica) -> bool:
    """Whether the queue of a replica has not been empty for longer than the interval of its room."""
    return rules.crowded(replica.queue_length, replica.empty_at, replica.service.room.interval, m.now)


def join(m: World, span: Span) -> None:
    """A request waits, last of its priority."""
    replica = span.replica
    room = replica.service.room
    span.waits_at_most = rules.waits_at_most(room.ttl, room.target, room.interval, crowded(m, replica))
    if replica.queue_length == 0:
        replica.empty_at = m.now
    replica.queue_length += 1
    span.state = codes.WAITING
    line = line_of(span)
    last = line.last
    span.queue_next = NOWHERE
    span.queue_previous = last
    if last:
        last.queue_next = span
    else:
        line.first = span
    line.last = span


def join_first(m: World, span: Span) -> None:
    """A request waits again, first of its priority."""
    replica = span.replica
    if replica.queue_length == 0:
        replica.empty_at = m.now
    replica.queue_length += 1
    line = line_of(span)
    first = line.first
    span.queue_previous = NOWHERE
    span.queue_next = first
    if first:
        first.queue_previous = span
    else:
        line.last = span
    line.first = span


def leave(span: Span) -> None:
    """A request waits no longer, wherever it stands in a room."""
    line, previous, following = line_of(span), span.queue_previous, span.queue_next
    if previous:
        previous.queue_next = following
    else:
        line.first = following
    if following:
        following.queue_previous = previous
    else:
        line.last = previous
    span.replica.queue_length -= 1


def patience(m: World, span: Span) -> int:
    """How long a request waits at most before it leaves, whether its turn has come or not; -1: as long as it takes."""
    distribution = span.replica.service.room.wait_max
    if distribution < 0:
        return -1
    u = bits(m.keys[span.operation.wait_stream], span.key, span.occurrence)
    return draw(m, m.tables.at + distribution, u)


def next_of(m: World, replica: Replica) -> Span:
    """The request whose turn it is leaves the queue of a room."""
    index = 0
    while not replica.lines[index].first:
        index += 1
    line = replica.lines[index]
    span = line.first
    if next_rule(replica.service.discipline, replica.queue_length, crowded(m, replica)) == kinds.LAST:
        span = line.last
    leave(span)
    return span


def verdict(m: World, span: Span) -> int:
    """Whether a request whose turn has come is begun: OK, or why not."""
    most = span.waits_at_most if span.replica.service.room else FOREVER
    how = rules.too_late(span.due, m.now - span.arrived_at, most, m.now)
    if how == rules.IN_TIME:
        return outcomes.OK
    return outcomes.EXPIRED if how == rules.PAST_ITS_DEADLINE else outcomes.DROPPED


# -- who goes when one comes


def to_evict(span: Span) -> Span:
    """Who of those that wait, and were not begun, goes for this one; or none."""
    replica = span.replica
    room = replica.service.room
    oldest = span
    index = room.lines - 1
    if room.evict == EVICT_LOWEST:
        while index > span.trace.flow.rank:
            last = replica.lines[index].last
            if last and last.state != codes.PREEMPTED:
                return last
            index -= 1
        return NOWHERE
    while index >= 0:
        one = replica.lines[index].first
        while one and one.state == codes.PREEMPTED:
            one = one.queue_next
        if one and (oldest == span or one.arrived_at < oldest.arrived_at):
            oldest = one
        index -= 1
    return oldest if oldest != span else NOWHERE


def to_preempt(m: World, span: Span) -> Span:
    """Whose worker a request takes: of lower priority than it the lowest at work, of those the one that got it last."""
    replica = span.replica
    index = replica.service.room.lines - 1
    while index > span.trace.flow.rank:
        one = replica.lines[index].last_at_work
        while one:
            if one.work_ends > m.now:
                return one
            one = one.at_work_previous
        index -= 1
    return NOWHERE


def begun(span: Span) -> None:
    """A request has a worker."""
    room = span.replica.service.room
    if not room or room.preempt == 0:
        return
    line = line_of(span)
    last = line.last_at_work
    span.at_work_next = NOWHERE
    span.at_work_previous = last
    if last:
        last.at_work_next = span
    else:
        line.first_at_work = span
    line.last_at_work = span


def over(span: Span) -> None:
    """A request has its worker no longer."""
    room = span.replica.service.room
    if not room or room.preempt == 0:
        return
    line, previous, following = line_of(span), span.at_work_previous, span.at_work_next
    if previous:
        previous.at_work_next = following
    else:
        line.first_at_work = following
    if following:
        following.at_work_previous = previous
    else:
        line.last_at_work = previous


def suspend(m: World, r: Words, span: Span) -> None:
    """A request gives its worker up, and waits, first of its priority; the rest of its work is still to be done."""
    replica, now = span.replica, m.now
    waits.preempted(r, now, replica.service.number, span.ident)
    over(span)
    replica.busy -= 1
    span.state = codes.PREEMPTED
    span.arrived_at = now
    if span.work_ends > now:
        work, part, pace = span.work, span.work_part, replica.pace
        elapsed = paced(work, part, pace) - (span.work_ends - now)
        span.work = left(work, part, elapsed, pace)
        span.work_part = left_part(part, elapsed, pace)
        span.work_ends = 0
    else:
        span.work_ends = -1  # it had not begun to work
    join_first(m, span)


def resume(m: World, r: Words, span: Span) -> None:
    """A request has a worker again, and goes on where it was."""
    replica, now = span.replica, m.now
    waits.resumed(r, now, replica.service.number, span.ident, now - span.arrived_at)
    span.started_at += now - span.arrived_at
    span.state = codes.WORKING
    replica.busy += 1
    begun(span)
    if span.work_ends < 0:
        span.work_ends = 0
        then(m, codes.DO_GO_ON, span.at, outcomes.OK)
        return
    span.work_ends = now + paced(span.work, span.work_part, replica.pace)
    heap_push(m, span.work_ends, rank_of(WORKED, span.ident), span.at)
