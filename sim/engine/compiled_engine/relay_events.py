"""Events that are about relays."""

from sim.engine.compiled_engine import relays
from sim.engine.compiled_engine.family_rows import Instance, Relay
from sim.engine.compiled_engine.state import World
from sim.semantics import order
from sim.shared import Words


def relay_event(m: World, r: Words, kind: int, a: int) -> None:
    """Do what an event of this kind is about, if that is a relay; ``a`` is the row it concerns."""
    if kind == order.CONFIRMED:
        relays.confirmed(m, r, Instance(m, a))
    elif kind == order.POLL:
        relays.poll(m, r, Instance(m, a))
    elif kind == order.MARKED:
        relays.marked(m, r, Instance(m, a))
    elif kind == order.ROW_SEEN:
        relays.see(m, Relay(m, a))
