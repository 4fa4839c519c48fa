"""Balancers: a service whose callers look at its replicas has a view for each of them; and health checks.

    shop (2 replicas) --> payment   views 0, 1 of payment's balancer        seen_by: balancer --> one view, 0
    flow orders       --> payment   view 2

A service whose callers choose without looking has none, and its calls know nothing of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sim.errors import UnsupportedError
from sim.network.balancers import Balancer, HealthCheck
from sim.scenario.targets import zones_of
from sim.semantics.balancing import THOUSAND
from sim.semantics.hooks import PICKS

if TYPE_CHECKING:
    from sim.network.compiler import Compiler
    from sim.scenario.topology import Service

NO_ZONE = -1


def lower_balancers(compiler: Compiler) -> tuple[Balancer, ...]:
    """Return the rows of all balancers; the sites of calls know their views from here on."""
    rows = []
    callers = [caller for caller, _ in compiler.edges]
    for number, (name, service) in enumerate(compiler.scenario.services.items()):
        if not sees(service):
            continue
        sites = [at for at, site in enumerate(compiler.sites) if site.service == number]
        views: dict[str, int] = {}
        zones: list[int] = []
        owners: list[tuple[int, int, int]] = []
        for at in sites:
            caller = callers[compiler.sites[at].edge]
            owner = _owner(service, caller)
            if owner not in views:
                views[owner] = len(zones)
                _add_views(compiler, owner, zones, owners)
            first = compiler.replicas[compiler.service_numbers[owner]].start if owner in compiler.service_numbers else -1
            compiler.sites[at] = replace(compiler.sites[at], view=views[owner], view_of=first)
        if sites:
            rows.append(_balancer(compiler, name, service, zones, owners))
    return tuple(rows)


def _owner(service: Service, caller: str) -> str:
    """Whose views a caller has: of its service, its own as a flow, or those of all (no name)."""
    if getattr(service.balance, "seen_by", "caller") == "balancer":
        return ""
    return caller.partition(".")[0] if "." in caller else f"{caller}:"


def sees(service: Service) -> bool:
    """Whether callers of a service look at its replicas. Raises `UnsupportedError` where they would, and cannot."""
    balance = service.balance
    if balance.pick is None and service.outliers is not None:
        message = f"balance: a service with outliers needs one that looks at replicas, and {balance.kind!r} has no rule pick"
        raise UnsupportedError(message)
    return balance.sees or service.outliers is not None


def _add_views(compiler: Compiler, owner: str, zones: list[int], owners: list[tuple[int, int, int]]) -> None:
    """Views for the replicas of a service that calls; or one, for a flow or for all."""
    if owner not in compiler.service_numbers:
        zones.append(NO_ZONE)
        return
    replicas = compiler.replicas[compiler.service_numbers[owner]]
    owners.append((replicas.start, len(replicas), len(zones)))
    zones.extend(_zones(compiler, compiler.scenario.services[owner]))


def _zones(compiler: Compiler, service: Service) -> list[int]:
    """The numbers of the zones of a service's replicas."""
    known = list(compiler.scenario.zones)
    return [NO_ZONE if zone is None else known.index(zone) for zone in zones_of(compiler.scenario, service)]


def _balancer(
    compiler: Compiler, name: str, service: Service, zones: list[int], owners: list[tuple[int, int, int]]
) -> Balancer:
    balance: Any = service.balance
    number, outliers = compiler.service_numbers[name], service.outliers
    weights = getattr(balance, "weights", ())
    return Balancer(
        name=name,
        service=number,
        first=compiler.replicas[number].start,
        replicas=service.places,
        begin=service.replicas,
        code=PICKS.index(type(balance)),
        settings=compiler.settled(balance),
        by_key=balance.by_key,
        weights=tuple(weights[place % len(weights)] for place in range(service.places)) if weights else (),
        places=tuple(_zones(compiler, service)),
        zone_share=round(balance.zone_share * THOUSAND) if getattr(balance, "zone_aware", False) else 0,
        ring=balance.ring(service.places) if balance.by_key else (),
        panic=round(outliers.panic * THOUSAND) if outliers else 0,
        all_members=service.health is not None,
        outliers=compiler.settled(outliers) if outliers else -1,
        sweep_every=outliers.every if outliers else 0,
        zones=tuple(zones),
        owners=tuple(owners),
    )


def lower_health(compiler: Compiler) -> tuple[HealthCheck, ...]:
    """Return the rows of the health checks of all services that have them."""
    services = enumerate(compiler.scenario.services.items())
    return tuple(_health(compiler, number, name, one) for number, (name, one) in services if one.health is not None)


def _health(compiler: Compiler, number: int, name: str, service: Service) -> HealthCheck:
    assert service.health is not None  # noqa: S101 - only of those that have one
    check = service.health.check
    return HealthCheck(
        name=name,
        service=number,
        first=compiler.replicas[number].start,
        replicas=service.places,
        every=check.every,
        settings=compiler.settled(check),
        hop=compiler.distribution(compiler.scenario.network.hop),
        there_stream=compiler.stream(f"{name}:check.request"),
        back_stream=compiler.stream(f"{name}:check.reply"),
    )
