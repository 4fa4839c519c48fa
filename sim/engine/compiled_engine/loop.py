"""The event loop: the agenda to its end, then the first event of the calendar, until the horizon.

    while running:   agenda empty?  no: the next consequence      yes: the first of heap and lanes by (time, rank)

It comes back to the host to grow the memory, for more arrival times, with a long journal of histograms, and every so many
events so that a person can interrupt it; all state is in the memory, so that it goes on where it stopped.
"""

from sim.engine.compiled_engine.books import close_books
from sim.engine.compiled_engine.broker import append, consume_again, pause_over, session_over
from sim.engine.compiled_engine.calls import arrive, expire, load, reach, returned, send
from sim.engine.compiled_engine.faults import alter
from sim.engine.compiled_engine.layout import (
    AGENDA_ITEM,
    DO_ARRIVE,
    DO_BRANCH,
    DO_CLIENT,
    DO_EVENT,
    DO_JOIN,
    DO_LOAD,
    DO_RESUME,
    DO_START,
    DONE,
    F_CALLER,
    F_CONSUMER,
    F_IDENT,
    F_STATE,
    F_TIMER,
    F_TRACE,
    F_TRAVEL,
    G_NUMBER,
    GROW,
    H_AGENDA,
    H_AGENDA_HEAD,
    H_AGENDA_MASK,
    H_AGENDA_TAIL,
    H_BUDGET,
    H_EVENTS,
    H_FRAMES_LEFT,
    H_FRAMES_LIVE,
    H_HEAP,
    H_HEAP_CAPACITY,
    H_HEAP_SIZE,
    H_HORIZON,
    H_INSTANT_EVENTS,
    H_LANES,
    H_LANES_END,
    H_LAST_RANK,
    H_MESSAGES_LEFT,
    H_NOW,
    H_REFILL,
    H_RESERVE,
    H_STATUS,
    H_TRACES_LEFT,
    H_WINDOW,
    K_GROUP,
    LONG_JOURNAL,
    NEVER,
    PAUSE,
    Q_HEAD,
    Q_RANK,
    Q_SIZE,
    Q_TIME,
    REFILL,
    RESTING,
    RETRYING,
    ROWS_SPARE,
    RUNAWAY,
    RUNNING,
    W_SITE,
    WORKING,
    X_FLOW,
)
from sim.engine.compiled_engine.memory import after, heap_pop, lane_remove
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
from sim.shared import Words


def run(m: Words, r: Words) -> None:
    """Run until the horizon, or until the host is needed; `H_STATUS` says which. Takes the two memories."""
    if m[H_STATUS] == REFILL:
        m[H_STATUS] = RUNNING
        load(m, m[H_REFILL])
    m[H_STATUS] = RUNNING if m[H_STATUS] != REFILL else REFILL
    stop_at = m[H_EVENTS] + m[H_BUDGET]
    while m[H_STATUS] == RUNNING:
        if scarce(m):
            m[H_STATUS] = GROW
        elif m[H_AGENDA_HEAD] != m[H_AGENDA_TAIL]:
            consequence(m, r)
        elif m[H_EVENTS] >= stop_at:
            m[H_STATUS] = PAUSE
        else:
            event(m, r)
    if m[H_STATUS] == DONE:
        close_books(m, r)


def scarce(m: Words) -> bool:
    """Whether one more event might need more rows than are left."""
    reserve = m[H_RESERVE]
    return (
        m[H_FRAMES_LEFT] < reserve
        or m[H_TRACES_LEFT] < ROWS_SPARE
        or m[H_MESSAGES_LEFT] < reserve
        or m[H_HEAP_SIZE] + m[H_FRAMES_LIVE] + reserve > m[H_HEAP_CAPACITY]
        or m[H_AGENDA_TAIL] - m[H_AGENDA_HEAD] + m[H_FRAMES_LIVE] + reserve > m[H_AGENDA_MASK]
    )


def event(m: Words, r: Words) -> None:
    """Fire the first event of the calendar."""
    lane = 0
    time, rank = NEVER, NEVER
    if m[H_HEAP_SIZE] > 0:
        top = m[H_HEAP]
        time, rank = m[top], m[top + 1]
    at, end = m[H_LANES], m[H_LANES_END]
    while at < end:
        other = m[at + Q_TIME]
        if other < time or (other == time and m[at + Q_RANK] < rank):
            lane, time, rank = at, other, m[at + Q_RANK]
        at += Q_SIZE
    if time >= m[H_HORIZON]:
        m[H_STATUS] = DONE
        return
    count(m, time, rank)
    if lane == 0:
        argument = m[m[H_HEAP] + 2]
        heap_pop(m)
    else:
        node = m[lane + Q_HEAD]
        lane_remove(m, lane, node)
        argument = node - (F_TIMER if rank >> IDENTITY_BITS == TIMEOUT else F_TRAVEL)
        if rank >> IDENTITY_BITS == TIMEOUT:
            m[node] = 0
    fire(m, r, rank, argument)


