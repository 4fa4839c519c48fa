"""Faults: the effects of all faults become what happens to each replica when, composed and sorted before a run begins.

    effects on one field of a replica   --composed-->   its value from each begin and end on   --->   fault schedule
    pace   product of the factors                       1.0, 20.0, 40.0, 2.0, 1.0                     PACE at each of them
    down   any                                          None, seen so, None                           CRASH, EJECT, RESTART

Composition is done here, on data, so that the engines only ever set a pace, crash, eject or restart one replica. A field is
declared by `composed`, here or in the file of its own family; an effect on a field that nothing declares is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.errors import UnsupportedError
from sim.network.model import CRASH, EJECT, PACE, RESTART, ScheduledFault
from sim.semantics.rules import PACE_MAX, PACE_ONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sim.faults.effects import Effect
    from sim.network.model import Service
    from sim.scenario.scenario import Scenario

    Compose = Callable[[Sequence[Effect]], Any]
    """From the effects that are active, in the order of their declaration, to the value of the field."""
    Alter = Callable[[Iterable[tuple[int, Any]]], Iterator[tuple[int, int, int]]]
    """From (time, value from then on) to (time, verb, value of the scheduled fault)."""

FIELDS: dict[str, tuple[Compose, Alter]] = {}


def composed(field: str, compose: Compose) -> Callable[[Alter], Alter]:
    """Declare a field of replicas that effects may change: how they compose, and what is scheduled when its value changes."""

    def declare(alter: Alter) -> Alter:
        if field in FIELDS:
            message = f"the field {field!r} of replicas is declared twice; declare it once"
            raise TypeError(message)
        FIELDS[field] = compose, alter
        return alter

    return declare


def fault_schedule_of(scenario: Scenario, services: Sequence[Service]) -> tuple[ScheduledFault, ...]:
    """Compose all faults into what happens to each replica when, sorted by (time, verb, replica).

    Raises `UnsupportedError` for an effect on a field that nothing declares, and for one whose window is empty.
    """
    by_name = {service.name: service for service in services}
    found: dict[tuple[int, str], list[Effect]] = {}
    for name, fault in scenario.faults.items():
        effects = tuple(fault.effects())
        for effect in effects:
            _check(effect, name)
        service = by_name[fault.target]
        struck = service.replicas if fault.replicas is None else fault.replicas
        for replica in range(service.replica_first, service.replica_first + struck):
            for effect in effects:
                found.setdefault((replica, effect.field), []).append(effect)
    rows: list[ScheduledFault] = []
    known: dict[tuple[str, tuple[Effect, ...]], list[tuple[int, int, int]]] = {}
    for (replica, field), windows in found.items():
        key = field, tuple(windows)
        if key not in known:
            compose, alter = FIELDS[field]
            known[key] = list(alter(_values(windows, compose)))
        rows.extend(ScheduledFault(at, verb, replica, value) for at, verb, value in known[key])
    return tuple(sorted(rows))


def _check(effect: Effect, fault: str) -> None:
    field = getattr(effect, "field", type(effect).__name__)
    if field not in FIELDS:
        known = ", ".join(sorted(FIELDS))
        message = f"faults.{fault}: no engine knows an effect on {field!r} of a replica; write one on: {known}"
        raise UnsupportedError(message)
    if effect.end <= effect.begin:
        message = f"faults.{fault}: an effect on {field!r} begins at {effect.begin} ns and ends at {effect.end} ns"
        raise UnsupportedError(f"{message}; let it end later than it begins")


def _values(effects: Sequence[Effect], compose: Compose) -> Iterator[tuple[int, Any]]:
    """Every time at which an effect begins or ends, and the composed value from then on."""
    begins: dict[int, list[int]] = {}
    ends: dict[int, list[int]] = {}
    for number, effect in enumerate(effects):
        begins.setdefault(effect.begin, []).append(number)
        ends.setdefault(effect.end, []).append(number)
    active: set[int] = set()
    for at in sorted(begins.keys() | ends.keys()):
        active.difference_update(ends.get(at, ()))
        active.update(begins.get(at, ()))
        yield at, compose([effects[number] for number in sorted(active)])


def product(effects: Sequence[Effect]) -> float:
    """Return the product of the values; 1.0 without effects."""
    factor = 1.0
    for effect in effects:
        factor *= effect.value
    return factor


def any_of(effects: Sequence[Effect]) -> Any:
    """Return the value of the effect that began first; None without effects."""
    return min(effects, key=lambda effect: (effect.begin, effect.end)).value if effects else None


@composed("pace", product)
def _paces(factors: Iterable[tuple[int, float]]) -> Iterator[tuple[int, int, int]]:
    for at, factor in factors:
        yield at, PACE, round(min(max(1.0, factor * PACE_ONE), float(PACE_MAX)))


@composed("down", any_of)
def _downs(seen: Iterable[tuple[int, tuple[int, bool] | None]]) -> Iterator[tuple[int, int, int]]:
    """Crash, ejection and restart; the first crash of united windows says how others learn of it."""
    up, begin, detection = True, 0, 0
    for at, how in seen:
        if up and how is not None:
            up, begin, detection = False, at, how[0]
            yield at, CRASH, int(how[1])
        elif how is None:
            up = True
            if detection < at - begin:
                yield begin + detection, EJECT, 0
            yield at, RESTART, 0
