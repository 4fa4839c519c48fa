"""Hedged calls: hedged, begin, wait, due, further, join, settled, decide.

Each attempt is one as any other: guards are asked for it, it has a replica, hops and a timeout of its own.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from simpy.events import Event

from sim.engine.simpy_engine.hedge_groups import drop
from sim.engine.simpy_engine.left import leave
from sim.record import around_calls as recorder
from sim.record.outcomes import OK
from sim.semantics.hedging import called, learn, may_hedge, waits
from sim.semantics.order import HEDGE, rank_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from sim.engine.simpy_engine.hedge_groups import Hedged, Send
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Span


def hedged(run: Run, group: Hedged, send: Send) -> Generator[Event, Any, tuple[Span, int]]:
    """Send a call, again while it is not answered well, and wait; gives the attempt that decided, and its outcome.

    ``send`` is how an attempt leaves.
    """
    group.send = send
    called(group.state, group.spec.budget)
    recorder.hedged_call(run.r, group.site.hedge)
    group.first = send(run, group.caller, group.caller.trace, group.site, group.number, group.deadline, group)
    wait(run, group)
    attempt, outcome = yield group.done
    return attempt, outcome


def begin(run: Run, first: Span) -> None:
    """A call is hedged from here on, that guards outside of its retry have let go."""
    group: Hedged = first.joins
    group.first, group.deadline, group.sent_at = first, first.due, run.clock.now
    called(group.state, group.spec.budget)
    recorder.hedged_call(run.r, group.site.hedge)
    first.done = Event(run.clock)
    join(run, group, first)
    wait(run, group)


def wait(run: Run, group: Hedged) -> None:
    """From now on it is waited for a good answer, if another attempt may leave after that."""
    spec = group.spec
    group.due = -1
    delay = waits(group.state, spec.after, spec.mille) if group.turns < spec.calls_max else 0
    if delay > 0:
        group.due = run.clock.now + delay
        run.clock.after(delay, rank_of(HEDGE, group.first.ident), due, run, group)


def due(run: Run, group: Hedged) -> None:
    """No good answer came in time."""
    if group.closed or group.due != run.clock.now:
        return
    after = group.caller.replica.halted_until - run.clock.now
    if after > 0:  # it does so when its replica goes on
        group.due += after
        run.clock.after(after, rank_of(HEDGE, group.first.ident), due, run, group)
    else:
        further(run, group)


def further(run: Run, group: Hedged) -> None:
    """It is the turn of one more attempt, if the budget lets it go."""
    group.turns += 1
    denied = not may_hedge(group.state, group.spec.budget)
    recorder.hedged(run.r, run.clock.now, group.site.hedge, group.first.ident, denied)
    if not denied:
        group.send(run, group.caller, group.first.trace, group.site, group.number, group.deadline, group)
    wait(run, group)


def join(run: Run, group: Hedged, attempt: Span) -> None:
    """An attempt is one of the call's, which knows how that ended if guards outside of the retry refuse it."""
    if attempt.site.inner >= 0:
        attempt.joins, attempt.done = group, group.done
        return
    attempt.hedge = group
    group.live.append(attempt)
    attempt.done.callbacks.append(partial(settled, run, group, attempt))


def settled(run: Run, group: Hedged, attempt: Span, done: Event) -> None:
    """An attempt has ended: it decides the call when it ended well, or when there is no other one."""
    if group.closed:
        drop(run, attempt)
        return
    group.live.remove(attempt)
    outcome = int(done.value)  # type: ignore[arg-type]
    if outcome != OK and group.spec.failed_next and group.turns < group.spec.calls_max:
        further(run, group)
    if outcome == OK or not group.live:
        decide(run, group, attempt, outcome)


def decide(run: Run, group: Hedged, attempt: Span, outcome: int) -> None:
    """The call is over: its other attempts are left."""
    group.over = True
    attempt.attempt = group.number
    spec, good = group.spec, outcome == OK
    if good and spec.mille > 0 and (attempt is group.first or group.first.awaited):
        learn(group.state, spec.mille, run.clock.now - group.sent_at, attempt is group.first)
    wasted = 0
    for other in group.live:
        if other.awaited:
            leave(run, other)
            wasted += 1
    recorder.hedge_decided(run.r, group.site.hedge, good, attempt is group.first, wasted)
    group.done.succeed((attempt, outcome))
