"""Workload: load, arrive, client. How requests come in, and what their clients do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws import below, bits, draw, trace_key
from sim.engine.simpy_engine import effects, follow_ups
from sim.engine.simpy_engine.calls import call, part_done
from sim.engine.simpy_engine.clock import Process, Timer
from sim.engine.simpy_engine.state import Trace
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


def arrive(run: Run, flow: int, index: int) -> Process:
    """One request of a flow arrives: a trace begins, and a client calls for it."""
    spec, now = run.network.flows[flow], run.clock.now
    key = trace_key(run.keys[spec.stream], index)
    own_key = bits(run.keys[spec.key_stream], key, 0)
    if spec.key_table >= 0:
        partition_key = draw(run.tables, spec.key_table, own_key)
    else:
        partition_key = below(own_key, spec.keys) if spec.keys > 0 else own_key >> OWN_KEY_SHIFT
    trace = Trace(run.traces, key, flow, now, partition_key, run.places)
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
    follow_ups.begin(run, trace, outcome)
    return outcome
