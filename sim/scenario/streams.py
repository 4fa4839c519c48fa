"""Are streams of events used as they can be? Where they are loaded and appended to, and by whom.

error     an append of a stream behind the load of another one; a load or an append in a transaction; `on_conflict` without
          a load that could be done again; a flow without keys that comes to a load or an append
warning   a stream that nobody appends to, or that is published to a queue which may refuse events
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.scenario.problems import Location, Problem, field_path
from sim.scenario.scenario import Scenario
from sim.scenario.step_walks import inner_steps
from sim.scenario.steps import Parallel, Step, Transaction
from sim.scenario.stream_steps import Append, Load

if TYPE_CHECKING:
    from sim.scenario.callgraph import CallGraph

AGGREGATES_MAX = 1_000_000


def aggregates(scenario: Scenario) -> int:
    """How many aggregates a stream may have: as many as any flow has keys."""
    return max(flow.key_count for flow in scenario.workload.values())


def check_streams(scenario: Scenario, graph: "CallGraph") -> Iterator[Problem]:
    """Yield what is wrong with loads and appends, and with streams that have none."""
    appended: set[str] = set()
    users: set[str] = set()
    for name, handler in graph.handlers.items():
        found = _Handler()
        yield from found.check(handler.steps, handler.loc, inside=False)
        appended |= found.appended
        if found.used:
            users.add(name)
    yield from _check_keys(scenario, graph, users)
    for store, settings in scenario.stores.items():
        for name in settings.streams:
            if name not in appended:
                message = "no handler appends to this stream; add an append, or remove it"
                yield _problem(("stores", store, "streams", name), message, "warning")
        yield from _check_queues(scenario, store)


def _check_queues(scenario: Scenario, store: str) -> Iterator[Problem]:
    """What a store publishes to a full queue is refused, and it does not publish it again, as a relay would."""
    for name, stream in scenario.stores[store].streams.items():
        channel = stream.publishes
        if channel and any(broker.refuses(channel) for broker in scenario.brokers.values() if channel in broker.channels):
            message = f"events are lost while the queue '{channel}' is full: it refuses them, and a store publishes each once"
            remedy = "leave out its length_max, or publish rows of an outbox in place of the stream"
            yield _problem(("stores", store, "streams", name, "publishes"), f"{message}; {remedy}", "warning")


def _check_keys(scenario: Scenario, graph: "CallGraph", users: set[str]) -> Iterator[Problem]:
    """An aggregate is found by the key of the flow, so flows must have keys, and not more than there may be aggregates."""
    for name, flow in scenario.workload.items():
        if not users & graph.reached((flow.operation,)):
            continue
        if flow.key_count == 0:
            message = "its handlers load or append to aggregates by its key, and each arrival has one of its own"
            yield _problem(("workload", name), f"{message}; say how many there are with 'keys'")
        elif flow.key_count > AGGREGATES_MAX:
            message = f"{flow.key_count} keys are as many aggregates; there may be {AGGREGATES_MAX}"
            yield _problem(("workload", name, "keys"), message)


class _Handler:
    """The loads and appends of one handler, in their order."""

    def __init__(self) -> None:
        self.loaded: str | None = None
        self.used = False
        self.appended: set[str] = set()

    def check(self, steps: tuple[Step, ...], loc: Location, *, inside: bool) -> Iterator[Problem]:
        """Check steps that are in a transaction, or in none."""
        for position, step in enumerate(steps):
            here = (*loc, position)
            if isinstance(step, Load | Append):
                yield from self._check_step(step, here, inside=inside)
            if isinstance(step, Parallel):
                yield from self._check_branches(step, here, inside=inside)
                continue
            for at, inner in inner_steps(step):
                yield from self.check(inner, (*here, *at), inside=inside or isinstance(step, Transaction))

    def _check_branches(self, step: Parallel, here: Location, *, inside: bool) -> Iterator[Problem]:
        """A branch knows nothing of what its handler has loaded, nor the handler of what a branch loads."""
        loaded = self.loaded
        for at, inner in inner_steps(step):
            self.loaded = None
            for loc, append in _unloaded(inner, (*here, *at)):
                if append.append.stream == loaded:
                    message = f"'{loaded}' was loaded outside of this branch, which knows nothing of that"
                    yield _problem((*loc, "append", "stream"), f"{message}; load it in the branch, or append outside of it")
            yield from self.check(inner, (*here, *at), inside=inside)
        self.loaded = loaded

    def _check_step(self, step: Load | Append, here: Location, *, inside: bool) -> Iterator[Problem]:
        self.used = True
        verb = "load" if isinstance(step, Load) else "append"
        if inside:
            yield _problem((*here, verb), f"{verb} has a transaction of its own; write it behind this one")
        if isinstance(step, Load):
            self.loaded = step.load.stream
            return
        stream = step.append.stream
        self.appended.add(stream)
        if self.loaded not in {None, stream}:
            message = f"'{self.loaded}' was loaded last, so nothing is known of '{stream}'; load '{stream}' first"
            yield _problem((*here, "append", "stream"), message)
        elif self.loaded is None and step.append.on_conflict is not None:
            message = "without a load before it an append has no conflict; add a load, or leave this out"
            yield _problem((*here, "append", "on_conflict"), message)


def _unloaded(steps: tuple[Step, ...], loc: Location) -> Iterator[tuple[Location, Append]]:
    """The appends among steps before which none of them loads."""
    for position, step in enumerate(steps):
        if isinstance(step, Load):
            return
        if isinstance(step, Append):
            yield (*loc, position), step


def _problem(loc: Location, message: str, severity: str = "error") -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc, severity=severity)  # type: ignore[arg-type]
