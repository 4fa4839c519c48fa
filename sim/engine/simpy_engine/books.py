"""The books are closed: all areas brought up to the horizon, and what is still inside counted, thing by thing.

    resident requests, deliveries in hand    how long they have held, or waited, so far
    attempts that somebody waits for         without an answer
    traces                                   requests without an answer, flows under way
    transactions                             that wait for a connection, or have one
    logs from each group's commit on         messages that are not handled

Everything is counted twice: into the recorder's levels as it happened, and here from what there is; the ledger holds one
against the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.simpy_engine import admission, key_locks, leaks, pace
from sim.engine.simpy_engine.branches import count_branches
from sim.engine.simpy_engine.broker_books import count_group, count_queue, entries
from sim.engine.simpy_engine.broker_state import ConsumerGroup
from sim.engine.simpy_engine.caches import count_caches
from sim.engine.simpy_engine.held_back import count_held_back
from sim.engine.simpy_engine.projections import count_view
from sim.engine.simpy_engine.rebuilds import count_rebuild
from sim.engine.simpy_engine.sagas import count_sagas
from sim.engine.simpy_engine.scaling import count_replicas
from sim.engine.simpy_engine.whole_calls import count_whole_calls
from sim.record import closing, invariants, recorder, tally
from sim.record.effects import DONE, NOT_TOLD, PENDING, STATE
from sim.record.fields.event_streams import HELD_STORED
from sim.record.follow_ups import still_asking, still_following
from sim.record.relays import still_resent, still_unpublished
from sim.record.sessions import session_still_open
from sim.record.stores import still_locked_out, still_open
from sim.stores.transactions import LOCKED_OUT, WAITING

if TYPE_CHECKING:

    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import RelayAtWork, Replica, Trace


def close_books(run: Run) -> None:
    """Bring all areas up to the horizon, count what is still inside, and put the last histograms away."""
    recorder.flush(run.r, run.network.horizon)
    for replica in run.replicas:
        count_replica(run, replica)
    count_replicas(run)
    for group in run.groups:
        if isinstance(group, ConsumerGroup):
            count_group(run, group)
    for queue in run.queues.values():
        count_queue(run, queue)
    for (stream, _), one in run.aggregates.items():
        run.recording.inside["event_streams"][stream, HELD_STORED] += one.version - run.network.event_streams[stream].initial
    for number, view in enumerate(run.views):
        count_view(run, number)
        count_rebuild(run, view)
    for broker in run.brokers:
        run.recording.inside["brokers"][broker.number] = broker.state.held.length + broker.state.kept.length
    for number in range(len(run.stores)):
        count_store(run, number)
    count_caches(run)
    for relay in run.relays:
        count_relay(run, relay)
    key_locks.count_locks(run)
    count_dual_writes(run)
    leaks.count(run)
    count_attempts(run)
    count_branches(run)
    count_whole_calls(run)
    count_traces(run)
    count_sagas(run)
    tally.put_away(run.r)


def count_replica(run: Run, replica: Replica) -> None:
    """Requests in the queue of a replica and at its workers."""
    admission.count_limiter(run, replica)
    busy = replica.busy - replica.leaked + pace.count(run, replica)
    run.recording.inside["services"][replica.service] += (sum(map(len, replica.lines)), busy)
    for attempt in replica.residents.values():
        since = attempt.started_at if attempt.running else attempt.arrived_at
        closing.still_inside(run.r, replica.service, attempt.running, run.network.horizon - since)
        if attempt.preempted:
            closing.still_inside(run.r, replica.service, True, attempt.arrived_at - attempt.started_at)


def count_attempts(run: Run) -> None:
    """Attempts that a caller still waits for."""
    for attempt in run.awaited.values():
        run.recording.inside["edges"][attempt.site.edge, 0] += 1
        closing.still_awaited(run.r, attempt.site.edge, attempt.sent_at, run.network.horizon - attempt.sent_at)
        for number in attempt.site.guards if attempt.admitted else ():
            run.recording.inside["guards"][number, 0] += 1
        if attempt.held_back is not None and not attempt.admitted:
            count_held_back(run, attempt)
        if attempt.view is not None:
            run.recording.inside["balancers"][run.balancers[attempt.site.service].number, 0] += 1
    for number, guard in enumerate(run.guards):
        run.recording.inside["guards"][number, 1] = sum(map(guard.engaged, guard.own_states))
    for number, budget in enumerate(run.budgets):
        run.recording.inside["budgets"][number, 0] = sum(map(budget.engaged, budget.states))
    for balancer in run.balancers.values():
        seen = [view.seen[number] for view in balancer.views for number in range(balancer.spec.replicas)]
        run.recording.inside["balancers"][balancer.number, 1] = sum(one.ejected for one in seen)
    for checks in run.checks.values():
        under_way, out = sum(one.sent_at > 0 for one in checks.states), sum(one.out for one in checks.states)
        run.recording.inside["health_checks"][checks.number] = (under_way, out)


def count_traces(run: Run) -> None:
    """Requests without an answer, and flows of which some part is under way."""
    r, network, inside = run.r, run.network, run.recording.inside
    for trace in run.requests_open.values():
        inside["flows"][trace.flow, 0] += 1
        closing.still_unanswered(r, trace.flow, trace.started_at, network.horizon - trace.started_at)
        count_session(run, trace)
    for trace in run.flows_open.values():
        inside["flows"][trace.flow, 1] += 1
        age, deadline = network.horizon - trace.started_at, network.flows[trace.flow].deadline
        closing.still_under_way(r, trace.flow, trace.started_at, age, int(trace.failed), deadline)
        count_effects(run, trace)
        for row in network.flow_invariants[trace.flow]:
            inside["invariants"][row, 0] += 1
            invariants.invariant_still_open(r, row)
    for trace, row in run.following.values():
        count_follow_up(run, trace, row)
        count_session(run, trace)


def count_session(run: Run, trace: Trace) -> None:
    """A session that is not over, if the flow has any."""
    session = run.session_of.get(trace.flow, -1)
    if session >= 0:
        session_still_open(run.r, session, run.network.horizon - trace.started_at)


def count_follow_up(run: Run, trace: Trace, row: int) -> None:
    """A user who follows up, and whether it waits for an answer."""
    horizon = run.network.horizon
    run.recording.inside["follow_ups"][row] += (1, trace.asked_at >= 0)
    still_following(run.r, row, horizon - trace.started_at)
    if trace.asked_at >= 0:
        still_asking(run.r, row, horizon - trace.asked_at)


def count_effects(run: Run, trace: Trace) -> None:
    """Effects of a flow under way that are still to come, and those that are done and no client has been told of."""
    for row, state in trace.effects.items():
        run.recording.inside["effects"][row] += (state & STATE == PENDING, state & STATE == DONE and trace.told == NOT_TOLD)


def count_store(run: Run, number: int) -> None:
    """Transactions that wait for a connection of a store, or have one."""
    for one in run.stores[number].transactions.values():
        waiting = one.place == WAITING
        locked_out = one.place == LOCKED_OUT
        run.recording.inside["stores"][number] += (waiting, not waiting, locked_out)
        if locked_out:
            still_locked_out(run.r, number, run.network.horizon - one.wants_since)
        still_open(run.r, number, waiting, run.network.horizon - one.since)


def count_relay(run: Run, relay: RelayAtWork) -> None:
    """Rows that are not marked, and those that were never published."""
    lines = (relay.state.unseen, relay.state.waiting, *(one.state.held for one in relay.instances))
    for row in entries(relay.state.waiting):
        if row.sent > 0:
            still_resent(run.r, relay.number)
    for row in (row for line in lines for row in entries(line)):
        if row.lost:
            run.recording.inside["failovers"][run.stores[relay.spec.store].spec.failover, 0] += 1
            continue
        run.recording.inside["relays"][relay.number] += (1, not row.confirmed)
        if not row.confirmed:
            still_unpublished(run.r, relay.number, run.network.horizon - row.since)


def count_dual_writes(run: Run) -> None:
    """Executions that commit and publish, of which it is not known whether they did both."""
    one = run.writes.first
    while one:
        run.recording.inside["dual_writes"][one.number, 0] += 1
        one = one.next
