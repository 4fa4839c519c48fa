"""What the environment does to things that are no replicas, by the verbs of families of mechanics."""

from sim.engine.compiled_engine import relays, stores
from sim.engine.compiled_engine.state import Instance, Store, World
from sim.network import RELAY_DOWN, STORE_DOWN, STORE_PACE
from sim.shared import Words


def family_alter(m: World, r: Words, verb: int, thing: int, value: int) -> None:
    """A change of the environment takes place at something that is no replica: ``thing`` is the address of its row."""
    if verb == STORE_PACE:
        store = Store(m, thing)
        store.state.pace = value
    elif verb == STORE_DOWN:
        stores.set_down(m, r, Store(m, thing), value)
    elif verb == RELAY_DOWN and value != 0:
        relays.stop(Instance(m, thing))
    elif verb == RELAY_DOWN:
        relays.start(m, Instance(m, thing))
