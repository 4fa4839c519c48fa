"""The readable engine: every request, every handler and every delivery is a process that reads like what it models.

    arrivals -> client -> call -> send -> reach -> begin -> span -> steps -> finish -> reply -> settle       calls.py
                           ^ retry  `-> expire (timeout)             |                                       steps.py
                           `------------------------------------     publish -> append -> deliver            broker.py
                                                                       -> consume -> handled -> commit
    alter -> crash -> kill -> abandon, silence; eject; restart                                               faults.py

It is the specification. The compiled engine has the same verbs, in files of the same names, in the same order, and does the
same to the bit.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

from simpy.events import Process

from sim.engine.order import ALTER, WINDOW, rank_of
from sim.engine.simpy_engine import effects
from sim.engine.simpy_engine.clock import Timer
from sim.engine.simpy_engine.faults import Faults
from sim.record import closing, recorder, tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.engine.simpy_engine.state import Membership, Message


SELDOM = (50_000, 20, 50)


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Let Python look for garbage cycles seldom: a run makes many short-lived objects and next to no cycles."""
    before = gc.get_threshold()
    if before == SELDOM:  # another thread's run has seen to it
        yield
        return
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


class SimpyEngine(Faults):
    """One replication of a network, from time 0 to its horizon."""

    def run(self) -> int:
        """Run to the horizon and close the books; returns the number of events fired."""
        network = self.network
        for group in self.groups:
            self.found(group)
        for index, alteration in enumerate(network.alterations):
            Timer(self.clock, alteration.at, rank_of(ALTER, index), self.alter, alteration)
        if network.window < network.horizon:
            Timer(self.clock, network.window, rank_of(WINDOW, 0), self.window)
        for flow in range(len(network.flows)):
            Process(self.clock, self.arrivals(flow))
        with seldom_collecting():
            fired = self.clock.run_to(network.horizon)
        self.close_books()
        self.recording.write_back(self.r)
        return fired

    def window(self, _: Timer) -> None:
        """A window of the record ends."""
        now = self.clock.now
        recorder.window(self.r, now)
        if tally.journal_is_long(self.r):
            self.recording.take_journal(self.r)
        if now + self.network.window < self.network.horizon:
            Timer(self.clock, self.network.window, rank_of(WINDOW, 0), self.window)

    def close_books(self) -> None:
        """At the horizon: bring all areas up to date, and count the time of those that are still inside."""
        r, horizon = self.r, self.network.horizon
        recorder.flush(r, horizon)
        inside = self.recording.inside
        for replica in self.replicas:
            inside.services[replica.service] += (len(replica.queue), replica.busy)
            for span in replica.residents.values():
                since = span.started_at if span.running else span.arrived_at
                closing.still_inside(r, replica.service, span.running, horizon - since)
        for consumer in self.consumers:
            if consumer.delivery is not None and consumer.delivery.span is not None:
                inside.groups[consumer.group, 1] += 1
                closing.still_consuming(r, consumer.group, horizon - consumer.delivery.span.started_at)
            elif consumer.delivery is not None:
                inside.groups[consumer.group, 2] += 1
        for group in self.groups:
            ends = (partition.end for partition in self.partitions[group.spec.topic])
            inside.groups[group.number, 0] = sum(ends) - sum(group.committed)
            for message in self.unhandled(group):
                inside.groups[group.number, 3] += 1
                closing.still_unhandled(r, group.number, message.appended_at, horizon - message.appended_at)
        self.count_unanswered()
        tally.put_away(r)

    def count_unanswered(self) -> None:
        """At the horizon: attempts that somebody waits for, requests without an answer, flows under way."""
        r, horizon, inside = self.r, self.network.horizon, self.recording.inside
        for attempt in self.awaited.values():
            inside.edges[attempt.site.edge, 0] += 1
            closing.still_awaited(r, attempt.site.edge, attempt.sent_at, horizon - attempt.sent_at)
        for trace in self.requests_open.values():
            inside.flows[trace.flow, 0] += 1
            closing.still_unanswered(r, trace.flow, trace.started_at, horizon - trace.started_at)
        for trace in self.flows_open.values():
            inside.flows[trace.flow, 1] += 1
            age, deadline = horizon - trace.started_at, self.network.flows[trace.flow].deadline
            closing.still_under_way(r, trace.flow, trace.started_at, age, int(trace.failed), deadline)
            effects.count(trace, inside.effects)

    def unhandled(self, group: Membership) -> Iterator[Message]:
        """The messages that a group has neither applied nor dropped nor lost: in logs, and committed before in hand."""
        for log, committed, handled in zip(self.partitions[group.spec.topic], group.committed, group.handled, strict=True):
            yield from (log.at(offset) for offset in range(max(committed, handled), log.end))
        for consumer in group.consumers:
            given = consumer.delivery
            if given is not None and group.handled[given.partition] <= given.offset < group.committed[given.partition]:
                yield given.message
