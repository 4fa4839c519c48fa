"""The event loop: the agenda to its end, then the first event of the calendar, until the horizon.

    while running:   agenda empty?  no: the next consequence      yes: the first of heap and fixed-delay queues by (time, rank)

It comes back to the host to grow the memory, for more arrival times, with a long journal of histograms, and every so many
events so that a person can interrupt it; all state is in the memory, so that it goes on where it stopped.
"""

from sim.engine.compiled_engine import codes, workload
from sim.engine.compiled_engine.books import close_books
from sim.engine.compiled_engine.broker import appear
from sim.engine.compiled_engine.broker_state import Consumer, Group, Message
from sim.engine.compiled_engine.calendar import after, delay_remove, heap_pop
from sim.engine.compiled_engine.calls import returned, send
from sim.engine.compiled_engine.family_events import family_consequence, family_event
from sim.engine.compiled_engine.family_rows import ScheduledFault
from sim.engine.compiled_engine.faults import alter
from sim.engine.compiled_engine.halted import later
from sim.engine.compiled_engine.leaving import expire
from sim.engine.compiled_engine.log import consume_again, handed_on, pause_over, session_over
from sim.engine.compiled_engine.serving import reach
from sim.engine.compiled_engine.state import Flow, Span, Trace, World
from sim.engine.compiled_engine.steps import confirmed, go_on, join, resume, send_again, steps, worked
from sim.record import recorder, tally
from sim.record.fields.facts import FACT_ACKNOWLEDGED
from sim.rows import NOWHERE
from sim.semantics import order
from sim.shared import Words


def run(m: World, r: Words) -> None:
    """Run until the horizon, or until the host is needed; `World.status` says which. Takes the two memories."""
    refill = m.status == codes.REFILL
    m.status = codes.RUNNING
    if refill:
        workload.load(m, m.refill)
    stop_at = m.events + m.budget
    while m.status == codes.RUNNING:
        if m.agenda_head != m.agenda_tail:
            consequence(m, r)
        elif m.events >= stop_at:
            m.status = codes.PAUSE
        else:
            event(m, r)
    if m.status == codes.DONE:
        close_books(m, r)


def event(m: World, r: Words) -> None:
    """Fire the first event of the calendar."""
    in_delays = False
    time, rank = codes.NEVER, codes.NEVER
    if m.heap_size > 0:
        time, rank = m.heap[0].time, m.heap[0].rank
    delays = m.order[0]
    if delays.time < time or (delays.time == time and delays.rank < rank):
        in_delays, time, rank = True, delays.time, delays.rank
    if time >= m.horizon:
        m.status = codes.DONE
        return
    count(m, time, rank)
    if in_delays:
        node = delays.head
        delay_remove(m, delays, node)
        node.time = 0
        argument = node.of
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
    if m.instant_events > order.INSTANT_MAX:
        m.status = codes.RUNAWAY


def fire(m: World, r: Words, rank: int, a: int) -> None:
    """Do what an event of this rank is about; ``a`` is the row it concerns."""
    kind, ident = rank >> order.IDENTITY_BITS, rank & order.IDENTITY_MASK
    if kind == order.REACH:
        reach(m, r, Span(m, a))
    elif kind == order.REPLY:
        returned(m, r, Span(m, a))
    elif kind == order.WORKED:
        worked(m, r, Span(m, a), ident)
    elif kind == order.ARRIVAL:
        workload.arrive(m, r, Flow(m, a))
    elif kind == order.TIMEOUT:
        expire(m, r, Span(m, a), ident)
    elif kind == order.RETRY:
        retry(m, r, Span(m, a), ident)
    else:
        fire_rarely(m, r, kind, ident, a)


def fire_rarely(m: World, r: Words, kind: int, ident: int, a: int) -> None:
    """The kinds of events that are not about calls."""
    if kind == order.APPEND:
        appear(m, r, Message(m, a))
    elif kind == order.ACK:
        acknowledged(m, r, Span(m, a), ident)
    elif kind == order.WINDOW:
        recorder.window(r, m.now)
        if tally.journal_is_long(r):
            m.status = codes.LONG_JOURNAL
        if m.now + m.window < m.horizon:
            after(m, m.window, order.rank_of(order.WINDOW, 0), 0)
    elif kind == order.ALTER:
        alter(m, r, ScheduledFault(m, a))
    elif kind == order.SESSION:
        session_over(m, r, Consumer(m, a), ident)
    elif kind == order.REBALANCED:
        pause_over(m, r, Group(m, a), ident)
    else:
        family_event(m, r, kind, ident, a)


def acknowledged(m: World, r: Words, span: Span, ident: int) -> None:
    """The broker's ack is back: the handler goes on, or the consumer that has handed on a message, unless it was killed."""
    if span.ident == ident and span.confirmed_at == m.now and (span.state == codes.WORKING or span.state == codes.HANDING_ON):  # noqa: PLR1714 - no sets here
        span.confirmed_at = codes.NEVER
        recorder.note(r, m.now, FACT_ACKNOWLEDGED, ident, span.failures)
        if span.state == codes.WORKING:
            confirmed(m, r, span)
        else:
            steps(m, r, handed_on(m, r, span))


def retry(m: World, r: Words, span: Span, ident: int) -> None:
    """The delay before an attempt is over: of a call, or of a message in the hands of a consumer."""
    if span.ident != ident:
        return
    if span.consumer:
        if span.state == codes.RESTING:
            recorder.rested(r, m.now, span.consumer.group.number)
            steps(m, r, consume_again(m, r, span))
    elif span.caller == codes.RETRYING:
        if span.site.halts != 0 and span.parent and later(m, span.parent.replica, order.rank_of(order.RETRY, ident), span.at):
            return
        send_again(m, r, span)


def consequence(m: World, r: Words) -> None:
    """Do the first thing on the agenda."""
    head = m.agenda_head
    item = m.agenda[head & m.agenda_mask]
    action, a, b = item.action, item.a, item.b
    m.agenda_head = head + 1
    m.instant_events += 1
    if m.instant_events > order.INSTANT_MAX:
        m.status = codes.RUNAWAY
    if action == codes.DO_RESUME:
        if Span(m, a).caller == codes.SETTLED:
            resume(m, r, Span(m, a), b)
    elif action == codes.DO_START:
        if Span(m, a).state != codes.STOPPED:
            steps(m, r, Span(m, a))
    elif action == codes.DO_CLIENT:
        send(m, r, NOWHERE, Trace(m, a), Trace(m, a).flow.site, 1, 0, 0)
    elif action == codes.DO_EVENT:
        m.events += 1
        fire(m, r, a, b)
    elif action == codes.DO_BRANCH:
        if Span(m, a).state != codes.STOPPED:
            send(m, r, Span(m, a), Span(m, a).trace, m.sites[m.program[b + 1]], 1, b, 0)
    elif action == codes.DO_JOIN:
        if Span(m, a).state != codes.STOPPED:
            join(m, r, Span(m, a))
    elif action == codes.DO_ARRIVE:
        m.events += 1
        workload.arrive(m, r, Flow(m, a))
    elif action == codes.DO_GO_ON:
        if Span(m, a).state != codes.STOPPED:
            go_on(m, r, Span(m, a), b)
    elif action == codes.DO_LOAD:
        workload.load(m, Flow(m, a))
    else:
        family_consequence(m, r, action, a, b)
