"""Connection pools of services: whether calls name one that is there, and whether each is used, for one callee.

    services.shop.pools.payment  <--  services.shop.operations.buy[0].pool: payment
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.problems import Problem, did_you_mean, field_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.scenario.kinds import Guard
    from sim.scenario.problems import Location
    from sim.scenario.scenario import Scenario


def pools_of(scenario: Scenario, loc: Location) -> Mapping[str, Guard]:
    """Return the pools that the caller at a place may name: those of its service; of a client, none."""
    return scenario.services[str(loc[1])].pools if loc[0] == "services" else {}


def check_pools(scenario: Scenario) -> Iterator[Problem]:
    """Yield an error for each call with a pool that is not there, or is one to another service; and name those nobody uses."""
    from sim.scenario.callgraph import callers  # stands on steps, which know of pools

    users: dict[tuple[str, str], list[tuple[Location, str]]] = {}
    for loc, caller in callers(scenario):
        name = getattr(caller, "pool", None)
        if name is None:
            continue
        pools = pools_of(scenario, loc)
        if name not in pools:
            none = f"service '{loc[1]}' has no pools; declare it under services.{loc[1]}.pools"
            known = did_you_mean(name, pools, noun="pools") if pools else none
            yield _problem((*loc, "pool"), f"unknown pool '{name}'; {known}")
            continue
        callee = getattr(caller, "call", "").partition(".")[0]
        before = users.setdefault((str(loc[1]), name), [])
        if before and before[0][1] != callee:
            message = f"pool '{name}' has connections to '{before[0][1]}'; declare another one for calls to '{callee}'"
            yield _problem((*loc, "pool"), message)
        before.append((loc, callee))
    for service, settings in scenario.services.items():
        for name in settings.pools:
            if (service, name) not in users:
                message = f"no call of '{service}' uses it; write pool: {name} at a call, or remove it"
                yield _problem(("services", service, "pools", name), message)


def _problem(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc)
