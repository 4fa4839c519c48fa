"""Network in, Record out: the two engines behind one function.

    run_once(network, seed, replication, engine)  ->  Record

``auto`` takes the compiled engine, which knows every mechanic that a scenario can declare; both give the same record, to
the bit. ``simpy`` is for reading along, for extensions of one's own, and for checking the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sim.errors import UnsupportedError
from sim.former_names import parameters
from sim.record.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.engine.extensions import Extensions
    from sim.network import Network
    from sim.record.record import Record

EngineName = Literal["auto", "simpy", "compiled"]
ENGINES: tuple[EngineName, ...] = ("auto", "simpy", "compiled")


@parameters(joining="extensions")
def run_once(
    network: Network,
    *,
    seed: int,
    replication: int = 0,
    engine: EngineName = "auto",
    log_facts: int = 0,
    extensions: Extensions | None = None,
    events_max: int | None = None,
    watch: Callable[[int], None] | None = None,
) -> Record:
    """Run one replication to its horizon; the books are checked before it is returned.

    ``log_facts``: rows of the event log to keep (0: none). ``extensions``: processes and handlers that take part, for the SimPy
    engine only. ``events_max``: events that the run may have. ``watch`` is called now and then with their number, and ends the
    run by what it raises. Raises `RunawayError` when the run does not move on and `LedgerError` when its books do not balance;
    `UnsupportedError` for an engine that does not exist, or has no extensions.
    """
    if engine not in ENGINES:
        message = f"there is no engine {engine!r}; write one of: {', '.join(ENGINES)}"
        raise UnsupportedError(message)
    if extensions is not None:
        extensions.check(network, engine)
    if engine == "simpy" or extensions is not None:
        from sim.engine.simpy_engine import loop  # only this engine needs simpy
        from sim.engine.simpy_engine.extensions import extend

        recording = Recording.of(network, log_facts=log_facts)
        run = loop.prepare(network, recording, seed, replication)
        run.clock.events_max, run.clock.watch = events_max, watch
        if extensions is not None:
            extend(run, extensions)
        recording.events = loop.to_horizon(run)
    else:
        from sim.engine.compiled_engine.host import recorded  # only this engine needs it

        recording = recorded(network, seed, replication, log_facts, events_max, watch)
    recording.drawn = seed, replication
    return recording.close()


def prepare(announce: Callable[[str], None]) -> None:
    """Load the compiled engine, and say so first when that means making it: where none came that fits, once on a machine."""
    from sim.engine.compiled_engine import library  # only when something is run

    if not library.UNLOWERED and not library.is_there():
        announce("making the engine's machine code, once on this machine: some seconds ...")
    library.kernel()
