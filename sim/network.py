"""compile(scenario) -> Network: from names and nesting to numbers in rows. The only module that knows both sides.

    services, operations, steps      ->  rows, a program of (code, a, b) words for every operation
    calls, flows                     ->  sites (policies, hops) and edges (caller -> operation)
    distributions, rules' parameters ->  one flat int64 memory, `tables`
    draws                            ->  named streams: ``payment.charge:work``, ``payment.charge:hop.request``, ...
    faults                           ->  alterations of replicas, composed and sorted

Streams are named by what is drawn, never by who asks, so that adding a service, a retry or a fault shifts no other draw,
and an operation meets the same service times for the same trace in both architectures.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.alterations import Alteration, alterations_of
from sim.arrivals import ArrivalTimes
from sim.draws import compile_distribution, share_to_threshold, stream_key
from sim.engine.order import PLACES_MAX
from sim.engine.rules import BALANCE_CODES, RETRY_CODES
from sim.errors import UnsupportedError
from sim.exact_limits import ExactLimit, exact_limits
from sim.policies.fixed import FixedRetry
from sim.scenario.effects import FlowEffect, effect_names, flow_effects
from sim.scenario.steps import Call, Choose, Effect, Fail, Parallel, Publish, Work

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from sim.scenario.distributions.base import DistributionModel
    from sim.scenario.kinds import Retry
    from sim.scenario.scenario import Scenario

# program codes; an instruction is (code, a, b)
END = 0
WORK = 1  # a: distribution, b: stream
CALL = 2  # a: site
PARALLEL = 3  # a: first site, b: how many
PUBLISH = 4  # a: topic, b: 1 to wait for the ack
CHOOSE = 5  # a: choice table, b: stream
JUMP = 6  # a: program address
FAIL = 7  # a: threshold on the 2**63 scale, b: stream
EFFECT = 8  # a: effect, b: 1 when another time is absorbed
INSTRUCTION = 3

NO_RETRY = FixedRetry(attempts_max=1, delay="0s")


@dataclass(frozen=True, slots=True)
class Service:
    """A service's replicas are ``replica_first`` and the following; ``queue_max`` is -1 when unbounded."""

    name: str
    replica_first: int
    replicas: int
    workers: int
    queue_max: int
    balance: int
    balance_draws: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """A handler: its program begins at ``entry``."""

    name: str
    service: int
    entry: int


@dataclass(frozen=True, slots=True)
class Site:
    """A place that calls: a `call` step, or a flow's client. ``timeout`` is 0 when there is none."""

    operation: int
    service: int
    edge: int
    timeout: int
    hop: int
    request_stream: int
    reply_stream: int
    retry: int
    retry_at: int
    retry_stream: int
    balance_stream: int
    optional: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """Calls of one caller (an operation, or a flow) to one operation."""

    name: str
    caller: str
    operation: int
    service: int


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow's client; ``keys`` is 0 when every trace has its own, ``deadline`` -1 when there is none."""

    name: str
    site: int
    stream: int
    arrivals: Any
    arrival_stream: str
    keys: int
    key_stream: int
    deadline: int


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and the numbers of the groups that read it."""

    name: str
    broker: str
    partitions: int
    by_key: bool
    latency: int
    publish_stream: int
    ack_stream: int
    groups: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group: ``before`` commits before handling, ``every`` that many messages; times in ns."""

    name: str
    topic: int
    operation: int
    service: int
    consumers: int
    before: bool
    every: int
    session: int
    pause: int
    retry: int
    retry_at: int
    retry_stream: int


