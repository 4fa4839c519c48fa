"""Who calls whom, how often, and how long it takes when nothing goes wrong.

    frontend.checkout --1.0--> checkout.place --1.0--> payment.charge     synchronous calls, times per handler run
                                     '--0.1--> topic order.failed ~~~> subscription mail

Everything is computed in one order, callees before callers, which exists when no handler calls itself in a circle.
Numbers are expectations of a fault-free, unloaded system: no waiting, no timeouts, no retries.
"""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from sim.scenario.around_calls import enough
from sim.scenario.cache_steps import Cached
from sim.scenario.caching import least_missed
from sim.scenario.choreography import Participant, first_topic
from sim.scenario.follow_ups import reached
from sim.scenario.once import once_a_scenario
from sim.scenario.problems import Location
from sim.scenario.row_steps import Outbox
from sim.scenario.scenario import Scenario
from sim.scenario.step_walks import channel_of, inner_steps
from sim.scenario.steps import Call, Choose, Fail, Lock, Parallel, Publish, Saga, Step, Transaction, Try, Wait, Work
from sim.scenario.stream_steps import Append, Load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sim.scenario.kinds import Broker
    from sim.scenario.workload import Flow

ROUNDS_MAX = 200
"""How often rates are passed on along topics before a feedback of events is called endless."""
SETTLED = 1e-9


class Edge(NamedTuple):
    """A call or a publish in a handler: its place, its target, how often a run of the handler meets it."""

    loc: Location
    target: str
    times: float
    call: Call | None = None
    step: Step | None = None


@dataclass
class Handler:
    """An operation: what its steps do, in expectation; ``missed``: how much of what it is asked each cache passes on."""

    name: str
    service: str
    loc: Location
    steps: tuple[Step, ...]
    calls: list[Edge] = field(default_factory=list)
    publishes: list[Edge] = field(default_factory=list)
    works: float = 0.0
    work_ns: float = 0.0
    latency_ns: float = 0.0
    missed: "Mapping[str, float]" = field(default_factory=dict)


