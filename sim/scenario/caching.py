"""Are caches used as they can be? Who asks them, for which keys, and how much of what is asked passes through at least.

error     a cache that two services ask, or that is read through and does more than call; one that is asked again while it
          loads; an append in a miss; a flow without keys that comes to a cache, or with more than it may have
warning   a cache that nobody asks; an origin that is overloaded while a cache is cold (`sim.scenario.overload`)

How much passes depends on what the cache has at the moment: all of it while it is cold. As warm as it gets, at least

    what is asked for keys beyond its capacity, were it full of those asked for most often, and
    of each key one request in 1 + rate x ttl, as an entry is stored by one, and serves those of the next ttl

when each arrival asks once, and requests for a key come at random. The second is exact for Poisson arrivals and loads that take
no time (a renewal with each miss: S. Fofack et al., "Performance evaluation of hierarchical TTL-based cache networks", Computer
Networks 65, 2014); an LRU cache passes more than the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.cache_steps import Cached
from sim.scenario.caches import ENTRIES_MAX
from sim.scenario.once import once_a_scenario
from sim.scenario.problems import Problem, field_path
from sim.scenario.run import SECOND
from sim.scenario.step_walks import flat_steps, inner_steps
from sim.scenario.steps import Call, Parallel
from sim.scenario.stream_steps import Append
from sim.scenario.workload import Keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sim.scenario.callgraph import CallGraph
    from sim.scenario.problems import Location
    from sim.scenario.scenario import Scenario
    from sim.scenario.steps import Step
    from sim.scenario.workload import Flow

PRECISE_KEYS = 10_000
"""Of more keys those that are alike, or nearly, are taken together."""


@once_a_scenario
def askers(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """Return the operations that ask each cache, of those that any does: by its name, in the order of the declarations."""
    found: dict[str, list[str]] = {name: [] for name in scenario.caches}
    for service, settings in scenario.services.items():
        for operation, steps in settings.operations.items():
            for name in dict.fromkeys(step.cache for step in flat_steps(steps) if isinstance(step, Cached)):
                found.setdefault(name, []).append(f"{service}.{operation}")
    return {name: tuple(operations) for name, operations in found.items() if operations}


def owner_of(scenario: Scenario, cache: str) -> str:
    """Return the service that asks a cache."""
    return askers(scenario)[cache][0].partition(".")[0]


def entries_most(scenario: Scenario, cache: str, keys: int) -> int:
    """Return how many of so many keys a cache can have."""
    capacity = scenario.caches[cache].capacity
    return keys if capacity is None else min(capacity, keys)


def entries_of_all(scenario: Scenario) -> int:
    """Return how many entries all caches of a scenario may have."""
    keys, found = max(flow.key_count for flow in scenario.workload.values()), 0
    for name in askers(scenario).keys() & scenario.caches.keys():
        own = scenario.services[owner_of(scenario, name)].places if scenario.caches[name].per == "replica" else 1
        found += own * entries_most(scenario, name, keys)
    return found


def check_caches(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Yield what is wrong with caches, and with the steps that ask them."""
    owners: dict[str, str] = {}
    for handler in graph.handlers.values():
        yield from _check_steps(scenario, handler.steps, handler.loc, handler.service, owners, ())
    for name in scenario.caches:
        if name not in owners:
            yield _problem(("caches", name), "no handler asks it; add a step cache, or remove it", "warning")
    yield from _check_keys(scenario, graph)


def _check_steps(
    scenario: Scenario, steps: Sequence[Step], loc: Location, service: str, owners: dict[str, str], loading: tuple[str, ...]
) -> Iterator[Problem]:
    """Check steps that are done while some caches load, or none."""
    for position, step in enumerate(steps):
        here, inside = (*loc, position), loading
        if isinstance(step, Append) and loading:
            message = f"what '{loading[-1]}' loads is only read; write it behind the step"
            yield _problem((*here, "append"), message)
        elif isinstance(step, Cached):
            owner = owners.setdefault(step.cache, service)
            if owner != service:
                message = f"'{step.cache}' is a cache of '{owner}'; declare another one for '{service}'"
                yield _problem((*here, "cache"), message)
            if step.cache in loading:
                yield _problem((*here, "cache"), f"'{step.cache}' is loading this key here; write what it loads from")
            inside = (*loading, step.cache)
            yield from _check_loads(scenario, step, here)
        for at, inner in inner_steps(step):
            yield from _check_steps(scenario, inner, (*here, *at), service, owners, inside)


