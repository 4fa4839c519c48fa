"""The compiler of a scenario: it numbers everything once, in one order, and keeps what its lowering asks for.

    services, channels, effects ->  numbers, so that steps can refer to what is declared after them
    operations, sagas          ->  programs, call sites
    flows, subscriptions       ->  rows that refer to sites, operations and each other
    faults, objectives         ->  fault schedule, exact limits

Streams are numbered by name and equal distributions share one table. A draw does not depend on either number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.draws import compile_distribution
from sim.errors import UnsupportedError
from sim.exact_limits import exact_limits
from sim.network.lower import (
    parallel,  # noqa: F401 - the same of what is done in parallel
    store_faults,  # noqa: F401 - declares what faults do to stores and relays
)
from sim.network.lower.balancers import lower_balancers, lower_health
from sim.network.lower.brokers import lower_brokers, lower_subscriptions, number_channels
from sim.network.lower.caches import lower_caches
from sim.network.lower.faults import Drawn, fault_schedule_of, is_drawn
from sim.network.lower.flows import lower_flows, lower_follow_ups, session_rows
from sim.network.lower.leaks import hang_rows, leak_rows, leaky_pool_rows
from sim.network.lower.links import link_rows, lower_disturbances
from sim.network.lower.locks import key_lock_rows
from sim.network.lower.outages import lower_outages
from sim.network.lower.pace import lower_event_loops, lower_processors
from sim.network.lower.projections import lower_projections
from sim.network.lower.sagas import lower_sagas
from sim.network.lower.scaling import lower_scalers, watched
from sim.network.lower.services import lower_operations, lower_services, replica_zones
from sim.network.lower.stores import dual_write_rows, failover_rows, lower_relays, lower_stores
from sim.network.lower.streams import lower_event_streams
from sim.network.lower.waiting import on_terms
from sim.network.model import Edge, Network
from sim.policies.retries.fixed import FixedRetry
from sim.scenario.effects import effect_names, flow_effects
from sim.scenario.failing import failures_of
from sim.scenario.flow_invariants import flow_invariants
from sim.scenario.halting import halted_services
from sim.scenario.sagas import saga_names
from sim.semantics.hooks import code_of
from sim.semantics.order import PLACES_MAX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sim.network.admission_rows import Limiter
    from sim.network.branch_rows import Branch
    from sim.network.call_rows import Budget, Fallback, Guard, Hedge
    from sim.network.link_rows import Crossing, Disturbance
    from sim.network.model import Channel, Failure, Group, Site
    from sim.network.store_rows import Append
    from sim.scenario.distributions.base import DistributionModel
    from sim.scenario.kinds import Retry, Ruled
    from sim.scenario.scenario import Scenario
    from sim.scenario.steps import Saga

NO_RETRY = FixedRetry(attempts_max=1, delay="0s")


def compile(scenario: Scenario) -> Network:  # noqa: A001 - the verb of the pipeline
    """Compile a checked scenario into a `Network`.

    Raises `UnsupportedError` when the scenario has a mechanic that no engine knows, or more places than an event's rank can
    hold.
    """
    declared, scenario = scenario, scenario.wired
    compiler = Compiler(scenario)
    _number(compiler, scenario)
    services = lower_services(compiler)
    number_channels(compiler)
    lower_disturbances(compiler)
    stores = lower_stores(compiler)
    event_streams = lower_event_streams(compiler)
    operations = lower_operations(compiler)
    sagas = lower_sagas(compiler, operations)
    flows = lower_flows(compiler)
    follow_ups = lower_follow_ups(compiler)
    lower_subscriptions(compiler)
    lower_brokers(compiler)
    _fit(len(operations), len(compiler.channels), len(compiler.branches))
    balancers, health_checks, caches = lower_balancers(compiler), lower_health(compiler), lower_caches(compiler)
    scalers = lower_scalers(compiler)
    services, sites = on_terms(services, compiler, watched(scalers))
    return Network(
        scenario=declared,
        horizon=scenario.run.horizon,
        window=scenario.run.window,
        services=services,
        operations=tuple(operations),
        program=tuple(compiler.program),
        sites=sites,
        edges=compiler.edge_rows(),
        flows=flows,
        guards=tuple(compiler.guards),
        hedges=tuple(compiler.hedges),
        fallbacks=tuple(compiler.fallbacks.values()), branches=tuple(compiler.branches.values()),
        budgets=tuple(compiler.budgets),
        settings=compiler.settings,
        channels=tuple(compiler.channels),
        groups=tuple(compiler.groups),
        fault_schedule=None if is_drawn(scenario) else fault_schedule_of(scenario, services),
        drawn_faults=Drawn(scenario, services),
        streams=tuple(compiler.streams),
        tables=np.concatenate(compiler.tables or [np.zeros(1, dtype=np.int64)]),
        replica_service=tuple(number for number, service in enumerate(services) for _ in range(service.replicas)),
        limits=exact_limits(scenario),
        effect_names=tuple(compiler.effect_numbers),
        effects=flow_effects(scenario),
        sagas=sagas,
        stores=stores,
        relays=lower_relays(compiler),
        failovers=failover_rows(compiler),
        dual_writes=dual_write_rows(compiler),
        brokers=lower_outages(compiler),
        failures=tuple(compiler.failures),
        links=link_rows(compiler),
        crossings=tuple(compiler.crossings),
        disturbances=tuple(compiler.disturbances),
        replica_zone=replica_zones(scenario),
        event_streams=event_streams,
        appends=tuple(compiler.appends),
        follow_ups=follow_ups,
        projections=lower_projections(compiler),
        processors=lower_processors(compiler), event_loops=lower_event_loops(compiler), limiters=compiler.limiters,
        invariants=flow_invariants(scenario), key_locks=key_lock_rows(compiler),
        balancers=balancers, health_checks=health_checks, caches=caches, scalers=scalers, sessions=session_rows(follow_ups),
        leaks=leak_rows(scenario), leaky_pools=leaky_pool_rows(compiler), hangs=hang_rows(compiler),
    )


def _number(compiler: Compiler, scenario: Scenario) -> None:
    """Number what steps refer to, and look what faults do to operations."""
    compiler.saga_numbers = {name: number for number, name in enumerate(saga_names(scenario))}
    compiler.effect_numbers = {name: number for number, name in enumerate(effect_names(scenario))}
    compiler.failing = failures_of(scenario)
    compiler.halting = halted_services(scenario)


def _fit(operations: int, channels: int, branches: int) -> None:
    """Raise `UnsupportedError` when there are more places than an event's rank can hold."""
    if operations + channels + branches > PLACES_MAX:
        message = f"{operations} operations, {channels} topics and queues and {branches} branches are more than {PLACES_MAX}"
        raise UnsupportedError(f"{message} together")


