"""Do the targets of faults lead somewhere, and are they something that the fault can strike?

{kind: slowdown, target: {zone: c}}   ->   unknown zone 'c'; zones: a, b
{kind: slowdown, target: {broker: log}}   ->   a 'slowdown' strikes no broker; write one of: service, zone, labels
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.registry import discover
from sim.scenario.kinds import Change
from sim.scenario.problems import Location, Problem, did_you_mean, field_path, skeleton
from sim.scenario.targets import HELD_IN, OF_REPLICAS, OPERATION, REPLICA, Target, entity_of, name_of, struck_replicas, zones_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.references import Names
    from sim.scenario.scenario import Scenario


ANY: Any = Change

OF_SEVERAL = ("correlated", "crews")
"""Keys of random times that tell things apart which are struck by themselves."""


def aim_problems(names: Names, scenario: Mapping[str, Any], fault: Mapping[str, Any], loc: Location) -> list[Problem]:
    """Return an error for each name of a fault's target that leads nowhere, in plain data."""
    kind = discover("sim.faults", ANY).get(str(fault.get("kind")))
    strikes = OF_REPLICAS if kind is None else kind.strikes
    key = "target" if kind is None else kind.at_key
    target, loc = fault.get(key), (*loc, key)
    if isinstance(target, str):
        if OPERATION in strikes and ("." in target or strikes[0] == OPERATION):
            return names.operation(target, loc)
        return _one(names, scenario, strikes[0], target, loc)
    given = target if isinstance(target, Mapping) else {}
    return [problem for key, name in given.items() for problem in _one(names, scenario, str(key), name, (*loc, str(key)))]


def _one(names: Names, scenario: Mapping[str, Any], key: str, name: object, loc: Location) -> list[Problem]:
    """What is wrong with the name of one thing."""
    if key == "service":
        return names.service(name, loc)
    if not isinstance(name, str):
        return []
    there = scenario.get("zones" if key == "zone" else HELD_IN.get(key, ""))
    known = [skeleton(str(one)) for one in there] if isinstance(there, Mapping | list | tuple) else []
    if skeleton(name) in known or key not in {"zone", *HELD_IN}:
        return []
    return [_problem(loc, f"unknown {key} '{name[:64]}'; {did_you_mean(name, known, noun=f'{key}s')}")]


def _all_at_once(fault: Change, at: Location) -> Iterator[Problem]:
    """Yield what is said of several times where there is one for all that is struck."""
    if fault.together or entity_of(fault) not in {REPLICA, "relay"}:
        for key in OF_SEVERAL:
            if getattr(fault.random, key, None) is not None:
                yield _problem((*at, key), f"a '{fault.kind}' strikes all at once; remove the key")


def check_aim(scenario: Scenario, fault: Change, loc: Location) -> Iterator[Problem]:
    """Yield what is wrong with the target of a fault whose names lead somewhere."""
    at, target = (*loc, fault.at_key), fault.aim
    replicas: Any = getattr(fault, "replicas", None)
    yield from _all_at_once(fault, (*loc, "random"))
    if isinstance(target, Target):
        for key in target.keys:
            if key not in fault.strikes:
                known = ", ".join(fault.strikes)
                yield _problem(at, f"a '{fault.kind}' strikes no {key}; write one of: {known}")
                return
    if entity_of(fault) == "flow":
        yield from _steadfast(scenario, fault, at)
    if entity_of(fault) == "relay":
        instances = {name: relay.instances for name, relay in scenario.relays.items() if name == name_of(fault)}
        yield from _too_many(instances, replicas, "instances", loc)
        return
    if entity_of(fault) != REPLICA:
        if replicas is not None:
            yield _problem((*loc, "replicas"), f"'{target}' has no replicas; remove the key")
        return
    struck = struck_replicas(scenario, fault)
    if not struck and isinstance(target, Target) and _there(scenario, target):
        yield _problem(at, f"no replica is at '{target}'; {_remedy(scenario, target)}")
    refused = [why for name in struck if (why := fault.refuses(name, scenario.services[name])) is not None]
    yield from (_problem((*loc, key), message) for key, message in refused)
    there = {name: len(_candidates(scenario, target, name)) for name in struck}
    yield from _too_many(there, replicas, "replicas", loc)


def _steadfast(scenario: Scenario, fault: Change, at: Location) -> Iterator[Problem]:
    """Yield that the arrivals of a flow cannot be made more, or fewer."""
    flow = scenario.workload.get(name_of(fault))
    if flow is not None and flow.arrivals.steadfast:
        message = f"a '{fault.kind}' makes arrivals of kind {getattr(flow.arrivals, 'kind', '')} neither more nor fewer"
        yield _problem(at, f"{message}: {flow.arrivals.steadfast}")


def _too_many(there: Mapping[str, int], replicas: Any, noun: str, loc: Location) -> Iterator[Problem]:
    """Yield where fewer are there than a fault strikes."""
    for name, count in there.items() if isinstance(replicas, int) else ():
        if replicas > count:
            yield _problem((*loc, "replicas"), f"{replicas} {noun}, but '{name}' has {count}; write at most {count}")


def check_zones(scenario: Scenario) -> Iterator[Problem]:
    """Yield an error for each service that stands in a zone that there is not."""
    for name, service in scenario.services.items():
        loc: Location = ("services", name, "zones")
        if service.zones == "spread" and not scenario.zones:
            yield _problem(loc, "there are no zones to spread over; write zones: [a, b] at the top")
        for place, zone in enumerate(service.zones if isinstance(service.zones, tuple) else ()):
            if zone not in scenario.zones:
                yield _problem((*loc, place), f"unknown zone '{zone}'; {did_you_mean(zone, scenario.zones, noun='zones')}")
    for place, zone in enumerate(scenario.zones):
        if zone in scenario.zones[:place]:
            yield _problem(("zones", place), f"the zone '{zone}' stands here twice; write it once")


def _there(scenario: Scenario, target: Target) -> bool:
    """Whether the names of a target lead somewhere."""
    return target.service in {None, *scenario.services} and target.zone in {None, *scenario.zones}


def _candidates(scenario: Scenario, target: str | Target, service: str) -> list[str | None]:
    """The zones of the replicas of a service that a target means."""
    zone = target.zone if isinstance(target, Target) else None
    return [one for one in zones_of(scenario, scenario.services[service]) if zone in {None, one}]


def _remedy(scenario: Scenario, target: Target) -> str:
    """What to write instead."""
    if target.labels:
        known = [f"{name}={value}" for one in scenario.services.values() for name, value in (one.labels or {}).items()]
        word = next(f"{name}={value}" for name, value in target.labels.items())
        return did_you_mean(word, sorted(set(known)), noun="labels")
    return "let a service say zones: spread"


def _problem(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc)
