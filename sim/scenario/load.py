"""How busy workers and consumers would be: rate x holding time, without faults, found before the first event.

    visit 120/s --> front.op: work 2ms, call db.q ------> db.q: work 100ms
                    a worker is held for 2 + 100 ms       a worker is held for 100 ms
                    120/s x 0.102 s = 12.2 of 8           120/s x 0.1 s = 12 of 500

Rates and holding times depend on each other: a call that waits longer times out more often, is retried more often, and its
callee then has more to do. They are computed in turns, callees' times first, then callers' rates, until they settle; the
waits are damped. Two answers are given: without any waiting, which is exact up to the shape of times that a timeout cuts
and of parallel calls, and with the waits at places of service that are not overloaded, an approximation (Sakasegawa's
form of the wait for one of c servers, with the variabilities of arrivals and holding times as Allen and Cunneen do).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from sim.scenario.around_calls import enough
from sim.scenario.arrivals.closed import Closed
from sim.scenario.cache_steps import Cached
from sim.scenario.caching import least_missed
from sim.scenario.callers import pools_of
from sim.scenario.callgraph import CallGraph, brokers_by_channel
from sim.scenario.choreography import Participant, first_topic
from sim.scenario.follow_ups import reached, step_name
from sim.scenario.pace import cores_of
from sim.scenario.row_steps import Outbox
from sim.scenario.scenario import Scenario
from sim.scenario.step_walks import inner_steps
from sim.scenario.steps import Call, Choose, Fail, Parallel, Publish, Saga, Step, Transaction, Try, Wait, Work
from sim.scenario.stream_steps import Append
from sim.scenario.stream_steps import Load as LoadStep
from sim.scenario.stretches import Stretch, drawn, lasting, longest, mixture, retried, within
from sim.scenario.subscriptions import Reader
from sim.scenario.topology import WORKERS_MAX

SECOND = 1e9
ROUNDS_MAX = 100
STEPS_MAX = 100_000
"""So many steps are looked at in all rounds of a solution; large scenarios get fewer rounds."""
ROUNDS_MIN = 4
"""Where not even so many rounds are to be had, waits are left out."""
SETTLED = 1e-6
DAMPING = 0.5
BUSY_MAX = 0.98
"""Waits are those of a place that is at most this busy; one that is busier has no steady wait."""
PASSES_MAX = 200
"""How often rates are passed on along topics in a round before a feedback of events is called endless."""
PASSED = 1e-9


@dataclass(frozen=True, slots=True)
class Load:
    """What a service's workers, or a group's consumers, have to do.

    Attributes:
        rate: runs of handlers (of a group: messages) per second, retries of calls included.
        hold_ns: how long one holds its worker or consumer on average.
        places: workers; of a group, consumers that can work at once; cores where those are scarcer than workers.
        work_ns: the part of the holding time that is the handlers' own work.
        noun: what the places are.
    """

    rate: float
    hold_ns: float
    places: float
    work_ns: float
    noun: str = "workers"

    @property
    def busy(self) -> float:
        """How many places are held on average, if there are as many as it takes."""
        return self.rate * self.hold_ns / SECOND

    @property
    def utilisation(self) -> float:
        """The same as a share of the places; 1 and more is overload."""
        return self.busy / self.places

    @property
    def capacity(self) -> float:
        """Up to how many runs per second the places can do."""
        return self.places * SECOND / self.hold_ns if self.hold_ns > 0.0 else math.inf


@dataclass(frozen=True)
class Loads:
    """The load of every service and every group by name; ``settled`` is False where rates grow without end."""

    services: Mapping[str, Load]
    groups: Mapping[str, Load]
    settled: bool


@dataclass(slots=True)
class _Call:
    target: str
    hops: Stretch
    timeout: int | None
    retry: Any
    optional: bool


@dataclass(slots=True)
class _Run:
    """What one run of a handler does on average, as far as is known in a round."""

    time: Stretch = field(default_factory=Stretch)
    calls: dict[str, float] = field(default_factory=dict)
    publishes: dict[str, float] = field(default_factory=dict)
    work: float = 0.0
    beside: float = 0.0  # of that, in branches

    @property
    def own_work(self) -> float:
        """The work of the handler itself."""
        return self.work - self.beside


_Program = list[tuple[str, Any]]
Waits = dict[str, Stretch]


class Steady:
    """A scenario in the steady state that it would have without faults."""

    def __init__(self, scenario: Scenario, graph: CallGraph, *, cold: bool = False) -> None:
        """Read the handlers; ``graph`` must have no cycle. ``cold``: no cache has anything; else as warm as they get."""
        self._scenario = scenario = scenario.wired
        self._graph = graph
        self._missed = dict.fromkeys(scenario.caches, 1.0) if cold else least_missed(scenario)
        self._steps = 0
        self._draws: dict[tuple[int, int], Stretch] = {}
        self._latency = {
            channel: getattr(broker, "latency", None) for channel, broker in graph.brokers.items()
        }
        self._programs = {name: self._read(graph.handlers[name].steps) for name in graph.order}
        self._entries = {
            name: _Call(flow.operation, self._hops(flow.hop), flow.limit, flow.retry, False)
            for name, flow in scenario.workload.items()
        }
        self._arrivals = {
            name: 0.0 if isinstance(flow.arrivals, Closed) else flow.arrivals.mean_rate(scenario.run.horizon)
            for name, flow in scenario.workload.items()
        }
        for name, flow in scenario.workload.items():
            for number, (step, share) in enumerate(reached(flow.follow_ups)):
                follow_up = step_name(name, number, flow.then)  # no flow has a dot in its name
                limit = getattr(step, "timeout", None) or flow.limit
                self._entries[follow_up] = replace(self._entries[name], target=step.operation, timeout=limit)
                self._arrivals[follow_up] = self._arrivals[name] * share * step.asks
        self._pools = pools_of(scenario, graph)
        self._rounds = min(ROUNDS_MAX, STEPS_MAX // max(1, self._steps))

    @property
    def cost(self) -> int:
        """How many steps a solution with waits looks at, at most."""
        return self._rounds * self._steps

    # -- what is declared, as stretches

    def _drawn(self, distribution: Any, times: int = 1) -> Stretch:
        key = (id(distribution), times)
        if key not in self._draws:
            self._draws[key] = drawn(distribution, times)
        return self._draws[key]

    def _hops(self, hop: Any) -> Stretch:
        return self._drawn(hop if hop is not None else self._scenario.network.hop, 2)

    def _call(self, step: Call) -> _Call:
        self._steps += 1
        return _Call(step.call, self._hops(step.hop), step.limit, step.retry, step.optional)

    def _read_call(self, step: Call) -> _Program:
        calls: _Program = [("calls", [self._call(step)])]
        return [("try", (calls, self._read(step.fallback)))] if step.fallback and not step.optional else calls

    def _read(self, steps: tuple[Step, ...]) -> _Program:
        program: _Program = []
        for step in steps:
            self._steps += 1
            match step:
                case Work():
                    program.append(("work", self._drawn(step.work)))
                case Call():
                    program.extend(self._read_call(step))
                case Parallel():
                    program.append(self._read_parallel(step))
                case Publish():
                    latency = self._latency[step.publish] if self._graph.brokers[step.publish].confirms(step) else None
                    ack = self._drawn(latency, 2) if latency is not None else Stretch()
                    program.append(("publish", (step.publish, ack)))
                case Outbox():
                    program.append(("publish", (step.outbox, Stretch())))
                case Choose():
                    branches = [self._read(branch.steps) for branch in step.choose]
                    program.append(("choose", (step.shares, branches)))
                case Fail():
                    program.append(("time", Stretch(1.0 - step.fail, 0.0, 0.0, 0.0)))
                case _:
                    program.extend(self._read_family(step))
        return program

    def _read_parallel(self, step: Parallel) -> tuple[str, Any]:
        """What is done at once: calls, and branches, which hold no worker."""
        calls = [self._call(call) for call in step.calls.values()]
        if step.branches:
            branches = [self._read(branch) for branch in step.branches.values()]
            return "beside", (step.needed, calls, branches)
        return ("calls", calls) if step.needed == len(calls) else ("some", (step.needed, calls))

    def _read_saga(self, step: Saga | Participant) -> _Program:
        """What a saga, or a participant of one, does when all goes well."""
        if isinstance(step, Saga) and step.by != "events":
            verb = "calls" if step.answer == "when_done" else "aside"
            return [(verb, [self._call(one.do)]) for one in step.steps]
        steps, topic = ((), first_topic(step)) if isinstance(step, Saga) else (step.steps, step.then)
        told = [("publish", (topic, self._drawn(self._latency[topic], 2)))] if topic else []
        return [*self._read(steps), *told]

    def _read_family(self, step: Step) -> _Program:  # noqa: PLR0911 - one return for each kind of step
        """The same of a step of a family of mechanics."""
        match step:
            case Wait():
                return [("time", self._drawn(step.wait))]
            case Try():
                return [("try", (self._read(step.steps), self._read(step.catch)))]
            case Saga() | Participant():
                return self._read_saga(step)
            case LoadStep() | Append():
                then = [one for _, inner in inner_steps(step) for one in self._read(inner)]
                return [("time", lasting(self._graph.stream_ns(step), 0.0)), *then]
            case Cached():
                hit, passed = self._drawn(self._scenario.caches[step.cache].hit), self._missed[step.cache]
                return [("choose", ((1.0 - passed, passed), [[("time", hit)], self._read(step.miss)]))]
            case Transaction():
                store = self._scenario.stores[step.transaction.store]
                commit = self._drawn(store.commit).then(Stretch(1.0 - store.aborts, 0.0, 0.0, 0.0))
                return [*self._read(step.steps), ("time", commit)]
        return [one for _, inner in inner_steps(step) for one in self._read(inner)]

    # -- one round: times from callees to callers, rates from callers to callees

    def _runs(self, waits: Waits) -> dict[str, _Run]:
        runs: dict[str, _Run] = {}
        for name in self._graph.order:
            run = runs[name] = _Run()
            run.time = self._follow(run, self._programs[name], runs, waits, 1.0)
        return runs

    def _follow(self, run: _Run, program: _Program, runs: dict[str, _Run], waits: Waits, times: float) -> Stretch:
        """Return the time of a program that is met ``times`` a run; note what it calls and publishes."""
        whole = Stretch()
        for verb, what in program:
            met = times * whole.goes_on
            if verb == "work":
                run.work += met * what.mean
                part = what
            elif verb == "time":
                part = what
            elif verb == "calls":
                part = longest([self._answered(run, call, runs, waits, met) for call in what])
            elif verb == "some":
                parts = sorted((self._answered(run, call, runs, waits, met) for call in what[1]), key=lambda one: one.mean)
                part = parts[what[0] - 1]
            elif verb == "beside":
                part = self._beside(run, what, runs, waits, met)
            elif verb == "aside":
                self._answered(run, what[0], runs, waits, met)
                continue
            elif verb == "publish":
                topic, part = what
                run.publishes[topic] = run.publishes.get(topic, 0.0) + met
            elif verb == "try":
                tried = self._follow(run, what[0], runs, waits, met)
                caught = self._follow(run, what[1], runs, waits, met * (1.0 - tried.goes_on))
                part = tried.otherwise(caught)
            else:
                shares, branches = what
                ways = zip(shares, branches, strict=True)
                part = mixture(shares, [self._follow(run, way, runs, waits, met * share) for share, way in ways])
            whole = whole.then(part)
        return whole

    def _beside(self, run: _Run, what: Any, runs: dict[str, _Run], waits: Waits, met: float) -> Stretch:
        """The same of what is done at once with branches: what work there is in those is none of the handler's worker."""
        needed, calls, branches = what
        parts = [self._answered(run, call, runs, waits, met) for call in calls]
        work, beside = run.work, run.beside
        parts += [self._follow(run, branch, runs, waits, met) for branch in branches]
        run.beside = beside + run.work - work
        if needed == len(parts):
            return longest(parts)
        last: Stretch = sorted(parts, key=lambda one: one.mean)[needed - 1]
        return last.always().then(Stretch(enough(needed, [one.goes_on for one in parts]), 0.0, 0.0, 0.0))

    def _answered(self, run: _Run, call: _Call, runs: dict[str, _Run], waits: Waits, met: float) -> Stretch:
        """Return the time of a call with its retries; note how often its callee runs."""
        answer = call.hops.then(waits.get(self._graph.handlers[call.target].service, Stretch()))
        answer = answer.then(runs[call.target].time)
        attempt = within(answer, call.timeout) if call.timeout is not None else answer
        whole, attempts = retried(attempt, call.retry)
        run.calls[call.target] = run.calls.get(call.target, 0.0) + met * attempts
        return whole.always() if call.optional else whole

    def _handled(self, name: str, runs: dict[str, _Run]) -> tuple[Stretch, float]:
        """Return how long a message holds its consumer, and how often it is handed over."""
        group = self._scenario.subscriptions[name]
        return retried(runs[group.operation].time, self._graph.brokers[group.channel].handed_out_again(group))

    def _given_up_to(self, group: Reader) -> str | None:
        """Return the topic, or the queue, that gets what a group fails at for good; None: none."""
        if group.handed_on_to is not None or getattr(group, "ack", "after") == "before":
            return group.handed_on_to
        return self._graph.brokers[group.channel].given_up_to(group.channel)

    def _rates(self, runs: dict[str, _Run], waits: Waits, arrivals: Mapping[str, float]) -> tuple[
        dict[str, float], dict[str, float], bool
    ]:
        """Return runs per second of each operation on workers, messages per second of each group, whether they settled."""
        entering: dict[str, float] = dict.fromkeys(self._graph.order, 0.0)
        for name, rate in arrivals.items():
            client = _Run()
            self._answered(client, self._entries[name], runs, waits, rate)
            for operation, times in client.calls.items():
                entering[operation] += times
        groups = self._scenario.subscriptions
        handled = {name: self._handled(name, runs) for name in groups}
        messages: dict[str, float] = dict.fromkeys(self._latency, 0.0)
        for _ in range(PASSES_MAX):
            called, total, new = dict(entering), dict(entering), dict.fromkeys(messages, 0.0)
            for name, group in groups.items():
                time, handed = handled[name]
                total[group.operation] += messages[group.channel] * handed
                onward = self._given_up_to(group)
                if onward is not None:
                    new[onward] += messages[group.channel] * (1.0 - time.goes_on)
            for name in reversed(self._graph.order):
                for target, times in runs[name].calls.items():
                    called[target] += total[name] * times
                    total[target] += total[name] * times
                for topic, times in runs[name].publishes.items():
                    new[topic] += total[name] * times
            if all(abs(new[topic] - messages[topic]) <= PASSED * max(1.0, new[topic]) for topic in new):
                return called, {name: messages[group.channel] for name, group in groups.items()}, True
            messages = new
        return called, {name: messages[group.channel] for name, group in groups.items()}, False

    def _loads(self, runs: dict[str, _Run], called: dict[str, float], consumed: dict[str, float]) -> Loads:
        services, groups = {}, {}
        for name, service in self._scenario.services.items():
            rates = [(called[f"{name}.{one}"], runs[f"{name}.{one}"]) for one in service.operations]
            rate = sum(one for one, _ in rates)
            hold = sum(one * run.time.mean for one, run in rates) / rate if rate else 0.0
            work = sum(one * run.work for one, run in rates) / rate if rate else 0.0
            own = work - (sum(one * run.beside for one, run in rates) / rate if rate else 0.0)
            hold = hold if service.holds_worker else own
            load = Load(rate, hold, service.places * service.workers, own)
            count, _ = cores_of(service.cores)
            on_cores = Load(rate, work, service.places * (count or WORKERS_MAX), work, "cores")
            services[name] = on_cores if on_cores.utilisation > load.utilisation else load
        for name, group in self._scenario.subscriptions.items():
            time, _ = self._handled(name, runs)
            places = _parallelism(self._scenario, name)
            groups[name] = Load(consumed[name], group.held_ns(time.mean), places, runs[group.operation].own_work)
        return Loads(services, groups, settled=True)

    # -- the two answers

    @cached_property
    def unhindered(self) -> Loads:
        """The loads if nobody waited for a worker: what is overloaded then is overloaded for certain."""
        runs = self._runs({})
        called, consumed, settled = self._rates(runs, {}, self._arrivals)
        return Loads(**{**vars(self._loads(runs, called, consumed)), "settled": settled})

    def waiting(self, *, without: str = "", without_group: str = "") -> Loads:
        """Return the loads with the waits for workers: an approximation, close up to a utilisation of 80 %.

        Services that are overloaded even without waiting are taken as if nobody waited there. ``without`` leaves out of
        the waits what one service's own runs cause, ``without_group`` what a group's messages cause: its load is then
        what others make it wait for.
        """
        bare = self.unhindered
        hopeless = {name for name, load in bare.services.items() if load.utilisation >= 1.0}
        waits: Waits = {}
        if not bare.settled or self._rounds < ROUNDS_MIN:
            return bare
        for number in range(self._rounds):
            runs = self._runs(waits)
            called, consumed, settled = self._rates(runs, waits, self._arrivals)
            if not settled:
                return Loads(**{**vars(self._loads(runs, called, consumed)), "settled": False})
            caused = self._caused_by(without, without_group, runs, called, consumed)
            new = {
                name: self._wait(name, runs, called, caused)
                for name in self._scenario.services
                if name not in hopeless
            }
            if number and _near(waits, new):
                break
            waits = {name: _between(waits.get(name, Stretch()), wait) for name, wait in new.items()}
        return self._loads(runs, called, consumed)

    def _caused_by(
        self, service: str, group: str, runs: dict[str, _Run], called: dict[str, float], consumed: dict[str, float]
    ) -> dict[str, float]:
        """Runs per second of each operation that a service's runs, or a group's messages, cause by calls."""
        if not service and not group:
            return {}
        handled = self._scenario.subscriptions[group].operation if group else ""
        times_handled = consumed[group] * self._handled(group, runs)[1] if group else 0.0
        caused = dict.fromkeys(self._graph.order, 0.0)
        for name in reversed(self._graph.order):
            own = called[name] if self._graph.handlers[name].service == service else caused[name]
            own += times_handled if name == handled else 0.0
            for target, times in runs[name].calls.items():
                caused[target] += own * times
        return caused

    def _wait(self, name: str, runs: dict[str, _Run], called: dict[str, float], caused: Mapping[str, float]) -> Stretch:
        """Return the wait for a worker of a service: none where workers are given back, which is not worked out."""
        service = self._scenario.services[name]
        names = [f"{name}.{operation}" for operation in service.operations]
        rates = [max(0.0, called[one] - caused.get(one, 0.0)) for one in names]
        rate = sum(rates)
        if rate <= 0.0 or not service.holds_worker:
            return Stretch()
        hold = mixture([one / rate for one in rates], [runs[one].time for one in names])
        if hold.mean <= 0.0:
            return Stretch()
        pool = self._pools[name]
        share = rate / SECOND / service.places
        spread = 1.0 / service.places
        arrivals = pool.variability * spread
        if service.balance.draws:
            arrivals += 1.0 - spread
        return wait_for_one_of(service.workers, share, hold, arrivals, pool.callers * spread, service.waiting_at_most)


