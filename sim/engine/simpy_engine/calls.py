"""Workload and calls: arrive, client, call, send, settle, reply, reach, begin, finish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpy.events import Event, Process

from sim.draws import below, bits, trace_key
from sim.engine.order import ARRIVAL, REACH, REPLY, RETRY, TIMEOUT, rank_of
from sim.engine.rules import BALANCE_RULES, OWN_KEY_SHIFT, RETRY_RULES, START, WAIT, admits
from sim.engine.simpy_engine import effects
from sim.engine.simpy_engine.clock import Timer
from sim.engine.simpy_engine.run import Activity, Run, Steps
from sim.engine.simpy_engine.state import Replica, Span, Trace
from sim.record import fields, outcomes, recorder
from sim.record.outcomes import OK

if TYPE_CHECKING:
    from sim.network import Site


class Calls(Run):
    """How requests come in, go from caller to callee, wait, and are answered."""

    # -- workload

    def arrivals(self, flow: int) -> Activity:
        """Process: the open workload of a flow lets its requests in at their times."""
        clock, rank = self.clock, rank_of(ARRIVAL, flow)
        for index, at in enumerate(self.network.arrival_times(flow, self.seed, self.replication)):
            yield Timer(clock, at - clock.now, rank)
            self.arrive(flow, index)

    def arrive(self, flow: int, index: int) -> Process:
        """One request of a flow arrives: a trace begins, and a client calls for it."""
        spec, now = self.network.flows[flow], self.clock.now
        key = trace_key(self.keys[spec.stream], index)
        own_key = bits(self.keys[spec.key_stream], key, 0)
        partition_key = below(own_key, spec.keys) if spec.keys > 0 else own_key >> OWN_KEY_SHIFT
        trace = Trace(self.traces, key, flow, now, partition_key, self.places)
        self.traces += 1
        self.requests_open[trace.number] = self.flows_open[trace.number] = trace
        recorder.offered(self.r, now, flow, trace.ident)
        return Process(self.clock, self.client(trace))

    def client(self, trace: Trace) -> Steps:
        """Process: a client that calls once, with its own timeout and retries; gives the outcome that it knows."""
        outcome = yield from self.call(None, trace, self.network.sites[self.network.flows[trace.flow].site])
        now = self.clock.now
        del self.requests_open[trace.number]
        recorder.replied(self.r, now, trace.flow, trace.ident, outcome, now - trace.started_at)
        effects.tell(self, trace, outcome)
        self.part_done(trace, outcome == OK)
        return outcome

    # -- calls: the caller's side

    def call(self, caller: Span | None, trace: Trace, site: Site) -> Steps:
        """Send, wait for the reply or the timeout, retry; gives the outcome of the last attempt."""
        number = 1
        while True:
            attempt = self.send(caller, trace, site, number)
            outcome = yield attempt.done
            if outcome == OK:
                return OK
            u = bits(self.keys[site.retry_stream], trace.key, attempt.occurrence)
            delay = RETRY_RULES[site.retry](self.tables, site.retry_at, number, u)
            if delay < 0:
                return int(outcome)
            recorder.note(self.r, self.clock.now, fields.FACT_RETRYING, attempt.ident, delay)
            if delay > 0:
                yield Timer(self.clock, delay, rank_of(RETRY, attempt.ident))
                if caller is not None and caller.dead:
                    return int(outcome)
            number += 1

    def send(self, caller: Span | None, trace: Trace, site: Site, number: int) -> Span:
        """One attempt leaves for a replica; its timeout starts to run."""
        attempt = Span(trace, site.operation, trace.visit(site.operation, self.clock.now), caller)
        attempt.site = site
        attempt.done = Event(self.clock)
        attempt.sent_at = self.clock.now
        self.awaited[attempt.ident] = attempt
        recorder.sent(self.r, self.clock.now, site.edge, attempt.ident, number)
        if caller is not None:
            caller.children[attempt.ident] = attempt
        replica = self.choose_replica(site, attempt)
        if replica is None:
            self.settle(attempt, outcomes.UNAVAILABLE)
            return attempt
        attempt.replica = replica
        hop = self.sample(site.hop, site.request_stream, trace, attempt.occurrence)
        Timer(self.clock, hop, rank_of(REACH, attempt.ident), self.reach, attempt)
        if site.timeout > 0:
            Timer(self.clock, site.timeout, rank_of(TIMEOUT, attempt.ident), self.expire, attempt)
        return attempt

    def choose_replica(self, site: Site, attempt: Span) -> Replica | None:
        """The balancer's choice among the replicas in its list; none when the list is empty."""
        service = site.service
        listed = self.listed[service]
        if not listed:
            return None
        spec = self.network.services[service]
        u = bits(self.keys[site.balance_stream], attempt.trace.key, attempt.occurrence) if spec.balance_draws else 0
        index = BALANCE_RULES[spec.balance](self.turns[service], len(listed), u)
        self.turns[service] += 1
        return listed[int(index)]

    def settle(self, attempt: Span, outcome: int) -> None:
        """The caller stops waiting for this attempt, and goes on with its outcome."""
        attempt.awaited = False
        del self.awaited[attempt.ident]
        if attempt.parent is not None:
            del attempt.parent.children[attempt.ident]
        recorder.settled(self.r, self.clock.now, attempt.site.edge, attempt.ident, outcome)
        attempt.done.succeed(outcome)

    def expire(self, timer: Timer) -> None:
        """The timeout of an attempt runs out: the caller gives up, the callee works on."""
        attempt: Span = timer.about
        if attempt.awaited:
            self.settle(attempt, outcomes.TIMEOUT)

    def reply(self, attempt: Span, outcome: int) -> None:
        """The callee's answer leaves, if anybody still waits for it."""
        if attempt.awaited:
            attempt.outcome = outcome
            hop = self.sample(attempt.site.hop, attempt.site.reply_stream, attempt.trace, attempt.occurrence)
            Timer(self.clock, hop, rank_of(REPLY, attempt.ident), self.returned, attempt)

    def returned(self, timer: Timer) -> None:
        """The callee's answer arrives at the caller."""
        attempt: Span = timer.about
        if attempt.awaited:
            self.settle(attempt, attempt.outcome)
        else:
            recorder.late(self.r, self.clock.now, attempt.site.edge, attempt.ident)

    # -- calls: the callee's side

    def reach(self, timer: Timer) -> None:
        """A request reaches its replica: it starts, waits or is turned away."""
        attempt: Span = timer.about
        replica, now = attempt.replica, self.clock.now
        if not replica.up:
            recorder.turned_away(self.r, now, replica.service, attempt.ident, outcomes.CRASHED)
            if not replica.silent:
                self.reply(attempt, outcomes.CRASHED)
            return
        spec = self.network.services[replica.service]
        verdict = admits(replica.busy, spec.workers, len(replica.queue), spec.queue_max)
        attempt.arrived_at = now
        if verdict == START:
            recorder.started_at_once(self.r, now, replica.service, attempt.ident)
            replica.residents[attempt.ident] = attempt
            self.begin(attempt)
        elif verdict == WAIT:
            recorder.waiting(self.r, now, replica.service, attempt.ident)
            replica.residents[attempt.ident] = attempt
            replica.queue.append(attempt)
        else:
            recorder.turned_away(self.r, now, replica.service, attempt.ident, outcomes.REJECTED)
            self.reply(attempt, outcomes.REJECTED)

    def begin(self, attempt: Span) -> None:
        """A worker takes the request."""
        attempt.replica.busy += 1
        attempt.running = True
        attempt.started_at = self.clock.now
        Process(self.clock, self.span(attempt))

    def span(self, attempt: Span) -> Activity:
        """Process: one execution of a handler, holding its worker to the end."""
        outcome = yield from self.steps(attempt)
        if not attempt.dead:
            self.finish(attempt, outcome)

    def finish(self, attempt: Span, outcome: int) -> None:
        """The handler ends: the worker goes to the next in the queue, the answer to the caller."""
        replica, now = attempt.replica, self.clock.now
        held = now - attempt.started_at
        recorder.ended(self.r, now, replica.service, attempt.ident, outcome, held, int(not attempt.awaited))
        del replica.residents[attempt.ident]
        replica.busy -= 1
        if replica.queue:
            following = replica.queue.popleft()
            waited = now - following.arrived_at
            recorder.started_after(self.r, now, replica.service, following.ident, waited)
            self.begin(following)
        self.reply(attempt, outcome)
