"""Work that shares cores, or slows itself down. The readable engine's verbs, in its order.

    jobs    a binary heap of what is at work at a replica, by tag and identity; what goes down leaves its job there, stale

Of those that are at work at a replica only the one that is done first has an event on the calendar; `Span.work_ends` says when
that is, and is 0 for all others, so that an event of another time is stale.
"""

from sim.engine.compiled_engine.calendar import after
from sim.engine.compiled_engine.memory import take_room
from sim.engine.compiled_engine.state import Job, Processor, Replica, Span, World
from sim.record import processors as record
from sim.record.fields.processors import HELD_AT_WORK, HELD_CORE_WAITING, HELD_CORES_IN_USE, PROCESSORS
from sim.rows import NOWHERE
from sim.semantics import processors as rules
from sim.semantics.order import WORKED, rank_of
from sim.semantics.processors import HERE, ON_CORE, WANTS_CORE
from sim.semantics.rules import paced
from sim.shared import Words, entrance, rare

JOBS = Processor.fields["jobs"].offset
JOBS_AT_FIRST = 16
PROCESSORS_HELD = len(PROCESSORS.holdings)


@entrance
def work(m: World, r: Words, span: Span, duration: int) -> None:
    """Work is to be done, on a core where there are any."""
    processor = span.replica.processor
    span.work = duration
    span.work_part = 0
    span.work_ends = 0
    if processor.gated != 0 and processor.state.at_work >= processor.cores:
        span.place = WANTS_CORE
        span.place_since = m.now
        wait(processor, span)
        record.core_waiting(r, m.now, processor.number, span.ident)
    else:
        start(m, r, processor, span, -1)
        foresee(m, processor)


def start(m: World, r: Words, processor: Processor, span: Span, waited: int) -> None:
    """Work begins; it has ``waited`` for its core, or not (-1)."""
    now = m.now
    span.place = ON_CORE
    span.place_since = now
    rules.bring_up(processor.state, now)
    rules.join(processor.state, 1)
    cores = 1 if processor.state.at_work <= processor.cores else 0
    record.core_taken(r, now, processor.number, span.ident, waited, cores)
    if processor.together != 0:
        span.work += processor.state.served
        span.work_part = processor.state.served_part
        push(m, processor, span)
    else:
        takes = paced(span.work, 0, span.replica.pace)
        span.work_ends = now + takes
        after(m, takes, rank_of(WORKED, span.ident), span.at)


def foresee(m: World, processor: Processor) -> None:
    """Which of those at work is done first, and when, if nothing changes."""
    if processor.together == 0:
        return
    before = processor.first
    while processor.job_count > 0 and not under_way(processor.jobs[0]):
        pop(processor)
    first = processor.jobs[0].span if processor.job_count > 0 else NOWHERE
    if before and before != first and before.ident == processor.first_ident and before.place == ON_CORE:
        before.work_ends = 0
    same = first == before
    processor.first = first
    if first:
        processor.first_ident = first.ident
        takes = rules.takes(processor.state, first.work, first.work_part)
        if not same or first.work_ends != m.now + takes:
            first.work_ends = m.now + takes
            after(m, takes, rank_of(WORKED, first.ident), first.at)


def under_way(job: Job) -> bool:
    """Whether the work with this tag still goes on."""
    span = job.span
    return span.ident == job.ident and span.place == ON_CORE and span.work == job.tag and span.work_part == job.part


@entrance
def done(m: World, r: Words, span: Span) -> None:
    """Work is done: whoever waits for its core has it now."""
    stop(m, r, span, True)


@entrance
def leave(m: World, r: Words, span: Span) -> None:
    """Who does work, or waits for a core, goes down, or is given up."""
    if span.place == ON_CORE:
        stop(m, r, span, False)
    elif span.place == WANTS_CORE:
        processor = span.replica.processor
        span.place = HERE
        wait_no_more(processor, span)
        record.core_not_taken(r, m.now, processor.number, span.ident, m.now - span.place_since)


def stop(m: World, r: Words, span: Span, done: bool) -> None:  # noqa: FBT001
    """Work is over: done, or not."""
    now = m.now
    replica = span.replica
    processor = replica.processor
    rules.bring_up(processor.state, now)
    if done and processor.together != 0:
        rules.reached(processor.state, span.work, span.work_part)
    cores = 1 if processor.state.at_work <= processor.cores else 0
    rules.join(processor.state, -1)
    span.place = HERE
    span.work_ends = 0
    record.core_free(r, now, processor.number, span.ident, now - span.place_since, cores, done)
    if processor.state.at_work == 0:
        processor.job_count = 0
    if replica.up == 0:
        processor.first = NOWHERE
        return
    following = processor.waiting_head
    if following and processor.state.at_work < processor.cores:
        wait_no_more(processor, following)
        start(m, r, processor, following, now - following.place_since)
    foresee(m, processor)


