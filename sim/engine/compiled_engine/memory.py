"""Rows, agenda and calendar: the only clever part of the kernel.

    rows       taken from and given back to a free list (linked through a word of theirs)
    agenda     a ring: what follows without delay, first caused first
    calendar   lanes for constant delays (timeouts, hops): linked lists that are sorted by construction, O(1) to cancel;
               a binary heap of (time, rank, argument) for everything else
"""

from sim.engine.compiled_engine.layout import (
    AGENDA_ITEM,
    DO_EVENT,
    F_CALLER,
    F_IDENT,
    F_SIZE,
    F_STATE,
    F_TRACE,
    FREE,
    GONE,
    H_AGENDA,
    H_AGENDA_MASK,
    H_AGENDA_TAIL,
    H_FRAMES_FREE,
    H_FRAMES_LEFT,
    H_FRAMES_LIVE,
    H_HEAP,
    H_HEAP_SIZE,
    H_MESSAGES_FREE,
    H_MESSAGES_LEFT,
    H_NOW,
    H_TRACE_SIZE,
    H_TRACES_FREE,
    H_TRACES_LEFT,
    M_KEEP,
    M_TRACE,
    N_NEXT,
    N_PREVIOUS,
    N_RANK,
    N_TIME,
    NEVER,
    OVER,
    Q_HEAD,
    Q_RANK,
    Q_TAIL,
    Q_TIME,
    X_REFERENCES,
)
from sim.shared import Words

# -- rows


def take_frame(m: Words) -> int:
    """A blank frame."""
    f = m[H_FRAMES_FREE]
    m[H_FRAMES_FREE] = m[f + F_TRACE]
    m[H_FRAMES_LEFT] -= 1
    m[H_FRAMES_LIVE] += 1
    for word in range(F_SIZE):
        m[f + word] = 0
    return f


def release_frame(m: Words, f: int) -> None:
    """Give a frame back once nobody waits for it and nothing runs in it."""
    if m[f + F_CALLER] == GONE and m[f + F_STATE] == OVER and m[f + F_IDENT] != FREE:
        release_trace(m, m[f + F_TRACE])
        m[f + F_IDENT] = FREE
        m[f + F_TRACE] = m[H_FRAMES_FREE]
        m[H_FRAMES_FREE] = f
        m[H_FRAMES_LEFT] += 1
        m[H_FRAMES_LIVE] -= 1


def take_trace(m: Words) -> int:
    """A blank trace."""
    x = m[H_TRACES_FREE]
    m[H_TRACES_FREE] = m[x]
    m[H_TRACES_LEFT] -= 1
    for word in range(m[H_TRACE_SIZE]):
        m[x + word] = 0
    return x


def release_trace(m: Words, x: int) -> None:
    """One reference to a trace less; the last one gives it back."""
    m[x + X_REFERENCES] -= 1
    if m[x + X_REFERENCES] == 0:
        m[x] = m[H_TRACES_FREE]
        m[H_TRACES_FREE] = x
        m[H_TRACES_LEFT] += 1


def take_message(m: Words) -> int:
    """A message row; the caller fills every field."""
    message = m[H_MESSAGES_FREE]
    m[H_MESSAGES_FREE] = m[message]
    m[H_MESSAGES_LEFT] -= 1
    return message


def release_message(m: Words, message: int) -> bool:
    """One holder of a message less; returns whether it was the last, and the row is free."""
    m[message + M_KEEP] -= 1
    if m[message + M_KEEP] > 0:
        return False
    release_trace(m, m[message + M_TRACE])
    m[message] = m[H_MESSAGES_FREE]
    m[H_MESSAGES_FREE] = message
    m[H_MESSAGES_LEFT] += 1
    return True


# -- agenda


def then(m: Words, action: int, a: int, b: int) -> None:
    """Put on the agenda what follows now."""
    tail = m[H_AGENDA_TAIL]
    at = m[H_AGENDA] + (tail & m[H_AGENDA_MASK]) * AGENDA_ITEM
    m[at] = action
    m[at + 1] = a
    m[at + 2] = b
    m[H_AGENDA_TAIL] = tail + 1


# -- calendar: the heap


def heap_push(m: Words, time: int, rank: int, argument: int) -> None:
    """Put an event into the heap."""
    base = m[H_HEAP]
    hole = m[H_HEAP_SIZE]
    m[H_HEAP_SIZE] = hole + 1
    while hole > 0:
        parent = (hole - 1) >> 1
        at = base + 3 * parent
        if m[at] < time or (m[at] == time and m[at + 1] <= rank):
            break
        to = base + 3 * hole
        m[to] = m[at]
        m[to + 1] = m[at + 1]
        m[to + 2] = m[at + 2]
        hole = parent
    to = base + 3 * hole
    m[to] = time
    m[to + 1] = rank
    m[to + 2] = argument


def heap_pop(m: Words) -> None:
    """Take the first event off the heap; the caller has read it at the top."""
    base = m[H_HEAP]
    size = m[H_HEAP_SIZE] - 1
    m[H_HEAP_SIZE] = size
    last = base + 3 * size
    time, rank, argument = m[last], m[last + 1], m[last + 2]
    hole = 0
    child = 1
    while child < size:
        at = base + 3 * child
        if child + 1 < size:
            other = at + 3
            if m[other] < m[at] or (m[other] == m[at] and m[other + 1] < m[at + 1]):
                child += 1
                at = other
        if time < m[at] or (time == m[at] and rank <= m[at + 1]):
            break
        to = base + 3 * hole
        m[to] = m[at]
        m[to + 1] = m[at + 1]
        m[to + 2] = m[at + 2]
        hole = child
        child = 2 * hole + 1
    to = base + 3 * hole
    m[to] = time
    m[to + 1] = rank
    m[to + 2] = argument


def after(m: Words, delay: int, rank: int, argument: int) -> None:
    """Let an event happen after a delay; without one it joins the agenda."""
    if delay == 0:
        then(m, DO_EVENT, rank, argument)
    else:
        heap_push(m, m[H_NOW] + delay, rank, argument)


# -- calendar: lanes


def lane_push(m: Words, lane: int, node: int, time: int, rank: int) -> None:
    """Put a node at the end of its lane; only events of the same time can be out of order there."""
    m[node + N_TIME] = time
    m[node + N_RANK] = rank
    previous = m[lane + Q_TAIL]
    while previous != 0 and m[previous + N_TIME] == time and m[previous + N_RANK] > rank:
        previous = m[previous + N_PREVIOUS]
    m[node + N_PREVIOUS] = previous
    if previous == 0:
        following = m[lane + Q_HEAD]
        m[lane + Q_HEAD] = node
        m[lane + Q_TIME] = time
        m[lane + Q_RANK] = rank
    else:
        following = m[previous + N_NEXT]
        m[previous + N_NEXT] = node
    m[node + N_NEXT] = following
    if following == 0:
        m[lane + Q_TAIL] = node
    else:
        m[following + N_PREVIOUS] = node


def lane_remove(m: Words, lane: int, node: int) -> None:
    """Take a node out of its lane, wherever it stands."""
    previous = m[node + N_PREVIOUS]
    following = m[node + N_NEXT]
    if following == 0:
        m[lane + Q_TAIL] = previous
    else:
        m[following + N_PREVIOUS] = previous
    if previous != 0:
        m[previous + N_NEXT] = following
        return
    m[lane + Q_HEAD] = following
    if following == 0:
        m[lane + Q_TIME] = NEVER
    else:
        m[lane + Q_TIME] = m[following + N_TIME]
        m[lane + Q_RANK] = m[following + N_RANK]
