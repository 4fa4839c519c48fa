"""What comes to a replica that is halted, and is heard when it goes on: answers, cancellations, and the ends of times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.engine.simpy_engine.clock import Timer
from sim.semantics.order import CANCEL, HEARD, rank_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from simpy.events import Event

    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Span


def hears_later(run: Run, attempt: Span, outcome: int) -> bool:
    """Whether the handler that has made an attempt stands still, and hears how it ended when it goes on."""
    caller: Any = attempt.parent
    until = 0 if caller is None else caller.replica.halted_until
    if until <= run.clock.now:
        return False
    run.clock.after(until - run.clock.now, rank_of(HEARD, attempt.ident), hear, attempt, outcome)
    return True


def cancels_later(run: Run, attempt: Span) -> bool:
    """Whether a cancellation has come to a replica that is halted, and is heard when it goes on."""
    after = attempt.replica.halted_until - run.clock.now
    if after <= 0:
        return False
    run.clock.after(after, rank_of(CANCEL, attempt.ident), run.cancel, attempt)
    return True


def thaw(run: Run, span: Span | None, kind: int, ident: int) -> Generator[Event, Any, None]:
    """A time that a handler has waited for is over: it goes on when its replica does. Clients are never halted."""
    after = 0 if span is None else span.replica.halted_until - run.clock.now
    if after > 0:
        yield Timer(run.clock, after, rank_of(kind, ident))


def hear(attempt: Span, outcome: int) -> None:
    """A handler that stood still hears how an attempt ended."""
    attempt.done.succeed(outcome)
