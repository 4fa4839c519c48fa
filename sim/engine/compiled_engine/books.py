"""The books are closed: all areas brought up to the horizon, and what is still inside counted, row by row.

    resident requests, deliveries in hand    how long they have held, or waited, so far
    spans that somebody waits for            attempts without an answer
    traces                                   requests without an answer, flows under way
    spans that are in a transaction          that wait for a connection, or have one
    logs from each group's commit on         messages that are not handled

Everything is counted twice: into the recorder's levels as it happened, and here from the rows themselves; the ledger holds one
against the other.
"""

from sim.engine.compiled_engine import admission, branches, broker_books, budgets, caches, codes, key_locks, leaks, pace
from sim.engine.compiled_engine.family_rows import Budget, EventStream, Guard, Relay
from sim.engine.compiled_engine.guards import engaged
from sim.engine.compiled_engine.health_rows import Checks
from sim.engine.compiled_engine.held_back import count_held_back
from sim.engine.compiled_engine.kernel_rows import Chunk
from sim.engine.compiled_engine.projections import count_view
from sim.engine.compiled_engine.rebuilds import count_rebuild
from sim.engine.compiled_engine.sagas import count_sagas
from sim.engine.compiled_engine.scaling import count_replicas
from sim.engine.compiled_engine.state import Replica, Span, Trace, World
from sim.record import closing, effects, fields, follow_ups, recorder, relays, sessions, stores, tally
from sim.record.invariants import invariant_still_open
from sim.semantics.balancing import Balancer
from sim.shared import Words, rare
from sim.stores import transactions
from sim.stores.relays import RowLine

SERVICES_HELD, EDGES_HELD = len(fields.services.SERVICES.holdings), len(fields.edges.EDGES.holdings)
FLOWS_HELD = len(fields.flows.FLOWS.holdings)
GROUPS_HELD, QUEUES_HELD = len(fields.groups.GROUPS.holdings), len(fields.queues.QUEUES.holdings)
PROJECTIONS_HELD = len(fields.projections.PROJECTIONS.holdings)
FOLLOW_UPS_HELD = len(fields.follow_ups.FOLLOW_UPS.holdings)
EFFECTS_HELD, GUARDS_HELD = len(fields.effects.EFFECTS.holdings), len(fields.guards.GUARDS.holdings)
BALANCERS_HELD = len(fields.balancers.BALANCERS.holdings)
CHECKS_HELD = len(fields.health_checks.HEALTH_CHECKS.holdings)
SCALERS_HELD = len(fields.scalers.SCALERS.holdings)
STORES_HELD, RELAYS_HELD = len(fields.stores.STORES.holdings), len(fields.relays.RELAYS.holdings)
STREAMS_HELD = len(fields.event_streams.EVENT_STREAMS.holdings)


@rare
def close_books(m: World, r: Words) -> None:
    """Bring all areas up to the horizon, count what is still inside, and put the last histograms away."""
    recorder.flush(r, m.horizon)
    for number in range(m.replica_count):
        count_replica(m, r, m.inside[fields.services.SERVICES.number], m.replicas[number])
        branches.count_branches(m, r, m.inside[fields.branches.BRANCHES.number], m.replicas[number])
    for number in range(m.queue_count):
        broker_books.count_queue(m, r, m.inside[fields.queues.QUEUES.number] + QUEUES_HELD * number, m.queues[number])
    for number in range(m.group_count):
        broker_books.count_group(m, r, m.inside[fields.groups.GROUPS.number] + GROUPS_HELD * number, m.groups[number])
    count_attempts(m, r, m.inside[fields.edges.EDGES.number])
    count_traces(m, r, m.inside[fields.flows.FLOWS.number])
    count_effects(m, m.inside[fields.effects.EFFECTS.number])
    count_sagas(m, r, m.inside[fields.sagas.SAGAS.number])
    for number in range(m.guard_count):
        count_guard(m, m.inside[fields.guards.GUARDS.number] + GUARDS_HELD * number, m.guards[number])
    for number in range(m.budget_count):
        count_budget(m, m.inside[fields.budgets.BUDGETS.number] + number, m.budgets[number])
    for number in range(m.balancer_count):
        at = m.inside[fields.balancers.BALANCERS.number] + BALANCERS_HELD * number
        count_balancer(m, at, m.balancers[number])
    for number in range(m.checks_count):
        at = m.inside[fields.health_checks.HEALTH_CHECKS.number] + CHECKS_HELD * number
        count_checks(m, at, m.checks[number])
    for number in range(m.scaler_count):
        count_replicas(m, m.inside[fields.scalers.SCALERS.number] + SCALERS_HELD * number, m.scalers[number])
    for number in range(m.event_stream_count):
        count_events(m, m.inside[fields.event_streams.EVENT_STREAMS.number], m.event_streams[number])
    for number in range(m.view_count):
        count_view(m, r, m.inside[fields.projections.PROJECTIONS.number] + PROJECTIONS_HELD * number, m.views[number])
        count_rebuild(m, r, m.inside[fields.rebuilds.REBUILDS.number], m.views[number])
    for number in range(m.broker_count):
        waiting = m.brokers[number].state
        m[m.inside[fields.brokers.BROKERS.number] + number] = waiting.held.length + waiting.kept.length
    if m.store_count > 0:
        count_transactions(m, r, m.inside[fields.stores.STORES.number])
    for number in range(m.cache_count):
        caches.count_cache(m, r, m.inside[fields.caches.CACHES.number], number)
    key_locks.count_locks(m, r)
    leaks.count(m)
    count_dual_writes(m, m.inside[fields.dual_writes.DUAL_WRITES.number])
    for number in range(m.relay_count):
        count_relay(m, r, m.inside[fields.relays.RELAYS.number] + RELAYS_HELD * number, m.relays[number])
    tally.put_away(r)


