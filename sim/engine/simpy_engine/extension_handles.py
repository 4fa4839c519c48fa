"""The handles of extensions: `World` for a process, `Execution` for a handler.

    World       wait, until            time passes; the process goes on before the traffic of that instant, like a fault
                arrive                 a request of a flow comes in; its answer can be waited for
                slow, crash, restart   the verbs of declared faults; effects compose with those, and with other processes'
                waiting, busy, lag     what the recorder counts now
    Execution   work, wait             the worker is held; work is slower when the replica is
                call, publish, effect  what the declared steps of the operation may call, publish and apply
                key, memory            whom it is for; what this replica remembers, until it crashes
    both        now, uniform, sample   the time in ns, and chance of one's own

A duration is a text (``"250ms"``), whole nanoseconds, or a distribution as in a scenario (``{"kind": "exponential",
"mean": "2s"}``), of which each call is another draw. What a verb returns is to be yielded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from simpy.events import Event

from sim.draws import draw
from sim.engine.simpy_engine import effects
from sim.engine.simpy_engine.broker import publish
from sim.engine.simpy_engine.calls import call
from sim.engine.simpy_engine.clock import Timer
from sim.engine.simpy_engine.event_loops import unheld
from sim.engine.simpy_engine.extension_verbs import (
    bring_back,
    count_arrival,
    effects_of,
    notice,
    sites_of,
    slow_down,
    take_down,
    topics_of,
    work_of,
)
from sim.engine.simpy_engine.workload import arrive
from sim.faults.slowdown import FACTOR_MAX
from sim.record import fields
from sim.record.outcomes import OUTCOMES
from sim.scenario.problems import did_you_mean
from sim.semantics.order import ALTER, IDENTITY_BITS, WORKED, rank_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from sim.engine.simpy_engine.clock import Clock, Process
    from sim.engine.simpy_engine.extension_verbs import Duration, ExtensionState
    from sim.engine.simpy_engine.state import Replica, Span

EXTENSION = 1 << (IDENTITY_BITS - 1)  # ranks of processes come after those of declared faults
UNIT = 2.0**-63


class World:
    """What a process of one's own sees of a run, and can do to it. Every name it is given is checked."""

    def __init__(self, state: ExtensionState, number: int, name: str) -> None:
        self._state, self._run = state, state.run
        self._number, self.name = number, name
        self._drawn: dict[str, int] = {}
        self._arrived: dict[str, int] = {}

    @property
    def now(self) -> int:
        """The simulated time in ns."""
        return int(self._run.clock.now)

    # -- chance

    def uniform(self, role: str = "") -> float:
        """A uniform number in (0, 1); the next one of this role."""
        return (self._bits(role) + 0.5) * UNIT

    def sample(self, duration: Duration, role: str = "") -> int:
        """A duration in ns; of a distribution, the next draw of this role."""
        if isinstance(duration, int) and not isinstance(duration, bool) and duration >= 0:
            return duration
        table = self._state.chance.table(duration)
        return draw(table, 0, self._bits(role)) if table[0] else table[1]

    def _bits(self, role: str) -> int:
        count = self._drawn.get(role, 0)
        self._drawn[role] = count + 1
        return self._state.chance.bits(f"process {self.name}:{role}", 0, count)

    # -- time and load

    def wait(self, duration: Duration, role: str = "") -> Event:
        """To be yielded: the process goes on after that time."""
        return self._timer(self.sample(duration, role))

    def until(self, time: Duration) -> Event:
        """To be yielded: the process goes on at that time since the start; at once when it is past."""
        return self._timer(max(0, self.sample(time, "until") - self.now))

    def _timer(self, delay: int) -> Event:
        return Timer(self._run.clock, delay, rank_of(ALTER, EXTENSION + self._number))

    def arrive(self, flow: str) -> Event:
        """A request of a declared flow comes in now.

        To wait for its answer, yield what is returned: it gives the outcome that the client knows, ``"ok"``,
        ``"timeout"``, ... Raises `RunawayError` when there is no end to what comes in one instant.
        """
        run = self._run
        number = _number(flow, [spec.name for spec in run.network.flows], "flows")
        count_arrival(self._state)
        count = self._arrived.get(flow, 0)
        self._arrived[flow] = count + 1
        client = arrive(run, number, self._state.chance.key(f"process {self.name}:{flow}") + count)
        return _Answer(run.clock, client)

    # -- faults

    def slow(self, service: str, factor: float, replicas: int | None = None) -> None:
        """From now on, work takes ``factor`` times as long at the first ``replicas`` of a service, or at all; 1 ends it."""
        if not 0.0 < factor <= FACTOR_MAX:
            raise ValueError(f"a factor of {factor}: write one above 0, up to {FACTOR_MAX:g}; 1 is as declared")
        for replica in self._struck(service, replicas):
            slow_down(self._state, replica, self._number, float(factor))

    def crash(
        self,
        service: str,
        replicas: int | None = None,
        *,
        detection: Duration = "1s",
        connections: Literal["reset", "silent"] = "reset",
    ) -> None:
        """The first ``replicas`` of a service, or all, go down with what they hold, until this process restarts them.

        ``detection`` and ``connections`` are those of the fault `sim.Crash`.
        """
        noticed = self.sample(detection, "detection")
        if connections not in {"reset", "silent"}:
            raise ValueError(f"connections are 'reset' or 'silent', not {connections!r}")
        for replica in self._struck(service, replicas):
            take_down(self._state, replica, self._number, silent=connections == "silent")
            fall = self._state.falls[replica.number]
            self._run.clock.after(noticed, rank_of(ALTER, EXTENSION + self._number), notice, self._state, replica, fall)

    def restart(self, service: str, replicas: int | None = None) -> None:
        """Replicas that this process took down come back, empty, unless something else keeps them down."""
        for replica in self._struck(service, replicas):
            bring_back(self._state, replica, self._number)

    def _struck(self, service: str, replicas: int | None) -> Sequence[Replica]:
        network = self._run.network
        spec = network.services[_number(service, [one.name for one in network.services], "services")]
        count = spec.replicas if replicas is None else replicas
        if not 1 <= count <= spec.replicas:
            raise ValueError(f"{service} has {spec.replicas} replicas; {count} of them cannot be struck")
        return self._run.replicas[spec.replica_first : spec.replica_first + count]

    # -- what the recorder counts

    def waiting(self, service: str) -> int:
        """How many requests wait in the queues of a service."""
        return self._service_level(service, fields.services.LEVEL_WAITING)

    def busy(self, service: str) -> int:
        """How many workers of a service are taken."""
        loops = [one.loop for one in self._struck(service, None) if one.loop is not None]
        return self._service_level(service, fields.services.LEVEL_BUSY) - sum(loop.without for loop in loops)

    def lag(self, group: str) -> int:
        """How many messages a consumer group has not committed."""
        number = _number(group, [spec.name for spec in self._run.network.groups], "consumer groups")
        r = self._run.r
        return int(r[r[fields.groups.R_LEVEL_GROUPS] + number * fields.groups.GROUP_LEVELS + fields.groups.LEVEL_LAG])

    def _service_level(self, service: str, level: int) -> int:
        number = _number(service, [spec.name for spec in self._run.network.services], "services")
        r = self._run.r
        return int(r[r[fields.services.R_LEVEL_SERVICES] + number * fields.services.SERVICE_LEVELS + level])