@dataclass
class Compiler:
    """The state of a compilation: what has a number, and the rows, the program and the tables so far."""

    scenario: Scenario
    tables: list[NDArray[np.int64]] = field(default_factory=list)
    words: int = 0
    shared_tables: dict[str, int] = field(default_factory=dict)
    streams: dict[str, int] = field(default_factory=dict)
    operation_numbers: dict[str, int] = field(default_factory=dict)
    service_numbers: dict[str, int] = field(default_factory=dict)
    channel_numbers: dict[str, int] = field(default_factory=dict)
    channel_brokers: dict[str, str] = field(default_factory=dict)
    effect_numbers: dict[str, int] = field(default_factory=dict)
    store_numbers: dict[str, int] = field(default_factory=dict)
    dual_writes: dict[str, int] = field(default_factory=dict)
    failovers: dict[str, int] = field(default_factory=dict)
    locked_rows: dict[str, int] = field(default_factory=dict)
    key_locks: dict[str, int] = field(default_factory=dict)
    limiters: tuple[Limiter, ...] = ()
    event_stream_numbers: dict[str, int] = field(default_factory=dict)
    event_stream_stores: dict[str, str] = field(default_factory=dict)
    loaded_at: dict[tuple[str, str], int] = field(default_factory=dict)
    appends: list[Append] = field(default_factory=list)
    replicas: list[range] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    edges: dict[tuple[str, str], int] = field(default_factory=dict)
    channels: list[Channel] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    hedges: list[Hedge] = field(default_factory=list)
    inside_fallback: int = 0
    fallbacks: dict[str, Fallback] = field(default_factory=dict)
    branches: dict[str, Branch] = field(default_factory=dict)
    budgets: list[Budget] = field(default_factory=list)
    budget_numbers: dict[tuple[int, tuple[int, ...]], int] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    failing: dict[str, list[str]] = field(default_factory=dict)
    halting: frozenset[str] = frozenset()
    links: dict[str, int] = field(default_factory=dict)
    crossings: list[Crossing] = field(default_factory=list)
    disturbances: list[Disturbance] = field(default_factory=list)
    disturbed: dict[tuple[str, str], int] = field(default_factory=dict)
    guard_numbers: dict[tuple[Any, ...], int] = field(default_factory=dict)
    settings: dict[int, Any] = field(default_factory=dict)
    program: list[int] = field(default_factory=list)
    sagas: dict[int, tuple[Saga, str]] = field(default_factory=dict)
    saga_numbers: dict[str, int] = field(default_factory=dict)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    # -- numbers

    def service_of(self, operation: str) -> int:
        """Number of the service that an operation belongs to."""
        return self.service_numbers[operation.partition(".")[0]]

    def edge(self, caller: str, callee: str) -> int:
        """Number of the edge from a caller to an operation."""
        return self.edges.setdefault((caller, callee), len(self.edges))

    def next_of(self, owner: str, role: str) -> int:
        """How many of a role an owner has, with this one: 1, 2, ..."""
        count = self.counts[owner, role] = self.counts.get((owner, role), 0) + 1
        return count

    def edge_rows(self) -> tuple[Edge, ...]:
        """Rows of all edges, in the order in which their calls were met."""
        return tuple(
            Edge(f"{caller} -> {callee}", caller, self.operation_numbers[callee], self.service_of(callee))
            for caller, callee in self.edges
        )

    # -- streams

    def stream(self, name: str) -> int:
        """Number of the stream of that name."""
        return self.streams.setdefault(name, len(self.streams))

    def draw_stream(self, operation: str, role: str) -> int:
        """Number of the stream of an operation's next draw of a role: ``a.b:work``, ``a.b:work.2``, ..."""
        count = self.next_of(operation, role)
        return self.stream(f"{operation}:{role}" if count == 1 else f"{operation}:{role}.{count}")

    # -- tables

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

    def policy(self, policy: Ruled) -> tuple[int, int]:
        """Code of a policy's kind, and address of its settings; equal settings share one."""
        return code_of(policy), self.settled(policy)

    def settled(self, policy: Ruled) -> int:
        """Address of the settings of something with rules; equal settings share one."""
        words = policy.parameters()
        key = f"{type(policy).__name__}:{words}"
        if key not in self.shared_tables:
            at = self.shared_tables[key] = self.table(words)
            self.settings[at] = policy.row()
        return self.shared_tables[key]

    def retry(self, policy: Retry | None) -> tuple[int, int]:
        """Code and address of a retry policy; none is one attempt."""
        return self.policy(policy or NO_RETRY)

    # -- programs

    def emit(self, code: int, a: int = 0, b: int = 0, failure: int = 0) -> int:
        """Append an instruction to the program; returns its address. ``failure``: where it goes on when it fails."""
        at = len(self.program)
        self.program.extend((code, a, b, failure))
        return at
