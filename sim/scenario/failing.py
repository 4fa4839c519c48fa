"""Which operations may be made to fail by a fault: those that it names, and what does their steps for a saga led by events.

    errors of payment.charge  -->  payment.charge, payment.purchase-charge        poison of payment  -->  all operations of it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.choreography import operation_of
from sim.scenario.targets import OPERATION, entity_of, name_of

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


def failures_of(scenario: Scenario) -> list[tuple[str, str]]:
    """Return the names of each operation that may be made to fail, and of the fault that does: operation by operation."""
    found = []
    for service, settings in scenario.wired.services.items():
        for operation, steps in settings.operations.items():
            own = f"{service}.{operation}"
            for name, fault in scenario.faults.items():
                if entity_of(fault) == OPERATION and name_of(fault) in {service, own, operation_of(own, steps)}:
                    found.append((own, name))
    return found
