"""Calls: send, settle, reply, and how they cross the network. The readable engine's verbs, in its order."""

from sim.draws import CONSTANT, below, bits, draw
from sim.engine.compiled_engine import balancing, budgets, calendar, codes, effects, hedge_rows, links
from sim.engine.compiled_engine.children import add_child
from sim.engine.compiled_engine.halted import hears_later
from sim.engine.compiled_engine.memory import release_span, take_span
from sim.engine.compiled_engine.outer_guards import enter
from sim.engine.compiled_engine.state import Operation, Replica, Site, Span, Trace, World
from sim.lowering.language import Choice, Hook
from sim.record import outcomes, recorder
from sim.record import waiting as waits
from sim.rows import NOWHERE
from sim.scenario import kinds
from sim.semantics import order
from sim.semantics import waiting as terms
from sim.semantics.balancing import hashed
from sim.semantics.hooks import BALANCES, RETRIES
from sim.semantics.links import LOST, later
from sim.semantics.rules import OWN_KEY_SHIFT
from sim.shared import Words, entrance, rare

retry_rule = Hook(tuple(kind.retry for kind in RETRIES))
balance_rule = Choice(tuple(kind.choose for kind in BALANCES))


# -- chance


def uniform(m: World, stream: int, key: int, occurrence: int) -> int:
    """A uniform number in [0, 2**63): that of this stream for this occurrence of this trace."""
    return bits(m.keys[stream], key, occurrence)


def sample(m: World, distribution: int, stream: int, key: int, occurrence: int) -> int:
    """A duration in ns: the value of this stream for this occurrence of this trace, whenever it is asked for."""
    if m.tables[distribution] == CONSTANT:
        return m.tables[distribution + 1]
    return draw(m, m.tables.at + distribution, uniform(m, stream, key, occurrence))


def partition_key(m: World, x: Trace) -> int:
    """The key of a trace: one of those of its flow, or one of its own. It is drawn where it is asked for, always the same."""
    flow = x.flow
    u = uniform(m, flow.key_stream, x.key, 0)
    if flow.keys == 0:
        return u >> OWN_KEY_SHIFT
    return below(u, flow.keys) if flow.key_table < 0 else draw(m, m.tables.at + flow.key_table, u)


def visit(m: World, x: Trace, place: int) -> int:
    """Which time the trace comes to this operation, topic or queue: 0, 1, 2, ..."""
    at, shift = place >> 1, codes.COUNT_BITS * (place & 1)
    occurrence = (x.counts[at] >> shift) & codes.VISITS
    if occurrence >= order.OCCURRENCES_MAX:
        m.status = codes.CROWDED
        m.crowded = place
        return order.OCCURRENCES_MAX - 1
    if occurrence == 0:
        x.counts[at] |= x.visited << (codes.VISIT_BITS + shift)
        x.visited = place + 1
    x.counts[at] += 1 << shift
    return occurrence


# -- traces


def part_done(m: World, r: Words, x: Trace, good: bool) -> None:  # noqa: FBT001
    """One part of a trace (the request itself, or one message for one group) is done; the last one closes it."""
    if x.closed == 1:
        return
    if not good:
        x.failed = 1
    x.open -= 1
    if x.open == 0:
        x.closed = 1
        effects.close(m, r, x)
        now = m.now
        flow = x.flow
        ident = order.identity(x.number, 0, 0)
        elapsed = now - x.started_at
        recorder.closed(r, now, flow.number, ident, 1 - x.failed, elapsed, flow.deadline)


# -- calls: the caller's side


def delay_before_retry(m: World, r: Words, site: Site, span: Span, outcome: int) -> int:
    """What the site's retry policy says after attempt ``span`` failed: ns to wait, or -1."""
    if (site.retry_on >> outcome) & 1 == 0:
        return -1
    u = uniform(m, site.retry_stream, span.key, span.occurrence)
    delay = retry_rule(site.retry, m, m.tables.at + site.retry_at, span.number, span.waited, u)
    if delay < 0 or (span.due != 0 and delay >= span.due - m.now):
        return -1
    return -1 if site.budget and not budgets.may_retry(m, r, span) else delay


