"""Workload: load, enter, ask, arrive, let_in, client_done: how requests come, what clients do. The readable engine's verbs."""

from sim.draws import trace_key
from sim.engine.compiled_engine import codes, effects, follow_ups, users
from sim.engine.compiled_engine.calendar import heap_push, then
from sim.engine.compiled_engine.calls import part_done
from sim.engine.compiled_engine.memory import release_trace, take_trace
from sim.engine.compiled_engine.state import Flow, Trace, User, World
from sim.record import outcomes, recorder
from sim.semantics import order
from sim.semantics.order import identity, rank_of
from sim.shared import Words, entrance


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


@entrance
def enter(m: World, flow: Flow) -> None:
    """The users of a closed flow come, one by one, and think."""
    for number in range(flow.users):
        users.think(m, flow.user[number], number * flow.ramp_up // flow.users)


@entrance
def ask(m: World, r: Words, user: User) -> None:
    """A user has thought, and asks: the draws of its request follow from who asks, and how often it has."""
    key = trace_key(trace_key(m.keys[user.flow.stream], user.number), user.count)
    user.count += 1
    x = let_in(m, r, user.flow, key)
    x.user = user


def arrive(m: World, r: Words, flow: Flow) -> None:
    """One request of a flow arrives."""
    key = trace_key(m.keys[flow.stream], flow.index)
    flow.index += 1
    let_in(m, r, flow, key)
    load(m, flow)


def let_in(m: World, r: Words, flow: Flow, key: int) -> Trace:
    """A trace begins, and a client calls for it."""
    now = m.now
    x = take_trace(m)
    x.number = m.traces & order.TRACE_MASK
    x.key = key
    x.flow = flow
    x.started_at = now
    x.open = 1
    x.references = 1
    m.traces += 1
    recorder.offered(r, now, flow.number, identity(x.number, 0, 0))
    then(m, codes.DO_CLIENT, x.at, 0)
    return x


def client_done(m: World, r: Words, x: Trace, outcome: int) -> None:
    """The client knows its final outcome."""
    now = m.now
    ident = identity(x.number, 0, 0)
    recorder.replied(r, now, x.flow.number, ident, outcome, now - x.started_at)
    effects.tell(m, r, x, outcome)
    part_done(m, r, x, outcome == outcomes.OK)
    if x.flow.follow_up:
        follow_ups.begin(m, r, x, outcome)
    else:
        users.again(m, x)
        release_trace(m, x)
