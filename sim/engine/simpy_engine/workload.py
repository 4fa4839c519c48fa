"""Workload: load, enter, ask, arrive, let in, client. How requests come in, and what their clients do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws import below, bits, draw, trace_key
from sim.engine.simpy_engine import effects, follow_ups, users
from sim.engine.simpy_engine.calls import call
from sim.engine.simpy_engine.clock import Process, Timer
from sim.engine.simpy_engine.state import Trace
from sim.engine.simpy_engine.traces import part_done
from sim.record import recorder
from sim.record.outcomes import OK
from sim.semantics.order import ARRIVAL, rank_of
from sim.semantics.rules import OWN_KEY_SHIFT

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Activity, Run, Steps


def load(run: Run, flow: int) -> Activity:
    """Process: the open workload of a flow lets its requests in at their times."""
    clock, rank = run.clock, rank_of(ARRIVAL, flow)
    for index, at in enumerate(run.network.arrival_times(flow, run.seed, run.replication)):
        yield Timer(clock, at - clock.now, rank)
        arrive(run, flow, index)


def enter(run: Run, flow: int) -> None:
    """The users of a closed flow come, one by one, and think."""
    spec = run.network.flows[flow].closed
    assert spec is not None  # noqa: S101 - asked of closed flows only
    for number in range(spec.users):
        users.think(run, users.User(flow, number, ask), number * spec.ramp_up // spec.users)


def ask(run: Run, user: users.User) -> None:
    """A user has thought, and asks: the draws of its request follow from who asks, and how often it has."""
    key = trace_key(trace_key(run.keys[run.network.flows[user.flow].stream], user.number), user.count)
    user.count += 1
    let_in(run, user.flow, key, user)


def arrive(run: Run, flow: int, index: int) -> Process:
    """One request of a flow arrives."""
    return let_in(run, flow, trace_key(run.keys[run.network.flows[flow].stream], index))


def let_in(run: Run, flow: int, key: int, user: users.User | None = None) -> Process:
    """A trace begins, and a client calls for it."""
    spec, now = run.network.flows[flow], run.clock.now
    own_key = bits(run.keys[spec.key_stream], key, 0)
    if spec.key_table >= 0:
        partition_key = draw(run.tables, spec.key_table, own_key)
    else:
        partition_key = below(own_key, spec.keys) if spec.keys > 0 else own_key >> OWN_KEY_SHIFT
    trace = Trace(run.traces, key, flow, now, partition_key, run.places)
    trace.user = user
    run.traces += 1
    run.requests_open[trace.number] = run.flows_open[trace.number] = trace
    recorder.offered(run.r, now, flow, trace.ident)
    return Process(run.clock, client(run, trace))


def client(run: Run, trace: Trace) -> Steps:
    """Process: a client that calls once, with its own timeout and retries; gives the outcome that it knows."""
    outcome = yield from call(run, None, trace, run.network.sites[run.network.flows[trace.flow].site])
    now = run.clock.now
    del run.requests_open[trace.number]
    recorder.replied(run.r, now, trace.flow, trace.ident, outcome, now - trace.started_at)
    effects.tell(run, trace, outcome)
    part_done(run, trace, outcome == OK)
    if not follow_ups.begin(run, trace, outcome):
        users.again(run, trace)
    return outcome
