"""Events and consequences of families of mechanics: which of their functions each is for."""

from sim.engine.compiled_engine import (
    around_calls,
    codes,
    event_loops,
    follow_ups,
    forks,
    giving_up,
    hedges,
    held_back,
    leaving,
    outages,
    rebuilds,
    sagas,
    standstill,
    steps,
    stores,
    streams,
    workload,
)
from sim.engine.compiled_engine.balancing import sweep
from sim.engine.compiled_engine.broker import broker_event
from sim.engine.compiled_engine.broker_state import Broker
from sim.engine.compiled_engine.calendar import then
from sim.engine.compiled_engine.family_rows import Guard, Projection
from sim.engine.compiled_engine.guards import period_over
from sim.engine.compiled_engine.health import check_event
from sim.engine.compiled_engine.relay_events import relay_event
from sim.engine.compiled_engine.scaling import scale_event
from sim.engine.compiled_engine.serving import give_up_waiting
from sim.engine.compiled_engine.state import Flow, Hedged, Saga, Span, Trace, User, World
from sim.record import outcomes
from sim.semantics import order
from sim.semantics.balancing import Balancer
from sim.shared import Words, entrance


@entrance
def family_event(m: World, r: Words, kind: int, ident: int, a: int) -> None:
    """Do what an event of this kind is about; ``a`` is the row it concerns."""
    outcome = codes.WAITS
    if kind == order.COMMITTED:
        outcome = stores.committed(m, r, Span(m, a), ident)
    elif kind == order.WAITED:
        outcome = around_calls.waited(m, r, Span(m, a), ident)
    elif kind == order.HEDGE:
        hedges.due(m, r, Hedged(m, a), ident)
    elif kind == order.LOADED:
        outcome = streams.loaded(m, r, Span(m, a), ident)
    elif kind == order.STORED:
        outcome = streams.stored(m, r, Span(m, a), ident)
    elif kind == order.RELOADS:
        outcome = streams.reloads(Span(m, a), ident)
    elif kind == order.OVERDUE:
        sagas.give_up(m, r, Saga(m, a), ident)
    elif kind == order.UNDELIVERED:
        outages.give_up(m, r, Broker(m, a), ident)
    elif kind == order.REPLAYED:
        rebuilds.replay(m, r, Projection(m, a), ident)
    elif kind == order.CANCEL:
        leaving.cancel(m, r, Span(m, a), ident)
    elif kind == order.QUEUE_WAIT:
        give_up_waiting(m, r, Span(m, a), ident)
    elif kind == order.HEARD:
        standstill.heard(m, r, Span(m, a), ident)
    elif kind == order.THINK:
        follow_ups.ask(m, r, Trace(m, a))
    elif kind == order.ASKS:
        workload.ask(m, r, User(m, a))
    elif kind == order.TICK:
        period_over(m, r, Guard(m, a))
    elif kind == order.GUARD_WAIT:
        held_back.over(m, r, Span(m, a), ident)
    elif kind == order.SWEEP:
        sweep(m, r, Balancer(m, a))
    elif kind == order.CHECK:
        check_event(m, r, ident, a)
    elif kind == order.SCALE:
        scale_event(m, r, ident, a)
    elif kind == order.CONNECTION_WAIT or kind == order.LOCK_WAIT or kind == order.READ_WAIT or kind == order.QUORUM_WAIT:  # noqa: PLR1714 - no sets here
        if giving_up.gives_up(m, r, kind, ident, Span(m, a)):
            then(m, codes.DO_GO_ON, a, outcomes.DEPENDENCY)
    else:
        relay_event(m, r, kind, a)
        broker_event(m, r, kind, ident, a)
    if outcome != codes.WAITS:
        steps.go_on(m, r, Span(m, a), outcome)


@entrance
def family_consequence(m: World, r: Words, action: int, a: int, b: int) -> None:
    """Do what follows without delay; ``a`` is the row it concerns."""
    if action == codes.DO_FOLLOW:
        follow_ups.follow(m, r, Trace(m, a))
    elif action == codes.DO_HEAR:
        if Span(m, a).caller == codes.SETTLED:
            hedges.heard(m, r, Span(m, a), b)
    elif action == codes.DO_WHOLE:
        if Span(m, a).caller == codes.SETTLED:
            steps.resume_whole(m, r, Span(m, a), b)
    elif action == codes.DO_WENT:
        held_back.went(m, r, Span(m, a), b)
    elif action == codes.DO_WORK_ON:
        if event_loops.works_on(Span(m, a), b):
            steps.go_on(m, r, Span(m, a), Span(m, a).work)
    elif action == codes.DO_ENTER:
        workload.enter(m, Flow(m, a))
    elif action == codes.DO_FREE:
        leaving.free(m, Span(m, a))
    elif action >= codes.DO_FORK:
        about_branch(m, r, action, a, b)
    elif Span(m, a).state != codes.STOPPED and giving_up.goes_on(m, r, action, Span(m, a), b):
        steps.go_on(m, r, Span(m, a), outcomes.OK)


@entrance
def about_branch(m: World, r: Words, action: int, a: int, b: int) -> None:
    """A branch begins, of a handler that is still there; or one has ended."""
    if action == codes.DO_BRANCH_OVER:
        forks.heard(m, r, Span(m, a), b)
    elif Span(m, a).state != codes.STOPPED:
        steps.go_on(m, r, forks.started(m, r, Span(m, a), b), outcomes.OK)