def count_replica(m: World, r: Words, at: int, replica: Replica) -> None:
    """Requests in the queue of a replica and at its workers."""
    service = replica.service.number
    m[at + SERVICES_HELD * service + fields.services.HELD_WAITING] += replica.queue_length
    without = pace.count(m, replica)
    m[at + SERVICES_HELD * service + fields.services.HELD_BUSY] += replica.busy - replica.leaked + without
    admission.count_limiter(m, replica)
    span = replica.resident_head
    while span:
        working = span.state == codes.WORKING
        since = span.started_at if working else span.arrived_at
        closing.still_inside(r, service, working, m.horizon - since)
        if span.state == codes.PREEMPTED:
            closing.still_inside(r, service, 1, span.arrived_at - span.started_at)
        span = span.resident_next


def count_attempts(m: World, r: Words, at: int) -> None:
    """Attempts that a caller still waits for; and executions that wait for a core, have one, or are without a worker."""
    chunk = m.spans_chunk
    while chunk:
        for row in range(chunk.count):
            span = Span(m, chunk.at + Chunk.SIZE + row * Span.SIZE)
            if span.ident != codes.FREE:
                pace.count_span(m, r, span)
            if span.ident != codes.FREE and span.caller == codes.WHOLE:
                count_let_go(m, span)
            if span.ident != codes.FREE and span.caller == codes.AWAITED:
                edge = span.site.edge
                m[at + EDGES_HELD * edge + fields.edges.HELD_AWAITED] += 1
                closing.still_awaited(r, edge, span.sent_at, m.horizon - span.sent_at)
                if span.admitted & codes.BY_GUARDS != 0:
                    count_let_go(m, span)
                if span.held_back and span.admitted & codes.BY_GUARDS == 0:
                    count_held_back(m, r, span)
                if span.site.view and span.replica:
                    held = m.inside[fields.balancers.BALANCERS.number] + BALANCERS_HELD * span.site.view.balancer.number
                    m[held + fields.balancers.HELD_OUTSTANDING] += 1
        chunk = chunk.before


def count_let_go(m: World, span: Span) -> None:
    """An attempt that guards have let go, or a call as a whole that those outside of its retry have."""
    for index in range(span.site.guard_count):
        held = m.inside[fields.guards.GUARDS.number] + GUARDS_HELD * span.site.guards[index].number
        m[held + fields.guards.HELD_OUT] += 1


def count_budget(m: World, at: int, budget: Budget) -> None:
    """States of a retry budget that would refuse."""
    for index in range(budget.count):
        m[at] += budgets.engaged(budget.code, m, budget.settings, budget.states + index * budget.size)


def count_balancer(m: World, at: int, balancer: Balancer) -> None:
    """Replicas that callers have ejected."""
    for index in range(balancer.view_count):
        for number in range(balancer.count):
            m[at + fields.balancers.HELD_EJECTED] += balancer.views[index].seen[number].ejected


def count_checks(m: World, at: int, checks: Checks) -> None:
    """Checks under way, and replicas that are taken out."""
    for number in range(checks.count):
        state = checks.checked[number].state
        m[at + fields.health_checks.HELD_CHECKING] += 1 if state.sent_at > 0 else 0
        m[at + fields.health_checks.HELD_OUT] += state.out


def count_guard(m: World, at: int, guard: Guard) -> None:
    """States of a guard that keep calls back."""
    for index in range(guard.count):
        m[at + fields.guards.HELD_ENGAGED] += engaged(guard.code, m, guard.settings, guard.states + index * guard.size)


