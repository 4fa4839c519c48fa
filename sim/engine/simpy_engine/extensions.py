"""Extensions of a run of the readable engine: processes and handlers of one's own take part.

    processes --World-----> arrive, alter        the verbs of calls.py and faults.py, by way of extension_verbs.py
    handlers  --Execution-> steps                in the place of the declared program: `Run.handlers`
    declared faults ------> verbs.alter          composed with those of extensions: `Run.alter`

With extensions that do nothing a run is the same to the bit as one without.
"""

from __future__ import annotations

from functools import partial
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from simpy.events import Event

from sim.engine.extensions import names_of
from sim.engine.simpy_engine import extension_verbs as verbs
from sim.engine.simpy_engine.clock import Process
from sim.engine.simpy_engine.extension_handles import Execution, World
from sim.engine.simpy_engine.extension_verbs import ExtensionState
from sim.record import outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from sim.engine.extensions import ExtensionHandler, ExtensionProcess, Extensions
    from sim.engine.simpy_engine.run import Activity, Run, Steps
    from sim.engine.simpy_engine.state import Span

RESULTS = {None: outcomes.OK, "ok": outcomes.OK, "error": outcomes.ERROR, "dependency": outcomes.DEPENDENCY}


def extend(run: Run, extensions: Extensions) -> None:
    """Before a run begins: handlers take the place of declared steps, and the processes begin, in their order."""
    state = ExtensionState(run)
    run.alter = partial(verbs.alter, state)
    numbers = {operation.name: number for number, operation in enumerate(run.network.operations)}
    for name, handler in extensions.handlers.items():
        run.handlers[numbers[name]] = partial(handle, state, handler)
    for number, (process, name) in enumerate(zip(extensions.processes, names_of(extensions.processes), strict=True)):
        Process(run.clock, act(process, World(state, number, name)))


def act(process: ExtensionProcess, world: World) -> Activity:
    """Process: one of the processes of the extensions, from the start until it returns."""
    yield from _driven(process(world), f"the process '{world.name}'", _always)


def handle(state: ExtensionState, handler: ExtensionHandler, run: Run, span: Span) -> Steps:
    """One execution of a handler of the extensions; gives its outcome."""
    name = run.network.operations[span.operation].name
    result = yield from _driven(handler(Execution(state, span)), f"the handler of {name}", lambda: not span.dead)
    if result not in RESULTS:
        raise ValueError(f"the handler of {name} returned {result!r}; return nothing, 'error' or 'dependency'")
    return RESULTS[result]


def _always() -> bool:
    return True


def _driven(activity: Any, what: str, alive: Callable[[], bool]) -> Generator[Event, Any, Any]:
    """Run the generator of an extension as part of a process of ours, as long as it lives; gives what it returns."""
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
