"""Rows, and the room that they are taken from.

    room       the end of the memory, of which everything that grows takes more; the host makes it longer, between events
    rows       taken from and given back to a free list (linked through a word of theirs), a chunk of new ones when it is empty
"""

from sim.engine.compiled_engine.blank import blank
from sim.engine.compiled_engine.broker_state import Message
from sim.engine.compiled_engine.codes import COUNT_BITS, COUNT_MASK, FREE, GONE, GROW, OVER, RUNNING, VISIT_BITS
from sim.engine.compiled_engine.kernel_rows import Chunk, Pool
from sim.engine.compiled_engine.state import Span, Trace, World
from sim.rows import NOWHERE
from sim.shared import rare

SPAN_LINK = Span.fields["parent"].offset
TRACE_LINK = Trace.fields["key"].offset
MESSAGE_LINK = Message.fields["next"].offset

# -- room


def take_room(m: World, words: int) -> int:
    """The address of so many words more, all zero; 0 where there are not as many.

    Then the run stops after this event, and is repeated with more. It is stopped long before, to be given more and go on.
    """
    start = m.used
    if words > m.size - start:
        m.overdrawn = 1
        m.status = GROW
        return 0
    m.used = start + words
    if m.used > m.scarce and m.status == RUNNING:
        m.status = GROW
    return start


@rare
def take_rows(m: World, size: int, link: int, before: int) -> int:
    """The address of a chunk of rows of so many words, linked by one of them, after the chunk ``before``; 0: no room."""
    count = max(m.chunk_words // size, 1)
    start = take_room(m, Chunk.SIZE + count * size)
    if start != 0:
        chunk = Chunk(m, start)
        chunk.before = Chunk(m, before)
        chunk.count = count
        row = start + Chunk.SIZE
        for _ in range(count - 1):
            m[row + link] = row + size
            row += size
    return start


# -- rows of a pool: those of families of mechanics, blank when they are taken, and linked by their first words


def take_row(m: World, pool: Pool) -> int:
    """The address of a blank row."""
    at = pool.free
    if at == 0:
        at = first_row(m, pool)
    pool.free = m[at]
    blank(m, at, pool.size)
    return at


@rare
def first_row(m: World, pool: Pool) -> int:
    """The address of the first row of a new chunk."""
    start = take_rows(m, pool.size, 0, pool.chunk.at)
    if start == 0:
        m[m.lost] = 0
        return m.lost
    pool.chunk = Chunk(m, start)
    return start + Chunk.SIZE


def release_row(m: World, pool: Pool, at: int) -> None:
    """Give a row back that nothing leads to any more."""
    m[at] = pool.free
    pool.free = at


# -- spans, traces and messages: rows that every call has, with code of their own


def take_span(m: World) -> Span:
    """A blank span."""
    span = m.spans_free
    if not span:
        span = first_span(m)
    m.spans_free = span.parent
    blank(m, span.at, Span.SIZE)
    return span


@rare
def first_span(m: World) -> Span:
    """The first span of a new chunk."""
    start = take_rows(m, Span.SIZE, SPAN_LINK, m.spans_chunk.at)
    if start == 0:
        m[m.lost + SPAN_LINK] = 0
        return Span(m, m.lost)
    m.spans_chunk = Chunk(m, start)
    return Span(m, start + Chunk.SIZE)


def release_span(m: World, span: Span) -> None:
    """Give a span back once nobody waits for it and nothing runs in it."""
    if span.caller == GONE and span.state == OVER and span.ident != FREE:
        release_trace(m, span.trace)
        span.ident = FREE
        span.parent = m.spans_free
        m.spans_free = span


def take_trace(m: World) -> Trace:
    """A blank trace; the counts of its places are 0 since it was given back."""
    x = m.traces_free
    if not x:
        x = first_trace(m)
    m.traces_free = Trace(m, x.key)
    blank(m, x.at, Trace.SIZE)
    blank(m, x.counts.at + m.effects_at, m.trace_words)
    return x


@rare
def first_trace(m: World) -> Trace:
    """The first trace of a new chunk."""
    start = take_rows(m, m.trace_size, TRACE_LINK, m.traces_chunk.at)
    if start == 0:
        m[m.lost + TRACE_LINK] = 0
        return Trace(m, m.lost)
    m.traces_chunk = Chunk(m, start)
    return Trace(m, start + Chunk.SIZE)


def release_trace(m: World, x: Trace) -> None:
    """One reference to a trace less; the last one gives it back, with no place visited."""
    x.references -= 1
    if x.references == 0:
        if m.own_at != 0 and x.own:
            release_own(m, x)
        place = x.visited
        while place != 0:
            at, shift = (place - 1) >> 1, COUNT_BITS * ((place - 1) & 1)
            count = (x.counts[at] >> shift) & COUNT_MASK
            x.counts[at] ^= count << shift
            place = count >> VISIT_BITS
        x.key = m.traces_free.at
        m.traces_free = x


def release_own(m: World, x: Trace) -> None:
    """A trace is gone: so is what it has published for read models, and its keys there unless something is missing of them."""
    own = x.own
    while own:
        following, entry = own.next, own.entry
        if x.flow.keys == 0 and entry.first:
            view = m.views[own.view]
            entry.next = view.left
            view.left = entry
        elif x.flow.keys == 0:
            release_row(m, m.view_keys, entry.at)
        release_row(m, m.owns, own.at)
        own = following
    x.own = NOWHERE


def take_message(m: World) -> Message:
    """A message row; the caller fills every field."""
    message = m.messages_free
    if not message:
        message = first_message(m)
    m.messages_free = message.next
    return message


@rare
def first_message(m: World) -> Message:
    """The first message of a new chunk."""
    start = take_rows(m, m.message_size, MESSAGE_LINK, m.messages_chunk.at)
    if start == 0:
        m[m.lost + MESSAGE_LINK] = 0
        return Message(m, m.lost)
    m.messages_chunk = Chunk(m, start)
    return Message(m, start + Chunk.SIZE)


def release_message(m: World, message: Message) -> bool:
    """One holder of a message less; returns whether it was the last, and the row is free."""
    message.keep -= 1
    if message.keep > 0:
        return False
    release_trace(m, message.trace)
    message.next = m.messages_free
    m.messages_free = message
    return True
