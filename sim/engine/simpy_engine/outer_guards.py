"""Guards outside of the retry of a call: they are asked once, before its first attempt, and hear once how it has ended.

    call --asks--> outer guards --enter--> first attempt --asks--> the other guards -->   retries ask those only
                     |    '-- wait                '-- failed, wait ... again -->
                     '-- refused: so is the call                                    over: the outer guards hear how it ended

The first attempt asks for its call, at a site of its own. It is one of the others from where those guards have let it go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.engine.simpy_engine import budgets, hedges, whole_calls
from sim.engine.simpy_engine.guards import ask
from sim.engine.simpy_engine.hedge_groups import Hedged
from sim.record.outcomes import OK
from sim.scenario.kinds import GO
from sim.semantics.waiting import due_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from simpy.events import Event

    from sim.engine.simpy_engine.hedge_groups import Send
    from sim.engine.simpy_engine.quorums import Together
    from sim.engine.simpy_engine.run import Run, Steps
    from sim.engine.simpy_engine.state import Span
    from sim.network import Site

    Again = Callable[[Run, Span, Together | None, Span, int, int], Steps]


def in_vain(caller: Span | None, together: Together | None) -> bool:
    """Whether nobody needs the answer of a call any more."""
    return (caller is not None and caller.dead) or (together is not None and together.over)


def enter(run: Run, attempt: Span) -> int:
    """The guards outside of the retry have let a call go: its first attempt asks the others. GO, REFUSE or HOLD."""
    outer: Any = attempt.site
    whole_calls.hold(run, attempt)
    attempt.site = site = run.network.sites[outer.inner]
    if outer.deadline < 0 <= site.deadline:  # it begins now
        attempt.due = due_of(site.deadline, attempt.parent.due, run.clock.now)  # type: ignore[union-attr]
    if site.hedge >= 0:
        hedges.begin(run, attempt)
    if site.budget >= 0:
        budgets.attempt_sent(run, attempt, first=True)
    return ask(run, attempt, 0) if site.guards else GO


def whole_call(
    run: Run, caller: Span, trace: Any, site: Site, together: Together | None, send: Send, again: Again
) -> Steps:
    """A call that begins at a site of guards outside of its retry; gives the outcome of its last attempt.

    ``send`` is how an attempt leaves, ``again`` what is done when one has failed.
    """
    inner = run.network.sites[site.inner]
    due = due_of(site.deadline, caller.due, run.clock.now) if site.deadline >= 0 else caller.due
    group = Hedged(run, caller, inner, 1, due, together) if inner.hedge >= 0 else None
    first, attempt, outcome = yield from begun(run, group, caller, trace, site, due, send)
    number, waited = 1, 0
    while outcome != OK and not in_vain(caller, together):
        waited = yield from again(run, caller, together, attempt, waited, outcome)
        if waited < 0:
            break
        number += 1
        if inner.hedge >= 0:
            following = Hedged(run, caller, inner, number, first.due, together)
            attempt, outcome = yield from hedges.hedged(run, following, send)
        else:
            attempt = send(run, caller, trace, inner, number, first.due, None)
            outcome = yield attempt.done
    if first.site is inner and not in_vain(caller, together):
        whole_calls.over(run, caller, first, outcome)
    return int(outcome)


def begun(
    run: Run, group: Hedged | None, caller: Span, trace: Any, site: Site, due: int, send: Send
) -> Generator[Event, Any, tuple[Span, Span, int]]:
    """A call begins: gives its first attempt, the one that is known to have ended first, and its outcome.

    Those are two where the call is hedged, which it is when the guards outside of its retry have let it go.
    """
    if group is None:
        first = send(run, caller, trace, site, 1, due, None)
        outcome = yield first.done
        return first, first, outcome
    group.send = send
    first = send(run, caller, trace, site, 1, due, group)
    heard = yield group.done
    attempt, outcome = heard if isinstance(heard, tuple) else (first, heard)
    return first, attempt, outcome
