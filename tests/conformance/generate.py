"""Scenarios by the dozen: small, odd, overloaded, broken; half of them with ties everywhere.

    ties      every duration a whole number of milliseconds, arrivals on the same grid: most events share their instant
    no ties   every kind of distribution and arrivals

Operations are numbered; they call only later ones, and publish only to topics that later ones read, so that nothing
goes in a circle. A budget of events keeps each run to a few thousand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from tests.conformance.choosers import Numbered
from tests.conformance.generate_balancing import add_balancing
from tests.conformance.generate_brokers import add_broker_settings, add_sizes
from tests.conformance.generate_connections import add_latencies
from tests.conformance.generate_effects import add_undoing
from tests.conformance.generate_faults import add_faults
from tests.conformance.generate_follow_ups import add_follow_ups
from tests.conformance.generate_guards import add_orders, add_pools, add_rate_limits, add_waits
from tests.conformance.generate_links import add_links
from tests.conformance.generate_projections import add_projections, add_rebuilds
from tests.conformance.generate_retry_topics import add_retry_topics
from tests.conformance.generate_sagas import add_sagas
from tests.conformance.generate_stores import add_faults_of_some, add_stores
from tests.conformance.generate_streams import add_streams
from tests.conformance.steps_in import calls_in, confirm_publishes, effects_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conformance.choosers import Chooser

T = TypeVar("T")

EVENTS = 4000
COST_MAX = 90.0
LATEST = ((25, add_links),)
"""Mechanics that came after all others, with how often a scenario has each; a new one stands last."""
ARRIVALS_MAX = 150
WAITS_FROM = 1_000_000
BALANCED = 10_000


class Generator:
    """One scenario in the making."""

    def __init__(self, chooser: Chooser, *, ties: bool) -> None:
        self.number = chooser.number
        self.ties = ties

    # -- choices

    def pick(self, values: Sequence[T]) -> T:
        """One of the values; the first ones are the simplest."""
        return values[self.number(0, len(values) - 1)]

    def chance(self, percent: int) -> bool:
        """True in that many of 100 cases."""
        return self.number(0, 99) >= 100 - percent

    def ms(self, low: int, high: int) -> str:
        """A duration: on the grid with ties, anywhere without."""
        if self.ties:
            return f"{self.number(low, high)}ms"
        return f"{self.number(low * 1000, high * 1000)}us"

    def distribution(self, low: int, high: int) -> Any:
        """A distribution of about that many milliseconds."""
        if self.ties:
            if self.chance(30):
                return {"kind": "empirical", "values": [f"{self.number(low, high)}ms" for _ in range(3)]}
            return self.ms(low, high)
        mean = f"{max(1, self.number(low * 1000, high * 1000))}us"
        return self.pick(
            [
                mean,
                {"kind": "exponential", "mean": mean},
                {"kind": "lognormal", "mean": mean, "cv": 1.5},
                {"kind": "uniform", "low": "0s", "high": mean},
                {"kind": "gamma", "mean": mean, "cv": 0.5},
                {"kind": "erlang", "mean": mean, "stages": 3},
                {"kind": "weibull", "shape": 0.8, "mean": mean},
                {"kind": "hyperexponential", "mean": mean, "cv": 3},
                {"kind": "empirical", "values": ["0s", mean, "1ms"], "weights": [1, 2, 1]},
                {"kind": "pareto", "alpha": 2.5, "mean": mean},
            ]
        )

    def retry(self) -> tuple[Any, int]:
        """A retry policy, or none, and its attempts."""
        attempts = self.pick([1, 2, 3, 3, 5])
        kind = self.pick(["none", "fixed", "exponential", "full_jitter"])
        if kind == "none":
            return None, 1
        if kind == "fixed":
            return {"kind": kind, "attempts_max": attempts, "delay": self.pick(["0s", self.ms(0, 3)])}, attempts
        base = self.number(0, 2)
        cap = base + self.number(0, 4)
        settings = {"kind": kind, "attempts_max": attempts, "base": f"{base}ms", "cap": f"{cap}ms"}
        settings["factor"] = self.pick([2.0, 1.0, 1.5, 10.0])
        return settings, attempts

    # -- the whole

    def scenario(self) -> dict[str, Any]:
        """The scenario as plain data."""
        self.layout()
        for number in reversed(range(len(self.operations))):
            self.programs[number], self.costs[number] = self.handler(number)
        subscriptions = self.subscriptions
        services = {name: self.service(name) for name in self.services}
        horizon, workload = self.workload()
        whole: dict[str, Any] = {
            "name": "generated",
            "architecture": self.pick(["synchronous", "event-driven"]),
            "network": {"hop": self.pick(["0s", "1ms", self.distribution(0, 1)])},
            "services": services,
            "brokers": self.brokers(),
            "subscriptions": subscriptions,
            "workload": workload,
            "faults": self.faults(horizon),
            "run": {"horizon": f"{horizon}ms", "window": f"{self.pick([horizon, 10, 7])}ms", "replications": 1},
        }
        if horizon < 10:  # a window must fit into the horizon
            whole["run"]["window"] = f"{horizon}ms"
        for handler in self.programs if self.chance(70) else []:  # last, so that the rest is as it was without effects
            self.add_effects(handler)
        callers = [*(call for handler in self.programs for call in calls_in(handler)), *workload.values()]
        if self.chance(50):  # after that, for the same reason
            for call in callers:
                if self.chance(40):
                    call["breaker"] = self.breaker()
        if self.chance(60):  # and after that
            self.turn_into_queues(whole)
        self.add_later(whole, horizon)
        add_broker_settings(self, whole, horizon)
        if self.chance(40):
            add_rate_limits(self, callers)
        add_rebuilds(self, whole, horizon)
        add_sizes(self, whole)
        add_undoing(self, whole)
        add_faults_of_some(self, whole, horizon)
        self.add_latest(whole, horizon)
        return whole

    def add_latest(self, whole: dict[str, Any], horizon: int) -> None:
        """What came after all that."""
        if self.chance(85):
            add_retry_topics(self, whole)
        add_latencies(self, whole)
        for percent, family in LATEST:
            if self.chance(percent):
                family(self, whole, horizon)

    def add_all_waits(self, whole: dict[str, Any], percent: int) -> None:
        """Guards at which attempts wait, at so many of the calls and flows, and the order of them."""
        calls = self.calls_by_service()
        of_all = [call for of_one in calls.values() for call in of_one]
        add_waits(self, [*of_all, *whole["workload"].values()], percent)
        add_pools(self, whole["services"], calls, percent)
        add_orders(self, of_all)

    def calls_by_service(self) -> dict[str, list[dict[str, Any]]]:
        """The calls of each service's handlers."""
        found: dict[str, list[dict[str, Any]]] = {}
        for operation, handler in zip(self.operations, self.programs, strict=True):
            found.setdefault(operation.partition(".")[0], []).extend(calls_in(handler))
        return found

    def add_later(self, whole: dict[str, Any], horizon: int) -> None:
        """Mechanics that came later, each last of all, so that the rest is as it was without it."""
        if self.chance(50):
            self.disciplines(whole["services"])
        for family in (add_stores, add_sagas, add_streams, add_follow_ups, add_projections):
            if self.chance(50):
                family(self, whole)
        if self.chance(60):
            self.invariants(whole)
        if self.chance(75):
            add_faults(self, whole, horizon)

    def invariants(self, whole: dict[str, Any]) -> None:
        """A few relations between the effects that there are."""
        names = sorted({step["effect"] for handler in self.programs for step in effects_in(handler)})
        found = []
        for _ in range(self.number(1, 3) if names else 0):
            name = self.pick(names)
            others = [term for one in names if one != name for term in (one, f"2 * {one}")]
            right = " + ".join(self.pick(["1", "0", *others]) for _ in range(self.number(1, 3)))
            found.append(f"{self.pick(['', '1 + ', '2 * '])}{name} {self.pick(['==', '<=', '>='])} {right}")
        if found:
            whole["invariants"] = found

    def disciplines(self, services: dict[str, Any]) -> None:
        """Some services take the last first."""
        for service in services.values():
            if self.chance(40):
                service["discipline"] = "lifo"

    def turn_into_queues(self, whole: dict[str, Any]) -> None:
        """Some topics that have one reader at most are queues instead, and some have a queue of dead letters."""
        queues: dict[str, Any] = {}
        for topic in self.topics:
            readers = [name for name, one in self.subscriptions.items() if one.get("topic") == topic]
            if len(readers) > 1 or self.chance(30):
                continue
            for broker in whole["brokers"].values():
                broker["topics"].pop(topic, None)
            for handler in self.programs:
                confirm_publishes(handler, topic)
            for name in readers:
                self.subscriptions[name] = self.sharing(topic, self.subscriptions[name])
            queues[topic] = {"visibility": self.pick([self.ms(1, 8), "2ms", "1ms", "30s"])}
            if self.chance(60):
                overflow = self.pick(["reject_publish", "reject_publish", "drop_head"])
                queues[topic] |= {"length_max": self.number(1, 2), "overflow": overflow}
            dead = {"to": f"{topic}.dead", "deliveries_max": self.number(1, 3)}
            requeues = any(self.subscriptions[name].get("requeue", True) for name in readers)
            if requeues or self.chance(40):  # what fails at once is handed out for ever without
                queues[topic]["dead_letter"] = dead
                queues[dead["to"]] = {"visibility": self.pick(["1ms", self.ms(1, 8)])}
                if self.chance(40):
                    reader = self.operations[self.number(self.topics[topic], len(self.operations) - 1)]
                    late = {"queue": dead["to"], "operation": reader, "requeue": False, "ack": self.pick(["after", "before"])}
                    self.subscriptions[f"{topic.replace('.', '-')}-dead"] = late
        whole["brokers"] = {name: broker for name, broker in whole["brokers"].items() if broker["topics"]}
        if queues:
            latency = self.pick(["0s", "1ms", self.distribution(0, 2)])
            whole["brokers"]["three"] = {"kind": "queue", "latency": latency, "queues": queues}

    def sharing(self, queue: str, group: dict[str, Any]) -> dict[str, Any]:
        """A subscription to a queue, in place of one to a topic."""
        found = {"queue": queue, "operation": group["operation"], "consumers": self.number(1, 3)}
        found |= {"ack": self.pick(["after", "after", "before"]), "requeue": self.chance(80)}
        return {**found, "prefetch": self.pick([1, 1, 2, 3, 5])}

    def breaker(self) -> dict[str, Any]:
        """A circuit breaker that opens and closes again within a short run."""
        return {"failures": self.number(1, 4), "open": self.pick(["1ms", self.ms(1, 9), "3ms"]), "probes": self.number(1, 3)}

    def layout(self) -> None:
        """Services, operations, topics and subscriptions: names, replicas, who reads what."""
        self.services = [f"s{n}" for n in range(self.pick([1, 2, 3, 3, 4, 5]))]
        self.replicas = {name: self.number(1, 3) for name in self.services}
        self.operations = [f"{name}.op{n}" for name in self.services for n in range(self.number(1, 2))]
        last = len(self.operations) - 1
        self.topics: dict[str, int] = {}
        self.readers: dict[str, list[tuple[int, int]]] = {}
        self.subscriptions: dict[str, Any] = {}
        for n in range(self.pick([0, 1, 1, 2, 2, 3]) if last else 0):
            topic, level = f"t.{n}", self.number(1, last)
            self.topics[topic], self.readers[topic] = level, []
            for g in range(self.pick([1, 1, 0, 2])):
                reader = self.number(level, last)
                retry, attempts = self.retry()
                self.readers[topic].append((reader, attempts))
                self.subscriptions[f"g{n}-{g}"] = self.subscription(topic, self.operations[reader], retry)
        self.programs: list[Any] = [None] * len(self.operations)
        self.costs = [0.0] * len(self.operations)

    def subscription(self, topic: str, operation: str, retry: Any) -> dict[str, Any]:
        """A consumer group."""
        group: dict[str, Any] = {
            "topic": topic,
            "operation": operation,
            "consumers": self.number(1, 2),
            "commit": self.pick(["after", "before"]),
            "commit_every": self.number(1, 4),
            "session_timeout": self.pick([f"{self.number(1, 10)}ms", "3ms", "1ms", "45s"]),
            "rebalance_pause": self.pick(["0s", self.ms(1, 10), "2ms", "1ms"]) if self.chance(90) else "3s",
        }
        if retry is not None:
            group["retry"] = retry
        return group

    def service(self, name: str) -> dict[str, Any]:
        """A service with the handlers that were made for it."""
        service: dict[str, Any] = {
            "replicas": self.replicas[name],
            "workers": self.number(1, 3),
            "balance": self.pick(["round_robin", "random"]),
            "operations": {
                operation.partition(".")[2]: self.programs[number]
                for number, operation in enumerate(self.operations)
                if operation.startswith(f"{name}.")
            },
        }
        bound = self.number(-1, 5)
        if bound >= 0:
            service["queue_max"] = bound
        return service

    def brokers(self) -> dict[str, Any]:
        """The topics, shared out to one or two brokers."""
        brokers: dict[str, Any] = {}
        for topic in self.topics:
            broker = brokers.setdefault(self.pick(["one", "two"]), {"topics": {}})
            broker.setdefault("latency", self.pick(["0s", "1ms", self.distribution(0, 2)]))
            partitioner = self.pick(["key", "round_robin"])
            broker["topics"][topic] = {"partitions": self.number(1, 5), "partitioner": partitioner}
        return brokers

    # -- handlers

    def handler(self, number: int) -> tuple[list[Any], float]:
        """Steps of an operation, and what one run of it costs in events."""
        self.cost, self.of = 3.0, number
        steps: list[Any] = [{"work": self.distribution(0, 4)}] if self.chance(75) else []
        if number == 0 and self.chance(80):  # the first flow's operation: so that topics that are there are used
            steps += self.publish()
        for _ in range(self.pick([0, 1, 2, 3, 4, 5])):
            steps += self.step(depth=0)
        return steps, self.cost

    def step(self, depth: int) -> list[Any]:
        """One more step, or none when the budget is spent."""
        verb = self.pick(["work", "call", "call", "publish", "publish", "parallel", "choose", "fail"])
        if verb == "work":
            self.cost += 1
            return [{"work": self.distribution(0, 3)}]
        if verb in {"call", "parallel"}:
            calls = [call for call in (self.call() for _ in range(self.number(1, 4) if verb == "parallel" else 1)) if call]
            return [{"parallel": calls}] if calls and verb == "parallel" else calls
        if verb == "publish":
            return self.publish()
        if verb == "fail":
            return [{"fail": self.pick([0.1, 0.3, 1.0, 0.0])}]
        if depth > 0:
            return []
        branches = [
            {"weight": self.number(1, 3), "steps": [s for _ in range(self.number(0, 2)) for s in self.step(depth + 1)]}
            for _ in range(self.number(1, 3))
        ]
        return [{"choose": branches}]

    def add_effects(self, steps: list[Any]) -> None:
        """A few effects, of which there are few, anywhere among steps and in their branches."""
        for branch in [branch for step in steps for branch in step.get("choose", ())]:
            self.add_effects(branch["steps"])
        for _ in range(self.pick([0, 1, 1, 2])):
            effect: dict[str, Any] = {"effect": self.pick(["paid", "sent", "stock.reserved"])}
            if self.chance(30):
                effect["idempotent"] = True
            steps.insert(self.number(0, len(steps)), effect)

    def call(self) -> dict[str, Any] | None:
        """A call of a later operation."""
        if self.of == len(self.operations) - 1:
            return None
        callee = self.number(self.of + 1, len(self.operations) - 1)
        retry, attempts = self.retry()
        cost = (4 + self.costs[callee]) * min(attempts, 3)
        if self.cost + cost > COST_MAX:
            return None
        self.cost += cost
        call: dict[str, Any] = {"call": self.operations[callee]}
        if retry is not None:
            call["retry"] = retry
        if self.chance(60):
            call["timeout"] = self.ms(1, 8)
        if self.chance(25):
            call["optional"] = True
        if self.chance(40):
            call["hop"] = self.pick(["0s", "1ms", self.distribution(0, 1)])
        return call

    def publish(self) -> list[Any]:
        """A message to a topic that later operations read."""
        topics = [topic for topic, level in self.topics.items() if level > self.of]
        if not topics:
            return []
        topic = self.pick(topics)
        cost = 3 + sum((3 + self.costs[reader]) * min(attempts, 3) for reader, attempts in self.readers[topic])
        if self.cost + cost > COST_MAX:
            return []
        self.cost += cost
        return [{"publish": topic, "acks": self.pick(["leader", "none"])}]

    # -- workload and faults

    def workload(self) -> tuple[int, dict[str, Any]]:
        """The horizon in ms, and the flows that fill it within the budget of events."""
        entries = [0, *(self.number(0, len(self.operations) - 1) for _ in range(self.pick([0, 0, 1, 2])))]
        gap = self.pick([1, 1, 2, 3, 5])
        clients = [self.client() for _ in entries]
        cost = sum((5 + self.costs[entry]) * min(attempts, 3) for entry, (_, attempts) in zip(entries, clients, strict=True))
        horizon = max(5, int(min(EVENTS / cost, ARRIVALS_MAX) * gap))
        flows = {}
        for n, (entry, (client, _)) in enumerate(zip(entries, clients, strict=True)):
            arrivals = self.arrivals(gap, horizon)
            flows[f"f{n}"] = {"operation": self.operations[entry], "arrivals": arrivals, **client}
        return horizon, flows

    def client(self) -> tuple[dict[str, Any], int]:
        """What a flow's client does."""
        retry, attempts = self.retry() if self.chance(30) else (None, 1)
        client: dict[str, Any] = {}
        if retry is not None:
            client["retry"] = retry
        if self.chance(50):
            client["timeout"] = self.ms(1, 15)
        if self.chance(40):
            client["hop"] = self.pick(["0s", "1ms"])
        if self.chance(40):
            client["keys"] = self.number(1, 20)
        if self.chance(30):
            client["deadline"] = self.ms(1, 20)
        return client, attempts

    def arrivals(self, gap: int, horizon: int) -> dict[str, Any]:
        """Arrivals with a mean gap of so many ms."""
        rate = f"{1000 / gap:.6f}/s"
        if self.ties:
            values = ["0s", f"{gap}ms", f"{2 * gap}ms"]
            return self.pick(
                [
                    {"kind": "renewal", "interarrival": f"{gap}ms"},
                    {"kind": "constant", "rate": f"{1000 // gap}/s"},
                    {"kind": "renewal", "interarrival": {"kind": "empirical", "values": values}},
                ]
            )
        double, none = f"{2000 / gap:.6f}/s", "0/s"
        return self.pick(
            [
                {"kind": "poisson", "rate": rate},
                {"kind": "constant", "rate": rate},
                {"kind": "step", "steps": [{"at": "0s", "rate": double}, {"at": f"{horizon // 2 + 1}ms", "rate": none}]},
                {"kind": "ramp", "points": [{"at": "0s", "rate": none}, {"at": f"{horizon}ms", "rate": double}]},
                {"kind": "renewal", "interarrival": {"kind": "hyperexponential", "mean": f"{gap}ms", "cv": 3}},
            ]
        )

    def faults(self, horizon: int) -> dict[str, Any]:
        """Some faults; in some scenarios a service also flickers: slowdowns so short that work meets several."""
        faults = {f"fault-{n}": self.fault(horizon) for n in range(self.pick([0, 1, 1, 2, 3, 5]))}
        if self.chance(25):
            target, at = self.target(), self.number(0, horizon // 2)
            for n in range(self.number(2, 8)):
                factor = self.pick([3.0, 0.3, 7.7, 1000.0])
                window = {"at": self.ms(at, min(at + 9, horizon - 1)), "for": self.ms(1, 3)}
                faults[f"flicker-{n}"] = {"kind": "slowdown", "target": target, "factor": factor, **window}
        return faults

    def target(self) -> str:
        """A service to strike: often one that consumes."""
        consuming = [group["operation"].partition(".")[0] for group in self.subscriptions.values()]
        return self.pick(consuming) if consuming and self.chance(50) else self.pick(self.services)

    def fault(self, horizon: int) -> dict[str, Any]:
        """A slowdown or a crash, of some replicas or of all."""
        target = self.target()
        at = self.pick([0, self.number(0, horizon - 1), self.number(0, horizon - 1), horizon // 2])
        lasts = self.number(1, max(1, min(30, horizon // 3)))
        fault: dict[str, Any] = {"target": target, "at": f"{at}ms", "for": f"{lasts}ms"}
        if self.chance(60):
            fault["replicas"] = self.number(1, self.replicas[target])
        if self.chance(35):
            factors = [2.0, 20.0, 0.5, 1000.0, 1.0, 3.7, 1e6, 1e-9]
            return {"kind": "slowdown", "factor": self.pick(factors), **fault}
        detection = self.pick(["0s", "1ms", self.ms(1, 10), "10s"])
        return {"kind": "crash", "detection": detection, "connections": self.pick(["reset", "silent"]), **fault}


def numbered(n: int) -> dict[str, Any]:
    """The n-th example; the even ones have ties everywhere, and those from `BALANCED` on callers that look at replicas."""
    generator = Generator(Numbered(n), ties=n % 2 == 0)
    whole = generator.scenario()
    if n >= BALANCED:
        add_balancing(generator, whole)
    return whole


def numbered_waits(n: int) -> dict[str, Any]:
    """The n-th example of those in which most calls have guards at which attempts wait."""
    generator = Generator(Numbered(n + WAITS_FROM), ties=n % 3 != 0)
    whole = generator.scenario()
    generator.add_all_waits(whole, 75)
    return whole
