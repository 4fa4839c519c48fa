"""Who waits at replicas, who leaves: which services have terms, and the rows of those that say who waits.

    queue: {max: 200, discipline: priority, ttl: 1s}  ->  room (ttl, lines: one for each priority of a flow)
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sim.network.waiting_rows import WaitingRoom
from sim.scenario.halting import leaking_services

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from sim.network.compiler import Compiler
    from sim.network.model import Service, Site
    from sim.scenario.scenario import Scenario
    from sim.scenario.topology import Service as ServiceModel

EVICTIONS = (None, "lowest", "oldest")


def priorities(scenario: Scenario) -> list[int]:
    """Return the priorities of all flows, the highest first."""
    return sorted({flow.priority for flow in scenario.workload.values()}, reverse=True)


def on_terms(
    services: Sequence[Service], compiler: Compiler, counted: Container[str]
) -> tuple[tuple[Service, ...], tuple[Site, ...]]:
    """Return the services with whether requests may leave them undone, and the sites with whether calls may have deadlines.

    Those whose workers must be ``counted`` count as if requests might.
    """
    sites, declared = compiler.sites, compiler.scenario.services.values()
    hurries = any(site.deadline >= 0 for site in sites)
    terms, leaking = hurries or any(site.cancel_stream >= 0 for site in sites), leaking_services(compiler.scenario)
    return (
        tuple(
            replace(one, terms=terms or one.room is not None or one.name in counted or one.name in leaking or _has_terms(own))
            for one, own in zip(services, declared, strict=True)
        ),
        tuple(replace(one, hurries=hurries) for one in sites),
    )


def _has_terms(service: ServiceModel) -> bool:
    """Whether a service says by itself, and not of who waits, that more depends on than who came first."""
    return service.limit is not None or service.shed is not None or not service.holds_worker


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
