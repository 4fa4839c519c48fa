"""Extensions of a run of the SimPy engine: processes and handlers of one's own, as plain generators.

    def rush(world):                                       a custom load: 50 users who come back when they are answered
        while True:
            outcome = yield world.arrive("checkout")       "ok", "timeout", ...
            yield world.wait({"kind": "exponential", "mean": "2s"})

    def saboteur(world):                                   strikes when it hurts most
        while world.waiting("payment") < 20:
            yield world.wait("1s")
        world.crash("payment", replicas=1)
        yield world.wait("10s")
        world.restart("payment")

    def cached(execution):                                 a custom service: a cache that is empty after a crash
        if execution.key not in execution.memory:
            outcome = yield execution.call("database.read")
            if outcome != "ok":
                return "error"
            execution.memory[execution.key] = True
        yield execution.work("200us")

    sim.run(scenario, engine="simpy", processes=[rush] * 50 + [saboteur], handlers={"catalogue.get": cached})

What they do goes through the verbs of the engine, so the books balance, and chance is asked of ``world`` and
``execution``, so that a run is the same every time, and what was declared keeps its draws. The handles are described in
`sim.engine.simpy_engine.extension_handles`. Generators keep what they know in local variables: each replication begins anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sim.errors import UnsupportedError
from sim.former_names import warn
from sim.scenario.problems import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from sim.engine.simpy_engine.extension_handles import Execution, World
    from sim.network import Network

    ExtensionProcess = Callable[[World], Generator[Any, Any, None]]
    ExtensionHandler = Callable[[Execution], Generator[Any, Any, str | None]]

PROCESSES_MAX = 10_000


@dataclass(frozen=True)
class Extensions:
    """Generator functions that extend each replication of a run.

    Attributes:
        processes: each is called with a ``World`` when the run begins, and acts until it returns.
        handlers: by operation, such as ``payment.charge``: called with an ``Execution`` instead of the declared steps.
    """

    processes: Sequence[ExtensionProcess] = ()
    handlers: Mapping[str, ExtensionHandler] = field(default_factory=dict)

    def check(self, network: Network, engine: str) -> None:
        """Raise `UnsupportedError` for an engine that has no extensions, for handlers of nothing, and for too many."""
        if engine == "compiled":
            message = (
                "the compiled engine runs what a scenario declares, and nothing else; processes and handlers of your own "
                "extend the SimPy engine: write engine='simpy'"
            )
            raise UnsupportedError(message)
        if len(self.processes) > PROCESSES_MAX:
            raise UnsupportedError(f"{len(self.processes)} processes of one's own are more than {PROCESSES_MAX}")
        known = [operation.name for operation in network.operations]
        for name in self.handlers:
            if name not in known:
                hint = did_you_mean(name, dict.fromkeys(known), noun="operations")
                raise UnsupportedError(f"there is no operation '{name}' to handle; {hint}")


def names_of(processes: Sequence[ExtensionProcess]) -> list[str]:
    """What each process is called, after its function; the second of a name is ``name.2``. Streams are named by it."""
    counts: dict[str, int] = {}
    names = []
    for process in processes:
        function = getattr(process, "func", process)  # functools.partial has no name of its own
        name = str(getattr(function, "__name__", type(process).__name__))
        counts[name] = counts.get(name, 0) + 1
        names.append(name if counts[name] == 1 else f"{name}.{counts[name]}")
    return names


def __getattr__(name: str) -> Any:
    """Give what this module has, by the name that it had in the version before."""
    if name == "Joining":
        warn("Joining", "Extensions")
        return Extensions
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