def count(m: Words, time: int, rank: int) -> None:
    """One more event; stops an instant that does not end."""
    m[H_EVENTS] += 1
    m[H_LAST_RANK] = rank
    if time != m[H_NOW]:
        m[H_NOW] = time
        m[H_INSTANT_EVENTS] = 0
    m[H_INSTANT_EVENTS] += 1
    if m[H_INSTANT_EVENTS] > INSTANT_MAX:
        m[H_STATUS] = RUNAWAY


def fire(m: Words, r: Words, rank: int, a: int) -> None:
    """Do what an event of this rank is about; ``a`` is the row it concerns."""
    kind, ident = rank >> IDENTITY_BITS, rank & IDENTITY_MASK
    if kind == REACH:
        reach(m, r, a)
    elif kind == REPLY:
        returned(m, r, a)
    elif kind == WORKED:
        worked(m, r, a, ident)
    elif kind == ARRIVAL:
        arrive(m, r, a)
    elif kind == TIMEOUT:
        expire(m, r, a, ident)
    elif kind == RETRY:
        retry(m, r, a, ident)
    else:
        fire_rarely(m, r, kind, ident, a)


def fire_rarely(m: Words, r: Words, kind: int, ident: int, a: int) -> None:
    """The kinds of events that are not about calls."""
    if kind == APPEND:
        append(m, r, a)
    elif kind == ACK:
        if m[a + F_IDENT] == ident and m[a + F_STATE] == WORKING:
            recorder.note(r, m[H_NOW], FACT_ACKNOWLEDGED, ident, 0)
            steps(m, r, a)
    elif kind == WINDOW:
        recorder.window(r, m[H_NOW])
        if tally.journal_is_long(r):
            m[H_STATUS] = LONG_JOURNAL
        if m[H_NOW] + m[H_WINDOW] < m[H_HORIZON]:
            after(m, m[H_WINDOW], rank_of(WINDOW, 0), 0)
    elif kind == ALTER:
        alter(m, r, a)
    elif kind == SESSION:
        session_over(m, r, a, ident)
    elif kind == REBALANCED:
        pause_over(m, r, a, ident)


def retry(m: Words, r: Words, f: int, ident: int) -> None:
    """The delay before an attempt is over: of a call, or of a message in the hands of a consumer."""
    if m[f + F_IDENT] != ident:
        return
    if m[f + F_CONSUMER] != 0:
        if m[f + F_STATE] == RESTING:
            recorder.rested(r, m[H_NOW], m[m[m[f + F_CONSUMER] + K_GROUP] + G_NUMBER])
            steps(m, r, consume_again(m, r, f))
    elif m[f + F_CALLER] == RETRYING:
        send_again(m, r, f)


def consequence(m: Words, r: Words) -> None:
    """Do the first thing on the agenda."""
    head = m[H_AGENDA_HEAD]
    at = m[H_AGENDA] + (head & m[H_AGENDA_MASK]) * AGENDA_ITEM
    action, a, b = m[at], m[at + 1], m[at + 2]
    m[H_AGENDA_HEAD] = head + 1
    m[H_INSTANT_EVENTS] += 1
    if m[H_INSTANT_EVENTS] > INSTANT_MAX:
        m[H_STATUS] = RUNAWAY
    if action == DO_RESUME:
        resume(m, r, a, b)
    elif action == DO_START:
        steps(m, r, a)
    elif action == DO_CLIENT:
        send(m, r, 0, a, m[m[a + X_FLOW] + W_SITE], 1, 0)
    elif action == DO_EVENT:
        m[H_EVENTS] += 1
        fire(m, r, a, b)
    elif action == DO_BRANCH:
        send(m, r, a, m[a + F_TRACE], b, 1, 1)
    elif action == DO_JOIN:
        join(m, r, a)
    elif action == DO_ARRIVE:
        m[H_EVENTS] += 1
        arrive(m, r, a)
    elif action == DO_LOAD:
        load(m, a)
