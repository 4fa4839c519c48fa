"""Operations that faults make fail: set failing, strike, hang. The readable engine's verbs, in its order."""

from sim.engine.compiled_engine.calendar import after
from sim.engine.compiled_engine.calls import uniform
from sim.engine.compiled_engine.codes import WAITS
from sim.engine.compiled_engine.family_rows import Failure
from sim.engine.compiled_engine.state import Span, World
from sim.record import fields, recorder
from sim.record.leaks import hung
from sim.record.outcomes import ERROR, OK
from sim.semantics.order import WAITED, rank_of
from sim.semantics.processors import HANGS
from sim.shared import Words


def set_failing(m: World, r: Words, failure: Failure, value: int) -> None:
    """An operation fails from now on for those whom a fault picks, or does no longer."""
    failure.lasts = value
    recorder.note(r, m.now, fields.facts.FACT_FAILING, failure.number, value)


def own(m: World, span: Span, number: int, first: int) -> Failure:
    """What strikes a handler, where each replica of its service has its own."""
    return m.failures[number if first == 0 else number + span.replica.number - first + 1]


def strike(m: World, span: Span, number: int, first: int) -> int:
    """A handler begins: it fails when a fault lasts that picks it, or its trace."""
    failure = own(m, span, number, first)
    if failure.lasts == 0:
        return OK
    occurrence = 0 if failure.by_trace != 0 else span.occurrence
    return ERROR if uniform(m, failure.stream, span.key, occurrence) < failure.share else OK


def hang(m: World, r: Words, span: Span, number: int, first: int) -> int:
    """A handler hangs until its fault ends: it holds its worker, and hears nothing."""
    span.place = HANGS
    hung(r, m.now, span.replica.service.hang)
    after(m, own(m, span, number, first).lasts - m.now, rank_of(WAITED, span.ident), span.at)
    return WAITS
