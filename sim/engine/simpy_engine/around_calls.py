"""What stands around calls: fall back, recovered, fallen, break off, wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.simpy_engine.clock import Timer
from sim.engine.simpy_engine.halted import thaw
from sim.record import around_calls as recorder
from sim.record.outcomes import OK
from sim.semantics.order import WAITED, rank_of

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run, Steps
    from sim.engine.simpy_engine.state import Span


def fall_back(run: Run, span: Span, fallback: int, _: int) -> Steps:
    """Something failed: a fallback begins."""
    span.fallback = fallback + 1
    recorder.fell_back(run.r, run.clock.now, fallback, span.ident)
    return OK
    yield


def recovered(run: Run, span: Span, fallback: int, inside: int) -> Steps:
    """A fallback has ended well."""
    span.fallback = inside
    recorder.recovered(run.r, fallback)
    return OK
    yield


def fallen(run: Run, span: Span, fallback: int, inside: int) -> Steps:
    """A fallback has failed; fails as it did."""
    span.fallback = inside
    recorder.fallback_failed(run.r, fallback)
    return span.failed_with
    yield


def break_off(run: Run, span: Span) -> None:
    """A handler is no more, nor are the fallbacks that it is in."""
    while span.fallback != 0:
        number = span.fallback - 1
        recorder.broken_off(run.r, number)
        span.fallback = run.network.fallbacks[number].inside


def wait(run: Run, span: Span, distribution: int, stream: int) -> Steps:
    """Wait for a time, which no pace changes."""
    delay = run.sample(distribution, stream, span.trace, span.occurrence)
    yield Timer(run.clock, delay, rank_of(WAITED, span.ident))
    yield from thaw(run, span, WAITED, span.ident)
    return OK
