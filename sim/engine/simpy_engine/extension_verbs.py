"""What extensions of a run have, and what they can do to it: the verbs behind the handles in `extension_handles.py`.

    chance                                   draws of their own
    work_of, sites_of, topics_of, effects_of what the handler of an operation may do
    slow_down, take_down, bring_back         faults, beside the declared ones

What extensions do to a replica composes with what declared faults do to it: factors multiply, and a replica is down for as long
as anybody holds it down.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from sim.draws import bits, compile_distribution, stream_key
from sim.engine.simpy_engine import faults
from sim.engine.simpy_engine.steps import work, worked
from sim.errors import RunawayError
from sim.network import CALL, CRASH, EFFECT, END, INSTRUCTION, PACE, PUBLISH, RESTART, VERBS_OF_FAMILIES
from sim.record.effects import EFFECT_MASK
from sim.scenario.distributions import Distribution, DistributionModel
from sim.semantics.rules import PACE_MAX, PACE_ONE, STOPPED

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from simpy.events import Event

    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Replica, Span
    from sim.network import Network, ScheduledFault, Site

Duration = str | int | Mapping[str, Any] | DistributionModel
ARRIVALS_MAX = 10_000  # requests that extensions let in in one instant, before a run is stopped as a loop without end
DECLARED = -1
"""Who holds a replica down: the faults of the scenario, or the process of that number."""


class Chance:
    """The draws of extensions: streams by name, tables by distribution, both made when first asked for."""

    def __init__(self, seed: int, replication: int) -> None:
        self.seed, self.replication = seed, replication
        self.keys: dict[str, int] = {}
        self.tables: dict[str, list[int]] = {}
        self.reader: TypeAdapter[Any] = TypeAdapter(Distribution)

    def key(self, stream: str) -> int:
        """The key of a stream."""
        if stream not in self.keys:
            self.keys[stream] = stream_key(self.seed, self.replication, stream)
        return self.keys[stream]

    def bits(self, stream: str, trace_key: int, occurrence: int) -> int:
        """63 uniform bits."""
        return bits(self.key(stream), trace_key, occurrence)

    def table(self, duration: Duration) -> list[int]:
        """The table that durations are looked up in. Raises ``ValueError`` for what is no duration."""
        name = repr(duration)
        if name not in self.tables:
            if isinstance(duration, bool) or (isinstance(duration, int) and duration < 0):
                raise ValueError(f"{duration!r} is no duration; write '250ms', whole nanoseconds, or a distribution")
            given = f"{duration}ns" if isinstance(duration, int) else duration
            try:
                model = self.reader.validate_python(given)
            except ValidationError as error:
                raise ValueError(f"{duration!r} is no duration: {error.errors()[0]['msg']}") from None
            self.tables[name] = [int(word) for word in compile_distribution(model)]
        return self.tables[name]


class ExtensionState:
    """What there is in a run with extensions, beside the `Run`.

    Attributes:
        paces: by replica, the declared pace; ``factors``: what each process multiplies it with.
        holders: by replica, who holds it down; ``falls``: how often it went down.
        memories: by replica, what its handlers remember.
        arrived: requests that processes let in at ``arrived_at``.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.chance = Chance(run.seed, run.replication)
        self.paces = [PACE_ONE] * len(run.replicas)
        self.factors: list[dict[int, float]] = [{} for _ in run.replicas]
        self.holders: list[set[int]] = [set() for _ in run.replicas]
        self.falls = [0] * len(run.replicas)
        self.memories: list[dict[Any, Any]] = [{} for _ in run.replicas]
        self.arrived_at, self.arrived = 0, 0


# -- load


def count_arrival(state: ExtensionState) -> None:
    """Count what extensions let in in this instant. Raises `RunawayError` when there is no end to it."""
    now = state.run.clock.now
    if now != state.arrived_at:
        state.arrived_at, state.arrived = now, 0
    state.arrived += 1
    if state.arrived > ARRIVALS_MAX:
        raise RunawayError(now, f"processes let in more than {ARRIVALS_MAX} requests in one instant; yield world.wait(...)")