def _check_loads(scenario: Scenario, step: Cached, loc: Location) -> Iterator[Problem]:
    """A cache that loads what it has not itself has no handler, and no worker: it only calls."""
    declared = scenario.caches.get(step.cache)
    if declared is None or declared.mode != "read_through":
        return
    for position, one in enumerate(step.miss):
        if not isinstance(one, Call | Parallel) or (one.fallback if isinstance(one, Call) else one.branches):
            message = f"'{step.cache}' is read through: it loads by calls alone, without fallbacks"
            yield _problem((*loc, "miss", position), f"{message}; write a call, or mode: look_aside")


def _check_keys(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    for cache, operations in askers(scenario).items():
        if cache not in scenario.caches:
            continue
        for name, flow in _asking(scenario, graph, operations):
            if flow.key_count == 0:
                message = f"its handlers ask '{cache}' for its key, and each arrival has one of its own, which it never has"
                yield _problem(("workload", name), f"{message}; say how many there are with 'keys'")
            elif entries_most(scenario, cache, flow.key_count) > ENTRIES_MAX:
                message = f"'{cache}' would have {flow.key_count} entries; it may have {ENTRIES_MAX}: give it a capacity"
                yield _problem(("workload", name, "keys"), message)


def _asking(scenario: Scenario, graph: CallGraph, operations: Iterable[str]) -> Iterator[tuple[str, Flow]]:
    """The flows that come to some operations, by their names."""
    for name, flow in scenario.workload.items():
        roots = [flow.operation, *(step.operation for step in flow.follow_ups)]
        if set(operations) & graph.reached(roots):
            yield name, flow


@once_a_scenario
def least_missed(scenario: Scenario) -> dict[str, float]:
    """Return the share of what each cache is asked that it passes on at least, as warm as it gets."""
    return {cache: _least_missed(scenario, cache) for cache in askers(scenario) if cache in scenario.caches}


def _least_missed(scenario: Scenario, cache: str) -> float:
    """The same of one: taken over all flows with keys, as if each that has some asked it."""
    settings, horizon = scenario.caches[cache], scenario.run.horizon
    flows = [flow for flow in scenario.workload.values() if flow.key_count > 0]
    rates = [flow.arrivals.mean_rate(horizon) for flow in flows]
    whole = sum(rates)
    if whole <= 0.0:
        return 0.0
    ttl = None if settings.ttl is None else settings.ttl / SECOND
    room = settings.capacity
    missed = 0.0
    for flow, rate in zip(flows, rates, strict=True):
        for share, count in _asked(flow):
            kept = count if room is None else min(count, room)
            passed = 0.0 if ttl is None else 1.0 / (1.0 + rate * share * ttl)
            missed += rate * share * ((count - kept) + kept * passed)
            room = None if room is None else room - kept
        room = settings.capacity  # the flows have the same keys, at best
    return missed / whole


def _asked(flow: Flow) -> Iterator[tuple[float, int]]:
    """How often a flow asks for a key, as a share, and for how many keys it is so: those asked for most often first."""
    if not isinstance(flow.keys, Keys) or flow.keys.kind == "uniform":
        yield 1.0 / flow.key_count, flow.key_count
        return
    weights = flow.keys.weights()
    whole, at = sum(weights), 0
    while at < len(weights):
        count = 1 if at < PRECISE_KEYS else min(at // 100, len(weights) - at)
        yield sum(weights[at : at + count]) / count / whole, count
        at += count


def _problem(loc: Location, message: str, severity: str = "error") -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc, severity=severity)  # type: ignore[arg-type]
