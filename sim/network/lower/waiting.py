"""Who waits at replicas, who leaves: which services have terms, and the rows of those that say who waits.

    queue: {max: 200, discipline: priority, ttl: 1s}  ->  room (ttl, lines: one for each priority of a flow)
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sim.network.model import WaitingRoom

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.network.compiler import Compiler
    from sim.network.model import Service, Site
    from sim.network.pace_rows import EventLoop
    from sim.scenario.scenario import Scenario
    from sim.scenario.topology import Service as ServiceModel

EVICTIONS = (None, "lowest", "oldest")


def priorities(scenario: Scenario) -> list[int]:
    """Return the priorities of all flows, the highest first."""
    return sorted({flow.priority for flow in scenario.workload.values()}, reverse=True)


def on_terms(
    services: Sequence[Service], sites: Sequence[Site], event_loops: Sequence[EventLoop], leaking: frozenset[str]
) -> tuple[tuple[Service, ...], tuple[Site, ...]]:
    """Return the services with whether requests may leave them undone, and the sites with whether calls may have deadlines."""
    hurries = any(site.deadline >= 0 for site in sites)
    terms = hurries or any(site.cancel_stream >= 0 for site in sites)
    lent = {one.service for one in event_loops}
    return (
        tuple(
            replace(one, terms=terms or one.room is not None or number in lent or one.name in leaking)
            for number, one in enumerate(services)
        ),
        tuple(replace(one, hurries=hurries) for one in sites),
    )


def lower_room(service: ServiceModel, compiler: Compiler) -> WaitingRoom | None:
    """Return what a service says of who waits, beyond a bound and a plain order."""
    room = service.room
    if room is None:
        return None
    return WaitingRoom(
        ttl=room.ttl or 0,
        target=0 if room.codel is None else room.codel.target,
        interval=room.interval,
        wait_max=-1 if room.wait_max is None else compiler.distribution(room.wait_max),
        evict=EVICTIONS.index(room.evict),
        preempt=room.preempt,
        lines=len(priorities(compiler.scenario)) if room.discipline.by_priority else 1,
    )