def execution_of(m: World, x: Trace, operation: Operation) -> Span:
    """A span for one more execution of an operation by a trace: an attempt's, or a delivery's."""
    occurrence = visit(m, x, operation.number)
    span = take_span(m)
    x.references += 1
    span.ident = order.identity(x.number, operation.number, occurrence)
    span.trace = x
    span.operation = operation
    span.occurrence = occurrence
    span.key = x.key
    return span


def send(m: World, r: Words, caller: Span, x: Trace, site: Site, number: int, branch: int, due: int) -> Span:
    """One attempt leaves for a replica, as soon as its guards let it go; then its timeout starts to run. Gives the attempt.

    ``caller`` is none for a client. ``due`` is the deadline of the call, if this is not its first attempt, and 0 without one.
    """
    now = m.now
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
    if site.asks != 0:
        if may_go(m, r, span, due):
            leave_on_terms(m, r, span)
        return span
    replica = next_listed(m, site, span)
    if not replica:
        settle(m, r, span, outcomes.UNAVAILABLE)
        return span
    span.replica = replica
    span.state = codes.TRAVELLING
    hop(m, r, span, site.request_stream, order.REACH)
    if site.timeout > 0:
        start_timer(m, site, span)
    return span


@entrance
def leave_on_terms(m: World, r: Words, span: Span) -> None:
    """The same of an attempt whose caller looks at the replicas, or of a call that is hedged, or may have a deadline."""
    now, site = m.now, span.site
    replica = look(m, r, site, span) if site.view else next_listed(m, site, span)
    if not replica:
        settle(m, r, span, outcomes.UNAVAILABLE)
        return
    span.replica = replica
    if span.hedge:
        span.replica = hedge_rows.elsewhere(span)
    span.state = codes.TRAVELLING
    hop(m, r, span, site.request_stream, order.REACH)
    if span.due != 0 and terms.stops_waiting_at(site.timeout, span.due, now) != 0:
        calendar.heap_push(m, span.due, order.rank_of(order.TIMEOUT, span.ident), span.at)
    elif site.timeout > 0:
        start_timer(m, site, span)


@entrance
def went_on(m: World, r: Words, span: Span) -> None:
    """An attempt leaves that has waited at guards, unless nobody waits for it any more."""
    if span.due != 0 and span.due == m.now:
        settle(m, r, span, outcomes.EXPIRED)
    else:
        leave_on_terms(m, r, span)


def start_timer(m: World, site: Site, span: Span) -> None:
    """The timeout of an attempt starts to run."""
    delays, ends_at, rank = site.timeout_delays, m.now + site.timeout, order.rank_of(order.TIMEOUT, span.ident)
    if delays:
        span.timer.of = span.at
        calendar.delay_push(m, delays, span.timer, ends_at, rank)
    else:
        calendar.heap_push(m, ends_at, rank, span.at)


@entrance
def may_go(m: World, r: Words, span: Span, due: int) -> bool:
    """An attempt of a call that is hedged, or has guards, a budget or a deadline, if it has: whether it leaves now."""
    site = span.site
    if site.hedge:
        hedge_rows.join(m, r, span)
    if site.hurries != 0 and hurries(m, r, span, due):
        return False
    answer = budgets.may_leave(m, r, span)
    if answer == kinds.GO and site.inner:
        answer = enter(m, r, span)
    if answer == kinds.REFUSE:
        settle(m, r, span, outcomes.REJECTED)
    elif answer == kinds.HOLD and span.due != 0:
        calendar.heap_push(m, span.due, order.rank_of(order.TIMEOUT, span.ident), span.at)
    return answer == kinds.GO


