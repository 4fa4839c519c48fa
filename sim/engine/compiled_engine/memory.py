"""Rows, agenda and calendar: the only clever part of the kernel.

    room       the end of the memory, of which everything that grows takes more; the host makes it longer, between events
    rows       taken from and given back to a free list (linked through a word of theirs), a chunk of new ones when it is empty
    agenda     a ring: what follows without delay, first caused first
    calendar   a fixed-delay queue for each constant delay (timeouts, hops): a linked list that is sorted by construction, O(1)
               to cancel, and a heap of these queues; a binary heap of (time, rank, argument) for everything else
"""

from sim.engine.compiled_engine.state import (
    DO_EVENT,
    FREE,
    GONE,
    GROW,
    NEVER,
    OVER,
    RUNNING,
    VISIT_BITS,
    Agenda,
    Chunk,
    DelayQueue,
    Event,
    Lock,
    Message,
    Node,
    Own,
    Saga,
    Span,
    Trace,
    World,
)
from sim.projections.views import ViewEvent, ViewKey, ViewWait
from sim.rows import NOWHERE
from sim.shared import rare
from sim.stores.dual_writes import DualWrite
from sim.stores.relays import OutboxRow
from sim.stores.transactions import RowLock, Transaction

SPAN_LINK = Span.fields["parent"].offset
TRACE_LINK = Trace.fields["free_next"].offset
SMALL = max(ViewKey.SIZE, ViewWait.SIZE, ViewEvent.SIZE, Own.SIZE)  # words of a row of a read model
MESSAGE_LINK = Message.fields["next"].offset
LOCK_LINK = Lock.fields["next"].offset
SAGA_LINK = Saga.fields["next"].offset
TRANSACTION_LINK = Transaction.fields["next"].offset
WRITE_LINK = DualWrite.fields["next"].offset
ROW_LOCK_LINK = RowLock.fields["next"].offset
ROW_LINK = OutboxRow.fields["next"].offset
HEAP, AGENDA = World.fields["heap"].offset, World.fields["agenda"].offset

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


# -- rows


def take_span(m: World) -> Span:
    """A blank span."""
    span = m.spans_free
    if not span:
        span = first_span(m)
    m.spans_free = span.parent
    for word in range(Span.SIZE):
        m[span.at + word] = 0
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
    m.traces_free = x.free_next
    for word in range(Trace.SIZE):
        m[x.at + word] = 0
    for word in range(m.trace_words):
        x.counts[m.places + word] = 0
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
        if x.own:
            release_own(m, x)
        place = x.visited
        while place != 0:
            before = x.counts[place - 1] >> VISIT_BITS
            x.counts[place - 1] = 0
            place = before
        x.free_next = m.traces_free
        m.traces_free = x


def take_small(m: World) -> int:
    """The address of a blank row of a read model: a key, an event, a read that waits, or what a trace has published."""
    at = m.small_free
    if at == 0:
        at = take_rows(m, SMALL, 0, 0)
        if at == 0:
            m[m.lost] = 0
            at = m.lost
        else:
            at += Chunk.SIZE
    m.small_free = m[at]
    for word in range(SMALL):
        m[at + word] = 0
    return at


def release_small(m: World, at: int) -> None:
    """Give such a row back."""
    m[at] = m.small_free
    m.small_free = at


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
            release_small(m, entry.at)
        release_small(m, own.at)
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


def take_saga(m: World) -> Saga:
    """A blank saga."""
    saga = m.sagas_free
    if not saga:
        saga = first_saga(m)
    m.sagas_free = saga.next
    for word in range(Saga.SIZE):
        m[saga.at + word] = 0
    return saga


def first_saga(m: World) -> Saga:
    """The first saga of a new chunk."""
    start = take_rows(m, Saga.SIZE, SAGA_LINK, m.sagas_chunk.at)
    if start == 0:
        m[m.lost + SAGA_LINK] = 0
        return Saga(m, m.lost)
    m.sagas_chunk = Chunk(m, start)
    return Saga(m, start + Chunk.SIZE)


def release_saga(m: World, saga: Saga) -> None:
    """Give a saga back that is over."""
    saga.ident = FREE
    release_trace(m, saga.trace)
    saga.trace = Trace(m, 0)
    saga.next = m.sagas_free
    m.sagas_free = saga
def take_lock(m: World) -> Lock:
    """A blank lock."""
    one = m.locks_free
    if not one:
        one = first_lock(m)
    m.locks_free = one.next
    for word in range(Lock.SIZE):
        m[one.at + word] = 0
    return one


