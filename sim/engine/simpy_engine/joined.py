"""Guests in a run of the readable engine: processes and handlers of one's own take part.

    processes --World-----> arrive, alter        the verbs of calls.py and faults.py, by way of guests.py
    handlers  --Execution-> steps                in the place of the declared program: `Run.handlers`
    declared faults ------> guests.alter         composed with those of guests: `Run.alter`

Without guests a run is the same to the bit as one that nobody was let in to.
"""

from __future__ import annotations

from functools import partial
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from simpy.events import Event

from sim.engine.joining import names_of
from sim.engine.simpy_engine import guests as verbs
from sim.engine.simpy_engine.clock import Process
from sim.engine.simpy_engine.guests import Guests
from sim.engine.simpy_engine.world import Execution, World
from sim.record import outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from sim.engine.joining import Guest, Handler, Joining
    from sim.engine.simpy_engine.run import Activity, Run, Steps
    from sim.engine.simpy_engine.state import Span

RESULTS = {None: outcomes.OK, "ok": outcomes.OK, "error": outcomes.ERROR, "dependency": outcomes.DEPENDENCY}


def let_in(run: Run, joining: Joining) -> None:
    """Before a run begins: handlers take the place of declared steps, and the processes are let in, in their order."""
    guests = Guests(run)
    run.alter = partial(verbs.alter, guests)
    numbers = {operation.name: number for number, operation in enumerate(run.network.operations)}
    for name, handler in joining.handlers.items():
        run.handlers[numbers[name]] = partial(handle, guests, handler)
    for number, (process, name) in enumerate(zip(joining.processes, names_of(joining.processes), strict=True)):
        Process(run.clock, act(process, World(guests, number, name)))


def act(process: Guest, world: World) -> Activity:
    """Process: one of the processes that joined, from the start until it returns."""
    yield from _driven(process(world), f"the process '{world.name}'", _always)


def handle(guests: Guests, handler: Handler, run: Run, span: Span) -> Steps:
    """One execution of a handler that joined; gives its outcome."""
    name = run.network.operations[span.operation].name
    result = yield from _driven(handler(Execution(guests, span)), f"the handler of {name}", lambda: not span.dead)
    if result not in RESULTS:
        raise ValueError(f"the handler of {name} returned {result!r}; return nothing, 'error' or 'dependency'")
    return RESULTS[result]


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
