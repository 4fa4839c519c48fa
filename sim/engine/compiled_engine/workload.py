"""Workload: load, arrive, client_done. How requests come in, and what their clients do. The readable engine's verbs."""

from sim.draws import trace_key
from sim.engine.compiled_engine import codes, effects, follow_ups
from sim.engine.compiled_engine.calendar import heap_push, then
from sim.engine.compiled_engine.calls import part_done
from sim.engine.compiled_engine.memory import release_trace, take_trace
from sim.engine.compiled_engine.state import Flow, Trace, World
from sim.record import outcomes, recorder
from sim.semantics import order
from sim.semantics.order import identity, rank_of
from sim.shared import Words


def load(m: World, flow: Flow) -> None:
    """Put the next arrival of a flow on the calendar; asks the host for more times when they are used up."""
    following = flow.next
    if following == flow.end:
        if flow.over == 0:
            m.status = codes.REFILL
            m.refill = flow
        return
    flow.next = following + 1
    time = m[following]
    delay = time - m.now
    if delay == 0:
        then(m, codes.DO_ARRIVE, flow.at, 0)
    else:
        heap_push(m, time, rank_of(order.ARRIVAL, flow.number), flow.at)


def arrive(m: World, r: Words, flow: Flow) -> None:
    """One request of a flow arrives: a trace begins, and a client calls for it."""
    now = m.now
    x = take_trace(m)
    key = trace_key(m.keys[flow.stream], flow.index)
    flow.index += 1
    x.number = m.traces & order.TRACE_MASK
    x.key = key
    x.flow = flow
    x.started_at = now
    x.open = 1
    x.references = 1
    m.traces += 1
    recorder.offered(r, now, flow.number, identity(x.number, 0, 0))
    then(m, codes.DO_CLIENT, x.at, 0)
    load(m, flow)


def client_done(m: World, r: Words, x: Trace, outcome: int) -> None:
    """The client knows its final outcome."""
    now = m.now
    ident = identity(x.number, 0, 0)
    recorder.replied(r, now, x.flow.number, ident, outcome, now - x.started_at)
    effects.tell(m, r, x, outcome)
    part_done(m, r, x, outcome == outcomes.OK)
    if x.flow.follow_up and outcome == outcomes.OK:
        follow_ups.begin(m, r, x)
    else:
        release_trace(m, x)