def first_lock(m: World) -> Lock:
    """The first lock of a new chunk."""
    start = take_rows(m, Lock.SIZE, LOCK_LINK, 0)
    if start == 0:
        m[m.lost + LOCK_LINK] = 0
        return Lock(m, m.lost)
    return Lock(m, start + Chunk.SIZE)


def release_lock(m: World, one: Lock) -> None:
    """Give a lock back that nobody has."""
    one.next = m.locks_free
    m.locks_free = one


def take_transaction(m: World) -> Transaction:
    """A blank transaction."""
    one = m.transactions_free
    if not one:
        one = first_transaction(m)
    m.transactions_free = one.next
    for word in range(Transaction.SIZE):
        m[one.at + word] = 0
    return one


@rare
def first_transaction(m: World) -> Transaction:
    """The first transaction of a new chunk."""
    start = take_rows(m, Transaction.SIZE, TRANSACTION_LINK, 0)
    if start == 0:
        m[m.lost + TRANSACTION_LINK] = 0
        return Transaction(m, m.lost)
    return Transaction(m, start + Chunk.SIZE)


def release_transaction(m: World, one: Transaction) -> None:
    """Give a transaction back."""
    one.next = m.transactions_free
    m.transactions_free = one


def take_row(m: World) -> OutboxRow:
    """A blank row of an outbox."""
    row = m.rows_free
    if not row:
        row = first_row(m)
    m.rows_free = row.next
    for word in range(OutboxRow.SIZE):
        m[row.at + word] = 0
    return row


def first_row(m: World) -> OutboxRow:
    """The first row of a new chunk."""
    start = take_rows(m, OutboxRow.SIZE, ROW_LINK, 0)
    if start == 0:
        m[m.lost + ROW_LINK] = 0
        return OutboxRow(m, m.lost)
    return OutboxRow(m, start + Chunk.SIZE)


def release_row(m: World, row: OutboxRow) -> None:
    """Give a row of an outbox back."""
    row.next = m.rows_free
    m.rows_free = row


def take_write(m: World) -> DualWrite:
    """A blank dual write."""
    one = m.writes_free
    if not one:
        one = first_write(m)
    m.writes_free = one.next
    for word in range(DualWrite.SIZE):
        m[one.at + word] = 0
    return one


def first_write(m: World) -> DualWrite:
    """The first dual write of a new chunk."""
    start = take_rows(m, DualWrite.SIZE, WRITE_LINK, 0)
    if start == 0:
        m[m.lost + WRITE_LINK] = 0
        return DualWrite(m, m.lost)
    return DualWrite(m, start + Chunk.SIZE)


def release_write(m: World, one: DualWrite) -> None:
    """Give a dual write back."""
    one.next = m.writes_free
    m.writes_free = one


def take_row_lock(m: World) -> RowLock:
    """A blank lock."""
    lock = m.row_locks_free
    if not lock:
        lock = first_row_lock(m)
    m.row_locks_free = lock.next
    for word in range(RowLock.SIZE):
        m[lock.at + word] = 0
    return lock


def first_row_lock(m: World) -> RowLock:
    """The first lock of a new chunk."""
    start = take_rows(m, RowLock.SIZE, ROW_LOCK_LINK, 0)
    if start == 0:
        m[m.lost + ROW_LOCK_LINK] = 0
        return RowLock(m, m.lost)
    return RowLock(m, start + Chunk.SIZE)


def release_row_lock(m: World, lock: RowLock) -> None:
    """Give a lock back."""
    lock.next = m.row_locks_free
    m.row_locks_free = lock


# -- agenda


def then(m: World, action: int, a: int, b: int) -> None:
    """Put on the agenda what follows now."""
    if m.agenda_tail - m.agenda_head > m.agenda_mask and not widen_agenda(m):
        return
    tail = m.agenda_tail
    item = m.agenda[tail & m.agenda_mask]
    item.action = action
    item.a = a
    item.b = b
    m.agenda_tail = tail + 1


@rare
def widen_agenda(m: World) -> bool:
    """A ring twice as large; whether there was room for it."""
    mask = m.agenda_mask
    start = take_room(m, 2 * (mask + 1) * Agenda.SIZE)
    if start == 0:
        return False
    head, count = m.agenda_head, m.agenda_tail - m.agenda_head
    for index in range(count):
        old, new = m.agenda[(head + index) & mask].at, start + index * Agenda.SIZE
        for word in range(Agenda.SIZE):
            m[new + word] = m[old + word]
    m[AGENDA] = start
    m.agenda_mask = 2 * mask + 1
    m.agenda_head = 0
    m.agenda_tail = count
    return True


# -- calendar: the heap


def heap_push(m: World, time: int, rank: int, argument: int) -> None:
    """Put an event into the heap."""
    hole = m.heap_size
    if hole == m.heap_capacity and not widen_heap(m):
        return
    m.heap_size = hole + 1
    rise(m, hole, time, rank, argument)


