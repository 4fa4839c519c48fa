"""Follow-ups: what the users of a flow ask for later, in the trace of their request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws import bits
from sim.engine.simpy_engine import users
from sim.engine.simpy_engine.calls import call
from sim.engine.simpy_engine.clock import Process, Timer
from sim.record import follow_ups, sessions
from sim.record.fields.sessions import SESSION_ABANDONED, SESSION_COMPLETED, SESSION_LEFT
from sim.record.outcomes import OK
from sim.semantics.order import THINK, identity, rank_of
from sim.semantics.sessions import AGAIN, DONE, after_answer, too_late

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Activity, Run
    from sim.engine.simpy_engine.state import Trace
    from sim.network import FollowUp


def begin(run: Run, trace: Trace, outcome: int) -> bool:
    """A user knows the outcome of its request; returns whether it follows up: it was answered well, and its flow says so."""
    number = run.follow_up_of.get(trace.flow, -1)
    if number < 0:
        return False
    if outcome != OK:
        over(run, trace, SESSION_ABANDONED)
        return False
    if not comes_to(run, trace, number):
        return False
    Process(run.clock, follow(run, trace, number))
    return True


def comes_to(run: Run, trace: Trace, number: int) -> bool:
    """A user is done with what it asked before; returns whether it goes on to a follow-up, or leaves."""
    spec = run.network.follow_ups[number]
    if spec.share_stream >= 0 and bits(run.keys[spec.share_stream], trace.key, 0) >= spec.share:
        over(run, trace, SESSION_LEFT)
        return False
    run.following[trace.number] = trace, number
    trace.asked = 0
    follow_ups.user_follows(run.r, number)
    return True


def follow(run: Run, trace: Trace, number: int) -> Activity:
    """Process: a user thinks and asks, as often as its flow says or until it knows; in a session one step after another."""
    clock, deadline = run.clock, run.network.flows[trace.flow].deadline
    while number >= 0:
        spec = run.network.follow_ups[number]
        site = run.network.sites[spec.site]
        think = run.sample(spec.think, spec.think_stream, trace, trace.asked)
        if too_late(spec.times, deadline, clock.now + think - trace.started_at):
            number = done(run, trace, number, satisfied=False)
            continue
        yield Timer(clock, think, rank_of(THINK, identity(trace.number, site.operation, trace.asked)))
        trace.asked += 1
        trace.asked_at = clock.now
        follow_ups.user_asks(run.r, clock.now, number, trace.ident, trace.asked)
        outcome = yield from call(run, None, trace, site)
        follow_ups.user_answered(run.r, clock.now, number, trace.ident, outcome, clock.now - trace.asked_at)
        knows = spec.times == 0 and outcome == OK and told(run, trace, spec)
        trace.asked_at = -1
        then = after_answer(outcome != OK, trace.asked, spec.times, knows, spec.abandons)
        if then != AGAIN:
            number = done(run, trace, number, satisfied=then == DONE)


def told(run: Run, trace: Trace, spec: FollowUp) -> bool:
    """Whether the answer says that what the user waits for is so.

    Of an effect: that it was when the answer left. Of a projection: that a read since the user asked has found its own write.
    """
    if spec.view >= 0:
        return trace.known_at >= trace.asked_at
    site = run.network.sites[spec.site]
    hop = run.sample(site.hop, site.reply_stream, trace, trace.answered)
    return bool(0 <= trace.known_at <= run.clock.now - hop)


def done(run: Run, trace: Trace, number: int, *, satisfied: bool) -> int:
    """A user follows up no more, or is done with a step of its session: gives the next one, or -1."""
    now, spec = run.clock.now, run.network.follow_ups[number]
    del run.following[trace.number]
    follow_ups.user_done(run.r, now, number, trace.ident, satisfied, now - trace.started_at)
    if satisfied and spec.next >= 0:
        if comes_to(run, trace, spec.next):
            return spec.next
    else:
        over(run, trace, SESSION_COMPLETED if satisfied else SESSION_ABANDONED)
    users.again(run, trace)
    return -1


def over(run: Run, trace: Trace, how: int) -> None:
    """A session is over, if its flow has any."""
    session = run.session_of.get(trace.flow, -1)
    if session >= 0:
        sessions.session_over(run.r, run.clock.now, session, trace.ident, how, run.clock.now - trace.started_at)
