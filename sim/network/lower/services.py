"""Services and operations: a service becomes a row of consecutive replicas, an operation the address of its program.

    payment: {replicas: 3, operations: {charge: [work, call]}}  ->  replicas 4..6, program [WORK, CALL, END]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.network.lower.admission import limit_stream, lower_limiters, lower_shedding
from sim.network.lower.failures import end_failures, lower_failures
from sim.network.lower.steps import lower_all
from sim.network.lower.stores import lower_pairs
from sim.network.lower.waiting import lower_room
from sim.network.model import END, Operation, Service
from sim.scenario.choreography import operation_of
from sim.scenario.targets import zones_of
from sim.semantics.hooks import code_of

if TYPE_CHECKING:
    from sim.network.compiler import Compiler
    from sim.scenario.scenario import Scenario


def lower_services(compiler: Compiler) -> tuple[Service, ...]:
    """Return the rows of all services; services and operations have their numbers from here on."""
    rows: list[Service] = []
    first = 0
    for number, (name, service) in enumerate(compiler.scenario.services.items()):
        compiler.service_numbers[name] = number
        rows.append(
            Service(
                name=name,
                replica_first=first,
                replicas=service.places,
                workers=service.workers,
                queue_max=-1 if service.waiting_max is None else service.waiting_max,
                balance=code_of(service.balance) if service.balance.choose is not None else 0,
                balance_draws=service.balance.draws,
                discipline=code_of(service.order),
                room=lower_room(service, compiler),
                shedding=lower_shedding(service, compiler),
            )
        )
        compiler.replicas.append(range(first, first + service.places))
        first += service.places
        for operation in service.operations:
            compiler.operation_numbers[f"{name}.{operation}"] = len(compiler.operation_numbers)
    compiler.limiters = lower_limiters(compiler)
    return tuple(rows)


def lower_operations(compiler: Compiler) -> list[Operation]:
    """Return the rows of all operations, and append their programs."""
    rows: list[Operation] = []
    for service, model in compiler.scenario.services.items():
        for operation, steps in model.operations.items():
            name = f"{service}.{operation}"
            waits = wait_stream(compiler, service, name)
            draws = limit_stream(compiler, service, name)
            rows.append(Operation(name, compiler.service_numbers[service], len(compiler.program), waits, draws))
            lower_pairs(compiler, steps)
            struck = lower_failures(compiler, name) if operation_of(name, steps) == name else []  # else within its saga
            lower_all(steps, compiler, name)
            compiler.emit(END)
            end_failures(compiler, struck)
    return rows


def wait_stream(compiler: Compiler, service: str, operation: str) -> int:
    """Number of the stream of how long requests for an operation wait at most; -1 where they wait for as long as it takes."""
    room = compiler.scenario.services[service].room
    return -1 if room is None or room.wait_max is None else compiler.draw_stream(operation, "queue.wait")


def replica_zones(scenario: Scenario) -> tuple[int, ...]:
    """Return by replica the number of the zone it stands in, from 1 on; 0: in none."""
    numbers = {name: number for number, name in enumerate(scenario.zones, 1)}
    return tuple(numbers.get(zone or "", 0) for service in scenario.services.values() for zone in zones_of(scenario, service))
