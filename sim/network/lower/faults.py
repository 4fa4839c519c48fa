"""Faults: the effects of all faults become what happens to each thing when, composed and sorted before a run begins.

    effects on one field of a replica   --composed-->   its value from each begin and end on   --->   fault schedule
    pace   product of the factors                       1.0, 20.0, 40.0, 2.0, 1.0                     PACE at each of them
    down   any                                          None, seen so, None                           CRASH, EJECT, RESTART

Composition is done here, on data, so that the engines only ever set a pace, crash, eject or restart one replica. A field of a
kind of thing is declared by `composed`, here or in the file of its own family; an effect on a field that nothing declares is
refused. What things of a kind have as numbers is the order of their names in the scenario, unless `numbered` says otherwise.
Where a fault strikes at random times, each replication has a schedule of its own (`Drawn`), made before it begins.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.draws import CONSTANT, bits, compile_distribution, draw, stream_key
from sim.errors import UnsupportedError
from sim.network.lower.random_windows import random_windows
from sim.network.schedule import CORES, CRASH, EJECT, HALT, LEAK, PACE, RESTART, ScheduledFault
from sim.scenario.targets import HELD_IN, OPERATION, REPLICA, entity_of, name_of, struck_replicas
from sim.semantics.rules import PACE_MAX, PACE_ONE, STOPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sim.faults.effects import Effect
    from sim.network.model import Service
    from sim.scenario.kinds import Change
    from sim.scenario.scenario import Scenario

    Compose = Callable[[Sequence[Effect]], Any]
    """From the effects that are active, in the order of their declaration, to the value of the field."""
    Alter = Callable[[Iterable[tuple[int, Any]]], Iterator[tuple[int, int, int]]]
    """From (time, value from then on) to (time, verb, value of the scheduled fault)."""
    Strikes = Callable[[str, Change], Iterable[tuple[int, str]]]
    """From the name of a fault, and the fault, to the numbers of the things that it strikes, with their names."""
    Numbers = Callable[[Scenario, Sequence[Service]], Strikes]
    """From what is declared, looked at once, to that."""
    Handled = Callable[[str, int], Sequence[int]]
    """From the name of a fault, and the number of a replica, to the numbers of what strikes its operations there."""
    Inside = Callable[[str, int], int]
    """From the name of a pool, and the number of the replica whose it is, to the number of that."""
    Windows = Callable[[str, Change, Sequence[tuple[int, str]]], Iterable[tuple[int, tuple[Effect, ...]]]]
    """From a fault, and what it strikes, to its effects on each of those."""

POOL = "pool"
OWN_DRAWS = 3  # the role of what a fault draws by itself, beside those of `random_windows`
FIELDS: dict[tuple[str, str], tuple[Compose, Alter]] = {}
NUMBERS: dict[str, Numbers] = {}
INSIDE: list[Callable[[Scenario, Sequence[Service]], Inside]] = []
HANDLED: list[Callable[[Scenario, Sequence[Service]], Handled]] = []


def composed(field: str, compose: Compose, of: str = REPLICA) -> Callable[[Alter], Alter]:
    """Declare a field of a kind of thing that effects may change: how they compose, what is scheduled when it changes."""

    def declare(alter: Alter) -> Alter:
        if (of, field) in FIELDS:
            message = f"the field {field!r} of a {of} is declared twice; declare it once"
            raise TypeError(message)
        FIELDS[of, field] = compose, alter
        return alter

    return declare


def numbered(of: str) -> Callable[[Numbers], Numbers]:
    """Declare which numbers, and names, the things of a kind have that a fault strikes."""

    def declare(numbers: Numbers) -> Numbers:
        NUMBERS[of] = numbers
        return numbers

    return declare


def handled(
    numbers: Callable[[Scenario, Sequence[Service]], Handled],
) -> Callable[[Scenario, Sequence[Service]], Handled]:
    """Declare which numbers the operations of a replica have for a fault that strikes them there."""
    HANDLED.append(numbers)
    return numbers


def inside_replicas(
    numbers: Callable[[Scenario, Sequence[Service]], Inside],
) -> Callable[[Scenario, Sequence[Service]], Inside]:
    """Declare which numbers the pools of a replica have for a fault that strikes them there."""
    INSIDE.append(numbers)
    return numbers


class ChanceOf:
    """The draws of a fault for one thing that it strikes, of the stream with this key."""

    def __init__(self, key: int) -> None:
        """Begin with the first one."""
        self.key, self.drawn = key, 0

    def _next(self) -> int:
        self.drawn += 1
        return bits(self.key, OWN_DRAWS, self.drawn)

    def below(self, limit: int) -> int:
        """Return a whole number from 0 on and below ``limit``."""
        return self._next() * limit >> 63

    def duration(self, distribution: Any) -> int:
        """Return a duration in ns."""
        words: list[int] = compile_distribution(distribution).tolist()
        return words[1] if words[0] == CONSTANT else draw(words, 0, self._next())


@dataclass(frozen=True)
class Drawn:
    """The fault schedule of a replication, where some faults strike at random times."""

    scenario: Scenario
    services: tuple[Service, ...]

    def __call__(self, seed: int, replication: int) -> tuple[ScheduledFault, ...]:
        """Compose the faults of one replication."""

        def windows(name: str, fault: Change, struck: Sequence[tuple[int, str]]) -> Iterator[tuple[int, tuple[Effect, ...]]]:
            if fault.random is None and not fault.by_chance:
                yield from _fixed(name, fault, struck)
                return
            labels = dict(struck)
            every: Iterable[tuple[int, list[tuple[int, int]]]] = [(number, [(fault.at, fault.end)]) for number, _ in struck]
            if fault.random is not None:
                every = random_windows(self.scenario, name, fault, struck, seed, replication)
            for number, times in every:
                chance = ChanceOf(stream_key(seed, replication, f"fault {name}:{labels[number]}"))
                yield number, tuple(effect for begin, end in times for effect in fault.during(begin, end).effects_by(chance))

        return _composed(self.scenario, self.services, windows)


def struck_at(
    scenario: Scenario, services: Sequence[Service], seed: int, replication: int
) -> Iterator[tuple[str, int, int, int]]:
    """Yield which fault strikes what in a replication, and when: its name, the thing's number, begin and end in ns."""
    known: dict[str, Strikes] = {}
    for name, fault in scenario.faults.items():
        struck = _struck_by(scenario, services, name, known)
        if fault.random is None:
            yield from ((name, number, fault.at, fault.end) for number, _ in struck)
            continue
        for number, times in random_windows(scenario, name, fault, struck, seed, replication):
            yield from ((name, number, begin, end) for begin, end in times)


