"""What may be taken by nobody: places that leak, by the faults of a scenario, and the services whose handlers may hang."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.network.leak_rows import Hang, Leak, LeakyPool
from sim.network.lower.faults import POOL, composed, inside_replicas, total
from sim.network.schedule import POOL_LEAK, STORE_LEAK
from sim.scenario.halting import leaking_services, leaking_stores, leaky_pools

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sim.network.compiler import Compiler
    from sim.network.lower.faults import Inside
    from sim.network.model import Service
    from sim.scenario.scenario import Scenario


def leak_rows(scenario: Scenario) -> tuple[Leak, ...]:
    """Return where places may leak: at services, in pools, at stores."""
    services, stores = list(scenario.services), list(scenario.stores)
    struck = leaking_services(scenario)
    pools = dict.fromkeys((service, pool) for service, pool, _ in leaky_pools(scenario))
    return (
        *(Leak(f"{name}: workers", service=number) for number, name in enumerate(services) if name in struck),
        *(Leak(f"{name}: pool {pool}", service=services.index(name), pool=pool) for name, pool in pools),
        *(Leak(f"store {name}", store=stores.index(name)) for name in leaking_stores(scenario)),
    )


def leaky_pool_rows(compiler: Compiler) -> tuple[LeakyPool, ...]:
    """Return the pools of replicas that may leak, in the order of their numbers in the fault schedule."""
    found, leaks = [], leak_rows(compiler.scenario)
    for service, pool, place in leaky_pools(compiler.scenario):
        number = list(compiler.scenario.services).index(service)
        row = next(row for row, one in enumerate(leaks) if (one.service, one.pool) == (number, pool))
        guard, size = compiler.guard_numbers[-1, service, pool], compiler.scenario.services[service].pools[pool]
        found.append(LeakyPool(guard, place, compiler.replicas[number][place], getattr(size, "places", 0), row))
    return tuple(found)


def hang_rows(compiler: Compiler) -> tuple[Hang, ...]:
    """Return the services whose handlers may hang."""
    hanging = {one.name.partition(".")[0] for one in compiler.failures if one.hangs}
    return tuple(Hang(name, number) for number, name in enumerate(compiler.scenario.services) if name in hanging)


@inside_replicas
def _pools(scenario: Scenario, services: Sequence[Service]) -> Inside:
    first = {service.name: service.replica_first for service in services}
    numbers = {(pool, first[name] + place): at for at, (name, pool, place) in enumerate(leaky_pools(scenario))}
    return lambda pool, replica: numbers[pool, replica]


@composed("leaked", total, of=POOL)
def _connections(leaked: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    for at, count in leaked:
        yield at, POOL_LEAK, count


@composed("leaked", total, of="store")
def _of_stores(leaked: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    for at, count in leaked:
        yield at, STORE_LEAK, count
