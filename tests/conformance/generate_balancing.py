"""Callers that look at replicas, in scenarios by the dozen: balancing, ejection, health checks, zones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conformance.generate import Generator


def add_balancing(generator: Generator, whole: dict[str, Any]) -> None:
    """Some services have another balance, some are left by those whom they fail, some are asked how they are."""
    if generator.chance(60):
        whole["zones"] = whole.get("zones") or ["a", "b"]
    for service in whole["services"].values():
        if whole.get("zones") and generator.chance(60):
            service.setdefault("zones", "spread")
        if generator.chance(50):
            service["replicas"] = max(service.get("replicas", 1), generator.number(2, 5))
        if generator.chance(80):
            service["balance"] = balance(generator, service.get("replicas", 1), zones="zones" in service)
        if generator.chance(50):
            service["outliers"] = outliers(generator)
        if generator.chance(50):
            service["health"] = {"check": check(generator)}


def balance(generator: Generator, replicas: int, *, zones: bool) -> dict[str, Any]:
    """Any kind, with any of its options."""
    kinds = ("least_requests", "power_of_two", "power_of_d", "weighted", "consistent_hash", "round_robin", "random")
    made: dict[str, Any] = {"kind": generator.pick(kinds)}
    if generator.chance(30):
        made["seen_by"] = "balancer"
    if made["kind"] == "consistent_hash":
        if generator.chance(70):
            made["load_factor"] = generator.pick([1.0, 1.25, 2.0])
        return made | {"points": generator.number(1, 6)}
    if made["kind"] == "power_of_d":
        made["d"] = generator.number(2, 5)
    if made["kind"] == "weighted":
        made["weights"] = [generator.number(1, 4) for _ in range(generator.number(1, min(3, replicas)))]
    if generator.chance(40):
        made["slow_start"] = generator.pick(["5ms", "20ms", "1s"])
    if zones and "seen_by" not in made and generator.chance(50):
        made |= {"zone_aware": True, "zone_share": generator.pick(["10%", "50%", "100%"])}
    return made


def outliers(generator: Generator) -> dict[str, Any]:
    """Short periods and few requests, so that something happens."""
    made: dict[str, Any] = {
        "consecutive": generator.number(0, 3),
        "every": generator.pick(["1ms", "3ms", generator.ms(1, 9)]),
        "ejection": generator.pick(["1ms", "4ms", "20ms"]),
        "ejection_max": generator.pick(["20ms", "50ms"]),
        "ejected_max": generator.pick(["0%", "34%", "50%", "100%"]),
        "panic": generator.pick(["0%", "50%", "80%"]),
        "success_rate": generator.pick([0, 0.5, 1.9]),
        "success_rate_replicas": generator.number(1, 3),
        "success_rate_requests": generator.number(1, 3),
    }
    if generator.chance(40):
        made |= {"failures": generator.pick(["30%", "85%"]), "failures_replicas": 1}
        made["failures_requests"] = generator.number(1, 2)
    return made


def check(generator: Generator) -> dict[str, Any]:
    """Checks that sometimes come too late by themselves."""
    every = generator.number(3, 9)
    made: dict[str, Any] = {"every": f"{every}ms", "timeout": f"{generator.number(1, every - 1)}ms"}
    made |= {"unhealthy_after": generator.number(1, 3), "healthy_after": generator.number(1, 2)}
    if generator.chance(60):
        made["work"] = generator.pick(["0s", "1ms", generator.ms(0, 2)])
    return made