def _struck_by(
    scenario: Scenario, services: Sequence[Service], name: str, known: dict[str, Strikes]
) -> tuple[tuple[int, str], ...]:
    """What a fault strikes; ``known`` is what was looked up for others."""
    fault = scenario.faults[name]
    of = entity_of(fault)
    if of not in known:
        known[of] = NUMBERS[of](scenario, services) if of in NUMBERS else _by_name(scenario, of)
    return tuple(known[of](name, fault))


def is_random(scenario: Scenario) -> bool:
    """Whether any fault strikes at random times, so that each replication has a schedule of its own."""
    return any(fault.random is not None for fault in scenario.faults.values())


def is_drawn(scenario: Scenario) -> bool:
    """Whether each replication has a schedule of its own: a fault strikes at random times, or does what it does by chance."""
    return any(fault.random is not None or fault.by_chance for fault in scenario.faults.values())


def fault_schedule_of(scenario: Scenario, services: Sequence[Service]) -> tuple[ScheduledFault, ...]:
    """Compose all faults into what happens to each thing when, sorted by (time, verb, number).

    Raises `UnsupportedError` for an effect on a field that nothing declares, and for one whose window is empty.
    """
    return _composed(scenario, services, _fixed)


def _fixed(_name: str, fault: Change, struck: Sequence[tuple[int, str]]) -> Iterator[tuple[int, tuple[Effect, ...]]]:
    """What a fault does to each thing that it strikes, at its own times."""
    if fault.replaces:
        deploy: Any = fault
        return ((number, tuple(deploy.effects_on(index))) for index, (number, _) in enumerate(struck))
    effects = tuple(fault.effects())
    return ((number, effects) for number, _ in struck)


