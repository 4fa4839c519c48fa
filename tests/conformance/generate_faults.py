"""Faults of generated scenarios that strike more than the replicas of a service, and at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conformance.generate import Generator


def add_faults(generator: Generator, whole: dict[str, Any], horizon: int) -> None:
    """Zones, labels, and some faults of all kinds that `Generator.faults` does not make."""
    if generator.chance(60):
        whole["zones"] = ["a", "b"]
        for service in whole["services"].values():
            service["zones"] = generator.pick(["spread", ["a"], ["b", "a"]])
            service["labels"] = {"tier": generator.pick(["front", "back"])}
    for broker in whole["brokers"].values():
        broker["delivery_timeout"] = generator.pick(["1ms", generator.ms(1, 9), "10m"])
    for number in range(generator.pick([1, 2, 3, 5])):
        fault = {**some_fault(generator, whole), **times(generator, horizon)}
        if "random" in fault and fault["kind"] in {"crash", "crash_loop", "slowdown"} and generator.chance(40):
            fault["random"]["correlated"] = generator.pick(["50%", "90%", 1])
        whole["faults"][f"more-{number}"] = fault
        if fault["kind"] == "broker_outage" and generator.chance(40):  # what waits for it may go down with its publisher
            loop = {"up": generator.ms(1, 5), "down": generator.ms(1, 5), "detection": "0s"}
            again = {key: value for key, value in fault.items() if key in {"at", "for", "random"}}
            target = generator.pick(generator.services)
            whole["faults"][f"with-{number}"] = {"kind": "crash_loop", "target": target, **loop, **again}


def times(generator: Generator, horizon: int) -> dict[str, Any]:
    """When a fault strikes: once, or at random."""
    at = f"{generator.pick([0, generator.number(0, horizon - 1), horizon // 2])}ms"
    if generator.chance(60):
        return {"at": at, "for": f"{generator.number(1, max(1, min(30, horizon // 3)))}ms"}
    random = {"mtbf": generator.ms(1, 15), "mttr": generator.ms(1, 6)}
    return {"random": random, **generator.pick([{}, {"at": at}])}


def some_fault(generator: Generator, whole: dict[str, Any]) -> dict[str, Any]:
    """A fault without its times."""
    made = [traffic, crash_loop, crash, failures, failures, failures]
    if whole["brokers"]:
        made += [broker_outage] * 6
    if "zones" in whole:
        made += [zone_outage, in_a_zone]
    return generator.pick(made)(generator, whole)


def traffic(generator: Generator, whole: dict[str, Any]) -> dict[str, Any]:
    """More of a flow, fewer, or none."""
    return {"kind": "traffic", "flow": generator.pick(list(whole["workload"])), "factor": generator.pick([2, 3.5, 0.5, 0])}


def broker_outage(generator: Generator, whole: dict[str, Any]) -> dict[str, Any]:
    """A broker is down."""
    name = generator.pick(list(whole["brokers"]))
    return {"kind": "broker_outage", "target": generator.pick([name, {"broker": name}])}


def crash_loop(generator: Generator, _whole: dict[str, Any]) -> dict[str, Any]:
    """Replicas come back, and die again."""
    loop = {"up": generator.ms(1, 5), "down": generator.ms(1, 5), "detection": generator.pick(["0s", "1ms"])}
    return {"kind": "crash_loop", "target": generator.target(), **loop}


def crash(generator: Generator, _whole: dict[str, Any]) -> dict[str, Any]:
    """A share of the replicas of a service dies."""
    share = generator.pick(["50%", "1%", "100%"])
    return {"kind": "crash", "target": generator.target(), "replicas": share, "detection": "2ms"}


def failures(generator: Generator, _whole: dict[str, Any]) -> dict[str, Any]:
    """An operation, or all of a service, fails for a share of all."""
    target = generator.pick([generator.target(), generator.pick(generator.operations)])
    settings = {"share": generator.pick(["50%", "30%", "70%", 1]), "after": generator.pick(["0s", "1ms", generator.ms(0, 4)])}
    return {"kind": generator.pick(["errors", "poison"]), "target": target, **settings}


def zone_outage(generator: Generator, whole: dict[str, Any]) -> dict[str, Any]:
    """A zone that has replicas is lost."""
    return {"kind": "zone_outage", "zone": zone_of(generator, whole), "connections": generator.pick(["reset", "silent"])}


def in_a_zone(generator: Generator, whole: dict[str, Any]) -> dict[str, Any]:
    """What stands in a zone is slow."""
    return {"kind": "slowdown", "target": {"zone": zone_of(generator, whole)}, "factor": generator.pick([3.0, 50.0])}


def zone_of(generator: Generator, whole: dict[str, Any]) -> str:
    """A zone in which a replica stands for sure."""
    zones = [service["zones"] for service in whole["services"].values()]
    return str(generator.pick(sorted({zone[0] if isinstance(zone, list) else "a" for zone in zones})))
