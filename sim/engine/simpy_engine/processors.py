"""Work that shares cores, or slows itself down; see `sim.semantics.processors`.

    work --core free--> start --> goes on, with all others at one rate --first of its tags--> done --> the next that waits
      '-- none: waits for one, first come, first served ---^             leave: its replica went down, or it was given up

Of those that are at work at a replica only the one that is done first has an event on the calendar. When another one is first,
or its end another one, that event is stale: its timer has no callbacks any more.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from simpy.events import Event

from sim.engine.simpy_engine.branches import here
from sim.engine.simpy_engine.clock import Timer
from sim.record import processors as record
from sim.semantics import processors as rules
from sim.semantics.order import WORKED, rank_of
from sim.semantics.processors import HERE, ON_CORE, WANTS_CORE
from sim.semantics.rules import paced

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import ProcessorAtWork, Replica, Span


def work(run: Run, span: Span, duration: int) -> Event:
    """Work is to be done, on a core where there are any; to be yielded, until it is done."""
    processor: Any = span.replica.processor
    span.left, span.part = duration, 0
    span.work = Event(run.clock)
    if processor.spec.gated and processor.state.at_work >= processor.cores:
        span.place, span.place_since = WANTS_CORE, run.clock.now
        processor.waiting.append(span)
        record.core_waiting(run.r, run.clock.now, processor.number, span.ident)
    else:
        start(run, processor, span, -1)
        foresee(run, processor)
    return span.work


def start(run: Run, processor: ProcessorAtWork, span: Span, waited: int) -> None:
    """Work begins; it has ``waited`` for its core, or not (-1)."""
    now, state = run.clock.now, processor.state
    span.place, span.place_since = ON_CORE, now
    rules.bring_up(state, now)
    rules.join(state, 1)
    record.core_taken(run.r, now, processor.number, span.ident, waited, int(state.at_work <= processor.cores))
    if processor.spec.together:
        span.left, span.part = state.served + span.left, state.served_part
        processor.jobs_begun += 1
        heappush(processor.jobs, (span.left, span.part, span.ident, processor.jobs_begun, span))
    else:
        ends_after(run, span, paced(span.left, 0, span.replica.pace))


def ends_after(run: Run, span: Span, takes: int) -> None:
    """Work will be done so much later, if nothing changes: who waits for its end waits for that."""
    span.ends = run.clock.now + takes
    timer = Timer(run.clock, takes, rank_of(WORKED, span.ident))
    before, span.work = span.work, timer
    span.work.callbacks, before.callbacks = before.callbacks, []


def foresee(run: Run, processor: ProcessorAtWork) -> None:
    """Which of those at work is done first, and when, if nothing changes."""
    if not processor.spec.together:
        return
    jobs, before = processor.jobs, processor.first
    while jobs and not under_way(jobs[0]):
        heappop(jobs)
    first = jobs[0][-1] if jobs else None
    if before is not None and before is not first and before.place == ON_CORE:
        stale, before.work, before.ends = before.work, Event(run.clock), 0
        before.work.callbacks, stale.callbacks = stale.callbacks, []
    processor.first = first
    if first is not None:
        takes = rules.takes(processor.state, first.left, first.part)
        if first is not before or first.ends != run.clock.now + takes:
            ends_after(run, first, takes)


def under_way(job: tuple[int, int, int, int, Span]) -> bool:
    """Whether the work with this tag still goes on."""
    tag, part, _, _, span = job
    return span.place == ON_CORE and (span.left, span.part) == (tag, part)


def done(run: Run, span: Span) -> None:
    """Work is done: whoever waits for its core has it now."""
    stop(run, span, done=True)


def leave(run: Run, span: Span) -> None:
    """Who does work, or waits for a core, goes down, or is given up."""
    if span.place == ON_CORE:
        stop(run, span, done=False)
    elif span.place == WANTS_CORE:
        processor: Any = span.replica.processor
        span.place = HERE
        processor.waiting.remove(span)
        record.core_not_taken(run.r, run.clock.now, processor.number, span.ident, run.clock.now - span.place_since)


def stop(run: Run, span: Span, *, done: bool) -> None:
    """Work is over: done, or not."""
    now, replica = run.clock.now, span.replica
    processor: Any = replica.processor
    state = processor.state
    rules.bring_up(state, now)
    if done and processor.spec.together:
        rules.reached(state, span.left, span.part)
    cores = int(state.at_work <= processor.cores)
    rules.join(state, -1)
    span.place, span.ends = HERE, 0
    record.core_free(run.r, now, processor.number, span.ident, now - span.place_since, cores, done)
    if state.at_work == 0:
        processor.jobs.clear()
    if not replica.up:
        processor.first = None
        return
    if processor.waiting and state.at_work < processor.cores:
        following = processor.waiting.popleft()
        start(run, processor, following, now - following.place_since)
    foresee(run, processor)


def set_pace(run: Run, replica: Replica) -> bool:
    """A replica works at another pace; whether that is all, as how fast its work goes is known of all of it together."""
    processor = replica.processor
    if processor is None or not processor.spec.together:
        return False
    rules.set_pace(processor.state, run.clock.now, replica.pace)
    foresee(run, processor)
    return True


def set_cores(run: Run, processor: Any, lost: int) -> None:
    """A processor has so many cores less than declared: what has one keeps it, and what waits may have those that are back."""
    now, state, before = run.clock.now, processor.state, processor.cores
    rules.bring_up(state, now)
    processor.cores = rules.cores_left(processor.spec.cores, lost)
    if state.cores > 0:
        state.cores = processor.cores
    changed = min(state.at_work, processor.cores) - min(state.at_work, before)
    record.cores_changed(run.r, now, processor.number, changed)
    while processor.waiting and state.at_work < processor.cores:
        following = processor.waiting.popleft()
        start(run, processor, following, now - following.place_since)
    foresee(run, processor)


def count_processor(run: Run, replica: Replica) -> None:
    """What waits for a core of a replica, and what is at work there."""
    processor = replica.processor
    if processor is None:
        return
    number, at_work = processor.number, processor.state.at_work
    run.recording.inside["processors"][number] += (len(processor.waiting), at_work, min(at_work, processor.cores))
    consuming = [one.delivery.span for one in replica.consumers if one.delivery is not None]
    leading = [saga.span for saga in replica.sagas.values()]
    for span in (*replica.residents.values(), *consuming, *leading, *here(run, replica)):
        if span is not None and span.place in {WANTS_CORE, ON_CORE}:
            elapsed = run.network.horizon - span.place_since
            record.still_at_core(run.r, number, span.place == WANTS_CORE, elapsed)