class CallGraph:
    """The handlers of a scenario whose names all lead somewhere.

    Attributes:
        handlers: by ``service.operation``.
        order: their names, callees before callers; empty when there is a cycle.
        cycle: names along a circle of synchronous calls, the first one repeated at the end; [] when there is none.
        topics: mean one-way latency of the broker, by topic or queue, in nanoseconds.
        brokers: the broker of each topic or queue.
    """

    def __init__(self, scenario: Scenario) -> None:
        """Read the steps of every operation; compute latencies when there is no cycle."""
        self.scenario = scenario = scenario.wired
        self.handlers = handlers_of(scenario)
        self.topics: dict[str, float] = {}
        self.brokers = brokers_by_channel(scenario)
        for channel, broker in self.brokers.items():
            latency = getattr(broker, "latency", None)
            self.topics[channel] = latency.mean_ns if latency is not None else 0.0
        self.order, self.cycle = _callees_first(self.handlers)
        for name in self.order:
            handler = self.handlers[name]
            handler.latency_ns, _ = self._pass(handler.steps)

    def call_ns(self, call: Call) -> float:
        """Mean time from sending a call to its answer, without waiting: two hops and the callee's latency."""
        return 2.0 * self.hop_ns(call.hop) + self.handlers[call.call].latency_ns

    def hop_ns(self, hop: object) -> float:
        """Mean one-way delay of a call or a flow that gives ``hop``, or none."""
        mean: float = (hop if hop is not None else self.scenario.network.hop).mean_ns  # type: ignore[attr-defined]
        return mean

    def _pass(self, steps: tuple[Step, ...]) -> tuple[float, float]:
        """Return the mean time of the steps, and the probability that they do not end the handler."""
        time_ns, going = 0.0, 1.0
        for step in steps:
            time, left = self._pass_one(step)
            time_ns += going * time
            going *= left
        return time_ns, going

    def _pass_one(self, step: Step) -> tuple[float, float]:
        """The same of one step."""
        match step:
            case Work():
                return step.work.mean_ns, 1.0
            case Call():
                return self.call_ns(step), 1.0
            case Parallel():
                return self._pass_parallel(step)
            case Publish():
                return (2.0 * self.topics[step.publish] if self.brokers[step.publish].confirms(step) else 0.0), 1.0
            case Choose():
                passed = [self._pass(branch.steps) for branch in step.choose]
                time = sum(share * time for share, (time, _) in zip(step.shares, passed, strict=True))
                return time, sum(share * left for share, (_, left) in zip(step.shares, passed, strict=True))
        return self._pass_family(step)

    def _pass_parallel(self, step: Parallel) -> tuple[float, float]:
        """The same of what is done at once: until so many are over as must end well."""
        passed = [(self.call_ns(call), 1.0) for call in step.calls.values()]
        passed += [self._pass(branch) for branch in step.branches.values()]
        return sorted(time for time, _ in passed)[step.needed - 1], enough(step.needed, [left for _, left in passed])

    def _pass_family(self, step: Step) -> tuple[float, float]:  # noqa: PLR0911 - one return for each kind of step
        """The same of a step of a family of mechanics."""
        match step:
            case Fail():
                return 0.0, 1.0 - step.fail
            case Wait():
                return step.wait.mean_ns, 1.0
            case Try():
                (time, left), (caught, going) = self._pass(step.steps), self._pass(step.catch)
                return time + (1.0 - left) * caught, left + (1.0 - left) * going
            case Saga() | Participant():
                return self._saga_ns(step), 1.0
            case Cached():
                missed, (time, left) = least_missed(self.scenario)[step.cache], self._pass(step.miss)
                hit = self.scenario.caches[step.cache].hit.mean_ns
                return (1.0 - missed) * hit + missed * time, 1.0 - missed * (1.0 - left)
            case Load() | Append():
                return self.stream_ns(step), 1.0
            case Lock():
                return self._pass(step.steps)
            case Transaction():
                store = self.scenario.stores[step.transaction.store]
                time, left = self._pass(step.steps)
                return time + left * store.commit.mean_ns, left * (1.0 - store.aborts)
        return 0.0, 1.0

    def stream_ns(self, step: Load | Append) -> float:
        """Mean time of a load when a run begins, as there is more to replay later without snapshots; or of an append."""
        name = (step.load if isinstance(step, Load) else step.append).stream
        store = next(one for one in self.scenario.stores.values() if name in one.streams)
        if isinstance(step, Append):
            return store.commit.mean_ns
        stream = store.streams[name]
        if stream.snapshot is None:
            return float(stream.initial * stream.replay)
        return stream.snapshot.load + (stream.snapshot.every - 1) / 2 * stream.replay

    def _saga_ns(self, step: Saga | Participant) -> float:
        """Mean time that a handler is kept by a saga; a participant is tried again until it is done, or the others are told."""
        if isinstance(step, Participant):
            return self._pass(step.steps)[0] + 2.0 * self.topics[step.subscription]
        if step.by == "events":
            return 2.0 * self.topics[first_topic(step)]
        return sum(self.call_ns(one.do) for one in step.steps) if step.answer == "when_done" else 0.0

    def rates(self, arrivals: dict[str, float]) -> tuple[dict[str, float], dict[str, float], dict[str, float], bool]:
        """Pass arrivals per second at operations on along calls and topics.

        Returns runs per second of each operation as a called handler, of each subscription, messages per second of each
        topic, and whether the numbers settled: events that cause ever more events do not.
        """
        groups = self.scenario.subscriptions
        messages = dict.fromkeys(self.topics, 0.0)
        called: dict[str, float] = {}
        consumed: dict[str, float] = {}
        for _ in range(ROUNDS_MAX):
            consumed = {name: messages[group.channel] for name, group in groups.items()}
            runs = dict.fromkeys(self.order, 0.0)
            called = dict.fromkeys(self.order, 0.0)
            for name, rate in arrivals.items():
                called[name] += rate
                runs[name] += rate
            for name, rate in consumed.items():
                runs[groups[name].operation] += rate
            new = dict.fromkeys(self.topics, 0.0)
            for name in reversed(self.order):
                for edge in self.handlers[name].calls:
                    called[edge.target] += runs[name] * edge.times
                    runs[edge.target] += runs[name] * edge.times
                for edge in self.handlers[name].publishes:
                    new[edge.target] += runs[name] * edge.times
            if all(abs(new[topic] - messages[topic]) <= SETTLED * max(1.0, new[topic]) for topic in new):
                return called, consumed, new, True
            messages = new
        return called, consumed, messages, False

    def reached(self, roots: "Iterable[str] | None" = None) -> set[str]:
        """Return the operations that some flow reaches, along calls and topics; or that are reached from these."""
        readers = readers_by_channel(self.scenario, failing=True)
        asked = [one for flow in self.scenario.workload.values() for one in asked_by(flow)]
        waiting = asked if roots is None else list(roots)
        seen = set(waiting)
        while waiting:
            handler = self.handlers[waiting.pop()]
            following = [edge.target for edge in handler.calls]
            for edge in handler.publishes:
                following += readers.get(edge.target, [])
            waiting += [name for name in dict.fromkeys(following) if name not in seen]
            seen.update(following)
        return seen