def hurries(m: World, r: Words, span: Span, due: int) -> bool:
    """An attempt has the deadline of its call; whether that is over, so that it does not leave."""
    span.due = due
    if span.number == 1:
        span.due = terms.due_of(span.site.deadline, span.parent.due if span.parent else 0, m.now)
    if span.hedge:
        span.hedge.deadline = span.due
    if span.due == 0 or span.due > m.now:
        return False
    if span.site.budget and span.number != 0:
        budgets.hear(m, r, span)
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
    rank = order.rank_of(kind, span.ident)
    if delays and delay > 0:
        span.travel.of = span.at
        calendar.delay_push(m, delays, span.travel, m.now + delay, rank)
    else:
        calendar.after(m, delay, rank, span.at)


@rare
def cross(m: World, r: Words, span: Span, stream: int, kind: int) -> None:
    """The same where its link is more than a delay: it may wait for its turn, be lost, take longer, or come twice."""
    answer = kind == order.REPLY
    delay = links.passed(m, r, span, answer)
    if delay == LOST:
        span.state = codes.OVER
        return
    delay = later(delay, sample(m, links.way(span), stream, span.key, span.occurrence))
    calendar.after(m, delay, order.rank_of(kind, span.ident), span.at)
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
    calendar.after(m, later(delay, links.added(m, copy, False)), order.rank_of(order.REACH, copy.ident), copy.at)
    copy.parent = NOWHERE


def next_listed(m: World, site: Site, span: Span) -> Replica:
    """The balancer's choice among the replicas in its list; none when the list is empty."""
    service = site.service
    listed = service.listed
    if listed == 0:
        return NOWHERE
    u = 0
    if service.balance_draws != 0:
        u = uniform(m, site.balance_stream, span.key, span.occurrence)
    index = balance_rule(service.balance, service.turn, listed, u) if listed > 1 else 0
    service.turn += 1
    return service.list[index]


@entrance
def look(m: World, r: Words, site: Site, span: Span) -> Replica:
    """The choice of a caller that looks at the replicas."""
    place = hashed(partition_key(m, span.trace)) if site.view.balancer.by_key != 0 else 0
    return balancing.choose(m, r, site, span, place)


def settle(m: World, r: Words, span: Span, outcome: int) -> None:
    """The caller stops waiting for this attempt, and goes on with its outcome."""
    span.caller = codes.SETTLED
    span.outcome = outcome
    stop_timer(m, span)
    recorder.settled(r, m.now, span.site.edge, span.ident, outcome)
    if span.site.asks != 0:
        hear(m, r, span, outcome)
    else:
        calendar.then(m, codes.DO_RESUME, span.at, outcome)


@entrance
def hear(m: World, r: Words, span: Span, outcome: int) -> None:
    """The same of an attempt whose caller looks at the replicas, or of a call that is hedged, or has guards, or the like."""
    if span.admitted != 0:
        budgets.tell(m, r, span, outcome)
    if span.site.view:
        balancing.tell_view(m, r, span, outcome == outcomes.OK)
    if span.site.halts != 0 and hears_later(m, span):
        return
    calendar.then(m, heard_as(span), span.at, outcome)


def heard_as(span: Span) -> int:
    """What is done on the agenda about an attempt that has ended: one of a hedged call, of one as a whole, or of any other."""
    if span.hedge:
        return codes.DO_HEAR
    return codes.DO_WHOLE if span.site.held != 0 else codes.DO_RESUME


def stop_timer(m: World, span: Span) -> None:
    """Take the attempt's timeout off its fixed-delay queue, if it is in one (one in the heap is ignored when it fires)."""
    delays = span.site.timeout_delays
    if delays and span.timer.time != 0:
        calendar.delay_remove(m, delays, span.timer)
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
    waits.called_back(r, m.now, span.ident, delay)
    calendar.after(m, delay, order.rank_of(order.CANCEL, span.ident), span.at)


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
