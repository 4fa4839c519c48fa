"""Guards, laid out in the kernel's memory with a state for each replica that calls, and the first ends of their periods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.engine.compiled_engine import family_rows as at
from sim.engine.compiled_engine.state import Service
from sim.policies.waiting import Room
from sim.record.guards import guard_changed
from sim.semantics.hooks import GUARDS, HOLDING, LEAVING, TICKING
from sim.semantics.order import TICK, identity, rank_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.engine.compiled_engine.host import Image
    from sim.network import Network


def fill(image: Image) -> None:
    """Set every field of the rows of guards, and which of them are lost with a replica of a service."""
    own: dict[int, list[int]] = {}
    all_states: list[int] = []
    rooms: dict[int, int] = {}
    for number, (row, guard) in enumerate(zip(image.guards, image.network.guards, strict=True)):
        if guard.per_caller and guard.owner == number:
            own.setdefault(guard.service, []).append(row)
        kind = GUARDS[guard.code]
        size = kind.State.SIZE + guard.tail
        states = image.room_for(size * guard.states) if guard.owner == number else all_states[guard.owner]
        all_states.append(states)
        image.put(at.Guard, row, code=guard.code, settings=image.tables + guard.settings, number=number)
        image.put(at.Guard, row, states=states, size=size, count=guard.states)
        image.put(at.Guard, row, per_caller=guard.per_caller, first=guard.first)
        image.put(at.Guard, row, draws=guard.draws, stream=guard.stream)
        image.put(at.Guard, row, leaves=LEAVING.index(kind) if kind in LEAVING else -1)
        image.put(at.Guard, row, failing=guard.failing, ignored=guard.ignored, hears_refusals=guard.hears_refusals)
        image.put(at.Guard, row, longest_wait=guard.longest_wait, room=guard.room, owner=guard.owner)
        if guard.longest_wait != 0 and kind in HOLDING:
            rooms[number] = image.room_for(Room.SIZE * guard.states) if guard.owner == number else rooms[guard.owner]
            image.put(at.Guard, row, holds=HOLDING.index(kind), has_rooms=1, rooms=rooms[number])
        if guard.ticks_every:
            image.put(at.Guard, row, ticks=TICKING.index(kind), ticks_every=guard.ticks_every)
    for service, row in enumerate(image.services):
        of_it = own.get(service, [])
        image.put(Service, row, guards=image.listed(of_it), guard_count=len(of_it))


def begin(network: Network, r: Any) -> None:
    """At time 0: how many states of each guard keep calls back from the first on."""
    for number, guard in enumerate(network.guards):
        kind = GUARDS[guard.code]
        begins = kind.engaged(network.settings[guard.settings], kind.State.roomy(guard.tail))
        guard_changed(r, 0, number, 0, guard.states * int(begins))


def first_events(image: Image) -> Iterator[tuple[int, int, int]]:
    """The first end of the period of each guard that has one."""
    for number, (row, guard) in enumerate(zip(image.guards, image.network.guards, strict=True)):
        if guard.ticks_every:
            yield guard.ticks_every, rank_of(TICK, identity(number, 0, 0)), row