def count_traces(m: World, r: Words, at: int) -> None:
    """Requests without an answer, and flows of which some part is under way."""
    chunk = m.traces_chunk
    while chunk:
        for row in range(chunk.count):
            x = Trace(m, chunk.at + Chunk.SIZE + row * m.trace_size)
            if x.references > 0:
                flow, since = x.flow.number, x.started_at
                age = m.horizon - since
                if x.answered == 0:
                    m[at + FLOWS_HELD * flow + fields.flows.HELD_REQUESTS] += 1
                    closing.still_unanswered(r, flow, since, age)
                if x.following != 0:
                    count_follow_up(m, r, m.inside[fields.follow_ups.FOLLOW_UPS.number], x)
                if x.flow.follow_up and (x.answered == 0 or x.following != 0) and x.flow.follow_up.session >= 0:
                    sessions.session_still_open(r, x.flow.follow_up.session, age)
                if x.closed == 0:
                    m[at + FLOWS_HELD * flow + fields.flows.HELD_TRACES] += 1
                    closing.still_under_way(r, flow, since, age, x.failed, x.flow.deadline)
                    for number in range(x.flow.invariants):
                        m[m.inside[fields.invariants.INVARIANTS.number] + x.flow.invariant_row + number] += 1
                        invariant_still_open(r, x.flow.invariant_row + number)
        chunk = chunk.before


def count_follow_up(m: World, r: Words, at: int, x: Trace) -> None:
    """A user who follows up, and whether it waits for an answer."""
    row = x.step.number
    m[at + FOLLOW_UPS_HELD * row + fields.follow_ups.HELD_FOLLOWING] += 1
    follow_ups.still_following(r, row, m.horizon - x.started_at)
    if x.asked_at >= 0:
        m[at + FOLLOW_UPS_HELD * row + fields.follow_ups.HELD_ASKING] += 1
        follow_ups.still_asking(r, row, m.horizon - x.asked_at)


def count_effects(m: World, at: int) -> None:
    """Effects that are still to come, and effects that are done and no client has been told of."""
    chunk = m.traces_chunk
    while chunk:
        for row in range(chunk.count):
            x = Trace(m, chunk.at + Chunk.SIZE + row * m.trace_size)
            if x.references > 0:
                flow = x.flow
                for place in range(flow.effects):
                    state = x.counts[m.effects_at + place]
                    to = at + EFFECTS_HELD * (flow.effect_row + place)
                    m[to + fields.effects.HELD_PENDING] += state & effects.STATE == effects.PENDING
                    m[to + fields.effects.HELD_UNTOLD] += state & effects.STATE == effects.DONE and x.answered == 0
        chunk = chunk.before


def count_events(m: World, at: int, stream: EventStream) -> None:
    """Events that were appended to the aggregates of a stream."""
    for number in range(stream.aggregate_count):
        stored = stream.aggregates[number].version - stream.initial
        m[at + STREAMS_HELD * stream.number + fields.event_streams.HELD_STORED] += stored


def count_transactions(m: World, r: Words, at: int) -> None:
    """Transactions that wait for a connection of a store, or have one."""
    chunk = m.spans_chunk
    while chunk:
        for row in range(chunk.count):
            span = Span(m, chunk.at + Chunk.SIZE + row * Span.SIZE)
            if span.ident != codes.FREE and span.transaction:
                one = span.transaction
                waiting = one.place == transactions.WAITING
                m[at + STORES_HELD * one.store + fields.stores.HELD_STORE_WAITING] += waiting
                m[at + STORES_HELD * one.store + fields.stores.HELD_IN_USE] += not waiting
                if one.place == transactions.LOCKED_OUT:
                    m[at + STORES_HELD * one.store + fields.stores.HELD_LOCKED_OUT] += 1
                    stores.still_locked_out(r, one.store, m.horizon - one.wants_since)
                stores.still_open(r, one.store, waiting, m.horizon - one.since)
        chunk = chunk.before


def count_relay(m: World, r: Words, at: int, relay: Relay) -> None:
    """Rows that are not marked, and those that were never published."""
    count_rows(m, r, at, relay, relay.state.unseen)
    count_rows(m, r, at, relay, relay.state.waiting)
    row = relay.state.waiting.head
    while row:
        if row.sent > 0:
            relays.still_resent(r, relay.number)
        row = row.next
    for index in range(relay.instance_count):
        count_rows(m, r, at, relay, relay.instances[index].state.held)


def count_rows(m: World, r: Words, at: int, relay: Relay, line: RowLine) -> None:
    """Those of a line."""
    row = line.head
    while row:
        if row.lost != 0:
            m[m.inside[fields.failovers.FAILOVERS.number] + relay.store.failover] += 1
            row = row.next
            continue
        m[at + fields.relays.HELD_BACKLOG] += 1
        if row.confirmed == 0:
            m[at + fields.relays.HELD_UNPUBLISHED] += 1
            relays.still_unpublished(r, relay.number, m.horizon - row.since)
        row = row.next


def count_dual_writes(m: World, at: int) -> None:
    """Executions that commit and publish, of which it is not known whether they did both."""
    one = m.writes.first
    while one:
        m[at + one.number] += 1
        one = one.next
