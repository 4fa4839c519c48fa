"""Fallbacks: fall back, recovered, fallen, break off. The readable engine's verbs, in its order."""

from sim.engine.compiled_engine.state import Span, World
from sim.record import around_calls as recorder
from sim.record.outcomes import OK
from sim.shared import Words, rare


def fall_back(m: World, r: Words, span: Span, fallback: int) -> int:
    """Something failed: a fallback begins."""
    span.fallback = fallback + 1
    recorder.fell_back(r, m.now, fallback, span.ident)
    return OK


def recovered(r: Words, span: Span, fallback: int, inside: int) -> int:
    """A fallback has ended well."""
    span.fallback = inside
    recorder.recovered(r, fallback)
    return OK


def fallen(r: Words, span: Span, fallback: int, inside: int) -> int:
    """A fallback has failed; fails as it did."""
    span.fallback = inside
    recorder.fallback_failed(r, fallback)
    return span.failed_with


@rare
def break_off(m: World, r: Words, span: Span) -> None:
    """A handler is no more, nor are the fallbacks that it is in."""
    while span.fallback != 0:
        number = span.fallback - 1
        recorder.broken_off(r, number)
        span.fallback = m.fallbacks_inside[number]
