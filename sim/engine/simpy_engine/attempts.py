"""Attempts of calls: leave caller, settle, reply, reach, begin, finish, hand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws import bits
from sim.engine.simpy_engine import admission, budgets, links, waiting
from sim.engine.simpy_engine.balancing import choose, tell_view
from sim.engine.simpy_engine.clock import Process
from sim.engine.simpy_engine.guards import tell_guards
from sim.engine.simpy_engine.halted import hears_later
from sim.engine.simpy_engine.hedge_groups import elsewhere
from sim.engine.simpy_engine.resuming import hand_over
from sim.record import outcomes, recorder
from sim.record import waiting as waits
from sim.record.outcomes import OK
from sim.scenario.kinds import REJECT, START, WAIT
from sim.semantics.hooks import BALANCES
from sim.semantics.links import LOST, later
from sim.semantics.order import QUEUE_WAIT, REACH, REPLY, TIMEOUT, rank_of
from sim.semantics.waiting import stops_waiting_at

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Activity, Run
    from sim.engine.simpy_engine.state import Replica, Span
    from sim.network import Site


def leave_caller(run: Run, attempt: Span) -> None:
    """Nothing keeps an attempt back: it leaves for a replica, and its timeout starts to run."""
    site, ident = attempt.site, attempt.ident
    if attempt.due == run.clock.now != 0:  # it may leave when nobody waits any more
        settle(run, attempt, outcomes.EXPIRED)
        return
    replica = choose_replica(run, site, attempt)
    if replica is None:
        settle(run, attempt, outcomes.UNAVAILABLE)
        return
    attempt.replica = replica if attempt.hedge is None else elsewhere(run, attempt, replica)
    if site.crossing >= 0:
        cross(run, attempt, REACH)
    else:
        hop = run.sample(site.hop, site.request_stream, attempt.trace, attempt.occurrence)
        run.clock.after(hop, rank_of(REACH, ident), reach, run, attempt)
    ends_at = stops_waiting_at(site.timeout, attempt.due, run.clock.now) if attempt.due else 0
    if ends_at != 0:
        run.clock.after(ends_at - run.clock.now, rank_of(TIMEOUT, ident), run.expire, attempt)
    elif site.timeout > 0:
        run.timeouts[site.timeout].begin(rank_of(TIMEOUT, ident))


def cross(run: Run, attempt: Span, kind: int) -> None:
    """A request or an answer crosses a link that is more than a delay: it may wait, be lost, take longer, or come twice."""
    site, answer, clock = attempt.site, kind == REPLY, run.clock
    delay = links.passed(run, attempt, answer=answer)
    if delay == LOST:
        return
    stream = site.reply_stream if answer else site.request_stream
    delay = later(delay, run.sample(links.way(run, attempt), stream, attempt.trace, attempt.occurrence))
    clock.after(delay, rank_of(kind, attempt.ident), returned if answer else reach, run, attempt)
    if not answer and links.doubled(run, attempt):
        double(run, attempt)


def double(run: Run, attempt: Span) -> None:
    """The request comes to its replica a second time, by a way of its own; nobody waits for what comes of that."""
    copy = links.copy_of(run, attempt)
    delay = run.sample(links.way(run, copy), attempt.site.request_stream, copy.trace, copy.occurrence)
    run.clock.after(later(delay, links.added(run, copy, answer=False)), rank_of(REACH, copy.ident), reach, run, copy)
    copy.parent = None


def choose_replica(run: Run, site: Site, attempt: Span) -> Replica | None:
    """The balancer's choice among the replicas in its list; none when the list is empty."""
    service = site.service
    if site.view >= 0:
        return choose(run, site, attempt)
    listed = run.listed[service]
    if not listed:
        return None
    turn = run.turns[service]
    run.turns[service] = turn + 1
    if len(listed) == 1:
        return listed[0]
    spec = run.network.services[service]
    u = bits(run.keys[site.balance_stream], attempt.trace.key, attempt.occurrence) if spec.balance_draws else 0
    return listed[int(BALANCES[spec.balance].choose(turn, len(listed), u))]


def settle(run: Run, attempt: Span, outcome: int) -> None:
    """The caller stops waiting for this attempt, and goes on with its outcome."""
    attempt.awaited = False
    del run.awaited[attempt.ident]
    if attempt.parent is not None:
        del attempt.parent.children[attempt.ident]
    recorder.settled(run.r, run.clock.now, attempt.site.edge, attempt.ident, outcome)
    if attempt.admitted:
        tell_guards(run, attempt, outcome)
    if attempt.site.budget >= 0:
        budgets.attempt_ended(run, attempt, first=attempt.attempt == 1, good=outcome == OK)
    if attempt.view is not None:
        tell_view(run, attempt, outcome == OK)
    if attempt.site.halts and hears_later(run, attempt, outcome):
        return
    attempt.done.succeed(outcome)


def reply(run: Run, attempt: Span, outcome: int) -> None:
    """The callee's answer leaves, if anybody still waits for it."""
    if attempt.awaited:
        attempt.outcome = outcome
        site = attempt.site
        if site.crossing >= 0:
            cross(run, attempt, REPLY)
            return
        hop = run.sample(site.hop, site.reply_stream, attempt.trace, attempt.occurrence)
        run.clock.after(hop, rank_of(REPLY, attempt.ident), returned, run, attempt)


def returned(run: Run, attempt: Span) -> None:
    """The callee's answer arrives at the caller."""
    if attempt.awaited:
        settle(run, attempt, attempt.outcome)
    else:
        recorder.late(run.r, run.clock.now, attempt.site.edge, attempt.ident)


