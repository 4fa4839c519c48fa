"""More load than capacity, found before the first event: rate x holding time against the places there are.

    workers are held while they wait: 120/s x 0.102 s = 12.2 of 8 workers, 153 %; capacity 78.4/s

Faults are left out: it is the load of ordinary operation, at each flow's mean rate over the run. So are users who wait for
their answers: they let no queue grow without end.
"""

from collections.abc import Iterator, Mapping

from sim.scenario.caching import askers
from sim.scenario.callgraph import CallGraph
from sim.scenario.load import SECOND, Load, Loads, Steady
from sim.scenario.problems import Location, Problem, field_path
from sim.scenario.scenario import Scenario

OWN = 1e-6
"""Holding times that exceed the handler's own work by less than this share are work alone."""
STEPS_MAX = 300_000
"""So many steps are looked at to work out which services others make wait too long; each costs a solution of its own."""
DIGITS = 3


def check_overload(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Yield a warning for every service and every group that has more to do than it can; ``graph`` has no cycle."""
    steady = Steady(scenario, graph)
    bare = steady.unhindered
    if not bare.settled:
        message = "events cause ever more events: the handlers of some topic publish to it again, directly or by others"
        yield _warning(("subscriptions",), f"{message}; break the circle")
        return
    for name, load in bare.services.items():
        if load.utilisation >= 1.0:
            yield _warning(("services", name), f"{_of_service(load)}; its queue grows without end; {_remedy(load)}")
    for name, load in bare.groups.items():
        if load.utilisation >= 1.0:
            more = _far_off(scenario, name, load) or _more(load)
            yield _warning(("subscriptions", name), f"{_of_group(load)}; its lag grows without end; {more}")
    yield from _by_waiting(steady, bare)
    yield from _while_cold(scenario, graph, bare)


def _while_cold(scenario: Scenario, graph: CallGraph, warm: Loads) -> Iterator[Problem]:
    """What is overloaded as long as caches have nothing, and is not with what they have at best."""
    if not askers(scenario):
        return
    cold = Steady(scenario, graph, cold=True).unhindered
    for name, load in cold.services.items() if cold.settled else ():
        before = warm.services[name]
        if load.utilisation >= 1.0 > before.utilisation:
            told = f"while caches are cold {number(load.rate)}/s come here, at least {number(before.rate)}/s when they are warm"
            message = f"{told}: {_of_service(load)}; its queue grows, and may not let them fill"
            remedy = f"coalesce misses, {_remedy(load)}, and look at a fault of kind cache_flush"
            yield _warning(("services", name), f"{message}; {remedy}")


def _by_waiting(steady: Steady, bare: Loads) -> Iterator[Problem]:
    """What is overloaded only because of waits: its callers retry what timed out, or others keep its workers waiting."""
    waiting = steady.waiting()
    if not waiting.settled:
        return
    solutions = STEPS_MAX // max(1, steady.cost)
    for name in _suspects(waiting.services, bare.services):
        before, load = bare.services[name], waiting.services[name]
        stormed = Load(load.rate, before.hold_ns, load.places, load.work_ns)
        if stormed.utilisation >= 1.0:
            why = f"calls that time out while they wait are retried, which raises {number(before.rate)}/s"
            why += f" to {number(load.rate)}/s: {_product(stormed, 'workers')}"
            yield _warning(("services", name), f"{why}; its queue grows without end; {_remedy(load)}, or retry less")
            continue
        if solutions <= 0:
            break
        solutions -= 1
        others = steady.waiting(without=name).services[name]
        if others.utilisation >= 1.0:
            why = f"workers are held while they wait for services that are busy with others: {_product(others, 'workers')}"
            yield _warning(("services", name), f"{why}; its queue grows without end; {_remedy(others)}")
    for name in _suspects(waiting.groups, bare.groups)[: max(0, solutions)]:
        others = steady.waiting(without_group=name).groups[name]
        if others.utilisation >= 1.0:
            why = "consumers are held while they wait for services that are busy with others"
            why += f": {_product(others, 'consumers at once')}"
            yield _warning(("subscriptions", name), f"{why}; its lag grows without end; {_more(others)}")


def _suspects(waiting: Mapping[str, Load], bare: Mapping[str, Load]) -> list[str]:
    return [name for name, load in waiting.items() if load.utilisation >= 1.0 > bare[name].utilisation]


def _of_service(load: Load) -> str:
    if _works_only(load):
        return f"utilisation {load.utilisation:.3g}: work for {load.busy:.3g} {load.noun} arrives, there are {load.places:g}"
    return f"workers are held while they wait: {_product(load, 'workers')}"


def _of_group(load: Load) -> str:
    if _works_only(load):
        message = f"utilisation {load.utilisation:.3g}: work for {load.busy:.3g} consumers arrives"
        return f"{message}, {load.places:.3g} can work at once"
    return f"consumers are held while they wait: {_product(load, 'consumers at once')}"


def _works_only(load: Load) -> bool:
    return load.hold_ns <= load.work_ns * (1.0 + OWN)


def _remedy(load: Load) -> str:
    more = f"add replicas or {load.noun}"
    return more if _works_only(load) else f"{more}, or let it wait less"


def _far_off(scenario: Scenario, name: str, load: Load) -> str:
    """What to do where a consumer waits for messages that are under way; '' where it does not."""
    reader = scenario.wired.subscriptions[name]
    if load.hold_ns <= load.work_ns + OWN or reader.round_trip_ns == 0 or reader.held_ns(load.work_ns) <= load.work_ns:
        return ""
    return "raise its prefetch, so that it does not wait for what is under way, or add consumers"


def _more(load: Load) -> str:
    more = "add consumers or partitions"
    return more if _works_only(load) else f"{more}, or let them wait less"


def _product(load: Load, places: str) -> str:
    product = f"{number(load.rate)}/s x {number(load.hold_ns / SECOND)} s = {number(load.busy)} of {number(load.places)}"
    share = f"{100.0 * load.utilisation:.0f} %"
    return f"{product} {places}, {share}; capacity {number(load.capacity)}/s"


def number(value: float) -> str:
    """Return a number with three digits, without an exponent where it is short: 78.4, 0.102, 1200."""
    return f"{value:.{DIGITS}g}" if abs(value) < 10**DIGITS else f"{value:.0f}" if abs(value) < 1e9 else f"{value:.1e}"  # noqa: PLR2004 - more digits than anybody reads


def _warning(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc, severity="warning")