class _Answer(Event):
    """What a client knows in the end: happens when its process ends, with the name of the outcome."""

    def __init__(self, clock: Clock, client: Process) -> None:
        super().__init__(clock)
        client.callbacks.append(self.hear)

    def hear(self, client: Event) -> None:
        """The client knows."""
        self.succeed(OUTCOMES[int(client.value or 0)])


class Execution:
    """One execution of a handler of one's own, for a request or for a message.

    The n-th draw of a role belongs to the trace, as with declared steps: ``work`` of a handler that does the same as the
    declared steps takes the same times.
    """

    def __init__(self, state: ExtensionState, span: Span) -> None:
        self._state, self._run, self._span = state, state.run, span
        self._drawn: dict[str, int] = {}

    @property
    def now(self) -> int:
        """The simulated time in ns."""
        return int(self._run.clock.now)

    @property
    def key(self) -> int:
        """The key of the trace: the one of the flow's ``keys`` that it is for, or one of its own."""
        return self._span.trace.partition_key

    @property
    def memory(self) -> dict[Any, Any]:
        """What this replica remembers: empty at the start, and after a crash."""
        return self._state.memories[self._span.replica.number]

    def uniform(self, role: str) -> float:
        """A uniform number in (0, 1); the next one of this role in this execution."""
        return (self._bits(role) + 0.5) * UNIT

    def sample(self, duration: Duration, role: str) -> int:
        """A duration in ns; of a distribution, the next draw of this role in this execution."""
        table = self._state.chance.table(duration)
        u = self._bits(role)
        return draw(table, 0, u) if table[0] else table[1]

    def _bits(self, role: str) -> int:
        count = self._drawn[role] = self._drawn.get(role, 0) + 1
        operation = self._run.network.operations[self._span.operation].name
        stream = f"{operation}:{role}" if count == 1 else f"{operation}:{role}.{count}"
        return self._state.chance.bits(stream, self._span.trace.key, self._span.occurrence)

    def work(self, duration: Duration, role: str = "work") -> Generator[Event, Any, None]:
        """To be yielded: work that takes so long, longer while the replica is slowed down."""
        return work_of(self._run, self._span, self.sample(duration, role))

    def wait(self, duration: Duration, role: str = "wait") -> Event:
        """To be yielded: time passes; the worker is held, but a slow replica is no slower."""
        return Timer(self._run.clock, self.sample(duration, role), rank_of(WORKED, self._span.ident))

    def call(self, operation: str) -> Generator[Event, Any, str]:
        """To be yielded: a call that the declared steps have too, with its timeout and retries; gives the outcome's name."""
        sites = sites_of(self._run.network, self._span.operation)
        site = sites[_one_of(operation, sites, "calls of its declared steps")]
        outcome = yield from unheld(self._run, self._span, call(self._run, self._span, self._span.trace, site))
        return OUTCOMES[outcome]

    def publish(self, topic: str) -> Generator[Event, Any, None]:
        """To be yielded: publish to a topic that the declared steps publish to as well; waits for an ack as they do."""
        topics = topics_of(self._run.network, self._span.operation)
        number, how = topics[_one_of(topic, topics, "topics of its declared steps")]
        yield from unheld(self._run, self._span, publish(self._run, self._span, number, how))

    def effect(self, name: str) -> None:
        """Apply an effect that the declared steps apply as well, idempotent or not as they do; it takes no time."""
        declared = effects_of(self._run.network, self._span.operation)
        number, absorbs = declared[_one_of(name, declared, "effects of its declared steps")]
        effects.apply(self._run, self._span, number, absorbs)


def _number(name: str, names: list[str], noun: str) -> int:
    return names.index(_one_of(name, names, noun))


def _one_of(name: str, names: Iterable[str], noun: str) -> str:
    known = dict.fromkeys(names)
    if name not in known:
        raise ValueError(f"there is no '{name}'; {did_you_mean(name, known, noun=noun)}")
    return name
