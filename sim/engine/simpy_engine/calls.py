"""Calls: call, send, settle, reply, reach, begin, finish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpy.events import Event

from sim.draws import bits
from sim.engine.simpy_engine import budgets, effects
from sim.engine.simpy_engine.clock import Process, Timer
from sim.engine.simpy_engine.guards import admitted, tell_guards
from sim.engine.simpy_engine.state import Replica, Span
from sim.record import fields, outcomes, recorder
from sim.record.outcomes import OK, unanswered
from sim.scenario.kinds import FIRST, START, WAIT
from sim.semantics.hooks import BALANCES, RETRIES
from sim.semantics.order import REACH, REPLY, RETRY, TIMEOUT, rank_of
from sim.semantics.sagas import attempt_failed

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Activity, Run, Steps
    from sim.engine.simpy_engine.state import Trace
    from sim.network import Site


# -- traces


def part_done(run: Run, trace: Trace, good: bool) -> None:  # noqa: FBT001
    """One part of a trace (the request itself, or one message for one group) is done; the last one closes it."""
    if trace.closed:
        return
    trace.failed = trace.failed or not good
    trace.open -= 1
    if trace.open == 0:
        trace.closed = True
        del run.flows_open[trace.number]
        effects.close(run, trace)
        now, deadline = run.clock.now, run.network.flows[trace.flow].deadline
        recorder.closed(run.r, now, trace.flow, trace.ident, int(not trace.failed), now - trace.started_at, deadline)


# -- calls: the caller's side


def call(run: Run, caller: Span | None, trace: Trace, site: Site) -> Steps:
    """Send, wait for the reply or the timeout, retry; gives the outcome of the last attempt."""
    number, waited = 1, 0
    while True:
        attempt = send(run, caller, trace, site, number)
        outcome = yield attempt.done
        if caller is None:
            trace.answered = attempt.occurrence
        if outcome == OK:
            return OK
        if caller is not None and caller.saga is not None:
            attempt_failed(caller.saga.state, unanswered(outcome))
        delay = delay_before_retry(run, attempt, waited, outcome)
        if delay < 0:
            return int(outcome)
        recorder.note(run.r, run.clock.now, fields.facts.FACT_RETRYING, attempt.ident, delay)
        if delay > 0:
            yield Timer(run.clock, delay, rank_of(RETRY, attempt.ident))
            if caller is not None and caller.dead:
                return int(outcome)
        number, waited = number + 1, delay


def delay_before_retry(run: Run, attempt: Span, waited: int, outcome: int) -> int:
    """What the retry policy of a call, and its budget, say after an attempt failed: ns to wait, or -1."""
    site = attempt.site
    if not (site.retry_on >> outcome) & 1:
        return -1
    u = bits(run.keys[site.retry_stream], attempt.trace.key, attempt.occurrence)
    delay: int = RETRIES[site.retry].retry(run.settings[site.retry_at], attempt.attempt, waited, u)
    if delay >= 0 and site.budget >= 0 and not budgets.may_retry(run, attempt):
        return -1
    return delay


def send(run: Run, caller: Span | None, trace: Trace, site: Site, number: int) -> Span:
    """One attempt leaves for a replica; its timeout starts to run."""
    clock = run.clock
    now = clock.now
    attempt = Span(trace, site.operation, trace.visit(site.operation, now), caller)
    ident = attempt.ident
    attempt.site = site
    attempt.done = Event(clock)
    attempt.sent_at = now
    attempt.attempt = number
    run.awaited[ident] = attempt
    recorder.sent(run.r, now, site.edge, ident, number)
    if caller is not None:
        caller.children[ident] = attempt
    if site.budget >= 0:
        budgets.attempt_sent(run, attempt, first=number == 1)
    if site.guards and not admitted(run, attempt):
        settle(run, attempt, outcomes.REJECTED)
        return attempt
    replica = choose_replica(run, site, attempt)
    if replica is None:
        settle(run, attempt, outcomes.UNAVAILABLE)
        return attempt
    attempt.replica = replica
    hop = run.sample(site.hop, site.request_stream, trace, attempt.occurrence)
    clock.after(hop, rank_of(REACH, ident), reach, run, attempt)
    if site.timeout > 0:
        run.timeouts[site.timeout].begin(rank_of(TIMEOUT, ident))
    return attempt


def choose_replica(run: Run, site: Site, attempt: Span) -> Replica | None:
    """The balancer's choice among the replicas in its list; none when the list is empty."""
    service = site.service
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
    attempt.done.succeed(outcome)


def expire(run: Run, attempt: Span) -> None:
    """The timeout of an attempt runs out: the caller gives up, the callee works on."""
    if attempt.awaited:
        settle(run, attempt, outcomes.TIMEOUT)


def reply(run: Run, attempt: Span, outcome: int) -> None:
    """The callee's answer leaves, if anybody still waits for it."""
    if attempt.awaited:
        attempt.outcome = outcome
        site = attempt.site
        hop = run.sample(site.hop, site.reply_stream, attempt.trace, attempt.occurrence)
        run.clock.after(hop, rank_of(REPLY, attempt.ident), returned, run, attempt)


def returned(run: Run, attempt: Span) -> None:
    """The callee's answer arrives at the caller."""
    if attempt.awaited:
        settle(run, attempt, attempt.outcome)
    else:
        recorder.late(run.r, run.clock.now, attempt.site.edge, attempt.ident)


# -- calls: the callee's side


def reach(run: Run, attempt: Span) -> None:
    """A request reaches its replica: it starts, waits or is turned away."""
    replica, now, ident = attempt.replica, run.clock.now, attempt.ident
    service = replica.service
    if not replica.up:
        recorder.turned_away(run.r, now, service, ident, outcomes.CRASHED)
        if not replica.silent:
            reply(run, attempt, outcomes.CRASHED)
        return
    spec = replica.spec
    verdict = replica.discipline.accept(replica.busy, spec.workers, len(replica.queue), spec.queue_max)
    attempt.arrived_at = now
    if verdict == START:
        recorder.started_at_once(run.r, now, service, ident)
        replica.residents[ident] = attempt
        begin(run, attempt)
    elif verdict == WAIT:
        recorder.waiting(run.r, now, service, ident)
        replica.residents[ident] = attempt
        replica.queue.append(attempt)
    else:
        recorder.turned_away(run.r, now, service, ident, outcomes.REJECTED)
        reply(run, attempt, outcomes.REJECTED)


def begin(run: Run, attempt: Span) -> None:
    """A worker takes the request."""
    attempt.replica.busy += 1
    attempt.running = True
    attempt.started_at = run.clock.now
    Process(run.clock, span(run, attempt))


def span(run: Run, attempt: Span) -> Activity:
    """Process: one execution of a handler, holding its worker to the end."""
    outcome = yield from run.handlers[attempt.operation](run, attempt)
    if not attempt.dead:
        finish(run, attempt, outcome)


def finish(run: Run, attempt: Span, outcome: int) -> None:
    """The handler ends: the worker goes to the next in the queue, the answer to the caller."""
    replica, now = attempt.replica, run.clock.now
    held = now - attempt.started_at
    recorder.ended(run.r, now, replica.service, attempt.ident, outcome, held, int(not attempt.awaited))
    del replica.residents[attempt.ident]
    replica.busy -= 1
    if replica.queue:
        queue = replica.queue
        following = queue.popleft() if replica.discipline.next(len(queue)) == FIRST else queue.pop()
        waited = now - following.arrived_at
        recorder.started_after(run.r, now, replica.service, following.ident, waited)
        begin(run, following)
    reply(run, attempt, outcome)
