"""What a run will take, foreseen before its first event: can it be drawn, does it fit into memory, how long is it?

    scenario --rates and works of the call graph--> requests inside, events --> error: more than there is
    scenario --record sizes-----------------------> bytes                  --> words: about 3 h

Foreseen are means of a fault-free system: enough to tell a slip of the finger (an hour for a second, a rate of a billion) from
a run, and said with the remedy before anything is begun.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from sim.draws import compile_distribution
from sim.faults.effects import Pace
from sim.machine import VARIABLE, memory_bytes, readable
from sim.record.recording import MEMORY_MAX
from sim.record.size import WORD, Size
from sim.scenario.arrivals.closed import Closed
from sim.scenario.caching import entries_of_all
from sim.scenario.callgraph import brokers_by_channel, call_graph, callers, times_asked
from sim.scenario.distributions.base import DistributionModel
from sim.scenario.guards import guards_of
from sim.scenario.offered import offered_rates
from sim.scenario.once import once_a_scenario
from sim.scenario.pools import pools_of
from sim.scenario.problems import Location, Problem, field_path
from sim.scenario.references import unknown_names
from sim.scenario.run import SECOND
from sim.scenario.targets import struck_replicas, struck_services
from sim.semantics.order import PLACES_MAX
from sim.semantics.rules import PACE_MAX, PACE_ONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.scenario.kinds import Change
    from sim.scenario.scenario import Scenario

SPAN_BYTES = 420
"""Of an execution that waits or works, with its part of the calendar, while memory grows; measured."""
MESSAGE_BYTES, QUEUED_BYTES = 40, 190
"""Of a message in a log, and where there are queues too; measured."""
TRACE_WORDS = 6
"""Of a trace, besides one for every two of operations and topics."""
REPLICA_BYTES, CONSUMER_BYTES, PARTITION_BYTES = 2000, 2000, 600
"""Of a replica, of a consumer, and of a partition for each group that reads it, laid out before a run; measured."""
HELD_BYTES = 2 * 3 * WORD
"""Of the place for a message that a consumer of a queue may have: in the network's image, and in a replication's copy."""
SCHEDULED_FAULT_BYTES = 700
"""Of a change of one replica by a fault."""
CACHED_BYTES = 64
"""A key in a cache, with its place in a table."""
PROGRAM_BYTES = 300 << 20
"""Of the program with its libraries."""
KEPT_COPIES = 3
"""How often the records of a result are in memory while its report is written."""
EVENTS_PER_RUN, EVENTS_PER_MESSAGE = 3, 3
"""Events of one execution of a handler besides its work, and of a message."""
EVENTS_PER_SECOND = {"compiled": 10e6, "simpy": 0.1e6}
"""What an engine fires on one processor, roughly."""
RECORD_SECONDS = 2e-3
WORDS_PER_SECOND = 100e6
"""What a replication takes besides its events: for itself, and for the words of its record."""
LONG_SECONDS = 20.0
"""Runs that are longer are foretold."""


class Foreseen:
    """What one replication of a scenario will take.

    Attributes:
        scenario: the scenario, whose names all lead somewhere.
        sound: whether rates could be worked out; where calls go in a circle, or a name leads nowhere, nothing is foreseen.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.sound = not unknown_names(scenario)
        self.scenario = scenario.wired
        self.graph = call_graph(scenario) if self.sound else None
        self.sound = self.graph is not None and not self.graph.cycle

    @cached_property
    def counted(self) -> Size:
        """How large its record is."""
        run, graph = self.scenario.run, self.graph
        handlers = graph.handlers.values() if graph is not None else ()
        flows = len(self.scenario.workload)
        edges = flows + sum(len({edge.target for edge in handler.calls}) for handler in handlers)
        services, groups = len(self.scenario.services), len(self.scenario.subscriptions)
        queues = sum(len(broker.channels) for broker in self.scenario.brokers.values() if broker.shared)
        guards = {
            (loc[:4], getattr(caller, "call", None), guard.slot, guard.kind, guard.parameters(), guard.longest_wait != 0)
            for loc, caller in callers(self.scenario)
            for guard in guards_of(caller, pools_of(self.scenario, loc))
        }
        entities = {"services": services, "edges": edges, "flows": flows, "groups": groups, "queues": queues}
        entities |= {"guards": len(guards), "rooms": sum(waits for *_, waits in guards)}
        return Size(-(-run.horizon // run.window), entities)

    @cached_property
    def seconds(self) -> float:
        """Simulated seconds."""
        return self.scenario.run.horizon / SECOND

    @cached_property
    def rates(self) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
        """Runs per second of each operation as called, of each group, and messages per second of each topic."""
        arrivals: dict[str, float] = {}
        for name, rate in self.offered.items():
            for operation, times in times_asked(self.scenario.workload[name]).items():
                arrivals[operation] = arrivals.get(operation, 0.0) + rate * times
        assert self.graph is not None  # noqa: S101 - asked of sound ones only
        called, consumed, messages, _ = self.graph.rates(arrivals)
        return called, consumed, messages

    @property
    def arriving(self) -> float:
        """Arrivals in all."""
        return sum(self.offered.values()) * self.seconds

    @cached_property
    def offered(self) -> dict[str, float]:
        """Arrivals per second of each flow; of users who wait for their answers, about as many as they can have."""
        return offered_rates(self.scenario, self.graph if self.sound else None)

    @cached_property
    def events(self) -> float:
        """Events, as far as work under way is not cut off by the horizon."""
        if not self.sound:
            return EVENTS_PER_RUN * self.arriving
        called, consumed, messages = self.rates
        handlers, groups = self.graph.handlers if self.graph is not None else {}, self.scenario.subscriptions
        each = {name: EVENTS_PER_RUN + handler.works for name, handler in handlers.items()}
        rate = sum(rate * each[name] for name, rate in called.items())
        rate += sum(rate * each[groups[name].operation] for name, rate in consumed.items())
        return (rate + EVENTS_PER_MESSAGE * sum(messages.values())) * self.seconds + self.counted.windows

    @cached_property
    def inside_bytes(self) -> float:
        """Bytes of what is inside at the horizon: requests that wait, work and call, messages that are not read."""
        if not self.sound:
            return 0.0
        called, consumed, messages = self.rates
        graph = self.graph
        assert graph is not None  # noqa: S101 - it is sound
        spans = waiting = 0.0
        for name, service in self.scenario.services.items():
            here = [f"{name}.{operation}" for operation in service.operations]
            rate = sum(called[operation] for operation in here)
            busy = sum(called[operation] * graph.handlers[operation].work_ns / SECOND for operation in here)
            workers = service.replicas * service.workers
            longest = max((graph.handlers[operation].latency_ns for operation in here if called[operation] > 0), default=0.0)
            under_way = rate * min(longest / SECOND, self.seconds)
            spans += min(under_way, workers) if service.holds_worker else under_way
            if busy > workers:
                more = rate * (1.0 - workers / busy) * self.seconds
                room = float("inf") if service.waiting_max is None else service.waiting_max * service.replicas
                waiting += min(more, room)
        unread = 0.0
        for name, group in self.scenario.subscriptions.items():
            busy = consumed[name] * graph.handlers[group.operation].latency_ns / SECOND
            threads = group.consumers * self.scenario.services[group.service].replicas
            unread += 0.0 if busy <= threads else consumed[name] * (1.0 - threads / busy) * self.seconds
        counts = (len(graph.handlers) + len(messages)) / 2
        queued = any(hasattr(group, "prefetch") for group in self.scenario.subscriptions.values())
        message = QUEUED_BYTES if queued else MESSAGE_BYTES
        users = sum(flow.arrivals.users for flow in self.scenario.workload.values() if isinstance(flow.arrivals, Closed))
        waiting += users
        traces = min(spans + waiting + unread, self.arriving)
        requests = 2 * SPAN_BYTES * (spans + waiting)  # who waits for an answer has a row too
        return requests + message * unread + WORD * (TRACE_WORDS + counts) * traces

    @property
    def layout_bytes(self) -> float:
        """Bytes of the network itself."""
        services, subscriptions = self.scenario.services, self.scenario.subscriptions
        consumers = sum(group.consumers * services[group.service].replicas for group in subscriptions.values() if self.sound)
        brokers = brokers_by_channel(self.scenario)
        held = sum(
            reader.consumers * services[reader.service].replicas * getattr(reader, "prefetch", 0)
            for reader in subscriptions.values()
            if self.sound
        )
        parts = {channel: broker.at_once_max(channel) or 1 for channel, broker in brokers.items()}
        read = sum(parts.values()) + sum(parts.get(group.channel, 0) for group in subscriptions.values())
        replicas = sum(service.replicas for service in services.values())
        faults = [(self.times_of(one), struck_replicas(self.scenario, one)) for one in self.scenario.faults.values()]
        struck = sum(times * len(places) for times, services in faults for places in services.values())
        layout = REPLICA_BYTES * replicas + CONSUMER_BYTES * consumers + PARTITION_BYTES * read + HELD_BYTES * held
        return layout + 2 * SCHEDULED_FAULT_BYTES * struck + CACHED_BYTES * entries_of_all(self.scenario)

    def times_of(self, fault: Change) -> float:
        """How often a fault strikes in a run."""
        length = min(fault.end, self.scenario.run.horizon) - fault.at
        return 1.0 if fault.random is None else 1.0 + length / (fault.random.mtbf + fault.random.mttr)

    @property
    def running_bytes(self) -> float:
        """Bytes of one replication while it runs."""
        record = WORD * self.counted.running_words + self.counted.cell_bytes(self.arriving)
        return record + self.inside_bytes + self.layout_bytes

    @property
    def kept_bytes(self) -> float:
        """Bytes of its record."""
        return WORD * self.counted.table_words + self.counted.cell_bytes(self.arriving)

    def wall_seconds(self, engine: str = "compiled") -> float:
        """Seconds that one processor takes."""
        words = self.counted.running_words / WORDS_PER_SECOND
        return RECORD_SECONDS + words + self.events / EVENTS_PER_SECOND["simpy" if engine == "simpy" else "compiled"]


@once_a_scenario
def foreseen(scenario: Scenario) -> Foreseen:
    """Return what one replication of a scenario will take."""
    return Foreseen(scenario)


def foreseen_problems(scenario: Scenario) -> list[Problem]:
    """Return why not even one replication of a scenario can be run; [] when nothing speaks against it."""
    problems = list(_of_times(scenario))
    found = foreseen(scenario)
    places = sum(len(service.operations) for service in scenario.services.values())
    places += sum(len(broker.channels) for broker in scenario.brokers.values())
    if places > PLACES_MAX:
        message = f"{places} operations, topics and queues; at most {PLACES_MAX} together fit; split the scenario"
        problems.append(_error(("services",), message))
    words = found.counted.running_words
    if words > MEMORY_MAX:
        problems.append(_error(("run", "window"), _too_large(found.counted, words * WORD, scenario)))
    elif PROGRAM_BYTES + found.running_bytes > memory_bytes():
        problems.append(_no_memory(found))
    return problems


def memory_problems(scenario: Scenario, replications: int, threads: int) -> list[Problem]:
    """Return why so many replications, so many at a time, do not fit into memory; [] when they do."""
    found = foreseen(scenario)
    takes = PROGRAM_BYTES + threads * found.running_bytes + KEPT_COPIES * replications * found.kept_bytes
    if takes <= memory_bytes():
        return []
    at_once = f", {threads} at a time" if threads > 1 else ""
    message = f"{replications} replication{'s' * (replications != 1)}{at_once}, take about {readable(takes)} of memory"
    remedy = "write fewer replications, a longer run.window or a shorter run.horizon" + (", or run fewer jobs" * (threads > 1))
    return [_error(("run", "replications"), f"{message}; there are {readable(memory_bytes())}; {remedy}")]


def threads_that_fit(scenarios: Sequence[Scenario], threads: int) -> int:
    """How many of so many threads have memory to run a replication each; at least one."""
    if threads < 2:  # noqa: PLR2004 - one is the least
        return threads
    largest = max((foreseen(scenario).running_bytes for scenario in scenarios), default=0.0)
    return max(1, min(threads, int((memory_bytes() - PROGRAM_BYTES) / max(1.0, largest))))


def duration_words(scenarios: Sequence[Scenario], replications: int, jobs: int | None = None, engine: str = "auto") -> str:
    """Say how long replications of scenarios will take; '' when it is not long."""
    threads = 1 if engine == "simpy" else min(replications, jobs or os.cpu_count() or 1)
    found = [foreseen(scenario) for scenario in scenarios]
    seconds = sum(one.wall_seconds(engine) for one in found) * replications / threads
    if seconds < LONG_SECONDS:
        return ""
    events = sum(one.events for one in found) * replications
    what = f"this takes about {_span(seconds)} here, for {events:.2g} events in {replications} replications"
    return f"{what}; a shorter run.horizon, a lower rate or fewer replications take less"


def _span(seconds: float) -> str:
    """A time in words, roughly."""
    for unit, length in (("years", 365.25 * 86_400), ("days", 86_400.0), ("h", 3_600.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.2g} {unit}" if seconds < 1e6 * length else f"{seconds / length:.1e} {unit}"
    return f"{seconds / 60:.0f} min" if seconds >= 2 * 60 else f"{seconds:.0f} s"


@once_a_scenario
def _of_times(scenario: Scenario) -> tuple[Problem, ...]:
    """What is wrong with times: they cannot be drawn, or become too long."""
    return (*_undrawable(scenario), *_too_slow(scenario), *_too_much(scenario))


def _too_much(scenario: Scenario) -> Iterator[Problem]:
    """Arrivals that cannot be made for the whole run."""
    for name, flow in scenario.workload.items():
        message = flow.arrivals.too_much(scenario.run.horizon)
        if message:
            yield _error(("workload", name, "arrivals"), message)


def _undrawable(scenario: Scenario) -> Iterator[Problem]:
    """Distributions whose mean no draw can reach."""
    seen: dict[Any, str] = {}
    for loc, law in laws(scenario):
        if law not in seen:
            try:
                compile_distribution(law)
                seen[law] = ""
            except (ValueError, ArithmeticError) as error:
                seen[law] = f"cannot be drawn from: {error}"
        if seen[law]:
            yield _error(loc, seen[law])


def laws(of: BaseModel, loc: Location = ()) -> Iterator[tuple[Location, DistributionModel]]:
    """Every distribution that a scenario declares, with its place."""
    if isinstance(of, DistributionModel):
        yield loc, of
        return
    for name, field in type(of).model_fields.items():
        yield from _laws_in(getattr(of, name), (*loc, field.alias or name))


def _laws_in(value: object, loc: Location) -> Iterator[tuple[Location, DistributionModel]]:
    if isinstance(value, BaseModel):
        yield from laws(value, loc)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _laws_in(inner, (*loc, key))
    elif isinstance(value, tuple):
        for position, inner in enumerate(value):
            yield from _laws_in(inner, (*loc, position))


@dataclass(frozen=True)
class _Slowed:
    """A fault that changes the pace of a service's first replicas for a time."""

    name: str
    pace: Pace


def _too_slow(scenario: Scenario) -> Iterator[Problem]:
    """Overlapping faults whose factors multiply to more than a run can have: the first of each service."""
    by_target: dict[str, list[_Slowed]] = {}
    for name, fault in scenario.faults.items():
        paces = [one for one in fault.once.effects() if isinstance(one, Pace) and one.factor < math.inf]
        if fault.random is not None:
            paces = [Pace(fault.at, fault.end, one.factor) for one in paces]
        for service in struck_services(scenario, fault):
            by_target.setdefault(service, []).extend(_Slowed(name, pace) for pace in paces)
    most = PACE_MAX / PACE_ONE
    for target, slowed in by_target.items():
        for begin in sorted({one.pace.begin for one in slowed}):
            active = [one for one in slowed if one.pace.begin <= begin < one.pace.end]
            factor = 1.0
            for one in active:
                factor *= one.pace.factor
            if len(active) > 1 and not factor <= most:
                names = ", ".join(one.name for one in active[:3]) + (", ..." if len(active) > 3 else "")  # noqa: PLR2004
                message = f"together with the others that slow down '{target}' at the time ({names}) it is {factor:.3g} times"
                yield _error(("faults", active[-1].name), f"{message}; at most {most:.7g} times is run; write lower factors")
                break


def _too_large(counted: Size, size: int, scenario: Scenario) -> str:
    """What is said of a record that is too large, with a window that would do."""
    words = counted.running_words / counted.windows
    fits = max(1, int(MEMORY_MAX / words))
    window = -(-scenario.run.horizon // fits)
    counts = counted.entities
    entities = f"{counts['flows']} flows, {counts['services']} services and {counts['edges']} edges"
    most = readable(MEMORY_MAX * WORD)
    message = f"a record of {counted.windows} windows of {entities} takes {readable(size)}, more than {most}"
    return f"{message}; write a longer run.window, such as {-(-window // SECOND)}s"


def _no_memory(found: Foreseen) -> Problem:
    """What is said of a replication that needs more memory than there is."""
    there = f"there are {readable(memory_bytes())} (less by {VARIABLE})"
    if found.inside_bytes > found.running_bytes / 2:
        message = "by rate, work and horizon, so much waits or works at the end of a replication that it takes about"
        remedy = "write a lower rate, shorter work, more workers, a queue_max or a shorter run.horizon"
        return _error(("workload",), f"{message} {readable(found.running_bytes)} of memory; {there}; {remedy}")
    message = f"a replication takes about {readable(found.running_bytes)} of memory; {there}"
    return _error(("run", "window"), f"{message}; write a longer run.window, or fewer replicas, consumers and flows")


def _error(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc)
