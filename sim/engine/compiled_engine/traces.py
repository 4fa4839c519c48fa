"""Traces: visit, part done; their executions. The readable engine's verbs, in its order."""

from sim.engine.compiled_engine import codes, effects
from sim.engine.compiled_engine.memory import take_span
from sim.engine.compiled_engine.state import Operation, Span, Trace, World
from sim.record import recorder
from sim.semantics import order
from sim.semantics.order import identity
from sim.shared import Words


def visit(m: World, x: Trace, place: int) -> int:
    """Which time the trace comes to this operation, topic or queue: 0, 1, 2, ..."""
    at, shift = place >> 1, codes.COUNT_BITS * (place & 1)
    occurrence = (x.counts[at] >> shift) & codes.VISITS
    if occurrence >= order.OCCURRENCES_MAX:
        m.status = codes.CROWDED
        m.crowded = place
        return order.OCCURRENCES_MAX - 1
    if occurrence == 0:
        x.counts[at] |= x.visited << (codes.VISIT_BITS + shift)
        x.visited = place + 1
    x.counts[at] += 1 << shift
    return occurrence


def part_done(m: World, r: Words, x: Trace, good: bool) -> None:  # noqa: FBT001
    """One part of a trace (the request itself, or one message for one group) is done; the last one closes it."""
    if x.closed == 1:
        return
    if not good:
        x.failed = 1
    x.open -= 1
    if x.open == 0:
        x.closed = 1
        effects.close(m, r, x)
        now = m.now
        flow = x.flow
        ident = identity(x.number, 0, 0)
        elapsed = now - x.started_at
        recorder.closed(r, now, flow.number, ident, 1 - x.failed, elapsed, flow.deadline)


def execution_of(m: World, x: Trace, operation: Operation) -> Span:
    """A span for one more execution of an operation by a trace: an attempt's, or a delivery's."""
    occurrence = visit(m, x, operation.number)
    span = take_span(m)
    x.references += 1
    span.ident = identity(x.number, operation.number, occurrence)
    span.trace = x
    span.operation = operation
    span.occurrence = occurrence
    span.key = x.key
    return span