@rare
def set_pace(m: World, replica: Replica) -> bool:
    """A replica works at another pace; whether that is all, as how fast its work goes is known of all of it together."""
    processor = replica.processor
    if not processor or processor.together == 0:
        return False
    rules.set_pace(processor.state, m.now, replica.pace)
    foresee(m, processor)
    return True


@rare
def set_cores(m: World, r: Words, processor: Processor, lost: int) -> None:
    """A processor has so many cores less than declared: what has one keeps it, and what waits may have those that are back."""
    now, before = m.now, processor.cores
    rules.bring_up(processor.state, now)
    processor.cores = rules.cores_left(processor.declared, lost)
    if processor.state.cores > 0:
        processor.state.cores = processor.cores
    at_work = processor.state.at_work
    record.cores_changed(r, now, processor.number, min(at_work, processor.cores) - min(at_work, before))
    following = processor.waiting_head
    while following and processor.state.at_work < processor.cores:
        wait_no_more(processor, following)
        start(m, r, processor, following, now - following.place_since)
        following = processor.waiting_head
    foresee(m, processor)


# -- who waits for a core, linked as those in a queue


def wait(processor: Processor, span: Span) -> None:
    """Work waits, last of all."""
    span.queue_next = NOWHERE
    last = processor.waiting_tail
    span.queue_previous = last
    if last:
        last.queue_next = span
    else:
        processor.waiting_head = span
    processor.waiting_tail = span
    processor.waiting += 1


def wait_no_more(processor: Processor, span: Span) -> None:
    """Work waits no more."""
    previous, following = span.queue_previous, span.queue_next
    if previous:
        previous.queue_next = following
    else:
        processor.waiting_head = following
    if following:
        following.queue_previous = previous
    else:
        processor.waiting_tail = previous
    processor.waiting -= 1


# -- what is at work, the first that will be done on top


def push(m: World, processor: Processor, span: Span) -> None:
    """One more is at work."""
    hole = processor.job_count
    if hole == processor.job_capacity and not widen(m, processor):
        return
    processor.job_count = hole + 1
    while hole > 0:
        above = processor.jobs[(hole - 1) >> 1]
        if not before(span.work, span.work_part, span.ident, above):
            break
        fill(processor.jobs[hole], above.tag, above.part, above.ident, above.span)
        hole = (hole - 1) >> 1
    fill(processor.jobs[hole], span.work, span.work_part, span.ident, span)


@rare
def widen(m: World, processor: Processor) -> bool:
    """Room for twice as many; whether there was any."""
    words = processor.job_capacity * Job.SIZE
    at = take_room(m, 2 * words)
    if at == 0:
        return False
    for word in range(words):
        m[at + word] = m[processor.jobs[0].at + word]
    m[processor.at + JOBS] = at
    processor.job_capacity *= 2
    return True


def pop(processor: Processor) -> None:
    """The first one is no more."""
    size = processor.job_count - 1
    processor.job_count = size
    last = processor.jobs[size]
    hole, child = 0, 1
    while child < size:
        one = processor.jobs[child]
        if child + 1 < size:
            other = processor.jobs[child + 1]
            if before(other.tag, other.part, other.ident, one):
                child += 1
                one = other
        if not before(one.tag, one.part, one.ident, last):
            break
        fill(processor.jobs[hole], one.tag, one.part, one.ident, one.span)
        hole = child
        child = 2 * hole + 1
    fill(processor.jobs[hole], last.tag, last.part, last.ident, last.span)


def before(tag: int, part: int, ident: int, job: Job) -> bool:
    """Whether what has this tag is done before a job."""
    if tag != job.tag:
        return tag < job.tag
    return part < job.part or (part == job.part and ident < job.ident)


def fill(job: Job, tag: int, part: int, ident: int, span: Span) -> None:
    """Set a job of the heap."""
    job.tag = tag
    job.part = part
    job.ident = ident
    job.span = span


# -- at the horizon


@rare
def count_processor(m: World, at: int, replica: Replica) -> None:
    """What waits for a core of a replica, and what is at work there."""
    processor = replica.processor
    if not processor:
        return
    at += PROCESSORS_HELD * processor.number
    at_work = processor.state.at_work
    m[at + HELD_CORE_WAITING] += processor.waiting
    m[at + HELD_AT_WORK] += at_work
    m[at + HELD_CORES_IN_USE] += min(at_work, processor.cores)


@rare
def count_work(m: World, r: Words, span: Span) -> None:
    """How long an execution has waited for a core, or has been at work."""
    if span.place == WANTS_CORE or span.place == ON_CORE:  # noqa: PLR1714 - no sets here
        record.still_at_core(r, span.replica.processor.number, span.place == WANTS_CORE, m.horizon - span.place_since)