# -- handlers


def work_of(run: Run, span: Span, duration: int) -> Generator[Event, Any, None]:
    """A handler works: so long at the declared pace."""
    yield work(run, span, duration)
    worked(run, span)


def sites_of(network: Network, operation: int) -> dict[str, Site]:
    """The calls that an operation's declared steps have, by the operation called; the first of each."""
    numbers = [a for code, a, _ in _program(network, operation) if code == CALL]
    sites = [network.sites[number] for number in reversed(numbers)]
    return {network.operations[site.operation].name: site for site in sites}


def topics_of(network: Network, operation: int) -> dict[str, tuple[int, int]]:
    """The topics that an operation's declared steps publish to: number, and how."""
    return {network.channels[a].name: (a, b) for code, a, b in _program(network, operation) if code == PUBLISH}


def effects_of(network: Network, operation: int) -> dict[str, tuple[int, int]]:
    """The effects that an operation's declared steps apply: number and what it undoes, and 1 when another time is absorbed."""
    return {network.effect_names[a & EFFECT_MASK]: (a, b) for code, a, b in _program(network, operation) if code == EFFECT}


def _program(network: Network, operation: int) -> Iterator[tuple[int, int, int]]:
    program, at = network.program, network.operations[operation].entry
    while program[at] != END:
        yield program[at], program[at + 1], program[at + 2]
        at += INSTRUCTION


# -- faults, declared ones and those of extensions


def alter(state: ExtensionState, run: Run, fault: ScheduledFault) -> None:
    """A declared change of the environment takes place, beside what extensions do."""
    if fault.verb >= VERBS_OF_FAMILIES:
        faults.alter(run, fault)
        return
    replica = run.replicas[fault.number]
    if fault.verb == PACE:
        state.paces[replica.number] = fault.value
        compose(state, replica)
    elif fault.verb == CRASH:
        take_down(state, replica, DECLARED, silent=fault.value & 1 == 1, keeps=fault.value)
    elif fault.verb == RESTART:
        bring_back(state, replica, DECLARED)
    else:
        faults.alter(run, fault)


def slow_down(state: ExtensionState, replica: Replica, who: int, factor: float) -> None:
    """A process sets its factor of a replica's pace."""
    state.factors[replica.number][who] = factor
    compose(state, replica)


def compose(state: ExtensionState, replica: Replica) -> None:
    """The pace is the declared one times the factors of all processes, in their order."""
    factors = state.factors[replica.number]
    if state.paces[replica.number] == STOPPED:
        faults.set_pace(state.run, replica, STOPPED)
        return
    together = prod(factors[who] for who in sorted(factors))
    faults.set_pace(state.run, replica, min(max(1, round(state.paces[replica.number] * together)), PACE_MAX))


def take_down(state: ExtensionState, replica: Replica, who: int, *, silent: bool, keeps: int = 0) -> None:
    """Somebody holds a replica down; the first one crashes it, and it forgets all it knew."""
    holders = state.holders[replica.number]
    if not holders:
        state.falls[replica.number] += 1
        state.memories[replica.number].clear()
        faults.crash(state.run, replica, silent=silent, keeps=keeps)
    holders.add(who)


def notice(state: ExtensionState, replica: Replica, fall: int) -> None:
    """The balancer notices a crash, unless the replica came back meanwhile."""
    if fall == state.falls[replica.number]:
        faults.eject(state.run, replica)


def bring_back(state: ExtensionState, replica: Replica, who: int) -> None:
    """Somebody lets go of a replica; the last one restarts it."""
    holders = state.holders[replica.number]
    if who in holders:
        holders.remove(who)
        if not holders:
            faults.restart(state.run, replica)
