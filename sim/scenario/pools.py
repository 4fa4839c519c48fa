"""Connection pools of services: whether calls name one that is there, and whether each is used, for one callee.

    services.shop.pools.payment  <--  services.shop.operations.buy[0].pool: payment
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.scenario.problems import Problem, field_path

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from sim.scenario.kinds import Guard
    from sim.scenario.problems import Location
    from sim.scenario.scenario import Scenario


SHOWN = 64
"""Characters of a name that are shown."""


def pools_of(scenario: Scenario, loc: Location) -> Mapping[str, Guard]:
    """Return the pools that the caller at a place may name: those of its service; of a client, none."""
    return scenario.services[str(loc[1])].pools if loc[0] == "services" else {}


def unknown_pools(scenario: Mapping[str, Any], likely: Callable[[str, Collection[str], str], str]) -> Iterator[Problem]:
    """Yield an error for each call in plain data whose pool its service does not have; ``likely`` says what may be meant."""
    for service, settings in _mapping(scenario.get("services")).items():
        pools = [str(name) for name in _mapping(_mapping(settings).get("pools"))]
        none = f"service '{service}' has no pools; declare it under services.{service}.pools"
        for loc, name in pools_named(_mapping(settings).get("operations"), ("services", service, "operations")):
            if name not in pools:
                known = likely(name, pools, "pools") if pools else none
                yield _problem((*loc, "pool"), f"unknown pool '{name[:SHOWN]}'; {known}")


def pools_named(data: object, loc: Location) -> Iterator[tuple[Location, str]]:
    """Yield the pools that calls name anywhere below in plain data, with the places of the calls."""
    if isinstance(data, Mapping):
        if "call" in data and isinstance(data.get("pool"), str):
            yield loc, data["pool"]
        for key, value in data.items():
            yield from pools_named(value, (*loc, str(key)))
    elif isinstance(data, list | tuple):
        for number, value in enumerate(data):
            yield from pools_named(value, (*loc, number))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def check_pools(scenario: Scenario) -> Iterator[Problem]:
    """Yield an error for each call with a pool to another service, and a warning for each pool that nobody uses."""
    from sim.scenario.callgraph import callers  # stands on steps, which know of pools

    callees: dict[tuple[str, str], str] = {}
    for loc, caller in callers(scenario):
        name, callee = getattr(caller, "pool", None), getattr(caller, "call", "").partition(".")[0]
        if name is not None and callees.setdefault((str(loc[1]), name), callee) != callee:
            before = callees[str(loc[1]), name]
            message = f"pool '{name}' has connections to '{before}'; declare another one for calls to '{callee}'"
            yield _problem((*loc, "pool"), message)
    for service, settings in scenario.services.items():
        for name in settings.pools:
            if (service, name) not in callees:
                message = f"no call of '{service}' uses it; write pool: {name} at a call, or remove it"
                loc = ("services", service, "pools", name)
                yield Problem(field=field_path(loc), message=message, loc=loc, severity="warning")


def _problem(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc)
