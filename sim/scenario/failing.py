"""Which operations may be made to fail by a fault: those that it names, and what does their steps for a saga.

    errors of payment.charge  -->  payment.charge, payment.purchase-charge        poison of payment  -->  all operations of it
                                   by events it is one of its own; by two phases the steps are done to prepare
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.choreography import operation_of
from sim.scenario.sagas import sagas_of
from sim.scenario.targets import OPERATION, entity_of, name_of, struck_replicas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.scenario import Scenario
    from sim.scenario.steps import Saga, SagaStep


def failures_of(scenario: Scenario) -> dict[str, list[str]]:
    """Return by the name of each operation that may be made to fail, in their order, the names of the faults that do so."""
    faults: dict[str, list[str]] = {}
    for name, fault in scenario.faults.items():
        if fault.picks is not None:
            for aim in (name_of(fault),) if entity_of(fault) == OPERATION else struck_replicas(scenario, fault):
                faults.setdefault(aim, []).append(name)
    if not faults:
        return {}
    order, found = list(scenario.faults), {}
    for own, aims in _aims(scenario.wired):
        striking = [fault for aim in dict.fromkeys(aims) for fault in faults.get(aim, ())]
        if striking:
            found[own] = sorted(striking, key=order.index)
    return found


def prepares(saga: Saga, step: SagaStep) -> str:
    """Return the name of the operation that prepares a step of a saga by two phases."""
    service, _, operation = step.do.call.partition(".")
    return f"{service}.{saga.saga}-{operation}-prepare"


def _aims(scenario: Scenario) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each operation of the engines, in their order, and what a fault may name that strikes it."""
    for service, settings in scenario.services.items():
        for operation, steps in settings.operations.items():
            own = f"{service}.{operation}"
            yield own, (service, own, operation_of(own, steps))
    for one in sagas_of(scenario):
        for step in one.saga.steps if one.saga.by == "two_phase" else ():
            yield prepares(one.saga, step), (step.do.call.partition(".")[0], step.do.call)
