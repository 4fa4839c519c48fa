"""Is a well-formed scenario also a sensible one? Found before the first event, with the numbers that say why.

error     a name that leads nowhere, handlers that call themselves in a circle, a fault that cannot happen,
          retries that can multiply one request beyond 10 000, a warm-up that leaves no whole window to measure
warning   more load than capacity, retries and guards without a timeout, a timeout shorter than the answer takes,
          calls that could hang for ever at a silently dead replica, workers that could wait for each other for ever,
          services nobody reaches, topics nobody writes or reads, consumers without a partition, dead letters that come back,
          faults whose recovery cannot be seen
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sim.registry import discover
from sim.scenario.aims import check_aim, check_zones
from sim.scenario.around_checks import check_around_calls
from sim.scenario.balanced import check_balancing
from sim.scenario.branch_checks import check_branches
from sim.scenario.caching import check_caches
from sim.scenario.callgraph import CallGraph, Handler, call_graph, callers, circle_of, failures_go
from sim.scenario.dead_letters import check_dead_letters, check_retry_topics
from sim.scenario.effects import check_undone
from sim.scenario.flow_invariants import check_invariants
from sim.scenario.following import check_follow_ups, steps_named
from sim.scenario.guard_checks import check_guards
from sim.scenario.guards import guards_of
from sim.scenario.hangs import check_locking_up, check_silence, shown_path
from sim.scenario.kinds import Broker
from sim.scenario.links import check_links
from sim.scenario.lock_checks import check_locks
from sim.scenario.may_fail import may_fail
from sim.scenario.objectives import likely_detail
from sim.scenario.once import once_a_scenario
from sim.scenario.overload import check_overload
from sim.scenario.pools import check_pools
from sim.scenario.problems import Location, Problem, did_you_mean, field_path
from sim.scenario.projecting import check_projections
from sim.scenario.references import effects_named, unknown_names
from sim.scenario.sagas import check_sagas
from sim.scenario.scaling_checks import check_scaling
from sim.scenario.scenario import Scenario
from sim.scenario.sizes import check_sizes
from sim.scenario.steps import Publish
from sim.scenario.streams import check_streams
from sim.scenario.transactions import check_transactions
from sim.scenario.units import format_duration

AMPLIFICATION_WARNING = 10
AMPLIFICATION_MAX = 10_000
RANDOM_WINDOWS_MAX = 100_000
RECOVERY_WINDOWS = 5
"""For how many windows all must be well after a fault, at least, before it counts as recovered."""
RECOVERY_NS = 5_000_000_000
"""For how long, at least: a short window shows a moment, and no recovery."""


def check(
    scenario: Scenario, *, metrics: Mapping[str, str] | None = None, declared: Mapping[str, Any] | None = None
) -> list[Problem]:
    """Return what is wrong (errors) and what is doubtful (warnings) about a scenario; [] when nothing is.

    ``metrics`` maps the metrics that objectives may name to what they measure (``duration``, ``rate``, ``share`` or
    ``number``); None leaves the names of metrics unchecked. Later checks need sound names: they are left out when a
    name leads nowhere or calls go in a circle. ``declared`` is the plain data of the file where the scenario is only
    what is left of it without its mistakes, and whose names were checked: what it names is there.
    """
    named = declared if declared is not None else scenario.resolved() if scenario.objectives else {}
    others = _of_a_whole(scenario) if declared is None else _of_a_rest(scenario)
    return [*_check_objectives(scenario, metrics, named), *others]


@once_a_scenario
def _of_a_whole(scenario: Scenario) -> tuple[Problem, ...]:
    """All that `check` finds but what is wrong with objectives."""
    names = unknown_names(scenario)
    if names:
        return (*names, *_of_a_rest(scenario))
    graph = call_graph(scenario)
    settings = (*_of_settings(scenario), *check_undone(scenario))
    if graph.cycle:
        return (*settings, _cycle_problem(graph.handlers, graph.cycle))
    return (*settings, *(problem for look in _CHECKS for problem in look(scenario, graph)))


def _of_a_rest(scenario: Scenario) -> Iterator[Problem]:
    """The same where names may lead nowhere; calls that do are passed over."""
    yield from _of_settings(scenario)
    circle = circle_of(scenario)
    if circle is not None:
        yield _cycle_problem(*circle)


def _of_settings(scenario: Scenario) -> Iterator[Problem]:
    """What is wrong with settings, wherever names lead."""
    settings = (check_links, _check_faults, check_invariants, _check_retries, _check_guards, check_pools)
    for look in (_check_span, check_zones, *settings):
        yield from look(scenario)


def recovery_windows(window: int) -> int:
    """Return for how many windows of that width, in ns, all must be well after a fault before it counts as recovered."""
    return max(RECOVERY_WINDOWS, -(-RECOVERY_NS // window))


def _error(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc)


def _warning(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc, severity="warning")


def _cycle_problem(handlers: Mapping[str, Handler], cycle: list[str]) -> Problem:
    edge = next(edge for edge in handlers[cycle[0]].calls if edge.target == cycle[1])
    remedy = "break the circle, or turn one of its calls into a publish"
    return _error((*edge.loc, "call"), f"synchronous calls go in a circle: {shown_path(cycle)}; {remedy}")


def _check_faults(scenario: Scenario) -> Iterator[Problem]:
    horizon = scenario.run.horizon
    for name, fault in scenario.faults.items():
        loc: Location = ("faults", name)
        if fault.at >= horizon:
            message = f"begins at {format_duration(fault.at)}, when the run is over ({format_duration(horizon)})"
            yield _error((*loc, "at"), f"{message}; write an earlier time, or a longer run.horizon")
        elif fault.random is not None:
            yield from _check_random(scenario.run, fault, loc)
        elif fault.end > horizon:
            message = f"ends at {format_duration(fault.end)}, after the run ({format_duration(horizon)})"
            key = "for" if fault.duration is not None else "at"
            yield _warning((*loc, key), f"{message}: nothing of the recovery will be seen; lengthen run.horizon")
        else:
            yield from _check_seen(scenario.run, fault, loc)
        yield from check_aim(scenario, fault, loc)


def _check_random(run: Any, fault: Any, loc: Location) -> Iterator[Problem]:
    """Whether a fault at random times is one that a run has, and can have."""
    length = min(fault.end, run.horizon) - fault.at
    times = length / (fault.random.mtbf + fault.random.mttr)
    if times > RANDOM_WINDOWS_MAX:
        message = f"strikes about {times:.3g} times in a run; at most {RANDOM_WINDOWS_MAX} are run"
        yield _error((*loc, "random", "mtbf"), f"{message}; write longer times")
    if fault.random.mtbf > length:
        up = format_duration(fault.random.mtbf)
        message = f"strikes after {up} on average, and a run has {format_duration(length)} for it"
        yield _warning((*loc, "random", "mtbf"), f"{message}: many replications have no fault; write a longer run.horizon")
    if fault.at // run.window <= -(-run.warmup // run.window):
        yield _before(run, fault, loc)


def _check_span(scenario: Scenario) -> Iterator[Problem]:
    """Whether anything is measured, of a scenario that was copied past its own checks too."""
    lacking = scenario.run.span_lacking()
    if lacking:
        yield _error(("run", "warmup"), lacking)


def _before(run: Any, fault: Any, loc: Location) -> Problem:
    """What is said of a fault that nothing measured precedes."""
    after = f" after the warm-up ({format_duration(run.warmup)})" if run.warmup else ""
    width = format_duration(run.window)
    message = f"begins at {format_duration(fault.at)}, before the first whole window of {width}{after} is over"
    return _warning(
        (*loc, "at"), f"{message}: there is nothing to compare a recovery with; write a later time, or a shorter run.warmup"
    )


def _check_seen(run: Any, fault: Any, loc: Location) -> Iterator[Problem]:
    """Whether a recovery from the fault can be seen: compared with a window before, for long enough after."""
    width = format_duration(run.window)
    if fault.at // run.window <= -(-run.warmup // run.window):
        yield _before(run, fault, loc)
    windows = -(-run.horizon // run.window) - -(-fault.end // run.window)
    least = recovery_windows(run.window)
    if windows < least:
        count = f"{windows} window{'' if windows == 1 else 's'} of {width}"
        lasts = fault.duration is not None
        message = f"ends at {format_duration(fault.end)}" if lasts else f"is at {format_duration(fault.at)}"
        message += f", {count} before the run" + ("" if lasts else " ends")
        yield _warning(
            (*loc, "for" if lasts else "at"), f"{message}: a recovery is seen in at least {least}; lengthen run.horizon"
        )


def _check_objectives(
    scenario: Scenario, metrics: Mapping[str, str] | None, declared: Mapping[str, Any]
) -> Iterator[Problem]:
    subjects = _subjects(declared)
    for position, objective in enumerate(scenario.objectives):
        loc: Location = ("objectives", position)
        unread = _unread_detail(f"{objective.subject}.{objective.metric}", subjects, metrics or {})
        if unread:
            yield _error(loc, unread)
            continue
        if objective.subject and objective.subject not in subjects:
            known = did_you_mean(objective.subject, dict.fromkeys(subjects), noun="there are")
            yield _error(loc, f"nothing is named '{objective.subject}'; {known}")
        if metrics is None:
            continue
        measures = metrics.get(objective.metric) or metrics.get(objective.metric.partition(".")[0])
        if measures is None:
            known = did_you_mean(objective.metric, metrics, noun="metrics")
            yield _error(loc, f"unknown metric '{objective.metric}'; {known}")
        elif measures != objective.unit and (measures, objective.unit) != ("share", "number"):
            yield _error(
                loc, f"'{objective.metric}' is a {measures}, the limit is a {objective.unit}; {_LIMITS[measures]}"
            )


def _subjects(declared: Mapping[str, Any]) -> list[str]:
    """Everything that an objective may be about, by what a file declares."""
    found: list[str] = list(_sagas_in(declared.get("services")))
    for section in ("workload", "services", "subscriptions", "brokers", "stores", "relays", "projections", "caches"):
        inside = declared.get(section)
        found += map(str, inside if isinstance(inside, Mapping) else ())
    stores = declared.get("stores")
    for store in stores.values() if isinstance(stores, Mapping) else ():
        streams = store.get("streams") if isinstance(store, Mapping) else None
        found += map(str, streams if isinstance(streams, Mapping) else ())
    brokers = declared.get("brokers")
    for broker in brokers.values() if isinstance(brokers, Mapping) else ():
        for holds in {kind.holds for kind in discover("sim.brokers", Broker).values()}:
            channels = broker.get(holds) if isinstance(broker, Mapping) else None
            found += map(str, channels if isinstance(channels, Mapping) else ())
    found += (str(name) for name in effects_named(declared))
    found += steps_named(declared.get("workload"))
    return found


def _sagas_in(declared: Any) -> Iterator[str]:
    """The names of sagas, wherever they are in what a file declares."""
    if isinstance(declared, Mapping):
        if isinstance(declared.get("saga"), str) and "steps" in declared:
            yield declared["saga"]
            yield from _topics_of(declared)
        for one in declared.values():
            yield from _sagas_in(one)
    elif isinstance(declared, list | tuple):
        for one in declared:
            yield from _sagas_in(one)


def _topics_of(saga: Mapping[str, Any]) -> Iterator[str]:
    """The names of the subscriptions of a saga that is led by events, in either spelling."""
    steps = saga["steps"] if isinstance(saga["steps"], list | tuple) and saga.get("by") == "events" else ()
    for step in steps:
        for part in step.values() if isinstance(step, Mapping) else ():
            service, _, operation = str(part.get("call")).partition(".") if isinstance(part, Mapping) else ("", "", "")
            yield from (f"{saga['saga']}.{operation}", f"{saga['saga']}.{service}-{operation}")


def _unread_detail(path: str, subjects: list[str], metrics: Mapping[str, str]) -> str:
    """What to say of ``checkout.latency.p999``, ``refused_by.braker``: there is the metric, but not the detail; else ''."""
    subject = max((name for name in subjects if path.startswith(f"{name}.")), key=len, default="")
    rest = path[len(subject) + 1 :] if subject else path.lstrip(".")
    metric, _, detail = rest.partition(".")
    members = [name for name in metrics if name.startswith(f"{metric}.")] if metric not in metrics else []
    if members and rest not in metrics:
        return f"'{rest}' is not known; {did_you_mean(rest, members, noun='write one of')}"
    likely = likely_detail(detail)
    if metric not in metrics or not likely or likely == detail:
        return ""
    return f"'{metric}.{detail}' is not known; did you mean '{metric}.{likely}'?"


_LIMITS = {
    "duration": "write the limit as '300ms'",
    "rate": "write the limit as '200/s'",
    "share": "write the limit as '1%'",
    "number": "write the limit without a unit",
}


def _check_retries(scenario: Scenario) -> Iterator[Problem]:
    message = "retries without a timeout: an attempt that never ends is never retried; add timeout"
    for loc, caller in callers(scenario):
        if caller.retry is not None and caller.timeout is None:
            yield _warning((*loc, "retry"), message)


def _check_guards(scenario: Scenario) -> Iterator[Problem]:
    for loc, caller in callers(scenario):
        for guard in guards_of(caller) if caller.limit is None else ():
            message = f"{guard.slot} without a timeout: an attempt that never ends is never seen to fail; add timeout"
            yield _warning((*loc, guard.slot), message)


def _check_amplification(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    worst: dict[str, tuple[int, list[str]]] = {}
    for name in graph.order:
        best: tuple[int, list[str]] = (1, [name])
        for edge in graph.handlers[name].calls:
            below, path = worst[edge.target]
            attempts = below * (1 if edge.call is None else _attempts(edge.call.retry) * _at_once_max(edge.call))
            if attempts > best[0]:
                best = (attempts, [name, *path])
        worst[name] = best
    roots: list[tuple[Location, str, str, Any]] = [
        (("workload", name), name, flow.operation, flow.retry) for name, flow in scenario.workload.items()
    ]
    roots += [
        (("subscriptions", name), name, reader.operation, graph.brokers[reader.channel].handed_out_again(reader))
        for name, reader in scenario.subscriptions.items()
        if may_fail(graph.handlers[reader.operation].steps, graph)
    ]
    for loc, name, operation, retry in roots:
        below, path = worst[operation]
        attempts = below * _attempts(retry)
        if attempts <= AMPLIFICATION_WARNING:
            continue
        shown = attempts if attempts < 10**9 else f"{attempts:.1e}"
        message = f"retries can multiply one request by {shown}, along {shown_path([name, *path])}"
        if attempts > AMPLIFICATION_MAX:
            yield _error(loc, f"{message}; retry at one place of the path only (at most {AMPLIFICATION_MAX} is run)")
        else:
            yield _warning(loc, f"{message}; retry at fewer places of the path")


def _at_once_max(call: Any) -> int:
    """Return how many attempts of a call there may be at once: more than one where it is hedged."""
    return 1 if call.hedge is None else int(call.hedge.calls_max)


def _attempts(retry: Any) -> int:
    return 1 if retry is None else int(retry.attempts_max)


def _check_timeouts(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    for handler in graph.handlers.values():
        for edge in handler.calls:
            if edge.call is not None and edge.call.timeout is not None:
                yield from _too_short((*edge.loc, "timeout"), "timeout", edge.call.timeout, graph.call_ns(edge.call))
    for name, flow in scenario.workload.items():
        mean_ns = 2.0 * graph.hop_ns(flow.hop) + graph.handlers[flow.operation].latency_ns
        for limit in ("timeout", "deadline"):
            given = getattr(flow, limit)
            if given is not None:
                yield from _too_short(("workload", name, limit), limit, given, mean_ns)


def _too_short(loc: Location, limit: str, given: int, mean_ns: float) -> Iterator[Problem]:
    if given < mean_ns < float("inf"):
        message = f"{limit} {format_duration(given)} is shorter than the answer takes on average without load"
        yield _warning(loc, f"{message}, {_rounded(mean_ns)}; write a longer one")


def _rounded(nanoseconds: float) -> str:
    digits = max(0, len(str(int(nanoseconds))) - 3)
    return format_duration(round(int(nanoseconds), -digits))


def _check_reached(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    reached = {graph.handlers[name].service for name in graph.reached()}
    for name in scenario.services:
        if name not in reached:
            yield _warning(
                ("services", name), "no flow reaches this service; call it, subscribe it to a topic, or remove it"
            )


def _check_channels(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    dead = {to for onward in failures_go(scenario).values() for to in onward}
    filled = dead.union(edge.target for handler in graph.handlers.values() for edge in handler.publishes)
    for name, reader in scenario.subscriptions.items():
        if reader.channel not in filled:
            message = f"no step publishes to '{reader.channel}', so nothing is ever consumed; add a publish"
            yield _warning(("subscriptions", name, reader.kind), message)
        replicas = scenario.services[reader.service].places
        threads = reader.consumers * replicas
        there = graph.brokers[reader.channel].at_once_max(reader.channel)
        if there is not None and threads > there:
            message = f"{threads} consumers ({reader.consumers} on each of {replicas} replicas) share {there} partitions"
            message += f": {threads - there} of them stay idle; add partitions, or take fewer"
            yield _warning(("subscriptions", name, "consumers"), message)
    read = dead.union(reader.channel for reader in scenario.subscriptions.values())
    for broker, settings in scenario.brokers.items():
        for channel in settings.channels:
            if channel not in read:
                message = f"nobody reads this {settings.noun}; subscribe to it, or remove it"
                yield _warning(("brokers", broker, settings.holds, channel), message)


def _check_publishes(_scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """A setting of one family of brokers, at a publish to the other; a default that is written out says nothing."""
    keys = sorted({key for kind in discover("sim.brokers", Broker).values() for key in kind.confirmations})
    for handler in graph.handlers.values():
        for edge in handler.publishes:
            broker = graph.brokers[edge.target]
            for key in keys if isinstance(edge.step, Publish) else ():
                default = Publish.model_fields[key].default
                if key not in broker.confirmations and getattr(edge.step, key) != default:
                    instead = broker.confirmations[0]
                    message = f"'{edge.target}' is a {broker.noun}, which has no '{key}'; write '{instead}' instead"
                    yield _error((*edge.loc, key), message)
            if getattr(edge.step, "key", "flow") != "flow" and not broker.looks_at_keys(edge.target):
                message = f"'{edge.target}' is not partitioned by key; remove 'key', or use a topic with partitioner: key"
                yield _error((*edge.loc, "key"), message)


def _check_visibility(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Messages that others get while they are still being handled, as a rule."""
    for name, reader in scenario.subscriptions.items():
        limit = graph.brokers[reader.channel].handled_within(reader.channel)
        mean_ns = graph.handlers[reader.operation].latency_ns + reader.round_trip_ns
        extension = getattr(reader, "extend_visibility", None)
        if limit is not None and extension is not None:
            if extension.every >= limit:
                message = f"comes when the visibility of '{reader.channel}', {format_duration(limit)}, is over"
                yield _error(("subscriptions", name, "extend_visibility", "every"), f"{message}; write a shorter time")
            continue
        if limit is not None and limit < mean_ns < float("inf") and getattr(reader, "ack", "after") == "after":
            message = f"a message of '{reader.channel}' takes {_rounded(mean_ns)} on average without load, and after"
            message += f" {format_duration(limit)} it is handed out again; write a longer visibility"
            yield _warning(("subscriptions", name, "operation"), message)


