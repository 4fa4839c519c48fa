"""The event loop: the agenda to its end, then the first event of the calendar, until the horizon.

    while running:   agenda empty?  no: the next consequence      yes: the first of heap and lanes by (time, rank)

It comes back to the host to grow the memory, for more arrival times, with a long journal of histograms, and every so many
events so that a person can interrupt it; all state is in the memory, so that it goes on where it stopped.
"""

from sim.engine.compiled_engine.books import close_books
from sim.engine.compiled_engine.broker import append, consume_again, pause_over, session_over
from sim.engine.compiled_engine.calls import arrive, expire, load, reach, returned, send
from sim.engine.compiled_engine.faults import alter
from sim.engine.compiled_engine.memory import after, heap_pop, lane_remove
from sim.engine.compiled_engine.state import (
    DO_ARRIVE,
    DO_BRANCH,
    DO_CLIENT,
    DO_EVENT,
    DO_JOIN,
    DO_LOAD,
    DO_RESUME,
    DO_START,
    DONE,
    GROW,
    LONG_JOURNAL,
    NEVER,
    PAUSE,
    REFILL,
    RESTING,
    RETRYING,
    ROWS_SPARE,
    RUNAWAY,
    RUNNING,
    WORKING,
    Alteration,
    Consumer,
    Flow,
    Frame,
    Group,
    Message,
    Site,
    Trace,
    World,
)
from sim.engine.compiled_engine.steps import join, resume, send_again, steps, worked
from sim.engine.order import (
    ACK,
    ALTER,
    APPEND,
    ARRIVAL,
    IDENTITY_BITS,
    IDENTITY_MASK,
    INSTANT_MAX,
    REACH,
    REBALANCED,
    REPLY,
    RETRY,
    SESSION,
    TIMEOUT,
    WINDOW,
    WORKED,
    rank_of,
)
from sim.record import recorder, tally
from sim.record.fields import FACT_ACKNOWLEDGED
from sim.rows import NOWHERE
from sim.shared import Words


def run(m: World, r: Words) -> None:
    """Run until the horizon, or until the host is needed; `World.status` says which. Takes the two memories."""
    if m.status == REFILL:
        m.status = RUNNING
        load(m, m.refill)
    m.status = RUNNING if m.status != REFILL else REFILL
    stop_at = m.events + m.budget
    while m.status == RUNNING:
        if scarce(m):
            m.status = GROW
        elif m.agenda_head != m.agenda_tail:
            consequence(m, r)
        elif m.events >= stop_at:
            m.status = PAUSE
        else:
            event(m, r)
    if m.status == DONE:
        close_books(m, r)


def scarce(m: World) -> bool:
    """Whether one more event might need more rows than are left."""
    reserve = m.reserve
    return (
        m.frames_left < reserve
        or m.traces_left < ROWS_SPARE
        or m.messages_left < reserve
        or m.heap_size + m.frames_live + reserve > m.heap_capacity
        or m.agenda_tail - m.agenda_head + m.frames_live + reserve > m.agenda_mask
    )


def event(m: World, r: Words) -> None:
    """Fire the first event of the calendar."""
    in_lane = False
    time, rank = NEVER, NEVER
    if m.heap_size > 0:
        time, rank = m.heap[0].time, m.heap[0].rank
    lane = m.order[0]
    if lane.time < time or (lane.time == time and lane.rank < rank):
        in_lane, time, rank = True, lane.time, lane.rank
    if time >= m.horizon:
        m.status = DONE
        return
    count(m, time, rank)
    if in_lane:
        node = lane.head
        lane_remove(m, lane, node)
        node.time = 0
        argument = node.of.at
    else:
        argument = m.heap[0].argument
        heap_pop(m)
    fire(m, r, rank, argument)


def count(m: World, time: int, rank: int) -> None:
    """One more event; stops an instant that does not end."""
    m.events += 1
    m.last_rank = rank
    if time != m.now:
        m.now = time
        m.instant_events = 0
    m.instant_events += 1
    if m.instant_events > INSTANT_MAX:
        m.status = RUNAWAY


def fire(m: World, r: Words, rank: int, a: int) -> None:
    """Do what an event of this rank is about; ``a`` is the row it concerns."""
    kind, ident = rank >> IDENTITY_BITS, rank & IDENTITY_MASK
    if kind == REACH:
        reach(m, r, Frame(m, a))
    elif kind == REPLY:
        returned(m, r, Frame(m, a))
    elif kind == WORKED:
        worked(m, r, Frame(m, a), ident)
    elif kind == ARRIVAL:
        arrive(m, r, Flow(m, a))
    elif kind == TIMEOUT:
        expire(m, r, Frame(m, a), ident)
    elif kind == RETRY:
        retry(m, r, Frame(m, a), ident)
    else:
        fire_rarely(m, r, kind, ident, a)


def fire_rarely(m: World, r: Words, kind: int, ident: int, a: int) -> None:
    """The kinds of events that are not about calls."""
    if kind == APPEND:
        append(m, r, Message(m, a))
    elif kind == ACK:
        acknowledged(m, r, Frame(m, a), ident)
    elif kind == WINDOW:
        recorder.window(r, m.now)
        if tally.journal_is_long(r):
            m.status = LONG_JOURNAL
        if m.now + m.window < m.horizon:
            after(m, m.window, rank_of(WINDOW, 0), 0)
    elif kind == ALTER:
        alter(m, r, Alteration(m, a))
    elif kind == SESSION:
        session_over(m, r, Consumer(m, a), ident)
    elif kind == REBALANCED:
        pause_over(m, r, Group(m, a), ident)


def acknowledged(m: World, r: Words, f: Frame, ident: int) -> None:
    """The broker's ack is back: the handler goes on, unless it was killed."""
    if f.ident == ident and f.state == WORKING:
        recorder.note(r, m.now, FACT_ACKNOWLEDGED, ident, 0)
        steps(m, r, f)


def retry(m: World, r: Words, f: Frame, ident: int) -> None:
    """The delay before an attempt is over: of a call, or of a message in the hands of a consumer."""
    if f.ident != ident:
        return
    if f.consumer:
        if f.state == RESTING:
            recorder.rested(r, m.now, f.consumer.group.number)
            steps(m, r, consume_again(m, r, f))
    elif f.caller == RETRYING:
        send_again(m, r, f)


def consequence(m: World, r: Words) -> None:
    """Do the first thing on the agenda."""
    head = m.agenda_head
    item = m.agenda[head & m.agenda_mask]
    action, a, b = item.action, item.a, item.b
    m.agenda_head = head + 1
    m.instant_events += 1
    if m.instant_events > INSTANT_MAX:
        m.status = RUNAWAY
    if action == DO_RESUME:
        resume(m, r, Frame(m, a), b)
    elif action == DO_START:
        steps(m, r, Frame(m, a))
    elif action == DO_CLIENT:
        send(m, r, NOWHERE, Trace(m, a), Trace(m, a).flow.site, 1, 0)
    elif action == DO_EVENT:
        m.events += 1
        fire(m, r, a, b)
    elif action == DO_BRANCH:
        send(m, r, Frame(m, a), Frame(m, a).trace, Site(m, b), 1, 1)
    elif action == DO_JOIN:
        join(m, r, Frame(m, a))
    elif action == DO_ARRIVE:
        m.events += 1
        arrive(m, r, Flow(m, a))
    elif action == DO_LOAD:
        load(m, Flow(m, a))
