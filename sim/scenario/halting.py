"""Which services may stand still, or lose workers or connections, by a fault: what else is asked of them then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.faults.effects import Effect, Halted, Leaked
from sim.scenario.targets import REPLICA, entity_of, name_of, struck_replicas

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.scenario.kinds import Change
    from sim.scenario.scenario import Scenario


def halted_services(scenario: Scenario) -> frozenset[str]:
    """Return the services of which a replica may be halted."""
    return _struck_by(scenario, Halted)


def leaking_services(scenario: Scenario) -> frozenset[str]:
    """Return the services of which a replica may lose workers."""
    return frozenset(service for service, _, pools in _leaks(scenario) if "" in pools)


def leaky_pools(scenario: Scenario) -> tuple[tuple[str, str, int], ...]:
    """Return the pools that may lose connections, with the place of the replica whose they are: service, pool, place."""
    leaks = _leaks(scenario)
    found = {(service, pool, place) for service, places, pools in leaks for pool in pools if pool for place in places}
    services = scenario.services.items()
    ordered = ((name, pool, place) for name, one in services for pool in one.pools for place in range(one.places))
    return tuple(one for one in ordered if one in found) if found else ()


def leaking_stores(scenario: Scenario) -> tuple[str, ...]:
    """Return the stores that may lose connections."""
    faults = [one for one in scenario.faults.values() if entity_of(one) == "store"]
    struck = {name_of(one) for one in faults if any(isinstance(effect, Leaked) for effect in _longest(scenario, one))}
    return tuple(name for name in scenario.stores if name in struck)


def _leaks(scenario: Scenario) -> list[tuple[str, tuple[int, ...], set[str]]]:
    """What may leak where: services, places of replicas, and pools; '' for workers."""
    found = []
    for fault in scenario.faults.values():
        pools = {one.pool for one in _longest(scenario, fault) if isinstance(one, Leaked)}
        if pools and entity_of(fault) == REPLICA:
            found += [(service, places, pools) for service, places in struck_replicas(scenario, fault).items()]
    return found


def _longest(scenario: Scenario, fault: Change) -> Iterable[Effect]:
    """What a fault does that lasts as long as it may."""
    return fault.during(fault.at, max(fault.at + 1, min(fault.end, scenario.run.horizon))).effects()


def _struck_by(scenario: Scenario, kind: type[Effect]) -> frozenset[str]:
    found: set[str] = set()
    for fault in scenario.faults.values():
        if entity_of(fault) == REPLICA and any(isinstance(one, kind) for one in _longest(scenario, fault)):
            found |= struck_replicas(scenario, fault).keys()
    return frozenset(found)
