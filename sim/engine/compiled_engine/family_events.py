"""Events and consequences of families of mechanics: which of their functions each is for."""

from sim.engine.compiled_engine import follow_ups, state, stores
from sim.engine.compiled_engine.family_steps import WAITS
from sim.engine.compiled_engine.memory import then
from sim.engine.compiled_engine.state import Span, Trace, World
from sim.engine.compiled_engine.steps import go_on
from sim.record.outcomes import DEPENDENCY, OK
from sim.semantics import order
from sim.shared import Words


def family_event(m: World, r: Words, kind: int, ident: int, a: int) -> None:
    """Do what an event of this kind is about; ``a`` is the row it concerns."""
    if kind == order.COMMITTED:
        outcome = stores.committed(m, r, Span(m, a), ident)
        if outcome != WAITS:
            go_on(m, r, Span(m, a), outcome)
    elif kind == order.CONNECTION_WAIT and stores.give_up(m, r, Span(m, a), ident):
        then(m, state.DO_GO_ON, a, DEPENDENCY)
    elif kind == order.THINK:
        follow_ups.ask(m, r, Trace(m, a))


def family_consequence(m: World, r: Words, action: int, a: int, b: int) -> None:
    """Do what follows without delay; ``a`` is the row it concerns."""
    if action == state.DO_CONNECTED and stores.connected(Span(m, a), b):
        go_on(m, r, Span(m, a), OK)
    elif action == state.DO_FOLLOW:
        follow_ups.follow(m, r, Trace(m, a))
