"""Branches of handlers: begin, over, left, below, gone: what they do in parallel that is no plain call.

    begin --steps--> over --agenda--> heard: the handler counts it
      '-- left: nobody needs it; it goes on at its replica          gone: called back, or down with its replica

A branch is a span at the replica of its handler that no worker serves. Its place is behind those of operations and channels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.simpy_engine.state import Span
from sim.record import branches as recorder
from sim.record.outcomes import CANCELLED
from sim.semantics.order import OCCURRENCE_BITS, PLACES_MAX, identity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Replica


def begin(run: Run, span: Span, number: int, entry: int) -> Span:
    """A branch of a handler begins, at an address of the program."""
    trace, now, place = span.trace, run.clock.now, run.first_branch + number
    one = Span(trace, span.operation, trace.visit(place, now), span)
    one.ident = identity(trace.number, place, one.occurrence)
    one.replica, one.entry, one.due, one.started_at = span.replica, entry, span.due, now
    run.branches_of.setdefault(span.ident, {})[one.ident] = one
    run.branches_at.setdefault(span.replica.number, {})[one.ident] = one
    recorder.begun(run.r, now, number, one.ident, span.ident)
    return one


def number_of(run: Run, one: Span) -> int:
    """Which of the declared branches it is one of."""
    return (one.ident >> OCCURRENCE_BITS & PLACES_MAX - 1) - run.first_branch


def here(run: Run, replica: Replica) -> tuple[Span, ...]:
    """The branches that are under way at a replica, as they began."""
    return tuple(run.branches_at.get(replica.number, {}).values())


def over(run: Run, one: Span, outcome: int) -> None:
    """The steps of a branch have ended, well or not."""
    now, wasted = run.clock.now, not one.awaited or outcome == CANCELLED
    recorder.ended(run.r, now, number_of(run, one), one.ident, outcome, now - one.started_at, wasted)
    del run.branches_at[one.replica.number][one.ident]


def heard(run: Run, one: Span) -> None:
    """Its handler has heard how a branch ended."""
    assert one.parent is not None  # noqa: S101 - only handlers have branches
    of_handler = run.branches_of[one.parent.ident]
    del of_handler[one.ident]
    if not of_handler:
        del run.branches_of[one.parent.ident]


def running(run: Run, one: Span) -> bool:
    """Whether a branch has not ended."""
    return one.ident in run.branches_at.get(one.replica.number, {})


def taken(run: Run, span: Span) -> list[Span]:
    """All branches of a handler that it has not heard of, and has none of from here on."""
    return list(run.branches_of.pop(span.ident, {}).values())


def left(run: Run, one: Span) -> None:
    """A branch is not needed any more, and goes on."""
    one.awaited = False
    recorder.left(run.r, run.clock.now, number_of(run, one), one.ident)


def below(run: Run, span: Span) -> Iterable[Span]:
    """The branches of a handler that are under way, with theirs before each; nobody hears of any of them from here on."""
    for one in taken(run, span):
        if running(run, one):
            yield from below(run, one)
            yield one
        one.awaited = False


def gone(run: Run, one: Span, outcome: int) -> None:
    """A branch is no more before it has come to its end: called back, or down with its replica."""
    over(run, one, outcome)
    one.dead = True


def count_branches(run: Run) -> None:
    """Branches that are under way when the books are closed."""
    for at_replica in run.branches_at.values():
        for one in at_replica.values():
            number = number_of(run, one)
            run.recording.inside["branches"][number, 0] += 1
            recorder.still_running(run.r, number, run.network.horizon - one.started_at)
