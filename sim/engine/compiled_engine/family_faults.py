"""What the environment does to things that are no replicas, by the verbs of families of mechanics."""

from sim import network
from sim.engine.compiled_engine import caches, failovers, failures, leaks, links, outages, rebuilds, relays, stores
from sim.engine.compiled_engine.broker_state import Broker
from sim.engine.compiled_engine.cache_rows import Cache
from sim.engine.compiled_engine.family_rows import Disturbance, Failure, Instance, LeakyPool, Projection, Store
from sim.engine.compiled_engine.state import Flow, World
from sim.record import fields, recorder
from sim.shared import Words


def traffic(m: World, r: Words, flow: Flow, value: int) -> None:
    """More, or fewer, requests of a flow come from now on; when they do was known before the run began."""
    recorder.note(r, m.now, fields.facts.FACT_TRAFFIC, flow.number, value)


def family_alter(m: World, r: Words, verb: int, thing: int, value: int) -> None:
    """A change of the environment takes place at something that is no replica: ``thing`` is the address of its row."""
    if verb == network.STORE_PACE:
        store = Store(m, thing)
        store.state.pace = value
    elif verb == network.STORE_DOWN:
        stores.set_down(m, r, Store(m, thing), value)
        if value != 0:
            leaks.store_went_down(m, r, Store(m, thing))
    elif verb == network.STORE_LEAK:
        leaks.of_store(m, r, Store(m, thing), value)
    elif verb == network.POOL_LEAK:
        leaks.of_pool(m, r, LeakyPool(m, thing), value)
    elif verb == network.STORE_LOSES:
        failovers.lose(m, r, Store(m, thing), value)
    elif verb == network.RELAY_DOWN and value != 0:
        relays.stop(m, r, Instance(m, thing))
    elif verb == network.RELAY_DOWN:
        relays.start(m, Instance(m, thing))
    elif verb == network.TRAFFIC:
        traffic(m, r, Flow(m, thing), value)
    elif verb == network.BROKER_DOWN:
        outages.break_down(m, r, Broker(m, thing))
    elif verb == network.BROKER_UP:
        outages.recover(m, r, Broker(m, thing))
    elif verb == network.FAILING:
        failures.set_failing(m, r, Failure(m, thing), value)
    elif verb == network.LINK_DISTURBED:
        links.disturb(m, r, Disturbance(m, thing), value)
    elif verb == network.CACHE_FLUSH:
        caches.flush(m, r, Cache(m, thing))
    elif verb == network.REBUILD:
        rebuilds.rebuild(m, r, Projection(m, thing))
