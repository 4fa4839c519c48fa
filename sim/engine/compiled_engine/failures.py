"""Operations that faults make fail: set failing, strike. The readable engine's verbs, in its order."""

from sim.engine.compiled_engine.chance import uniform
from sim.engine.compiled_engine.family_rows import Failure
from sim.engine.compiled_engine.state import Span, World
from sim.record import fields, recorder
from sim.record.outcomes import ERROR, OK
from sim.shared import Words


def set_failing(m: World, r: Words, failure: Failure, value: int) -> None:
    """An operation fails from now on for those whom a fault picks, or does no longer."""
    failure.lasts = value
    recorder.note(r, m.now, fields.facts.FACT_FAILING, failure.number, value)


def strike(m: World, span: Span, number: int) -> int:
    """A handler begins: it fails when a fault lasts that picks it, or its trace."""
    failure = m.failures[number]
    if failure.lasts == 0:
        return OK
    occurrence = 0 if failure.by_trace != 0 else span.occurrence
    return ERROR if uniform(m, failure.stream, span.key, occurrence) < failure.share else OK
