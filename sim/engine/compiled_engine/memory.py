"""Rows, agenda and calendar: the only clever part of the kernel.

    rows       taken from and given back to a free list (linked through a word of theirs)
    agenda     a ring: what follows without delay, first caused first
    calendar   lanes for constant delays (timeouts, hops): linked lists that are sorted by construction, O(1) to cancel;
               a binary heap of (time, rank, argument) for everything else
"""

from sim.engine.compiled_engine.state import (
    DO_EVENT,
    FREE,
    GONE,
    NEVER,
    OVER,
    Event,
    Frame,
    Lane,
    Message,
    Node,
    Trace,
    World,
)

# -- rows


def take_frame(m: World) -> Frame:
    """A blank frame."""
    f = m.frames_free
    m.frames_free = f.parent
    m.frames_left -= 1
    m.frames_live += 1
    for word in range(Frame.SIZE):
        m[f.at + word] = 0
    return f


def release_frame(m: World, f: Frame) -> None:
    """Give a frame back once nobody waits for it and nothing runs in it."""
    if f.caller == GONE and f.state == OVER and f.ident != FREE:
        release_trace(m, f.trace)
        f.ident = FREE
        f.parent = m.frames_free
        m.frames_free = f
        m.frames_left += 1
        m.frames_live -= 1


def take_trace(m: World) -> Trace:
    """A blank trace."""
    x = m.traces_free
    m.traces_free = x.free_next
    m.traces_left -= 1
    for word in range(m.trace_size):
        m[x.at + word] = 0
    return x


def release_trace(m: World, x: Trace) -> None:
    """One reference to a trace less; the last one gives it back."""
    x.references -= 1
    if x.references == 0:
        x.free_next = m.traces_free
        m.traces_free = x
        m.traces_left += 1


def take_message(m: World) -> Message:
    """A message row; the caller fills every field."""
    message = m.messages_free
    m.messages_free = message.next
    m.messages_left -= 1
    return message


def release_message(m: World, message: Message) -> bool:
    """One holder of a message less; returns whether it was the last, and the row is free."""
    message.keep -= 1
    if message.keep > 0:
        return False
    release_trace(m, message.trace)
    message.next = m.messages_free
    m.messages_free = message
    m.messages_left += 1
    return True


# -- agenda


def then(m: World, action: int, a: int, b: int) -> None:
    """Put on the agenda what follows now."""
    tail = m.agenda_tail
    item = m.agenda[tail & m.agenda_mask]
    item.action = action
    item.a = a
    item.b = b
    m.agenda_tail = tail + 1


# -- calendar: the heap


def heap_push(m: World, time: int, rank: int, argument: int) -> None:
    """Put an event into the heap."""
    hole = m.heap_size
    m.heap_size = hole + 1
    while hole > 0:
        parent = (hole - 1) >> 1
        above = m.heap[parent]
        if above.time < time or (above.time == time and above.rank <= rank):
            break
        fill(m.heap[hole], above.time, above.rank, above.argument)
        hole = parent
    fill(m.heap[hole], time, rank, argument)


def heap_pop(m: World) -> None:
    """Take the first event off the heap; the caller has read it at the top."""
    size = m.heap_size - 1
    m.heap_size = size
    last = m.heap[size]
    hole = 0
    child = 1
    while child < size:
        below = m.heap[child]
        if child + 1 < size:
            other = m.heap[child + 1]
            if other.time < below.time or (other.time == below.time and other.rank < below.rank):
                child += 1
                below = other
        if last.time < below.time or (last.time == below.time and last.rank <= below.rank):
            break
        fill(m.heap[hole], below.time, below.rank, below.argument)
        hole = child
        child = 2 * hole + 1
    fill(m.heap[hole], last.time, last.rank, last.argument)


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


# -- calendar: lanes


def lane_push(lane: Lane, node: Node, time: int, rank: int) -> None:
    """Put a node at the end of its lane; only events of the same time can be out of order there."""
    node.time = time
    node.rank = rank
    previous = lane.tail
    while previous and previous.time == time and previous.rank > rank:
        previous = previous.previous
    node.previous = previous
    if not previous:
        following = lane.head
        lane.head = node
        lane.time = time
        lane.rank = rank
    else:
        following = previous.next
        previous.next = node
    node.next = following
    if not following:
        lane.tail = node
    else:
        following.previous = node


def lane_remove(lane: Lane, node: Node) -> None:
    """Take a node out of its lane, wherever it stands."""
    previous = node.previous
    following = node.next
    if not following:
        lane.tail = previous
    else:
        following.previous = previous
    if previous:
        previous.next = following
        return
    lane.head = following
    if not following:
        lane.time = NEVER
    else:
        lane.time = following.time
        lane.rank = following.rank
