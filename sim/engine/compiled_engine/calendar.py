"""The agenda and the calendar: what follows now, and what comes later.

    agenda     a ring: what follows without delay, first caused first
    calendar   a fixed-delay queue for each constant delay (timeouts, hops): a linked list that is sorted by construction, O(1)
               to cancel, and a heap of these queues; a binary heap of (time, rank, argument) for everything else
"""

from sim.engine.compiled_engine.codes import DO_EVENT, NEVER
from sim.engine.compiled_engine.kernel_rows import Agenda, DelayQueue, Event, Node
from sim.engine.compiled_engine.memory import take_room
from sim.engine.compiled_engine.state import World
from sim.shared import rare

HEAP, AGENDA = World.fields["heap"].offset, World.fields["agenda"].offset

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
