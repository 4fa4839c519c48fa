"""Links: what happens to what crosses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws import bits
from sim.engine.simpy_engine.state import Span
from sim.record import links as recorder
from sim.scenario.links import BANDWIDTH, CUT, DUPLICATE, FIRST, LATENCY, LOSS, SECOND
from sim.semantics.links import LOST, crosses, free_again, later

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.network import Crossing, Disturbance, ScheduledFault


def disturb(run: Run, fault: ScheduledFault) -> None:
    """What crosses a link is struck from now on, or is no longer."""
    run.disturbed[fault.number] = fault.value
    recorder.disturbed(run.r, run.clock.now, fault.number, fault.value)


def crossing_of(run: Run, attempt: Span) -> Crossing:
    """How the calls of an attempt's site cross their link."""
    return run.network.crossings[attempt.site.crossing]


def way(run: Run, attempt: Span) -> int:
    """The distribution of how long the way of an attempt takes: it may be longer between zones."""
    between, zones = crossing_of(run, attempt).between, run.network.replica_zone
    if between >= 0 and attempt.parent is not None:
        here, there = zones[attempt.parent.replica.number], zones[attempt.replica.number]
        if here and there and here != there:
            return between
    return attempt.site.hop


def passed(run: Run, attempt: Span, *, answer: bool) -> int:
    """How much longer than its way a request, or its answer, takes, in ns; `LOST`: it does not arrive."""
    crossing, now = crossing_of(run, attempt), run.clock.now
    struck = [run.network.disturbances[number] for number in striking(run, attempt, answer=answer)]
    recorder.crossed(run.r, crossing.link, answer, bool(struck))
    if any(one.does == CUT for one in struck):
        recorder.lost(run.r, now, crossing.link, attempt.ident, answer)
        return LOST
    waits = through(run, attempt, answer=answer)
    if any(one.does == LOSS and chance(run, one, attempt, answer=answer) < one.share for one in struck):
        recorder.lost(run.r, now, crossing.link, attempt.ident, answer)
        return LOST
    return later(waits, added(run, attempt, answer=answer))


def striking(run: Run, attempt: Span, *, answer: bool) -> list[int]:
    """The faults that strike what crosses now: they last, and strike this direction between these two replicas."""
    found = []
    for number in crossing_of(run, attempt).disturbances:
        one = run.network.disturbances[number]
        caller, callee = FIRST, SECOND
        if one.sides >= 0 and attempt.parent is not None:
            caller = run.tables[one.sides + attempt.parent.replica.number]
            callee = run.tables[one.sides + attempt.replica.number]
        there = (callee, caller) if answer else (caller, callee)
        if run.disturbed[number] and crosses(one.directions, *there):
            found.append(number)
    return found


def chance(run: Run, one: Disturbance, attempt: Span, *, answer: bool) -> int:
    """The uniform number by which a fault picks a request, or an answer."""
    stream = one.answer_stream if answer else one.request_stream
    return bits(run.keys[stream], attempt.trace.key, attempt.occurrence)


def through(run: Run, attempt: Span, *, answer: bool) -> int:
    """How long it takes until the last byte is in the pipe: those before it go first."""
    crossing, now = crossing_of(run, attempt), run.clock.now
    narrow = dict(zip(crossing.disturbances, crossing.answers_take if answer else crossing.requests_take, strict=True))
    takes = [crossing.answer_takes if answer else crossing.request_takes]
    struck = striking(run, attempt, answer=answer)
    takes += [narrow[number] for number in struck if run.network.disturbances[number].does == BANDWIDTH]
    if max(takes) == 0:
        return 0
    pipe = run.pipes[crossing.link]
    if answer:
        pipe.answer_free = free_again(pipe.answer_free, now, max(takes))
        return pipe.answer_free - now
    pipe.request_free = free_again(pipe.request_free, now, max(takes))
    return pipe.request_free - now


def added(run: Run, attempt: Span, *, answer: bool) -> int:
    """How much longer the faults that strike it make the way, in ns."""
    delay = 0
    for number in striking(run, attempt, answer=answer):
        one = run.network.disturbances[number]
        if one.does == LATENCY:
            stream = one.answer_stream if answer else one.request_stream
            delay = later(delay, run.sample(one.delay, stream, attempt.trace, attempt.occurrence))
    return delay


def doubled(run: Run, attempt: Span) -> bool:
    """Whether a request comes twice."""
    for number in striking(run, attempt, answer=False):
        one = run.network.disturbances[number]
        if one.does == DUPLICATE and chance(run, one, attempt, answer=False) < one.share:
            recorder.doubled(run.r, run.clock.now, crossing_of(run, attempt).link, attempt.ident)
            return True
    return False


def copy_of(run: Run, attempt: Span) -> Span:
    """The same request once more; nobody waits for what comes of it."""
    trace = attempt.trace
    copy = Span(trace, attempt.operation, trace.visit(attempt.operation, run.clock.now), attempt.parent)
    copy.site, copy.sent_at, copy.replica, copy.awaited = attempt.site, attempt.sent_at, attempt.replica, False
    copy.due = attempt.due
    return copy


def cut_off(run: Run, attempt: Span) -> bool:
    """Whether a fault cuts off the callee of an attempt, so that it does not hear that nobody waits."""
    return any(run.network.disturbances[number].does == CUT for number in striking(run, attempt, answer=False))
