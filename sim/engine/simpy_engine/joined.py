"""The readable engine with guests: processes and handlers of one's own take part in a run.

    processes --World-----> arrive, alter        the verbs of calls.py and faults.py
    handlers  --Execution-> steps                in the place of the declared program

What guests do to a replica composes with what declared faults do to it: factors multiply, and a replica is down for as long
as anybody holds it down. Without guests a run is the same as that of `SimpyEngine`, to the bit.
"""

from __future__ import annotations

from math import prod
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from simpy.events import Event, Process

from sim.engine.joining import Joining, names_of
from sim.engine.rules import PACE_MAX, PACE_ONE
from sim.engine.simpy_engine.engine import SimpyEngine
from sim.engine.simpy_engine.world import Chance, Execution, World, check_instant
from sim.network import CALL, CRASH, EFFECT, END, INSTRUCTION, PACE, PARALLEL, PUBLISH, RESTART
from sim.record import fields, outcomes, recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from sim.engine.simpy_engine.clock import Timer
    from sim.engine.simpy_engine.run import Activity, Steps
    from sim.engine.simpy_engine.state import Replica, Span
    from sim.network import Network, Site
    from sim.record.recording import Recording

DECLARED = -1
"""Who holds a replica down: the faults of the scenario, or the process of that number."""
RESULTS = {None: outcomes.OK, "ok": outcomes.OK, "error": outcomes.ERROR, "dependency": outcomes.DEPENDENCY}