def _check_redrives(scenario: Scenario, _graph: CallGraph) -> Iterator[Problem]:
    """Dead letters that go back: nobody else takes them, and the run is long enough to see it."""
    read = {reader.channel: name for name, reader in scenario.subscriptions.items()}
    for broker, settings in scenario.brokers.items():
        for channel, queue in settings.channels.items():
            dead = getattr(queue, "dead_letter", None)
            if dead is None or dead.redrive is None:
                continue
            loc: Location = ("brokers", broker, settings.holds, channel, "dead_letter", "redrive")
            if dead.to in read:
                message = f"'{read[dead.to]}' reads '{dead.to}', so that its dead letters do not wait to go back"
                yield _error(loc, f"{message}; remove the redrive, or that subscription")
            key = "every" if dead.redrive.at is None else "at"
            first = getattr(dead.redrive, key)
            if first >= scenario.run.horizon:
                message = f"begins at {format_duration(first)}, when the run is over ({format_duration(scenario.run.horizon)})"
                yield _warning((*loc, key), f"{message}: nothing goes back; write an earlier time, or a longer run.horizon")


def _check_sharing(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """A queue's messages go to one subscription."""
    readers: dict[str, str] = {}
    for name, reader in scenario.subscriptions.items():
        if graph.brokers[reader.channel].shared and reader.channel in readers:
            message = f"'{readers[reader.channel]}' reads '{reader.channel}' already, and each message goes to one reader"
            yield _error(("subscriptions", name, reader.kind), f"{message}; give that one more consumers")
        readers.setdefault(reader.channel, name)


_CHECKS: tuple[Callable[[Scenario, CallGraph], Iterator[Problem]], ...] = (
    _check_amplification,
    check_overload,
    check_scaling,
    check_silence,
    check_locking_up,
    _check_timeouts,
    _check_reached,
    _check_channels,
    _check_publishes,
    check_sizes,
    _check_redrives,
    check_dead_letters,
    check_retry_topics,
    check_transactions,
    check_around_calls,
    check_branches,
    check_guards,
    check_locks,
    check_streams,
    _check_sharing,
    _check_visibility,
    check_sagas,
    check_follow_ups,
    check_projections,
    check_balancing,
    check_caches,
)
