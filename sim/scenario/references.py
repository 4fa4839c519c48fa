"""Do all names lead somewhere? Those of operations, topics, queues and stores in steps and subscriptions, services of faults.

    call: paymnt.charge   ->   unknown service 'paymnt'; did you mean 'payment'?

Works on plain data, so that a file with a misspelt key still has its misspelt names reported in the same go.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sim.registry import discover
from sim.scenario.aims import aim_problems
from sim.scenario.kinds import Broker
from sim.scenario.once import once_a_scenario
from sim.scenario.pools import unknown_pools
from sim.scenario.problems import Location, Problem, did_you_mean, field_path, skeleton
from sim.scenario.scenario import Scenario
from sim.scenario.subscriptions import reader_kinds

COMPARISONS_MAX = 20_000
"""So many names are compared with wrong ones in all, to find what was meant."""


@once_a_scenario
def unknown_names(scenario: Scenario) -> tuple[Problem, ...]:
    """Return an error for each name in a scenario that leads nowhere."""
    return tuple(check_references(scenario.resolved()))


def check_references(data: object) -> list[Problem]:
    """Return an error for each name that leads nowhere; anything malformed is passed over, it has its own error."""
    scenario = _mapping(data)
    targets = [target for loc, steps in _handlers(scenario) for target in _targets(steps, loc)]
    names = Names(scenario, ((verb, name) for _, verb, name in targets))
    problems = [problem for loc, verb, name in targets for problem in names.target(verb, name, loc)]
    for group, subscription in _mapping(scenario.get("subscriptions")).items():
        settings = _mapping(subscription)
        for key in reader_kinds():
            problems += names.channel(settings.get(key), ("subscriptions", group, key), key)
        problems += names.operation(settings.get("operation"), ("subscriptions", group, "operation"))
        then = _mapping(settings.get("on_failure")).get("then")
        problems += names.channel(then, ("subscriptions", group, "on_failure", "then"), "topic")
    for store, settings in _mapping(scenario.get("stores")).items():
        for name, stream in _mapping(_mapping(settings).get("streams")).items():
            problems += names.channel(_mapping(stream).get("publishes"), ("stores", store, "streams", name, "publishes"))
    for name, flow in _mapping(scenario.get("workload")).items():
        problems += names.operation(_mapping(flow).get("operation"), ("workload", name, "operation"))
        for loc, follow_up in _follow_ups(_mapping(flow).get("then"), ("workload", name, "then")):
            problems += names.operation(follow_up.get("operation"), (*loc, "operation"))
            problems += names.wanted(follow_up.get("until"), (*loc, "until"))
    for name, fault in _mapping(scenario.get("faults")).items():
        problems += aim_problems(names, scenario, _mapping(fault), ("faults", name))
    for name, relay in _mapping(scenario.get("relays")).items():
        problems += names.store(_mapping(relay).get("store"), ("relays", name, "store"))
    return [*problems, *names.doubled, *unknown_pools(scenario, names.likely)]


class Names:
    """The services, operations, topics and queues that there are."""

    def __init__(self, scenario: Mapping[str, Any], named: Iterable[tuple[str, object]]) -> None:
        """Note what is declared; and of what steps name, by verbs, the effects, which are declared nowhere else."""
        self.comparisons_left = COMPARISONS_MAX
        self.operations = {
            skeleton(str(name)): _names(_mapping(service).get("operations"))
            for name, service in _mapping(scenario.get("services")).items()
        }
        self.projections = _names(scenario.get("projections"))
        self.stores = _names(scenario.get("stores"))
        self.caches = _names(scenario.get("caches"))
        self.awaited = self.projections.keys() | {skeleton(str(name)) for verb, name in named if verb == "effect"}
        self.channels: dict[str, tuple[str, str]] = {}
        self.doubled: list[Problem] = []
        self.streams: dict[str, str] = {}
        for store, settings in _mapping(scenario.get("stores")).items():
            for name in _mapping(_mapping(settings).get("streams")):
                self._add_stream(str(store), skeleton(str(name)))
        kinds = {kind.holds: kind.noun for kind in discover("sim.brokers", Broker).values()}
        for broker, settings in _mapping(scenario.get("brokers")).items():
            for holds, noun in kinds.items():
                for name in _mapping(_mapping(settings).get(holds)):
                    self._add(str(broker), holds, noun, name)

    def _add(self, broker: str, holds: str, noun: str, name: object) -> None:
        """One topic or queue more, of which there may be no other of the name."""
        if name in self.channels:
            before, at = self.channels[str(name)]
            where = f"at broker '{at}' too" if before == noun else f"a {before} at broker '{at}' too"
            message = f"{noun} '{name}' is {where}; give one of them another name"
            self.doubled.append(_problem(("brokers", broker, holds, str(name)), message))
        self.channels.setdefault(skeleton(str(name)), (noun, broker))

    def _add_stream(self, store: str, name: str) -> None:
        """One stream of events more, of which there may be no other of the name."""
        if name in self.streams:
            message = f"stream '{name}' is in store '{self.streams[name]}' too; give one of them another name"
            self.doubled.append(_problem(("stores", store, "streams", name), message))
        self.streams.setdefault(name, store)

    def likely(self, name: str, choices: Collection[str], noun: str) -> str:
        """Return the likely name or those there are; for thousands of wrong names only for the first of them."""
        self.comparisons_left -= len(choices)
        if self.comparisons_left < 0:
            return f"there are {len(choices)} {noun}"
        return did_you_mean(name, choices, noun=noun)

    def target(self, verb: str, name: object, loc: Location) -> list[Problem]:
        """Check what a step of a handler is about."""
        if verb == "call":
            return self.operation(name, loc)
        if verb in {"load", "append"}:
            return self.stream(name, loc)
        if verb in {"project", "read"}:
            return self.projection(name, loc)
        if verb == "effect":
            return []
        if verb == "cache":
            return self.cache(name, loc)
        return self.store(name, loc) if verb == "transaction" else self.channel(name, loc)

    def projection(self, name: object, loc: Location) -> list[Problem]:
        """Check the name of a read model."""
        if not isinstance(name, str) or skeleton(name) in self.projections:
            return []
        none = "there are no projections; declare it under projections"
        known = self.likely(name, self.projections, "projections") if self.projections else none
        return [_problem(loc, f"unknown projection '{_cut(name)}'; {known}")]

    def cache(self, name: object, loc: Location) -> list[Problem]:
        """Check the name of a cache."""
        if not isinstance(name, str) or skeleton(name) in self.caches:
            return []
        known = self.likely(name, self.caches, "caches") if self.caches else "there are no caches; declare it under caches"
        return [_problem(loc, f"unknown cache '{_cut(name)}'; {known}")]

    def stream(self, name: object, loc: Location) -> list[Problem]:
        """Check the name of a stream of events."""
        if not isinstance(name, str) or skeleton(name) in self.streams:
            return []
        none = "there are no streams; declare it under the streams of a store"
        known = self.likely(name, self.streams, "streams") if self.streams else none
        return [_problem(loc, f"unknown stream '{_cut(name)}'; {known}")]

    def store(self, name: object, loc: Location) -> list[Problem]:
        """Check the name of a store."""
        if not isinstance(name, str) or skeleton(name) in self.stores:
            return []
        known = self.likely(name, self.stores, "stores") if self.stores else "there are no stores; declare it under stores"
        return [_problem(loc, f"unknown store '{_cut(name)}'; {known}")]

    def service(self, name: object, loc: Location) -> list[Problem]:
        """Check the name of a service."""
        if not isinstance(name, str) or skeleton(name) in self.operations:
            return []
        message = f"unknown service '{_cut(name)}'; {self.likely(name, self.operations, 'services')}"
        return [_problem(loc, message)]

    def wanted(self, name: object, loc: Location) -> list[Problem]:
        """Check the effect, or the projection, that a user waits for."""
        if not isinstance(name, str) or skeleton(name) in self.awaited:
            return []
        known = self.likely(name, sorted(self.awaited), "effects and projections")
        return [_problem(loc, f"no step has the effect '{_cut(name)}', and no projection is called so; {known}")]

    def operation(self, name: object, loc: Location) -> list[Problem]:
        """Check ``service.operation``."""
        if not isinstance(name, str) or name.count(".") != 1:
            return []
        service, _, operation = skeleton(name).partition(".")
        if service not in self.operations:
            return self.service(service, loc)
        if operation in self.operations[service]:
            return []
        known = self.likely(operation, self.operations[service], "operations")
        return [_problem(loc, f"service '{service}' has no operation '{_cut(operation)}'; {known}")]

    def channel(self, name: object, loc: Location, noun: str = "") -> list[Problem]:
        """Check the name of a topic or a queue; of that which the noun says, where one is given."""
        if not isinstance(name, str):
            return []
        found, _ = self.channels.get(skeleton(name), ("", ""))
        if found and noun in {"", found}:
            return []
        if found:
            remedy = "name a topic" if loc[-1] == "then" else f"write the key '{found}'"
            return [_problem(loc, f"'{_cut(name)}' is a {found}, not a {noun}; {remedy}")]
        nouns = sorted({noun} if noun else {kind for kind, _ in self.channels.values()}) or ["topic"]
        choices = [one for one, (kind, _) in self.channels.items() if kind in nouns]
        known = self.likely(name, choices, " and ".join(f"{one}s" for one in nouns))
        return [_problem(loc, f"unknown {' or '.join(nouns)} '{_cut(name)}'; {known}")]


def _handlers(scenario: Mapping[str, Any]) -> Iterator[tuple[Location, object]]:
    for name, service in _mapping(scenario.get("services")).items():
        for operation, steps in _mapping(_mapping(service).get("operations")).items():
            yield ("services", name, "operations", operation), steps


def _targets(steps: object, loc: Location) -> Iterator[tuple[Location, str, object]]:
    """Yield every call, publish and transaction below a list of steps: its place, its verb, the name it gives."""
    for position, step in enumerate(_list(steps)):
        settings, here = _mapping(step), (*loc, position)
        for verb in ("call", "publish", "outbox", "effect", "project", "read", "cache"):
            if verb in settings:
                yield (*here, verb), verb, settings[verb]
        for verb in ("load", "append"):
            if verb in settings:
                yield (*here, verb, "stream"), verb, _mapping(settings[verb]).get("stream")
        if "transaction" in settings:
            yield (*here, "transaction", "store"), "transaction", _mapping(settings["transaction"]).get("store")
        if "saga" in settings:
            yield from _saga_targets(settings, here)
        for key in ("parallel", "steps", "fallback", "try", "catch", "miss"):
            yield from _targets(settings.get(key), (*here, key))
        yield from _of_branches(settings, here)
        for number, branch in enumerate(_list(settings.get("choose"))):
            yield from _targets(_mapping(branch).get("steps"), (*here, "choose", number, "steps"))


def _of_branches(settings: Mapping[str, Any], loc: Location) -> Iterator[tuple[Location, str, object]]:
    """The same of lists of steps that are done in parallel."""
    for number, branch in enumerate(_list(settings.get("parallel"))):
        yield from _targets(branch, (*loc, "parallel", number))


def effects_named(scenario: Mapping[str, Any]) -> Iterator[object]:
    """Yield the names of the effects that the steps of a scenario's plain data apply."""
    for _, steps in _handlers(scenario):
        yield from _effects(steps)