@once_a_scenario
def call_graph(scenario: Scenario) -> CallGraph:
    """Return the call graph of a scenario whose names all lead somewhere."""
    return CallGraph(scenario)


def asked_by(flow: "Flow") -> list[str]:
    """Return the operations that the users of a flow ask: at first, and when they follow up."""
    return [flow.operation, *(step.operation for step in flow.follow_ups)]


def times_asked(flow: "Flow") -> dict[str, float]:
    """Return how often a user of a flow asks each operation, in expectation; who polls is taken to ask once more."""
    found = {flow.operation: 1.0}
    for step, share in reached(flow.follow_ups):
        found[step.operation] = found.get(step.operation, 0.0) + share * step.asks
    return found


@once_a_scenario
def brokers_by_channel(scenario: Scenario) -> "dict[str, Broker]":
    """Return the broker of each topic and each queue, by its name."""
    return {channel: broker for broker in scenario.wired.brokers.values() for channel in broker.channels}


def readers_by_channel(scenario: Scenario, *, failing: bool = False) -> dict[str, list[str]]:
    """Return the operations that handle the messages of each topic and queue.

    With ``failing`` those too that handle what the others fail at: the readers of its dead-letter queue, or retry topics.
    """
    return _readers_of_failed(scenario) if failing else _readers(scenario)


@once_a_scenario
def _readers(scenario: Scenario) -> dict[str, list[str]]:
    readers: dict[str, list[str]] = {}
    for reader in scenario.wired.subscriptions.values():
        readers.setdefault(reader.channel, []).append(reader.operation)
    return readers


@once_a_scenario
def _readers_of_failed(scenario: Scenario) -> dict[str, list[str]]:
    readers, onward = _readers(scenario), failures_go(scenario)
    found: dict[str, list[str]] = {}
    for channel in brokers_by_channel(scenario):
        passed = [channel]
        for one in passed:  # grows while it is walked along
            passed += [to for to in onward.get(one, ()) if to not in passed]
        found[channel] = [operation for one in passed for operation in readers.get(one, [])]
    return found


@once_a_scenario
def failures_go(scenario: Scenario) -> dict[str, list[str]]:
    """Return the topics and queues that get what is failed at, by the topic or queue where it was."""
    found: dict[str, list[str]] = {}
    for channel, broker in brokers_by_channel(scenario).items():
        dead = broker.given_up_to(channel)
        if dead is not None:
            found[channel] = [dead]
    for reader in scenario.wired.subscriptions.values():
        if reader.handed_on_to is not None:
            found.setdefault(reader.channel, []).append(reader.handed_on_to)
    return found


def circle_of(scenario: Scenario) -> tuple[dict[str, Handler], list[str]] | None:
    """Return the handlers and a circle of synchronous calls among them, or None; calls that lead nowhere are passed over."""
    known = handlers_of(scenario)
    handlers = {
        name: replace(handler, calls=[edge for edge in handler.calls if edge.target in known])
        for name, handler in known.items()
    }
    _, cycle = _callees_first(handlers)
    return (handlers, cycle) if cycle else None


@once_a_scenario
def handlers_of(scenario: Scenario) -> dict[str, Handler]:
    """Return every handler with its calls, publishes and mean work, by ``service.operation``; names need not lead anywhere."""
    return {
        f"{service}.{operation}": _read_handler(service, operation, steps, least_missed(scenario))
        for service, settings in scenario.services.items()
        for operation, steps in settings.operations.items()
    }


def _read_handler(service: str, operation: str, steps: tuple[Step, ...], missed: "Mapping[str, float]") -> Handler:
    loc: Location = ("services", service, "operations", operation)
    handler = Handler(f"{service}.{operation}", service, loc, steps, missed=missed)
    _read_steps(handler, handler.steps, handler.loc, 1.0)
    return handler


def callers(scenario: Scenario) -> "Iterator[tuple[Location, Flow | Call]]":
    """Every client and every call step, with its place; names need not lead anywhere."""
    for name, flow in scenario.workload.items():
        yield ("workload", name), flow
    for handler in handlers_of(scenario).values():
        for edge in handler.calls:
            if edge.call is not None:
                yield edge.loc, edge.call


