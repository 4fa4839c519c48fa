"""Operations that faults make fail: set failing, strike, hang."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws import bits
from sim.engine.simpy_engine.clock import Timer
from sim.engine.simpy_engine.halted import thaw
from sim.record import fields, recorder
from sim.record.fields.hangs import HANG_OVER
from sim.record.leaks import hangs_no_more, hung
from sim.record.outcomes import ERROR, OK
from sim.semantics.order import WAITED, rank_of
from sim.semantics.processors import HANGS, HERE

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run, Steps
    from sim.engine.simpy_engine.state import Span
    from sim.network import ScheduledFault


def set_failing(run: Run, fault: ScheduledFault) -> None:
    """An operation fails from now on for those whom a fault picks, or does no longer."""
    run.failing[fault.number] = fault.value
    recorder.note(run.r, run.clock.now, fields.facts.FACT_FAILING, fault.number, fault.value)


def own(span: Span, number: int, first: int) -> int:
    """The number of what strikes a handler, where each replica of its service has its own."""
    return number if first == 0 else number + span.replica.number - first + 1


def strike(run: Run, span: Span, number: int, first: int) -> Steps:
    """A handler begins: it fails when a fault lasts that picks it, or its trace."""
    number = own(span, number, first)
    failure = run.network.failures[number]
    if run.failing[number] == 0:
        return OK
    occurrence = 0 if failure.by_trace else span.occurrence
    return ERROR if bits(run.keys[failure.stream], span.trace.key, occurrence) < failure.share else OK
    yield


def hang(run: Run, span: Span, number: int, first: int) -> Steps:
    """A handler hangs until its fault ends: it holds its worker, and hears nothing."""
    span.place = HANGS
    row = run.leaks.hangs[span.replica.service]
    hung(run.r, run.clock.now, row)
    ends = run.failing[own(span, number, first)]
    yield Timer(run.clock, ends - run.clock.now, rank_of(WAITED, span.ident))
    yield from thaw(run, span, WAITED, span.ident)
    if not span.dead:
        span.place = HERE
        hangs_no_more(run.r, run.clock.now, row, HANG_OVER)
    return OK
