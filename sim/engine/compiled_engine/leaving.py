"""Who leaves before the end: expire, cancel; abandon, also branches; give way. The readable engine's verbs, in its order.

What is cancelled by way of the agenda may have something else there, before or after: the row of a span that was stopped stays
until all of that has been passed over (`DO_FREE`).
"""

from sim.engine.compiled_engine import admission, branches, caches, codes, leaks, pace, sagas, stores, waiting, watched
from sim.engine.compiled_engine.calendar import then
from sim.engine.compiled_engine.calls import call_back, settle
from sim.engine.compiled_engine.children import remove_child
from sim.engine.compiled_engine.guards import leave_room
from sim.engine.compiled_engine.halted import later
from sim.engine.compiled_engine.lost_calls import lose
from sim.engine.compiled_engine.memory import release_span
from sim.engine.compiled_engine.projections import stop_waiting
from sim.engine.compiled_engine.serving import hand_on, remove_resident, unlink
from sim.engine.compiled_engine.state import Replica, Span, World
from sim.record import outcomes, recorder
from sim.record import waiting as waits
from sim.record.outcomes import CRASHED
from sim.semantics.order import CANCEL, rank_of
from sim.semantics.processors import AWAY, HANGS, WANTS_WORKER
from sim.shared import Words, entrance, rare


def expire(m: World, r: Words, span: Span, ident: int) -> None:
    """The timeout of an attempt runs out, or the deadline of its call: the caller gives up, and the callee may hear so."""
    if span.ident == ident and span.caller == codes.AWAITED:
        if span.held_back and span.admitted & codes.BY_GUARDS == 0:
            leave_room(m, r, span, outcomes.TIMEOUT)
        settle(m, r, span, outcomes.TIMEOUT)
        if span.site.cancel_stream >= 0 and span.replica:
            call_back(m, r, span)


@entrance
def cancel(m: World, r: Words, span: Span, ident: int) -> None:
    """A cancellation comes to the callee, which stops. One that is over has nothing to stop, one on its way is not let in.

    One that hangs does not hear it.
    """
    if span.ident != ident:
        return
    if later(m, span.replica, rank_of(CANCEL, ident), span.at):
        return
    if span.place == HANGS:
        return
    if span.state == codes.TRAVELLING:
        span.state = codes.CALLED_BACK
    elif span.state == codes.WAITING or span.state == codes.WORKING or span.state == codes.PREEMPTED:  # noqa: PLR1714 - no sets here
        stop(m, r, span)


def stop(m: World, r: Words, span: Span) -> None:
    """A request stops where it is: its place in the queue, or its worker, is free, and nobody waits for what it had called."""
    replica, now = span.replica, m.now
    begun = span.state == codes.WORKING
    had_worker = begun
    if span.place == AWAY or span.place == WANTS_WORKER:  # noqa: PLR1714 - no sets here
        had_worker = False
    remove_resident(replica, span)
    if begun:
        recorder.ended(r, now, replica.service.number, span.ident, outcomes.CANCELLED, now - span.started_at, 1)
        waiting.over(span)
    else:
        unlink(replica, span)
        record_waiting(m, r, span, outcomes.CANCELLED)
    abandon(m, r, span, outcomes.CANCELLED, True)
    span.state = codes.STOPPED
    then(m, codes.DO_FREE, span.at, 0)
    if had_worker:
        replica.busy -= 1
        watched.took(m, replica, -1)
        if replica.queue_length > 0 or m.event_loop_count > 0:
            hand_on(m, r, replica)


def record_waiting(m: World, r: Words, span: Span, outcome: int) -> None:
    """A request that waits ends: one that was not begun, or one whose worker another one has."""
    now, service, waited = m.now, span.replica.service.number, m.now - span.arrived_at
    if span.state == codes.PREEMPTED:
        orphan = 0 if span.caller == codes.AWAITED else 1
        waits.ended_preempted(r, now, service, span.ident, outcome, span.arrived_at - span.started_at, waited, orphan)
    elif outcome == outcomes.CRASHED:
        recorder.killed_waiting(r, now, service, span.ident, waited)
    else:
        waits.left_queue(r, now, service, span.ident, outcome, waited)


def abandon(m: World, r: Words, span: Span, outcome: int, tells: bool) -> None:  # noqa: FBT001
    """A handler is no more: nor are its branches, nobody waits for the calls it had sent, its transaction is rolled back.

    ``outcome`` is why. It ``tells`` its callees, unless its replica went down silently.
    """
    if m.branch_count > 0:
        abandon_below(m, r, span, outcome, tells)
    end_all(m, r, span, outcome, tells)


@rare
def abandon_below(m: World, r: Words, span: Span, outcome: int, tells: bool) -> None:  # noqa: FBT001
    """The same of the branches of a handler, or of a branch, each after its own."""
    one = branches.deepest(span)
    while one != span:
        if one.state == codes.OVER:
            branches.unheard(m, one)
        else:
            branch_gone(m, r, one, outcome, tells)
        one = branches.deepest(span)


def branch_gone(m: World, r: Words, one: Span, outcome: int, tells: bool) -> None:  # noqa: FBT001
    """A branch is no more before it has come to its end: called back, or down with its replica."""
    branches.ended(m, r, one, outcome)
    end_all(m, r, one, outcome, tells)
    if one.caller == codes.FORKED:
        remove_child(one.parent, one)
    one.caller = codes.LEFT
    one.state = codes.STOPPED
    then(m, codes.DO_FREE, one.at, 0)


@rare
def abandon_branch(m: World, r: Words, one: Span, outcome: int, tells: bool) -> None:  # noqa: FBT001
    """The same of a branch alone, which its handler does not need any more; or of one that was left, and goes down."""
    abandon_below(m, r, one, outcome, tells)
    branch_gone(m, r, one, outcome, tells)


@rare
def lose_branches(m: World, r: Words, replica: Replica, tells: bool) -> None:  # noqa: FBT001
    """A replica goes down: so do the branches there that nobody needs."""
    while replica.branch_first:
        abandon_branch(m, r, replica.branch_first, CRASHED, tells)


def end_all(m: World, r: Words, span: Span, outcome: int, tells: bool) -> None:  # noqa: FBT001
    """What an execution has under way ends: what it waits for, its transaction, its locks, its read, its calls."""
    if span.place == HANGS:
        leaks.killed(m, r, span)
    sagas.leave(span)
    admission.left(m, r, span, outcome)
    pace.leave(m, r, span)
    stores.break_off(m, r, span)
    if m.cache_count > 0:
        caches.break_off(m, r, span)
    stop_waiting(m, r, span)
    lose(m, r, span, outcome, tells)


def free(m: World, span: Span) -> None:
    """Nothing on the agenda is about a span any more that was stopped, or whose caller was."""
    if span.state == codes.STOPPED:
        span.state = codes.OVER
    if span.caller == codes.LEFT:
        span.caller = codes.GONE
    release_span(m, span)


def give_way(m: World, r: Words, span: Span) -> bool:
    """A handler is about to work: whether one of higher priority waits, which has the worker first."""
    if not span.site or span.consumer:  # the handler of a message has no worker of the replica's
        return False
    replica = span.replica
    for index in range(span.trace.flow.rank):
        if replica.lines[index].first:
            waiting.suspend(m, r, span)
            hand_on(m, r, replica)
            return True
    return False
