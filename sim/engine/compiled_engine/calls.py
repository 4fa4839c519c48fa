"""Calls: send, settle, reply, and how they cross the network. The readable engine's verbs, in its order."""

from sim.engine.compiled_engine import codes, hedge_rows, links
from sim.engine.compiled_engine.balancing import tell_view
from sim.engine.compiled_engine.calendar import after, delay_push, delay_remove, heap_push, then
from sim.engine.compiled_engine.chance import sample, uniform
from sim.engine.compiled_engine.choosing import choose_replica
from sim.engine.compiled_engine.guards import ask, tell_guards
from sim.engine.compiled_engine.memory import release_span
from sim.engine.compiled_engine.state import Site, Span, Trace, World
from sim.engine.compiled_engine.traces import execution_of
from sim.lowering.language import Hook
from sim.record import fields, outcomes, recorder
from sim.rows import NOWHERE
from sim.scenario import kinds
from sim.semantics import order
from sim.semantics.hooks import RETRIES
from sim.semantics.links import LOST, later
from sim.semantics.order import rank_of
from sim.semantics.waiting import due_of, stops_waiting_at
from sim.shared import Words, entrance, rare

retry_rule = Hook(tuple(kind.retry for kind in RETRIES))

WENT_ON = -1  # in place of the number of an attempt: it was made before


def delay_before_retry(m: World, site: Site, span: Span) -> int:
    """What the site's retry policy says after attempt ``span`` failed: ns to wait, or -1."""
    u = uniform(m, site.retry_stream, span.key, span.occurrence)
    return retry_rule(site.retry, m, m.tables.at + site.retry_at, span.number, u)


def send(m: World, r: Words, caller: Span, x: Trace, site: Site, number: int, branch: int, due: int) -> None:
    """One attempt leaves for a replica, as soon as its guards let it go; then its timeout starts to run.

    ``caller`` is none for a client. With the number `WENT_ON` it is the attempt itself, which waited at guards and may leave.
    ``due`` is the deadline of the call, if this is not its first attempt, and 0 without one.
    """
    now = m.now
    span = caller
    if number != WENT_ON:
        span = execution_of(m, x, site.operation)
        span.site = site
        span.parent = caller
        span.caller = codes.AWAITED
        span.number = number
        span.branch = branch
        span.sent_at = now
        recorder.sent(r, now, site.edge, span.ident, number)
        if caller:
            add_child(caller, span)
        if site.asks != 0 and not may_leave(m, r, span, due):
            return
    elif span.due == now:  # it may leave when nobody waits any more
        settle(m, r, span, outcomes.EXPIRED)
        return
    replica = choose_replica(m, r, site, span)
    if not replica:
        settle(m, r, span, outcomes.UNAVAILABLE)
        return
    span.replica = replica
    if span.hedge:
        span.replica = hedge_rows.elsewhere(span)
    span.state = codes.TRAVELLING
    hop(m, r, span, site.request_stream, order.REACH)
    timeout = site.timeout
    if span.due != 0 and stops_waiting_at(timeout, span.due, now) != 0:
        heap_push(m, span.due, rank_of(order.TIMEOUT, span.ident), span.at)
    elif timeout > 0:
        delays = site.timeout_delays
        if delays:
            span.timer.of = span.at
            delay_push(m, delays, span.timer, now + timeout, rank_of(order.TIMEOUT, span.ident))
        else:
            heap_push(m, now + timeout, rank_of(order.TIMEOUT, span.ident), span.at)


@entrance
def may_leave(m: World, r: Words, span: Span, due: int) -> bool:
    """An attempt of a call that is hedged, or has guards, or a deadline: whether it leaves now."""
    site = span.site
    if site.hedge:
        hedge_rows.join(m, r, span)
    if site.hurries != 0 and hurries(m, r, span, due):
        return False
    if site.guard_count == 0:
        return True
    answer = ask(m, r, span, 0)
    if answer == kinds.REFUSE:
        settle(m, r, span, outcomes.REJECTED)
    elif answer == kinds.HOLD and span.due != 0:
        heap_push(m, span.due, rank_of(order.TIMEOUT, span.ident), span.at)
    return answer == kinds.GO


def hurries(m: World, r: Words, span: Span, due: int) -> bool:
    """An attempt has the deadline of its call; whether that is over, so that it does not leave."""
    span.due = due
    if span.number == 1:
        span.due = due_of(span.site.deadline, span.parent.due if span.parent else 0, m.now)
    if span.hedge:
        span.hedge.deadline = span.due
    if span.due == 0 or span.due > m.now:
        return False
    settle(m, r, span, outcomes.EXPIRED)
    return True


