"""Follow-ups: what the users of a flow ask for later, in the trace of their request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.simpy_engine import users
from sim.engine.simpy_engine.calls import call
from sim.engine.simpy_engine.clock import Process, Timer
from sim.record import follow_ups
from sim.record.outcomes import OK
from sim.semantics.order import THINK, identity, rank_of

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Activity, Run
    from sim.engine.simpy_engine.state import Trace
    from sim.network import FollowUp


def begin(run: Run, trace: Trace, outcome: int) -> bool:
    """A user knows the outcome of its request; returns whether it follows up: it was answered well, and its flow says so."""
    number = run.follow_up_of.get(trace.flow, -1)
    if number < 0 or outcome != OK:
        return False
    run.following[trace.number] = trace
    follow_ups.user_follows(run.r, number)
    Process(run.clock, follow(run, trace, number, run.network.follow_ups[number]))
    return True


def follow(run: Run, trace: Trace, number: int, spec: FollowUp) -> Activity:
    """Process: a user thinks and asks, as often as its flow says or until it knows."""
    clock, site = run.clock, run.network.sites[spec.site]
    deadline = run.network.flows[trace.flow].deadline
    while True:
        think = run.sample(spec.think, spec.think_stream, trace, trace.asked)
        if spec.times == 0 and 0 <= deadline < clock.now + think - trace.started_at:
            done(run, trace, number, satisfied=False)
            return
        yield Timer(clock, think, rank_of(THINK, identity(trace.number, site.operation, trace.asked)))
        trace.asked += 1
        trace.asked_at = clock.now
        follow_ups.user_asks(run.r, clock.now, number, trace.ident, trace.asked)
        outcome = yield from call(run, None, trace, site)
        follow_ups.user_answered(run.r, clock.now, number, trace.ident, outcome, clock.now - trace.asked_at)
        knows = spec.times == 0 and outcome == OK and told(run, trace)
        trace.asked_at = -1
        if knows or trace.asked == spec.times:
            done(run, trace, number, satisfied=True)
            return


def told(run: Run, trace: Trace) -> bool:
    """Whether the answer says that what the user waits for is so.

    Of an effect: that it was when the answer left. Of a projection: that a read since the user asked has found its own write.
    """
    spec = run.network.follow_ups[run.follow_up_of[trace.flow]]
    if spec.view >= 0:
        return trace.known_at >= trace.asked_at
    site = run.network.sites[spec.site]
    hop = run.sample(site.hop, site.reply_stream, trace, trace.answered)
    return bool(0 <= trace.known_at <= run.clock.now - hop)


def done(run: Run, trace: Trace, number: int, *, satisfied: bool) -> None:
    """A user follows up no more."""
    now = run.clock.now
    del run.following[trace.number]
    follow_ups.user_done(run.r, now, number, trace.ident, satisfied, now - trace.started_at)
    users.again(run, trace)
