"""Who is admitted by replicas: a row for each service with a concurrency limit, and what a service says of whom it sheds.

    database: {limit: {kind: gradient2}}        ->  limiter (code, settings, window)
    database: {shed: {kind: by_priority}}       ->  shedding (code, settings, of what, lowest rank)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.network.admission_rows import Limiter, Shedding
from sim.network.lower.waiting import priorities
from sim.policies.limits._windows import WindowSettings

if TYPE_CHECKING:
    from sim.network.compiler import Compiler
    from sim.scenario.admission import Sampling
    from sim.scenario.topology import Service


def lower_limiters(compiler: Compiler) -> tuple[Limiter, ...]:
    """Return the rows of all services with a concurrency limit."""
    rows: list[Limiter] = []
    for number, (name, service) in enumerate(compiler.scenario.services.items()):
        if service.limit is not None:
            code, settings = compiler.policy(service.limit)
            window = lower_window(service.limit.sampling, compiler)
            rows.append(Limiter(name, number, code, settings, window, service.limit.draws))
    return tuple(rows)


def lower_window(sampling: Sampling | None, compiler: Compiler) -> int:
    """Return the address of the settings of a window, or -1; equal ones share one."""
    if sampling is None:
        return -1
    words = sampling.parameters()
    key = f"window of a limit: {words}"
    if key not in compiler.shared_tables:
        at = compiler.shared_tables[key] = compiler.table(words)
        compiler.settings[at] = WindowSettings.plain(*words)
    return compiler.shared_tables[key]


def lower_shedding(service: Service, compiler: Compiler) -> Shedding | None:
    """Return what a service says of whom it sheds."""
    if service.shed is None:
        return None
    code, settings = compiler.policy(service.shed)
    of_limit = service.sheds_of == "limit"
    return Shedding(code, settings, of_limit, service.waiting_max or 0, len(priorities(compiler.scenario)) - 1)


def limit_stream(compiler: Compiler, service: str, operation: str) -> int:
    """Number of the stream that the limit of a service draws from when a request for an operation is over; -1: it does not."""
    limit = compiler.scenario.services[service].limit
    return -1 if limit is None or not limit.draws else compiler.draw_stream(operation, "limit")