@rare
def widen_heap(m: World) -> bool:
    """A heap twice as large; whether there was room for it."""
    words = m.heap_capacity * Event.SIZE
    start = take_room(m, 2 * words)
    if start == 0:
        return False
    for word in range(words):
        m[start + word] = m[m.heap[0].at + word]
    m[HEAP] = start
    m.heap_capacity *= 2
    return True


def heap_pop(m: World) -> None:
    """Take the first event off the heap; the caller has read it at the top.

    The hole sinks to the bottom, where the last event mostly belongs, and rises with it from there. Where a hole has one child
    only, the last event stands beside it still: of the two, either is right. Which child comes first no processor can foresee,
    so that it is added instead of branched on.
    """
    size = m.heap_size - 1
    m.heap_size = size
    hole = 0
    child = 1
    while child < size:
        one, other = m.heap[child], m.heap[child + 1]
        time, rank, other_time, other_rank = one.time, one.rank, other.time, other.rank
        child += (other_time < time) | ((other_time == time) & (other_rank < rank))
        below = m.heap[child]
        fill(m.heap[hole], below.time, below.rank, below.argument)
        hole = child
        child = 2 * hole + 1
    last = m.heap[size]
    rise(m, hole, last.time, last.rank, last.argument)


def rise(m: World, hole: int, time: int, rank: int, argument: int) -> None:
    """Put an event where there is a hole, or as far above as it comes sooner."""
    while hole > 0:
        parent = (hole - 1) >> 1
        above = m.heap[parent]
        if above.time < time or (above.time == time and above.rank <= rank):
            break
        fill(m.heap[hole], above.time, above.rank, above.argument)
        hole = parent
    fill(m.heap[hole], time, rank, argument)


def fill(event: Event, time: int, rank: int, argument: int) -> None:
    """Set an event of the heap."""
    event.time = time
    event.rank = rank
    event.argument = argument


def after(m: World, delay: int, rank: int, argument: int) -> None:
    """Let an event happen after a delay; without one it joins the agenda."""
    if delay == 0:
        then(m, DO_EVENT, rank, argument)
    else:
        heap_push(m, m.now + delay, rank, argument)


# -- calendar: fixed-delay queues


def delay_push(m: World, delays: DelayQueue, node: Node, time: int, rank: int) -> None:
    """Put a node at the end of its fixed-delay queue; only events of the same time can be out of order there."""
    node.time = time
    node.rank = rank
    previous = delays.tail
    while previous and previous.time == time and previous.rank > rank:
        previous = previous.previous
    node.previous = previous
    if previous:
        following = previous.next
        previous.next = node
    else:
        following = delays.head
        delays.head = node
        delays.time = time
        delays.rank = rank
        sooner(m, delays)
    node.next = following
    if following:
        following.previous = node
    else:
        delays.tail = node


def delay_remove(m: World, delays: DelayQueue, node: Node) -> None:
    """Take a node out of its fixed-delay queue, wherever it stands."""
    previous = node.previous
    following = node.next
    if following:
        following.previous = previous
    else:
        delays.tail = previous
    if previous:
        previous.next = following
        return
    delays.head = following
    if following:
        delays.time = following.time
        delays.rank = following.rank
    else:
        delays.time = NEVER
    later(m, delays)


def sooner(m: World, delays: DelayQueue) -> None:
    """A fixed-delay queue begins sooner than before: it moves up in the order of all."""
    place = delays.place
    while place > 0:
        above = m.order[(place - 1) >> 1]
        if not begins_before(delays, above):
            break
        put_in_order(m, place, above)
        place = (place - 1) >> 1
    put_in_order(m, place, delays)


def later(m: World, delays: DelayQueue) -> None:
    """A fixed-delay queue begins later than before: it moves down."""
    place = delays.place
    child = 2 * place + 1
    while child < m.delay_queue_count:
        below = m.order[child]
        if child + 1 < m.delay_queue_count and begins_before(m.order[child + 1], below):
            child += 1
            below = m.order[child]
        if not begins_before(below, delays):
            break
        put_in_order(m, place, below)
        place = child
        child = 2 * place + 1
    put_in_order(m, place, delays)


def begins_before(one: DelayQueue, other: DelayQueue) -> bool:
    """Whether the first event of a fixed-delay queue comes before that of another one."""
    return one.time < other.time or (one.time == other.time and one.rank < other.rank)


def put_in_order(m: World, place: int, delays: DelayQueue) -> None:
    """A fixed-delay queue has this place in the order."""
    m.order[place] = delays
    delays.place = place