def hop(m: World, r: Words, span: Span, stream: int, kind: int) -> None:
    """A request or an answer crosses the network: in a fixed-delay queue when it always takes as long."""
    site = span.site
    if site.crossing:
        cross(m, r, span, stream, kind)
        return
    delay = sample(m, site.hop, stream, span.key, span.occurrence)
    delays = site.hop_delays
    rank = rank_of(kind, span.ident)
    if delays and delay > 0:
        span.travel.of = span.at
        delay_push(m, delays, span.travel, m.now + delay, rank)
    else:
        after(m, delay, rank, span.at)


@rare
def cross(m: World, r: Words, span: Span, stream: int, kind: int) -> None:
    """The same where its link is more than a delay: it may wait for its turn, be lost, take longer, or come twice."""
    answer = kind == order.REPLY
    delay = links.passed(m, r, span, answer)
    if delay == LOST:
        span.state = codes.OVER
        return
    delay = later(delay, sample(m, links.way(span), stream, span.key, span.occurrence))
    after(m, delay, rank_of(kind, span.ident), span.at)
    if not answer and links.doubled(m, r, span):
        double(m, span)


def double(m: World, span: Span) -> None:
    """The request comes to its replica a second time, by a way of its own; nobody waits for what comes of that."""
    site = span.site
    copy = execution_of(m, span.trace, span.operation)
    copy.site = site
    copy.parent = span.parent
    copy.caller = codes.GONE
    copy.number = span.number
    copy.sent_at = span.sent_at
    copy.due = span.due
    copy.replica = span.replica
    copy.state = codes.TRAVELLING
    delay = sample(m, links.way(copy), site.request_stream, copy.key, copy.occurrence)
    after(m, later(delay, links.added(m, copy, False)), rank_of(order.REACH, copy.ident), copy.at)
    copy.parent = NOWHERE


def add_child(parent: Span, span: Span) -> None:
    """The caller waits for one more attempt, the last in its list."""
    last = parent.child_last
    span.sibling_previous = last
    if last:
        last.sibling = span
    else:
        parent.child = span
    parent.child_last = span


def remove_child(parent: Span, span: Span) -> None:
    """The caller is done with an attempt."""
    previous, following = span.sibling_previous, span.sibling
    if previous:
        previous.sibling = following
    else:
        parent.child = following
    if following:
        following.sibling_previous = previous
    else:
        parent.child_last = previous
    span.sibling = NOWHERE
    span.sibling_previous = NOWHERE


def settle(m: World, r: Words, span: Span, outcome: int) -> None:
    """The caller stops waiting for this attempt, and goes on with its outcome."""
    span.caller = codes.SETTLED
    span.outcome = outcome
    stop_timer(m, span)
    recorder.settled(r, m.now, span.site.edge, span.ident, outcome)
    if span.site.asks != 0:
        hear(m, r, span, outcome)
        return
    if span.site.view:
        tell_view(m, r, span, outcome == outcomes.OK)
    then(m, codes.DO_RESUME, span.at, outcome)


@entrance
def hear(m: World, r: Words, span: Span, outcome: int) -> None:
    """The same of an attempt of a call that is hedged, or has guards, or a deadline."""
    if span.admitted != 0:
        tell_guards(m, r, span, outcome == outcomes.OK)
    if span.site.view:
        tell_view(m, r, span, outcome == outcomes.OK)
    then(m, codes.DO_HEAR if span.hedge else codes.DO_RESUME, span.at, outcome)


def stop_timer(m: World, span: Span) -> None:
    """Take the attempt's timeout off its fixed-delay queue, if it is in one (one in the heap is ignored when it fires)."""
    delays = span.site.timeout_delays
    if delays and span.timer.time != 0:
        delay_remove(m, delays, span.timer)
        span.timer.time = 0


@entrance
def call_back(m: World, r: Words, span: Span) -> None:
    """Nobody waits for an attempt any more: its callee will hear so, as its call says that. The request may be on its way."""
    site = span.site
    delay = 0
    if site.crossing:
        if links.cut_off(m, span):
            return
        delay = links.added(m, span, False)
    way = links.way(span) if site.crossing else site.hop
    delay = later(delay, sample(m, way, site.cancel_stream, span.key, span.occurrence))
    recorder.note(r, m.now, fields.facts.FACT_CALLED_BACK, span.ident, delay)
    after(m, delay, rank_of(order.CANCEL, span.ident), span.at)


def reply(m: World, r: Words, span: Span, outcome: int) -> None:
    """The callee's answer leaves, if anybody still waits for it."""
    if span.caller == codes.AWAITED:
        span.outcome = outcome
        span.state = codes.REPLYING
        hop(m, r, span, span.site.reply_stream, order.REPLY)
    else:
        span.state = codes.OVER
        release_span(m, span)


def returned(m: World, r: Words, span: Span) -> None:
    """The callee's answer arrives at the caller."""
    span.state = codes.OVER
    if span.caller == codes.AWAITED:
        settle(m, r, span, span.outcome)
    else:
        recorder.late(r, m.now, span.site.edge, span.ident)
        release_span(m, span)
