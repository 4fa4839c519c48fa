"""All faults together: what happens to each replica when, composed and sorted before a run begins.

    Pace windows of one replica    -> its pace after every begin and end: the product of the factors that are active
    Down windows of one replica    -> united, then crash, ejection from the balancer's list, restart

Composition is done here, on data, so that the engines only ever set a pace, crash, eject or restart one replica.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.engine.rules import PACE_MAX, PACE_ONE
from sim.faults.effects import Down, Pace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.network import Service
    from sim.scenario.scenario import Scenario

# what is done to a replica
PACE = 0
CRASH = 1
EJECT = 2
RESTART = 3


@dataclass(frozen=True, slots=True, order=True)
class Alteration:
    """At ``at`` ns the environment does ``verb`` to a replica; ``value`` is a pace, or 1 for a silent crash."""

    at: int
    verb: int
    replica: int
    value: int


def alterations_of(scenario: Scenario, services: Sequence[Service]) -> tuple[Alteration, ...]:
    """Compose all faults into what happens to each replica when, sorted by (time, verb, replica)."""
    paces: dict[int, list[Pace]] = {}
    downs: dict[int, list[Down]] = {}
    by_name = {service.name: service for service in services}
    for fault in scenario.faults.values():
        service = by_name[fault.target]
        struck = service.replicas if fault.replicas is None else fault.replicas
        for replica in range(service.replica_first, service.replica_first + struck):
            for effect in fault.effects():
                if isinstance(effect, Pace):
                    paces.setdefault(replica, []).append(effect)
                else:
                    downs.setdefault(replica, []).append(effect)
    rows: list[Alteration] = []
    known: dict[tuple[Pace, ...], list[tuple[int, int]]] = {}
    for replica, windows in paces.items():
        key = tuple(windows)
        if key not in known:
            known[key] = list(_paces(windows))
        rows.extend(Alteration(at, PACE, replica, pace) for at, pace in known[key])
    for replica, crashes in downs.items():
        rows.extend(_downs(replica, crashes))
    return tuple(sorted(rows))


def _paces(windows: Sequence[Pace]) -> Iterator[tuple[int, int]]:
    """The pace after every begin and end: the product of the factors that are active, in the order of declaration."""
    for at in sorted({time for window in windows for time in (window.begin, window.end)}):
        factor = 1.0
        for window in windows:
            if window.begin <= at < window.end:
                factor *= window.factor
        yield at, round(min(max(1.0, factor * PACE_ONE), float(PACE_MAX)))


def _downs(replica: int, crashes: Sequence[Down]) -> Iterator[Alteration]:
    """Crash, ejection and restart of each united window; the first crash of a united window says how callers see it."""
    united: list[Down] = []
    for crash in sorted(crashes, key=lambda window: (window.begin, window.end)):
        if united and crash.begin <= united[-1].end:
            last = united[-1]
            united[-1] = Down(last.begin, max(last.end, crash.end), last.detection, last.silent)
        else:
            united.append(crash)
    for crash in united:
        yield Alteration(crash.begin, CRASH, replica, int(crash.silent))
        if crash.detection < crash.end - crash.begin:
            yield Alteration(crash.begin + crash.detection, EJECT, replica, 0)
        yield Alteration(crash.end, RESTART, replica, 0)