@dataclass(frozen=True)
class Network:
    """A scenario in numbers: what both engines run. Frozen; names only for people."""

    scenario: Scenario
    horizon: int
    window: int
    services: tuple[Service, ...]
    operations: tuple[Operation, ...]
    program: tuple[int, ...]
    sites: tuple[Site, ...]
    edges: tuple[Edge, ...]
    flows: tuple[Flow, ...]
    topics: tuple[Topic, ...]
    groups: tuple[Group, ...]
    alterations: tuple[Alteration, ...]
    streams: tuple[str, ...]
    tables: NDArray[np.int64]
    replica_service: tuple[int, ...]
    limits: tuple[ExactLimit, ...] = ()
    effect_names: tuple[str, ...] = ()
    effects: tuple[FlowEffect, ...] = ()

    @cached_property
    def flow_effects(self) -> tuple[tuple[int, ...], ...]:
        """Rows of `effects` by flow: those of one flow follow each other."""
        rows: list[list[int]] = [[] for _ in self.flows]
        for row, one in enumerate(self.effects):
            rows[one.flow].append(row)
        return tuple(map(tuple, rows))

    @property
    def windows(self) -> int:
        """How many windows the horizon is cut into; the last one may be shorter."""
        return -(-self.horizon // self.window)

    @cached_property
    def tables_list(self) -> list[int]:
        """`tables` as Python ints, for the SimPy engine."""
        found: list[int] = self.tables.tolist()
        return found

    def arrival_chunks(self, flow: int, seed: int, replication: int) -> ArrivalTimes:
        """The arrival times of a flow in one replication, chunk by chunk (int64 ns)."""
        spec = self.flows[flow]
        return ArrivalTimes(spec.arrivals, stream_key(seed, replication, spec.arrival_stream))

    def arrival_times(self, flow: int, seed: int, replication: int) -> Iterator[int]:
        """The same times one by one, as Python ints."""
        chunks = self.arrival_chunks(flow, seed, replication)
        size = 256
        while True:
            chunk = chunks.next_chunk(size)
            if len(chunk) == 0:
                return
            yield from chunk.tolist()
            size = min(2 * size, 65536)


def compile(scenario: Scenario) -> Network:  # noqa: A001 - the verb of the pipeline
    """Compile a checked scenario into a `Network`.

    Raises `UnsupportedError` when it exceeds what an event's rank can hold.
    """
    return _Compiler(scenario).network()


@dataclass
class _Compiler:
    scenario: Scenario
    tables: list[NDArray[np.int64]] = field(default_factory=list)
    words: int = 0
    shared_tables: dict[str, int] = field(default_factory=dict)
    streams: dict[str, int] = field(default_factory=dict)
    operation_numbers: dict[str, int] = field(default_factory=dict)
    service_numbers: dict[str, int] = field(default_factory=dict)
    topic_numbers: dict[str, int] = field(default_factory=dict)
    sites: list[Site] = field(default_factory=list)
    edges: dict[tuple[str, str], int] = field(default_factory=dict)
    program: list[int] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    effect_numbers: dict[str, int] = field(default_factory=dict)

    def network(self) -> Network:
        """Number everything, in the order of its declaration."""
        scenario = self.scenario
        self.effect_numbers = {name: number for number, name in enumerate(effect_names(scenario))}
        services = self.services()
        operations = self.operations()
        flows = tuple(self.flow(name, flow) for name, flow in scenario.workload.items())
        groups = tuple(self.group(name, group) for name, group in scenario.subscriptions.items())
        topics = self.topics(groups)
        if len(operations) + len(topics) > PLACES_MAX:
            message = f"{len(operations)} operations and {len(topics)} topics are more than {PLACES_MAX} together"
            raise UnsupportedError(message)
        edges = tuple(
            Edge(f"{caller} -> {callee}", caller, self.operation_numbers[callee], self.service_of(callee))
            for caller, callee in self.edges
        )
        replica_service = tuple(n for n, service in enumerate(services) for _ in range(service.replicas))
        return Network(
            scenario=scenario,
            horizon=scenario.run.horizon,
            window=scenario.run.window,
            services=services,
            operations=operations,
            program=tuple(self.program),
            sites=tuple(self.sites),
            edges=edges,
            flows=flows,
            topics=topics,
            groups=groups,
            alterations=alterations_of(scenario, services),
            streams=tuple(self.streams),
            tables=np.concatenate(self.tables or [np.zeros(1, dtype=np.int64)]),
            replica_service=replica_service,
            limits=exact_limits(scenario),
            effect_names=tuple(self.effect_numbers),
            effects=flow_effects(scenario),
        )

    # -- streams and tables

    def stream(self, name: str) -> int:
        """Number of the stream of that name."""
        return self.streams.setdefault(name, len(self.streams))

    def table(self, words: Sequence[int] | NDArray[np.int64]) -> int:
        """Put words into the tables; returns their address."""
        at, self.words = self.words, self.words + len(words)
        self.tables.append(np.asarray(words, dtype=np.int64))
        return at

    def distribution(self, model: DistributionModel) -> int:
        """Address of a distribution's table; equal distributions share one."""
        key = f"{type(model).__name__}:{model.model_dump_json()}"
        if key not in self.shared_tables:
            self.shared_tables[key] = self.table(compile_distribution(model))
        return self.shared_tables[key]

    def retry(self, policy: Retry | None) -> tuple[int, int]:
        """Code and parameters' address of a retry policy; none is one attempt."""
        policy = policy or NO_RETRY
        key = f"{type(policy).__name__}:{policy.parameters()}"
        if key not in self.shared_tables:
            self.shared_tables[key] = self.table(policy.parameters())
        return RETRY_CODES[policy.kind], self.shared_tables[key]

    def service_of(self, operation: str) -> int:
        """Number of the service that an operation belongs to."""
        return self.service_numbers[operation.partition(".")[0]]

    # -- topology

    def services(self) -> tuple[Service, ...]:
        rows: list[Service] = []
        first = 0
        for number, (name, service) in enumerate(self.scenario.services.items()):
            self.service_numbers[name] = number
            rows.append(
                Service(
                    name=name,
                    replica_first=first,
                    replicas=service.replicas,
                    workers=service.workers,
                    queue_max=-1 if service.queue_max is None else service.queue_max,
                    balance=BALANCE_CODES[service.balance.kind],
                    balance_draws=service.balance.draws,
                )
            )
            first += service.replicas
            for operation in service.operations:
                self.operation_numbers[f"{name}.{operation}"] = len(self.operation_numbers)
        topics = [topic for broker in self.scenario.brokers.values() for topic in broker.topics]  # type: ignore[attr-defined]
        self.topic_numbers = {name: number for number, name in enumerate(topics)}
        return tuple(rows)

    def operations(self) -> tuple[Operation, ...]:
        rows = []
        for service, model in self.scenario.services.items():
            for operation, steps in model.operations.items():
                name = f"{service}.{operation}"
                rows.append(Operation(name, self.service_numbers[service], len(self.program)))
                self.counts = {}
                self.steps(name, steps)
                self.emit(END)
        return tuple(rows)

    # -- programs

    def emit(self, code: int, a: int = 0, b: int = 0) -> int:
        """Append an instruction; returns its address."""
        at = len(self.program)
        self.program.extend((code, a, b))
        return at

    def draw_stream(self, operation: str, role: str) -> int:
        """Stream of the next draw of that role in an operation: ``a.b:work``, ``a.b:work.2``, ..."""
        count = self.counts[role] = self.counts.get(role, 0) + 1
        return self.stream(f"{operation}:{role}" if count == 1 else f"{operation}:{role}.{count}")

    def steps(self, operation: str, steps: Sequence[Any]) -> None:
        """Compile a list of steps in line."""
        for step in steps:
            if isinstance(step, Work):
                self.emit(WORK, self.distribution(step.work), self.draw_stream(operation, "work"))
            elif isinstance(step, Call):
                self.emit(CALL, self.call_site(operation, step))
            elif isinstance(step, Parallel):
                self.emit(PARALLEL, len(self.sites), len(step.parallel))
                for call in step.parallel:
                    self.call_site(operation, call)
            elif isinstance(step, Publish):
                self.emit(PUBLISH, self.topic_numbers[step.publish], int(step.acks == "leader"))
            elif isinstance(step, Choose):
                self.choose(operation, step)
            elif isinstance(step, Fail):
                self.emit(FAIL, share_to_threshold(step.fail), self.draw_stream(operation, "fail"))
            elif isinstance(step, Effect):
                self.emit(EFFECT, self.effect_numbers[step.effect], int(step.idempotent))
            else:
                message = f"{operation}: no engine knows the step {type(step).__name__!r}"
                raise UnsupportedError(message)

    def choose(self, operation: str, step: Choose) -> None:
        """Compile a choice: its table is [n, n thresholds, n program addresses]."""
        stream = self.draw_stream(operation, "choose")
        count = len(step.choose)
        self.emit(CHOOSE, self.table([count] + [0] * (2 * count)), stream)
        table = self.tables[-1]
        total, below = sum(branch.weight for branch in step.choose), 0.0
        jumps = []
        for index, branch in enumerate(step.choose):
            below += branch.weight
            table[1 + index] = share_to_threshold(min(1.0, below / total))
            table[1 + count + index] = len(self.program)
            self.steps(operation, branch.steps)
            jumps.append(self.emit(JUMP))
        for jump in jumps:
            self.program[jump + 1] = len(self.program)

    def call_site(self, caller: str, call: Any) -> int:
        """Row of a call; the draws of an attempt belong to the operation that is called."""
        callee = call.call
        retry, retry_at = self.retry(call.retry)
        edge = self.edges.setdefault((caller, callee), len(self.edges))
        self.sites.append(
            Site(
                operation=self.operation_numbers[callee],
                service=self.service_of(callee),
                edge=edge,
                timeout=call.timeout or 0,
                hop=self.distribution(call.hop if call.hop is not None else self.scenario.network.hop),
                request_stream=self.stream(f"{callee}:hop.request"),
                reply_stream=self.stream(f"{callee}:hop.reply"),
                retry=retry,
                retry_at=retry_at,
                retry_stream=self.stream(f"{callee}:retry"),
                balance_stream=self.stream(f"{callee}:balance"),
                optional=call.optional,
            )
        )
        return len(self.sites) - 1

    # -- flows, topics, groups

    def flow(self, name: str, flow: Any) -> Flow:
        client = Call.model_construct(
            call=flow.operation, timeout=flow.timeout, retry=flow.retry, hop=flow.hop, optional=False
        )
        return Flow(
            name=name,
            site=self.call_site(name, client),
            stream=self.stream(f"flow {name}:traces"),
            arrivals=flow.arrivals,
            arrival_stream=f"flow {name}:arrivals",
            keys=flow.keys or 0,
            key_stream=self.stream(f"flow {name}:keys"),
            deadline=-1 if flow.deadline is None else flow.deadline,
        )

    def group(self, name: str, group: Any) -> Group:
        retry, retry_at = self.retry(group.retry)
        return Group(
            name=name,
            topic=self.topic_numbers[group.topic],
            operation=self.operation_numbers[group.operation],
            service=self.service_of(group.operation),
            consumers=group.consumers,
            before=group.commit == "before",
            every=group.commit_every,
            session=group.session_timeout,
            pause=group.rebalance_pause,
            retry=retry,
            retry_at=retry_at,
            retry_stream=self.stream(f"{group.operation}:retry"),
        )

    def topics(self, groups: Sequence[Group]) -> tuple[Topic, ...]:
        rows = []
        for broker_name, broker in self.scenario.brokers.items():
            for name, topic in broker.topics.items():  # type: ignore[attr-defined]
                number = self.topic_numbers[name]
                rows.append(
                    Topic(
                        name=name,
                        broker=broker_name,
                        partitions=topic.partitions,
                        by_key=topic.partitioner == "key",
                        latency=self.distribution(broker.latency),  # type: ignore[attr-defined]
                        publish_stream=self.stream(f"{name}:publish"),
                        ack_stream=self.stream(f"{name}:ack"),
                        groups=tuple(n for n, group in enumerate(groups) if group.topic == number),
                    )
                )
        return tuple(rows)
