"""Which operations may be made to fail by a fault: those that it names, and what does their steps for a saga led by events.

    errors of payment.charge  -->  payment.charge, payment.purchase-charge        poison of payment  -->  all operations of it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.choreography import operation_of
from sim.scenario.targets import OPERATION, entity_of, name_of

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


def failures_of(scenario: Scenario) -> dict[str, list[str]]:
    """Return by the name of each operation that may be made to fail, in their order, the names of the faults that do so."""
    faults: dict[str, list[str]] = {}
    for name, fault in scenario.faults.items():
        if entity_of(fault) == OPERATION:
            faults.setdefault(name_of(fault), []).append(name)
    if not faults:
        return {}
    order, found = list(scenario.faults), {}
    for service, settings in scenario.wired.services.items():
        for operation, steps in settings.operations.items():
            own = f"{service}.{operation}"
            aims = dict.fromkeys((service, own, operation_of(own, steps)))
            striking = [fault for aim in aims for fault in faults.get(aim, ())]
            if striking:
                found[own] = sorted(striking, key=order.index)
    return found