def _parallelism(scenario: Scenario, name: str) -> float:
    group = scenario.subscriptions[name]
    threads = group.consumers * scenario.services[group.service].places
    most = brokers_by_channel(scenario)[group.channel].at_once_max(group.channel)
    return float(threads) if most is None else effective_parallelism(most, threads)


def effective_parallelism(partitions: int, consumers: int) -> float:
    """Return how many consumers' worth of work a group does: P / ceil(P / c), as the busiest consumer sets the pace."""
    return partitions / -(-partitions // consumers)


def wait_for_one_of(
    servers: int, rate: float, hold: Stretch, variability: float, callers: float, queue_max: int | None
) -> Stretch:
    """Return the wait for one of c servers, by two moments: exact for M/M/1 and M/G/1, within percents elsewhere.

    Args:
        servers: how many there are.
        rate: arrivals per ns.
        hold: how long one is held.
        variability: squared coefficient of variation of the gaps between arrivals.
        callers: how many can be there at once, waiting or served; more wait elsewhere.
        queue_max: how many may wait; None: any number.
    """
    busy = min(BUSY_MAX, rate * hold.mean / servers)
    spread = hold.variance / (hold.mean * hold.mean)
    waits = busy ** (math.sqrt(2.0 * (servers + 1)) - 1.0)
    both = variability + spread
    if both <= 0.0 or waits <= 0.0:
        return Stretch()
    mean = hold.mean / servers * waits / (1.0 - busy) * both / 2.0
    if variability < 1.0:
        mean *= math.exp(-2.0 * (1.0 - busy) * (1.0 - variability) ** 2 / (3.0 * busy * both))
    if callers < math.inf:
        mean *= 1.0 - busy ** (2.0 / both * max(0.0, callers - servers))
    if queue_max is not None:
        mean = min(mean, queue_max * hold.mean / servers)
    return lasting(mean, mean * mean * (2.0 / waits - 1.0))


def _between(old: Stretch, new: Stretch) -> Stretch:
    mean = old.mean + DAMPING * (new.mean - old.mean)
    return lasting(mean, old.variance + DAMPING * (new.variance - old.variance))


def _near(old: Waits, new: Waits) -> bool:
    return all(abs(wait.mean - old[name].mean) <= SETTLED * max(1.0, wait.mean) for name, wait in new.items())