def _follow_ups(then: object, loc: Location) -> Iterator[tuple[Location, Mapping[str, Any]]]:
    """What a flow's users ask for later, as it was written: one mapping, or a list of them."""
    if isinstance(then, Mapping):
        yield loc, then
    yield from (((*loc, number), _mapping(step)) for number, step in enumerate(_list(then)))


def _effects(steps: object) -> Iterator[object]:
    for step in steps if isinstance(steps, list | tuple) else ():
        settings = _mapping(step)
        if isinstance(step, list | tuple):  # a branch
            yield from _effects(step)
        if "effect" in settings:
            yield settings["effect"]
        for key in ("parallel", "steps", "fallback", "try", "catch", "miss"):
            yield from _effects(settings.get(key))
        branches = settings.get("choose")
        for branch in branches if isinstance(branches, list | tuple) else ():
            yield from _effects(_mapping(branch).get("steps"))


def _saga_targets(saga: Mapping[str, Any], loc: Location) -> Iterator[tuple[Location, str, object]]:
    """The same of a saga."""
    if isinstance(saga.get("state"), Mapping):
        yield (*loc, "state", "store"), "transaction", saga["state"].get("store")
    for number, step in enumerate(_list(saga.get("steps"))):
        for part in ("do", "undo"):
            call = _mapping(_mapping(step).get(part))
            if "call" in call:
                yield (*loc, "steps", number, part, "call"), "call", call["call"]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any] | tuple[Any, ...]:
    return value if isinstance(value, list | tuple) else []


def _names(value: object) -> dict[str, None]:
    """The names that stand in a mapping, in its order."""
    return {skeleton(str(name)): None for name in _mapping(value)}


def _cut(name: str) -> str:
    return name if len(name) <= 64 else name[:61] + "..."  # noqa: PLR2004 - length of a name


def _problem(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc)
