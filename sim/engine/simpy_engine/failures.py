"""Operations that faults make fail: set failing, strike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws import bits
from sim.record import fields, recorder
from sim.record.outcomes import ERROR, OK

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run, Steps
    from sim.engine.simpy_engine.state import Span
    from sim.network import ScheduledFault


def set_failing(run: Run, fault: ScheduledFault) -> None:
    """An operation fails from now on for those whom a fault picks, or does no longer."""
    run.failing[fault.number] = fault.value
    recorder.note(run.r, run.clock.now, fields.facts.FACT_FAILING, fault.number, fault.value)


def strike(run: Run, span: Span, number: int, _: int) -> Steps:
    """A handler begins: it fails when a fault lasts that picks it, or its trace."""
    failure = run.network.failures[number]
    if run.failing[number] == 0:
        return OK
    occurrence = 0 if failure.by_trace else span.occurrence
    return ERROR if bits(run.keys[failure.stream], span.trace.key, occurrence) < failure.share else OK
    yield
