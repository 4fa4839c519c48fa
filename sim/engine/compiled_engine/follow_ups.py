"""Follow-ups: what the users of a flow ask for later, in the trace of their request. The readable engine's verbs."""

from sim.engine.compiled_engine import users
from sim.engine.compiled_engine.calendar import after, then
from sim.engine.compiled_engine.calls import sample, send, uniform
from sim.engine.compiled_engine.codes import DO_FOLLOW
from sim.engine.compiled_engine.memory import release_trace
from sim.engine.compiled_engine.state import FollowUp, Span, Trace, World
from sim.record import follow_ups, sessions
from sim.record.fields.sessions import SESSION_ABANDONED, SESSION_COMPLETED, SESSION_LEFT
from sim.record.outcomes import OK
from sim.rows import NOWHERE
from sim.semantics.order import THINK, identity, rank_of
from sim.semantics.sessions import AGAIN, DONE, after_answer, too_late
from sim.shared import Words, entrance


@entrance
def begin(m: World, r: Words, x: Trace, outcome: int) -> None:
    """A user whose flow has follow-ups knows the outcome of its request. As long as it follows up its trace is kept."""
    if outcome != OK:
        over(m, r, x, SESSION_ABANDONED)
    elif comes_to(m, r, x, x.flow.follow_up):
        then(m, DO_FOLLOW, x.at, 0)
    else:
        over(m, r, x, SESSION_LEFT)


def comes_to(m: World, r: Words, x: Trace, spec: FollowUp) -> bool:
    """A user is done with what it asked before; whether it goes on to a follow-up."""
    if spec.share_stream >= 0 and uniform(m, spec.share_stream, x.key, 0) >= spec.share:
        return False
    x.following = 1
    x.step = spec
    x.asked = 0
    x.asked_at = -1
    follow_ups.user_follows(r, spec.number)
    return True


def follow(m: World, r: Words, x: Trace) -> None:
    """A user thinks of what it asks for next, or gives up."""
    spec = x.step
    think = sample(m, spec.think, spec.think_stream, x.key, x.asked)
    if too_late(spec.times, x.flow.deadline, m.now + think - x.started_at):
        follows_no_more(m, r, x, False)
        over(m, r, x, SESSION_ABANDONED)
        return
    after(m, think, rank_of(THINK, identity(x.number, spec.site.operation.number, x.asked)), x.at)


def ask(m: World, r: Words, x: Trace) -> None:
    """A user has thought, and asks."""
    x.asked += 1
    x.asked_at = m.now
    follow_ups.user_asks(r, m.now, x.step.number, identity(x.number, 0, 0), x.asked)
    send(m, r, NOWHERE, x, x.step.site, 1, 0, 0)


@entrance
def answered(m: World, r: Words, x: Trace, span: Span, outcome: int) -> None:
    """A user knows the outcome of a follow-up, whose last attempt was ``span``."""
    spec = x.step
    follow_ups.user_answered(r, m.now, spec.number, identity(x.number, 0, 0), outcome, m.now - x.asked_at)
    knows = spec.times == 0 and outcome == OK and told(m, x, span)
    x.asked_at = -1
    what = after_answer(outcome != OK, x.asked, spec.times, knows, spec.abandons != 0)
    if what == AGAIN:
        follow(m, r, x)
    else:
        done(m, r, x, spec, what == DONE)


def told(m: World, x: Trace, span: Span) -> bool:
    """Whether the answer says that what the user waits for is so.

    Of an effect: that it was when the answer left. Of a projection: that a read since the user asked has found its own write.
    """
    if x.step.view >= 0:
        return x.known != 0 and x.known_at >= x.asked_at
    hop = sample(m, span.site.hop, span.site.reply_stream, x.key, span.occurrence)
    return x.known != 0 and x.known_at <= m.now - hop


def done(m: World, r: Words, x: Trace, spec: FollowUp, satisfied: bool) -> None:  # noqa: FBT001
    """A user follows up no more, or is done with a step of its session."""
    follows_no_more(m, r, x, satisfied)
    if not satisfied:
        over(m, r, x, SESSION_ABANDONED)
    elif not spec.next:
        over(m, r, x, SESSION_COMPLETED)
    elif comes_to(m, r, x, spec.next):
        follow(m, r, x)
    else:
        over(m, r, x, SESSION_LEFT)


def follows_no_more(m: World, r: Words, x: Trace, satisfied: bool) -> None:  # noqa: FBT001
    """A user has asked as often as it would, or knows; or it gives up."""
    x.following = 0
    follow_ups.user_done(r, m.now, x.step.number, identity(x.number, 0, 0), satisfied, m.now - x.started_at)


def over(m: World, r: Words, x: Trace, how: int) -> None:
    """A user asks for nothing more: its session is over, if its flow has any."""
    session = x.flow.follow_up.session
    if session >= 0:
        sessions.session_over(r, m.now, session, identity(x.number, 0, 0), how, m.now - x.started_at)
    users.again(m, x)
    release_trace(m, x)