def _composed(scenario: Scenario, services: Sequence[Service], windows: Windows) -> tuple[ScheduledFault, ...]:
    found: dict[tuple[str, int, str], list[Effect]] = {}
    strikes: dict[str, Strikes] = {}
    inside: Inside | None = None
    for name, fault in scenario.faults.items():
        of = entity_of(fault)
        struck = _struck_by(scenario, services, name, strikes)
        at_replicas = HANDLED[0](scenario, services) if of == REPLICA and fault.picks is not None else None
        for number, effects in windows(name, fault, struck):
            for effect in effects:
                if at_replicas is not None and effect.of_operations:
                    for own in at_replicas(name, number):
                        found.setdefault((OPERATION, own, effect.field), []).append(effect)
                    continue
                _check(effect, name, of)
                if effect.of_pool:
                    inside = inside or INSIDE[0](scenario, services)
                    found.setdefault((POOL, inside(effect.of_pool, number), effect.field), []).append(effect)
                    continue
                found.setdefault((of, number, effect.field), []).append(effect)
    rows: list[ScheduledFault] = []
    known: dict[tuple[str, str, tuple[Effect, ...]], list[tuple[int, int, int]]] = {}
    for (of, number, field), one in found.items():
        key = of, field, tuple(one)
        if key not in known:
            compose, alter = FIELDS[of, field]
            known[key] = list(alter(_values(one, compose)))
        rows.extend(ScheduledFault(at, verb, number, value, of) for at, verb, value in known[key])
    return tuple(sorted(rows))


def _check(effect: Effect, fault: str, of: str) -> None:
    field = getattr(effect, "field", type(effect).__name__)
    if (of, field) not in FIELDS:
        known = ", ".join(sorted(field for thing, field in FIELDS if thing == of)) or "nothing"
        message = f"faults.{fault}: no engine knows an effect on {field!r} of a {of}; write one on: {known}"
        raise UnsupportedError(message)
    if effect.end <= effect.begin:
        message = f"faults.{fault}: an effect on {field!r} begins at {effect.begin} ns and ends at {effect.end} ns"
        raise UnsupportedError(f"{message}; let it end later than it begins")


def _by_name(scenario: Scenario, of: str) -> Strikes:
    """The place of a name among those of its kind in the scenario."""
    places = {name: place for place, name in enumerate(getattr(scenario, HELD_IN.get(of, ""), ()))}
    return lambda _, fault: ((places[name_of(fault)], name_of(fault)),)


@numbered(REPLICA)
def _replicas(scenario: Scenario, services: Sequence[Service]) -> Strikes:
    first = {service.name: service.replica_first for service in services}

    def strikes(_: str, fault: Change) -> Iterator[tuple[int, str]]:
        for service, places in struck_replicas(scenario, fault).items():
            yield from ((first[service] + place, f"{service}.{place}") for place in places)

    return strikes


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


def total(effects: Sequence[Effect]) -> int:
    """Return the sum of the values; 0 without effects."""
    return sum(effect.value for effect in effects)


@composed("pace", product)
def _paces(factors: Iterable[tuple[int, float]]) -> Iterator[tuple[int, int, int]]:
    for at, factor in factors:
        yield at, PACE, STOPPED if factor == math.inf else round(min(max(1.0, factor * PACE_ONE), float(PACE_MAX)))


@composed("halted", any_of)
def _halts(values: Iterable[tuple[int, object]]) -> Iterator[tuple[int, int, int]]:
    """The end of the united window is the value: until then it is halted."""
    for begin, end in united(values):
        yield begin, HALT, end
        yield end, HALT, 0


@composed("cores", total)
def _cores(lost: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    for at, count in lost:
        yield at, CORES, count


@composed("leaked", total)
def _leaks(leaked: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    for at, count in leaked:
        yield at, LEAK, count


def united(values: Iterable[tuple[int, object]]) -> Iterator[tuple[int, int]]:
    """Yield from when to when a value is something, where windows that touch are one."""
    begin = -1
    for at, how in values:
        if how is None:
            yield begin, at
            begin = -1
        elif begin < 0:
            begin = at


@composed("down", any_of)
def _downs(seen: Iterable[tuple[int, tuple[int, bool, int] | None]]) -> Iterator[tuple[int, int, int]]:
    """Crash, ejection and restart; the first crash of united windows says how others learn of it."""
    up, begin, detection = True, 0, 0
    for at, how in seen:
        if up and how is not None:
            up, begin, detection = False, at, how[0]
            yield at, CRASH, int(how[1]) + how[2]
        elif how is None:
            up = True
            if detection < at - begin:
                yield begin + detection, EJECT, 0
            yield at, RESTART, 0