def reach(run: Run, attempt: Span) -> None:
    """A request reaches its replica: it starts, waits or is turned away."""
    replica, now, ident = attempt.replica, run.clock.now, attempt.ident
    service = replica.service
    if not replica.opens:
        find_closed(run, attempt)
        return
    refusal = waiting.refused(run, attempt) if attempt.due or attempt.called_back else OK
    if replica.admits and refusal == OK:
        refusal = admission.refused(run, attempt)
    if refusal != OK:
        recorder.turned_away(run.r, now, service, ident, refusal)
        reply(run, attempt, refusal)
        return
    spec, room = replica.spec, replica.spec.room
    ahead = len(replica.lines[0]) if room is None else waiting.waiting(replica)
    verdict = replica.discipline.accept(replica.busy, spec.workers, ahead, spec.queue_max)
    attempt.arrived_at = now
    if room is not None and verdict != START:
        verdict = make_room(run, attempt, verdict)
    if replica.admits and verdict != REJECT:
        admission.admit(run, attempt)
    if verdict == START:
        recorder.started_at_once(run.r, now, service, ident)
        replica.residents[ident] = attempt
        begin(run, attempt)
    elif verdict == WAIT:
        recorder.waiting(run.r, now, service, ident)
        replica.residents[ident] = attempt
        if room is None:
            replica.lines[0][ident] = attempt
        else:
            wait(run, attempt)
    else:
        recorder.turned_away(run.r, now, service, ident, outcomes.REJECTED)
        reply(run, attempt, outcomes.REJECTED)


def find_closed(run: Run, attempt: Span) -> None:
    """A request comes to a replica that is halted, and comes again when it goes on, be it in this instant; or that is down."""
    replica, now, ident = attempt.replica, run.clock.now, attempt.ident
    if replica.up:
        run.clock.at(replica.halted_until, rank_of(REACH, ident), reach, run, attempt)
        return
    recorder.turned_away(run.r, now, replica.service, ident, outcomes.CRASHED)
    if not replica.silent:
        reply(run, attempt, outcomes.CRASHED)


def wait(run: Run, attempt: Span) -> None:
    """A request waits in a room, for as long as it does."""
    waiting.join(run, attempt)
    patience = waiting.patience(run, attempt)
    if patience >= 0:
        run.clock.after(patience, rank_of(QUEUE_WAIT, attempt.ident), give_up_waiting, run, attempt)


def make_room(run: Run, attempt: Span, verdict: int) -> int:
    """All workers are busy: a request may take the worker of another one, or its place in a full queue."""
    room = attempt.replica.spec.room
    assert room is not None  # noqa: S101 - only where there is one
    victim = waiting.to_preempt(run, attempt) if room.preempt else None
    if victim is not None:
        waiting.suspend(run, victim)
        return START
    victim = waiting.to_evict(run, attempt) if verdict == REJECT and room.evict else None
    if victim is None:
        return verdict
    turn_out(run, victim, outcomes.EVICTED)
    return WAIT


def turn_out(run: Run, attempt: Span, outcome: int) -> None:
    """A request that waits leaves the queue unbegun, and its caller hears why."""
    waiting.leave(run, attempt)
    gone(run, attempt, outcome)


def gone(run: Run, attempt: Span, outcome: int) -> None:
    """A request has left the queue unbegun, and its caller hears why."""
    replica, now = attempt.replica, run.clock.now
    waits.left_queue(run.r, now, replica.service, attempt.ident, outcome, now - attempt.arrived_at)
    del replica.residents[attempt.ident]
    if replica.admits:
        admission.dropped(run, attempt)
    reply(run, attempt, outcome)


def give_up_waiting(run: Run, attempt: Span) -> None:
    """A request has waited for as long as it does, unless it was begun, or is gone."""
    waits = attempt.ident in attempt.replica.residents and not attempt.running and not attempt.preempted
    if waits:
        turn_out(run, attempt, outcomes.DROPPED)


def begin(run: Run, attempt: Span) -> None:
    """A worker takes the request."""
    replica = attempt.replica
    replica.busy += 1
    if replica.at_work:
        waiting.begun(run, attempt)
    attempt.running = True
    attempt.started_at = run.clock.now
    Process(run.clock, span(run, attempt))


def span(run: Run, attempt: Span) -> Activity:
    """Process: one execution of a handler, to the end."""
    if attempt.dead:
        return
    outcome = yield from run.handlers[attempt.operation](run, attempt)
    if not attempt.dead:
        finish(run, attempt, outcome)


def finish(run: Run, attempt: Span, outcome: int) -> None:
    """The handler ends: the worker goes to the next in the queue, the answer to the caller."""
    replica, now = attempt.replica, run.clock.now
    held = now - attempt.started_at
    recorder.ended(run.r, now, replica.service, attempt.ident, outcome, held, int(not attempt.awaited))
    del replica.residents[attempt.ident]
    if replica.at_work:
        waiting.over(run, attempt)
    replica.busy -= 1
    if replica.admits:
        admission.answered(run, attempt)
    hand_on(run, replica)
    reply(run, attempt, outcome)


def hand_on(run: Run, replica: Replica) -> None:
    """A worker is free: the next that waits has it; those for whom it comes too late are gone."""
    if replica.leaked and replica.busy >= replica.spec.workers:  # it has leaked
        return
    if replica.loop is not None and hand_over(run, replica):
        return
    while any(replica.lines):
        following, now = waiting.next_of(run, replica), run.clock.now
        if following.preempted:
            waiting.resume(run, following)
            return
        outcome = waiting.verdict(run, following) if following.due or replica.spec.room is not None else OK
        if outcome == OK:
            recorder.started_after(run.r, now, replica.service, following.ident, now - following.arrived_at)
            begin(run, following)
            return
        gone(run, following, outcome)