def _read_steps(handler: Handler, steps: tuple[Step, ...], loc: Location, times: float) -> float:
    """Collect the calls, publishes and work of steps; return the probability that a run gets past them."""
    for position, step in enumerate(steps):
        here = (*loc, position)
        match step:
            case Work():
                handler.works += times
                handler.work_ns += times * step.work.mean_ns
            case Call():
                handler.calls.append(Edge(here, step.call, times, step))
                _read_steps(handler, step.fallback, (*here, "fallback"), 0.0)
            case Parallel():
                times = _read_parallel(handler, step, here, times)
            case Publish() | Outbox():
                handler.publishes.append(Edge(here, channel_of(step), times, step=step))
            case Choose():
                times = sum(
                    _read_steps(handler, branch.steps, (*here, "choose", number, "steps"), times * share)
                    for number, (branch, share) in enumerate(zip(step.choose, step.shares, strict=True))
                )
            case Fail():
                times *= 1.0 - step.fail
            case Saga() | Participant() | Transaction() | Lock() | Append() | Try() | Cached():
                times = _read_family(handler, step, here, times)
    return times


def _read_parallel(handler: Handler, step: Parallel, loc: Location, times: float) -> float:
    """What is done at once: all of it, also what is not waited for."""
    for number, call in step.calls.items():
        handler.calls.append(Edge((*loc, "parallel", number), call.call, times, call))
    shares = [1.0] * len(step.calls)
    for at, branch in inner_steps(step):
        well = _read_steps(handler, branch, (*loc, *at), times)
        shares.append(well / times if times > 0.0 else 1.0)
    return times * enough(step.needed, shares)


def _read_family(handler: Handler, step: Step | Participant, loc: Location, times: float) -> float:
    """What a transaction does, or follows an append; what a saga, or a participant of one, calls and publishes, undos too."""
    if isinstance(step, Try):
        well = _read_steps(handler, step.steps, (*loc, "try"), times)
        return well + _read_steps(handler, step.catch, (*loc, "catch"), times - well)
    if isinstance(step, Cached):
        passed = times * handler.missed.get(step.cache, 1.0)
        return times - passed + _read_steps(handler, step.miss, (*loc, "miss"), passed)
    for at, inner in inner_steps(step):
        times = _read_steps(handler, inner, (*loc, *at), times)
    if isinstance(step, Transaction | Lock | Append):
        return times
    if isinstance(step, Participant):
        _read_participant(handler, step, loc, times)
    elif isinstance(step, Saga) and step.by == "events":
        handler.publishes.append(Edge(loc, first_topic(step), times, step=Publish(first_topic(step))))
    elif isinstance(step, Saga):
        handler.calls.extend(_calls_of(step, loc, times))
    return times


def _read_participant(handler: Handler, step: Participant, loc: Location, times: float) -> None:
    """What a participant of a saga calls, and whom it tells: the next when it is done, the one before it when it failed."""
    well = _read_steps(handler, step.steps, loc, times)
    for topic, often in ((step.then, well), (step.otherwise, times - well)):
        if topic:
            handler.publishes.append(Edge(loc, topic, often, step=Publish(topic)))


def _calls_of(saga: Saga, loc: Location, times: float) -> "Iterator[Edge]":
    for number, step in enumerate(saga.steps):
        yield Edge((*loc, "steps", number, "do"), step.do.call, times, step.do)
        undo = saga.undo_of(step)
        if undo is not None:
            yield Edge((*loc, "steps", number, "undo"), undo.call, 0.0, undo)


def _callees_first(handlers: dict[str, Handler]) -> tuple[list[str], list[str]]:
    """Order handlers so that callees come before callers; or return a cycle. Iterative: chains may be long."""
    order: list[str] = []
    done: set[str] = set()
    for root, handler in handlers.items():
        if root in done:
            continue
        path: list[str] = [root]
        on_path = {root}
        edges: list[Iterator[Edge]] = [iter(handler.calls)]
        while path:
            edge = next(edges[-1], None)
            if edge is None:
                name = path.pop()
                edges.pop()
                on_path.discard(name)
                done.add(name)
                order.append(name)
            elif edge.target in on_path:
                return [], [*path[path.index(edge.target) :], edge.target]
            elif edge.target not in done:
                path.append(edge.target)
                on_path.add(edge.target)
                edges.append(iter(handlers[edge.target].calls))
    return order, []
