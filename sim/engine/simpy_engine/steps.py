"""What a handler does, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simpy.events import Event

from sim.draws import bits
from sim.engine.simpy_engine import processors
from sim.engine.simpy_engine.broker import publish
from sim.engine.simpy_engine.calls import call
from sim.engine.simpy_engine.clock import Process, Timer
from sim.engine.simpy_engine.dual_writes import over
from sim.engine.simpy_engine.event_loops import unheld
from sim.engine.simpy_engine.family_steps import FAMILY_STEPS
from sim.engine.simpy_engine.quorums import quorum
from sim.network import CALL, CHOOSE, END, FAIL, FAILURE, INSTRUCTION, JUMP, OF_FAMILIES, PARALLEL, PUBLISH, QUORUM, WORK
from sim.record import fields, outcomes, recorder
from sim.record.outcomes import OK
from sim.semantics.order import WORKED, rank_of
from sim.semantics.rules import chosen_branch, paced
from sim.stores import dual_writes

if TYPE_CHECKING:
    from collections.abc import Generator

    from sim.engine.simpy_engine.run import Activity, Run, Steps
    from sim.engine.simpy_engine.state import Span


def steps(run: Run, span: Span) -> Steps:
    """The handler's program, step by step; gives its outcome."""
    instructions, trace, outcome, keeps_worker = run.instructions, span.trace, OK, span.replica.loop is None
    at = span.entry or run.network.operations[span.operation].entry
    while not span.dead:
        code, a, b, failure = instructions[at]
        at += INSTRUCTION
        outcome = OK
        if code == WORK:
            yield work(run, span, run.sample(a, b, trace, span.occurrence))
            worked(run, span)
        elif code == CALL:
            answering = call(run, span, trace, run.network.sites[a])
            answer = yield from answering if keeps_worker else unheld(run, span, answering)
            outcome = OK if answer == OK else outcomes.DEPENDENCY
        elif code == END:
            break
        elif code == PARALLEL:
            well = yield from unheld(run, span, parallel(run, span, at, b))
            outcome, at = (OK if well else outcomes.DEPENDENCY), a
        elif code == QUORUM:
            outcome = yield from unheld(run, span, quorum(run, span, a, b))
            at = run.tables[a]
        elif code == PUBLISH:
            taken = yield from unheld(run, span, publish(run, span, a, b))
            outcome = OK if taken else outcomes.DEPENDENCY
        elif code == CHOOSE:
            at = chosen_branch(run.tables, a, bits(run.keys[b], trace.key, span.occurrence))
        elif code == JUMP:
            at = a
        elif code == FAIL:
            outcome = outcomes.ERROR if bits(run.keys[b], trace.key, span.occurrence) < a else OK
        elif code >= OF_FAMILIES:
            outcome = yield from unheld(run, span, FAMILY_STEPS[code](run, span, a, b), failure)
        if outcome != OK:
            if failure == 0:
                break
            span.failed_with = outcome
            at = failure
    if span.writes is not None:
        over(run, span, dual_writes.WELL if outcome == OK else dual_writes.FAILED)
    return outcome


def work(run: Run, span: Span, duration: int) -> Event:
    """Work begins, at the pace of its replica; to be yielded, until it is done."""
    if span.replica.processor is not None:
        return processors.work(run, span, duration)
    clock = run.clock
    takes = paced(duration, 0, span.replica.pace)
    span.left, span.part, span.ends = duration, 0, clock.now + takes
    span.work = timer = Timer(clock, takes, rank_of(WORKED, span.ident))
    return timer


def worked(run: Run, span: Span) -> None:
    """Work is done, unless its handler was killed."""
    if span.dead:
        return
    if span.replica.processor is not None:
        processors.done(run, span)
    recorder.note(run.r, run.clock.now, fields.facts.FACT_WORKED, span.ident, 0)


def parallel(run: Run, span: Span, first: int, count: int) -> Generator[Event, Any, bool]:
    """Send several calls at once, whose instructions begin at ``first``, and wait until all have settled.

    False when one has failed whose failure leads nowhere.
    """
    program, failures = run.network.program, list[int]()
    pending = [count]
    joined = Event(run.clock)

    def branch(at: int) -> Activity:
        if span.dead:
            return
        outcome = yield from call(run, span, span.trace, run.network.sites[program[at + 1]])
        if span.dead:
            return
        if outcome != OK and program[at + FAILURE] == 0:
            failures.append(outcome)
        pending[0] -= 1
        if pending[0] == 0:
            joined.succeed()

    for number in range(count):
        Process(run.clock, branch(first + number * INSTRUCTION))
    yield joined
    return not failures
