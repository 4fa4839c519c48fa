"""When faults struck in a replication: at the times that are declared, or at those that were drawn for it.

    {at: 20s, for: 5s}             =====                       the same in every replication
    random, replication 0     =       ===         ==           its own; in each replica that is struck
    random, replication 1             ====                     and others in another one

What judges a run takes its own times: a breach, a recovery, and what "as before" means, begin and end with what happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.metrics.once import once, once_a_network
from sim.network.lower.faults import is_random, struck_at
from sim.scenario.targets import REPLICA, entity_of, struck_services

if TYPE_CHECKING:
    from sim.network import Network
    from sim.record.record import Record


@dataclass(frozen=True)
class Strike:
    """A fault by its name, from ``begin`` to ``end`` in ns, and the services that it strikes then."""

    begin: int
    end: int
    fault: str
    services: tuple[str, ...]


@once
def strikes(record: Record) -> tuple[Strike, ...]:
    """Return when each fault struck, in order of time; those of a random one are of this replication."""
    network = record.network
    if not is_random(network.scenario):
        return _declared(network)
    scenario, found = network.scenario, list[Strike]()
    struck = {name: struck_services(scenario, fault) for name, fault in scenario.faults.items()}
    of_replicas = {name for name, fault in scenario.faults.items() if entity_of(fault) == REPLICA}
    for name, number, begin, end in struck_at(scenario, network.services, *record.drawn):
        services = (_service_of(network, number),) if name in of_replicas else struck[name]
        found.append(Strike(begin, end, name, services))
    return _sorted(found)


@once_a_network
def _declared(network: Network) -> tuple[Strike, ...]:
    scenario = network.scenario
    faults = scenario.faults.items()
    return _sorted([Strike(fault.at, fault.end, name, struck_services(scenario, fault)) for name, fault in faults])


def _sorted(found: list[Strike]) -> tuple[Strike, ...]:
    return tuple(sorted(found, key=lambda one: (one.begin, one.end)))


def _service_of(network: Network, replica: int) -> str:
    """The name of the service that a replica is of."""
    return network.services[network.replica_service[replica]].name


def first_strike(record: Record) -> int | None:
    """Return when the first fault struck, in ns; None where none did."""
    return next((one.begin for one in strikes(record)), None)
