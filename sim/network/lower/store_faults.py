"""Faults of stores and relays: what a store's pace, its outages and those of a relay's instances are in a schedule."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

from sim.network.lower.faults import any_of, composed, numbered, product
from sim.network.schedule import RELAY_DOWN, STORE_DOWN, STORE_PACE
from sim.scenario.targets import how_many, name_of
from sim.semantics.rules import PACE_MAX, PACE_ONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sim.network.lower.faults import Strikes
    from sim.network.model import Service
    from sim.scenario.kinds import Change
    from sim.scenario.scenario import Scenario


@numbered("relay")
def _instances(scenario: Scenario, _services: Sequence[Service]) -> Strikes:
    """The first instances of the relay that is struck, by their numbers among those of all relays, and their names."""
    instances = (relay.instances for relay in scenario.relays.values())
    first = dict(zip(scenario.relays, accumulate(instances, initial=0), strict=False))

    def strikes(_: str, fault: Change) -> Iterator[tuple[int, str]]:
        relay = name_of(fault)
        struck = how_many(getattr(fault, "replicas", None), scenario.relays[relay].instances)
        yield from ((first[relay] + place, f"{relay}.{place}") for place in range(struck))

    return strikes


@composed("pace", product, of="store")
def _paces(factors: Iterable[tuple[int, float]]) -> Iterator[tuple[int, int, int]]:
    for at, factor in factors:
        yield at, STORE_PACE, round(min(max(1.0, factor * PACE_ONE), float(PACE_MAX)))


@composed("down", any_of, of="store")
def _outages(seen: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, int, int]]:
    yield from _downs(seen, STORE_DOWN)


@composed("down", any_of, of="relay")
def _crashes(seen: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, int, int]]:
    yield from _downs(seen, RELAY_DOWN)


def _downs(seen: Iterable[tuple[int, Any]], verb: int) -> Iterator[tuple[int, int, int]]:
    """Down and up again; windows that overlap are one."""
    down = False
    for at, how in seen:
        if (how is not None) != down:
            down = how is not None
            yield at, verb, int(down)
