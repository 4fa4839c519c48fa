"""What the environment does to things that are no replicas, by the verbs of families of mechanics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim import network
from sim.engine.simpy_engine import caches, failovers, failures, leaks, links, outages, rebuilds, relays, stores
from sim.record import fields, recorder

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.engine.simpy_engine.run import Run
    from sim.network import ScheduledFault


def store_pace(run: Run, fault: ScheduledFault) -> None:
    """Commits of a store take another time from now on."""
    run.stores[fault.number].state.pace = fault.value


def store_down(run: Run, fault: ScheduledFault) -> None:
    """A store goes down, or is up again."""
    stores.set_down(run, run.stores[fault.number], fault.value)
    if fault.value:
        leaks.store_went_down(run, fault.number)


def store_loses(run: Run, fault: ScheduledFault) -> None:
    """A store fails over, and loses its latest commits."""
    failovers.lose(run, run.stores[fault.number], fault.value)


def relay_down(run: Run, fault: ScheduledFault) -> None:
    """An instance of a relay goes down, or is up again."""
    one = run.instances[fault.number]
    if fault.value:
        relays.stop(run, one)
    else:
        relays.start(run, one)


def traffic(run: Run, fault: ScheduledFault) -> None:
    """More, or fewer, requests of a flow come from now on; when they do was known before the run began."""
    recorder.note(run.r, run.clock.now, fields.facts.FACT_TRAFFIC, fault.number, fault.value)


FAMILY_ALTERS: dict[int, Callable[[Run, ScheduledFault], None]] = {
    network.TRAFFIC: traffic,
    network.STORE_PACE: store_pace,
    network.STORE_DOWN: store_down,
    network.STORE_LOSES: store_loses,
    network.STORE_LEAK: leaks.of_store,
    network.POOL_LEAK: leaks.of_pool,
    network.RELAY_DOWN: relay_down,
    network.BROKER_DOWN: outages.break_down,
    network.BROKER_UP: outages.recover,
    network.FAILING: failures.set_failing,
    network.LINK_DISTURBED: links.disturb,
    network.REBUILD: rebuilds.rebuild,
    network.CACHE_FLUSH: caches.flush,
}
"""What is done, by the verb."""


def family_alter(run: Run, fault: ScheduledFault) -> None:
    """A change of the environment takes place at something that is no replica."""
    FAMILY_ALTERS[fault.verb](run, fault)