class JoinedEngine(SimpyEngine):
    """One replication of a network in which guests take part."""

    def __init__(self, network: Network, recording: Recording, seed: int, replication: int, joining: Joining) -> None:
        super().__init__(network, recording, seed, replication)
        self.joining = joining
        self.chance = Chance(seed, replication)
        numbers = {operation.name: number for number, operation in enumerate(network.operations)}
        self.handlers = {numbers[name]: handler for name, handler in joining.handlers.items()}
        self.paces = [PACE_ONE] * len(self.replicas)
        self.factors: list[dict[int, float]] = [{} for _ in self.replicas]
        self.holders: list[set[int]] = [set() for _ in self.replicas]
        self.falls = [0] * len(self.replicas)
        self.memories: list[dict[Any, Any]] = [{} for _ in self.replicas]
        self.arrived_at, self.arrived = 0, 0

    def run(self) -> int:
        """Let the processes in, in their order, then run to the horizon."""
        names = names_of(self.joining.processes)
        for number, (process, name) in enumerate(zip(self.joining.processes, names, strict=True)):
            Process(self.clock, self.guest(process, World(self, number, name)))
        return super().run()

    # -- processes

    def guest(self, process: Callable[[World], Any], world: World) -> Activity:
        """Process: one of the processes that joined, from the start until it returns."""
        yield from _driven(process(world), f"the process '{world.name}'", _always)

    def count_arrival(self) -> None:
        """Count what guests let in in this instant. Raises `RunawayError` when there is no end to it."""
        if self.clock.now != self.arrived_at:
            self.arrived_at, self.arrived = self.clock.now, 0
        self.arrived += 1
        check_instant(self.arrived, self.clock.now)

    # -- handlers

    def steps(self, span: Span) -> Steps:
        """What a handler does: the one that joined, or the declared program."""
        handler = self.handlers.get(span.operation)
        return super().steps(span) if handler is None else self.handle(span, handler)

    def handle(self, span: Span, handler: Callable[[Execution], Any]) -> Steps:
        """One execution of a handler that joined; gives its outcome."""
        name = self.network.operations[span.operation].name
        result = yield from _driven(handler(Execution(self, span)), f"the handler of {name}", lambda: not span.dead)
        if result not in RESULTS:
            raise ValueError(f"the handler of {name} returned {result!r}; return nothing, 'error' or 'dependency'")
        return RESULTS[result]

    def work_of(self, span: Span, duration: int) -> Generator[Event, Any, None]:
        """A handler works: so long at the declared pace."""
        yield self.work(span, duration)
        if not span.dead:
            recorder.note(self.r, self.clock.now, fields.FACT_WORKED, span.ident, 0)

    def sites_of(self, operation: int) -> dict[str, Site]:
        """The calls that an operation's declared steps have, by the operation called; the first of each."""
        numbers: list[int] = []
        for code, a, b in self._program(operation):
            if code == CALL:
                numbers.append(a)
            elif code == PARALLEL:
                numbers.extend(range(a, a + b))
        sites = [self.network.sites[number] for number in reversed(numbers)]
        return {self.network.operations[site.operation].name: site for site in sites}

    def topics_of(self, operation: int) -> dict[str, tuple[int, int]]:
        """The topics that an operation's declared steps publish to: number, and 1 to wait for the ack."""
        return {self.network.topics[a].name: (a, b) for code, a, b in self._program(operation) if code == PUBLISH}

    def effects_of(self, operation: int) -> dict[str, tuple[int, int]]:
        """The effects that an operation's declared steps apply: number, and 1 when another time is absorbed."""
        return {self.network.effect_names[a]: (a, b) for code, a, b in self._program(operation) if code == EFFECT}

    def _program(self, operation: int) -> Iterator[tuple[int, int, int]]:
        program, at = self.network.program, self.network.operations[operation].entry
        while program[at] != END:
            yield program[at], program[at + 1], program[at + 2]
            at += INSTRUCTION

    # -- faults, declared ones and those of guests

    def alter(self, timer: Timer) -> None:
        """A declared change of the environment takes place, beside what guests do."""
        alteration = timer.about
        replica = self.replicas[alteration.replica]
        if alteration.verb == PACE:
            self.paces[replica.number] = alteration.value
            self.compose(replica)
        elif alteration.verb == CRASH:
            self.take_down(replica, DECLARED, silent=alteration.value == 1)
        elif alteration.verb == RESTART:
            self.bring_back(replica, DECLARED)
        else:
            super().alter(timer)

    def slow_down(self, replica: Replica, who: int, factor: float) -> None:
        """A guest sets its factor of a replica's pace."""
        self.factors[replica.number][who] = factor
        self.compose(replica)

    def compose(self, replica: Replica) -> None:
        """The pace is the declared one times the factors of all guests, in their order."""
        factors = self.factors[replica.number]
        together = prod(factors[who] for who in sorted(factors))
        self.set_pace(replica, min(max(1, round(self.paces[replica.number] * together)), PACE_MAX))

    def take_down(self, replica: Replica, who: int, *, silent: bool) -> None:
        """Somebody holds a replica down; the first one crashes it, and it forgets all it knew."""
        holders = self.holders[replica.number]
        if not holders:
            self.falls[replica.number] += 1
            self.memories[replica.number].clear()
            self.crash(replica, silent=silent)
        holders.add(who)

    def notice(self, timer: Timer) -> None:
        """The balancer notices a crash, unless the replica came back meanwhile."""
        replica, fall = timer.about
        if fall == self.falls[replica.number]:
            self.eject(replica)

    def bring_back(self, replica: Replica, who: int) -> None:
        """Somebody lets go of a replica; the last one restarts it."""
        holders = self.holders[replica.number]
        if who in holders:
            holders.remove(who)
            if not holders:
                self.restart(replica)


def _always() -> bool:
    return True


def _driven(activity: Any, what: str, alive: Callable[[], bool]) -> Generator[Event, Any, Any]:
    """Run a guest's generator as part of a process of ours, as long as it lives; gives what it returns."""
    if not isinstance(activity, GeneratorType):
        message = f"{what} is no generator function: it has to yield at least once, what a verb of its handle returned"
        raise TypeError(message)
    answer: Any = None
    while alive():
        try:
            wish = activity.send(answer)
        except StopIteration as end:
            return end.value
        if isinstance(wish, GeneratorType):
            answer = yield from wish
        elif isinstance(wish, Event):
            answer = yield wish
        else:
            raise TypeError(f"{what} yielded {wish!r}; yield what a verb of its handle returned, such as wait(...)")
    activity.close()
    return None
