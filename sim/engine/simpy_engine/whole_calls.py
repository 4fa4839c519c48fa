"""Calls that guards outside of their retry have let go, and that are not over: hold, taken, over, break off.

Each stands for all attempts of its call, and for the waits between them. It is a span that is no attempt: with what those
guards want to know of who asks them, and their site.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.engine.simpy_engine.guards import give_up, tell_guards
from sim.engine.simpy_engine.state import Span
from sim.record.outcomes import CRASHED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.engine.simpy_engine.run import Run


def hold(run: Run, attempt: Span) -> None:
    """The guards at the site of a first attempt have let its call go: the call has what they gave, the attempt nothing yet."""
    caller: Any = attempt.parent
    whole = Span(attempt.trace, attempt.operation, attempt.occurrence, caller)
    whole.site, whole.sent_at, whole.held_back, whole.admitted = attempt.site, attempt.sent_at, attempt.held_back, True
    attempt.held_back, attempt.admitted = None, False
    run.whole_calls.setdefault(caller.ident, {})[whole.ident] = whole


def over(run: Run, caller: Span, first: Span, outcome: int) -> None:
    """A call has ended, whose ``first`` attempt that was: the guards that let it go hear how."""
    of_caller = run.whole_calls[caller.ident]
    whole = of_caller.pop(first.ident)
    if not of_caller:
        del run.whole_calls[caller.ident]
    tell_guards(run, whole, outcome)


def taken(run: Run, caller: Span) -> Iterable[Span]:
    """All calls of a handler, which has none of them from here on."""
    return run.whole_calls.pop(caller.ident, {}).values()


def break_off(run: Run, caller: Span, outcome: int) -> None:
    """A handler is no more, for a reason, nor are its calls."""
    for whole in taken(run, caller):
        if outcome == CRASHED:
            give_up(run, whole)
        else:
            tell_guards(run, whole, outcome)


def count_whole_calls(run: Run) -> None:
    """What guards have let go that is not over at the horizon."""
    for of_caller in run.whole_calls.values():
        for whole in of_caller.values():
            for number in whole.site.guards:
                run.recording.inside["guards"][number, 0] += 1
