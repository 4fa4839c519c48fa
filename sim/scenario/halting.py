"""Which services may stand still, or lose workers, by a fault: what else is asked of them then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.faults.effects import Effect, Halted, Leaked
from sim.scenario.targets import REPLICA, entity_of, struck_replicas

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


def halted_services(scenario: Scenario) -> frozenset[str]:
    """Return the services of which a replica may be halted."""
    return _struck_by(scenario, Halted)


def leaking_services(scenario: Scenario) -> frozenset[str]:
    """Return the services of which a replica may lose workers."""
    return _struck_by(scenario, Leaked)


def _struck_by(scenario: Scenario, kind: type[Effect]) -> frozenset[str]:
    found: set[str] = set()
    for fault in scenario.faults.values():
        longest = fault.during(fault.at, max(fault.at + 1, min(fault.end, scenario.run.horizon)))
        if entity_of(fault) == REPLICA and any(isinstance(one, kind) for one in longest.effects()):
            found |= struck_replicas(scenario, fault).keys()
    return frozenset(found)
