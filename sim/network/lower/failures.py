"""Operations that faults make fail: a row for each operation and fault, and an instruction before the handler's first step.

    errors of pay.charge     STRUCK (row) | work ... END | work `after`, FAIL          or: HANG (row), FAIL
                               '-- picked, while the fault lasts ----^

A fault that strikes some replicas has a row for each replica of the service, one after the other.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from sim.draws import share_to_threshold
from sim.network.lower.faults import any_of, composed, handled, numbered, united
from sim.network.model import FAIL, FAILURE, HANG, STRUCK, WORK, Failure
from sim.network.schedule import FAILING
from sim.scenario.distributions.constant import Constant
from sim.scenario.failing import failures_of
from sim.scenario.targets import OPERATION, REPLICA, entity_of
from sim.scenario.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sim.network.compiler import Compiler
    from sim.network.lower.faults import Handled, Strikes
    from sim.network.model import Service
    from sim.scenario.scenario import Scenario


def lower_failures(compiler: Compiler, operation: str, drawn: str = "") -> list[int]:
    """Append what comes before the first step of an operation that faults make fail; returns addresses, for `end_failures`.

    Draws are those of the operation, or of that which is ``drawn``.
    """
    found = []
    scenario = compiler.scenario
    for fault in compiler.failing.get(operation, ()):
        settings: Any = scenario.faults[fault].picks
        stream = compiler.stream(f"fault {fault}:{drawn or operation}")
        service = operation.partition(".")[0]
        rows = _rows_of(scenario, fault, service)
        own = 1 + _first_replica(scenario, service) if entity_of(scenario.faults[fault]) == REPLICA else 0
        found.append(compiler.emit(STRUCK, len(compiler.failures), own))
        name, share = f"{operation}: {fault}", share_to_threshold(settings.share)
        after, hangs = getattr(settings, "after", 0), settings.kind == "hang"
        compiler.failures.extend([Failure(name, share, stream, settings.by_trace, after, hangs, rows)] * rows)
    return found


def _rows_of(scenario: Scenario, fault: str, service: str) -> int:
    """How many rows a fault has for an operation of a service."""
    return scenario.services[service].replicas if entity_of(scenario.faults[fault]) == REPLICA else 1


def _first_replica(scenario: Scenario, service: str) -> int:
    """The number of the first replica of a service."""
    before = itertools.takewhile(lambda name: name != service, scenario.services)
    return sum(scenario.services[name].replicas for name in before)


def end_failures(compiler: Compiler, addresses: Sequence[int]) -> None:
    """Append, behind an operation's program, what a handler does that is made to fail."""
    for at in addresses:
        compiler.program[at + FAILURE] = len(compiler.program)
        number = compiler.program[at + 1]
        row = compiler.failures[number]
        if row.hangs:
            compiler.emit(HANG, number, compiler.program[at + 2])
        if row.after:
            work = Constant.model_validate({"value": format_duration(row.after)})
            compiler.emit(WORK, compiler.distribution(work), row.stream)
        compiler.emit(FAIL, share_to_threshold(1.0), row.stream)


@numbered(OPERATION)
def _failures(scenario: Scenario, _services: Sequence[Service]) -> Strikes:
    found: dict[str, list[tuple[int, str]]] = {name: [] for name in scenario.faults}
    for operation, fault, number in _numbers(scenario):
        found[fault].append((number, operation))
    return lambda name, _: found[name]


def _numbers(scenario: Scenario) -> Iterator[tuple[str, str, int]]:
    """Each operation and fault, and the number of the first of their rows."""
    number = 0
    for operation, faults in failures_of(scenario).items():
        for fault in faults:
            yield operation, fault, number
            number += _rows_of(scenario, fault, operation.partition(".")[0])


@handled
def _at_replicas(scenario: Scenario, services: Sequence[Service]) -> Handled:
    found: dict[tuple[str, int], list[int]] = {}
    first = {service.name: service.replica_first for service in services}
    for operation, fault, number in _numbers(scenario):
        service = operation.partition(".")[0]
        for place in range(_rows_of(scenario, fault, service)):
            found.setdefault((fault, first[service] + place), []).append(number + place)
    return lambda name, replica: found.get((name, replica), [])


@composed("failing", any_of, of=OPERATION)
def _failing(values: Iterable[tuple[int, object]]) -> Iterator[tuple[int, int, int]]:
    for at, how in values:
        yield at, FAILING, int(how is not None)


@composed("hanging", any_of, of=OPERATION)
def _hanging(values: Iterable[tuple[int, object]]) -> Iterator[tuple[int, int, int]]:
    """The end of the united window is the value: until then hangs who is picked."""
    for begin, end in united(values):
        yield begin, FAILING, end
        yield end, FAILING, 0
