"""Follow-ups: what the users of a flow ask for later, in the trace of their request. The readable engine's verbs."""

from sim.engine.compiled_engine import users
from sim.engine.compiled_engine.calendar import after, then
from sim.engine.compiled_engine.calls import send
from sim.engine.compiled_engine.chance import sample
from sim.engine.compiled_engine.codes import DO_FOLLOW
from sim.engine.compiled_engine.memory import release_trace
from sim.engine.compiled_engine.state import Span, Trace, World
from sim.record import follow_ups
from sim.record.outcomes import OK
from sim.rows import NOWHERE
from sim.semantics.order import THINK, identity, rank_of
from sim.shared import Words, entrance


def begin(m: World, r: Words, x: Trace) -> None:
    """A user was answered well and follows up; its trace is kept as long."""
    x.following = 1
    x.asked_at = -1
    follow_ups.user_follows(r, x.flow.follow_up.number)
    then(m, DO_FOLLOW, x.at, 0)


def follow(m: World, r: Words, x: Trace) -> None:
    """A user thinks of what it asks for next, or gives up."""
    spec, deadline = x.flow.follow_up, x.flow.deadline
    think = sample(m, spec.think, spec.think_stream, x.key, x.asked)
    if spec.times == 0 and deadline >= 0 and deadline < m.now + think - x.started_at:
        done(m, r, x, False)
        return
    after(m, think, rank_of(THINK, identity(x.number, spec.site.operation.number, x.asked)), x.at)


def ask(m: World, r: Words, x: Trace) -> None:
    """A user has thought, and asks."""
    x.asked += 1
    x.asked_at = m.now
    follow_ups.user_asks(r, m.now, x.flow.follow_up.number, identity(x.number, 0, 0), x.asked)
    send(m, r, NOWHERE, x, x.flow.follow_up.site, 1, 0, 0)


@entrance
def answered(m: World, r: Words, x: Trace, span: Span, outcome: int) -> None:
    """A user knows the outcome of a follow-up, whose last attempt was ``span``."""
    spec = x.flow.follow_up
    follow_ups.user_answered(r, m.now, spec.number, identity(x.number, 0, 0), outcome, m.now - x.asked_at)
    knows = spec.times == 0 and outcome == OK and told(m, x, span)
    x.asked_at = -1
    if knows or x.asked == spec.times:
        done(m, r, x, True)
    else:
        follow(m, r, x)


def told(m: World, x: Trace, span: Span) -> bool:
    """Whether the answer says that what the user waits for is so.

    Of an effect: that it was when the answer left. Of a projection: that a read since the user asked has found its own write.
    """
    if x.flow.follow_up.view >= 0:
        return x.known != 0 and x.known_at >= x.asked_at
    hop = sample(m, span.site.hop, span.site.reply_stream, x.key, span.occurrence)
    return x.known != 0 and x.known_at <= m.now - hop


def done(m: World, r: Words, x: Trace, satisfied: bool) -> None:  # noqa: FBT001
    """A user follows up no more."""
    x.following = 0
    elapsed = m.now - x.started_at
    follow_ups.user_done(r, m.now, x.flow.follow_up.number, identity(x.number, 0, 0), satisfied, elapsed)
    users.again(m, x)
    release_trace(m, x)
