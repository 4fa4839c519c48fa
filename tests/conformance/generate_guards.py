"""Guards with a period of their own, in scenarios by the dozen: their cycles end when other things happen too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conformance.generate import Generator


def add_rate_limits(generator: Generator, callers: list[dict[str, Any]]) -> None:
    """Some of the calls and flows may leave so many times in each cycle."""
    for call in callers:
        if generator.chance(40):
            call["rate_limit"] = {"limit": generator.number(1, 4), "period": generator.pick(["1ms", generator.ms(1, 9), "3ms"])}


def add_waits(generator: Generator, callers: list[dict[str, Any]], percent: int) -> None:
    """So many of the calls and flows have guards at which attempts may wait, shorter and longer than what else happens."""
    for call in callers:
        if generator.chance(percent):
            call["bulkhead"] = bulkhead(generator)
        if generator.chance(percent):
            call["rate_limit"] = rate_limit(generator)


def bulkhead(generator: Generator) -> dict[str, Any]:
    """Few places, and a few who wait for them, or none."""
    found: dict[str, Any] = {"calls_max": generator.number(1, 3)}
    if generator.chance(80):
        found["wait_max"] = generator.pick(["1ms", generator.ms(1, 6), "1s"])
        if generator.chance(40):
            found["queue_max"] = generator.number(0, 3)
    return found


def rate_limit(generator: Generator) -> dict[str, Any]:
    """A limit of any kind, with a wait that may end at a border, at a tie, or never before the horizon."""
    wait = generator.pick(["0s", "1ms", generator.ms(1, 9), "1s"])
    kind = generator.pick(["cycles", "token_bucket", "leaky_bucket"])
    if kind == "cycles":
        return {"limit": generator.number(1, 3), "period": generator.pick(["1ms", generator.ms(1, 5), "2ms"]), "wait_max": wait}
    rate = generator.pick(["500/s", "1000/s", f"{generator.number(100, 2000)}/s", "20000/min"])
    if kind == "leaky_bucket":
        return {"kind": kind, "rate": rate, "queue_max": generator.number(0, 4)}
    return {"kind": kind, "rate": rate, "burst": generator.number(1, 4), "wait_max": wait}


def add_pools(generator: Generator, services: dict[str, Any], calls: dict[str, list[dict[str, Any]]], percent: int) -> None:
    """So many services have pools for some of their calls, by the service called: ``calls`` are those of each service."""
    for name, of_it in calls.items():
        for callee in sorted({call["call"].partition(".")[0] for call in of_it}):
            users = [call for call in of_it if call["call"].startswith(f"{callee}.") and generator.chance(80)]
            if not users or not generator.chance(percent):
                continue
            pool: dict[str, Any] = {"size": generator.number(1, 3)}
            if generator.chance(70):
                pool["wait_max"] = generator.pick(["1ms", generator.ms(1, 6), "0s"])
            if generator.chance(50) and pool.get("wait_max") != "0s":
                pool["queue_max"] = generator.number(0, 3)
            services[name]["pools"] = {**services[name].get("pools", {}), callee: pool}
            for call in users:
                call["pool"] = callee


def add_orders(generator: Generator, calls: list[dict[str, Any]]) -> None:
    """Some calls have their policies in another order: that of a product, or any, with the timeout anywhere among them."""
    for call in calls:
        call.pop("order", None)
        keys = [key for key in ("rate_limit", "breaker", "bulkhead", "pool", "timeout") if key in call]
        if len(keys) < 2 or not generator.chance(40):
            continue
        limited = "retry" in call and ("bulkhead" in call or "rate_limit" in call)
        if generator.chance(30):
            call["order"] = generator.pick(["resilience4j", "microprofile", "resilience4j" if limited else "dotnet"])
            continue
        order = []
        while keys:
            order.append(keys.pop(generator.number(0, len(keys) - 1)))
        call["order"] = ["retry", *order] if "retry" in call and generator.chance(50) else order
