"""How fast work goes at the replicas of services, and whose workers are given back: a row for each that says anything of it.

    payment: {cores: 2}               ->  a processor with a gate of two
    payment: {contention: {...}}      ->  a processor whose work takes longer the more there is
    payment: {holds_worker: false}    ->  an event loop
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.network.pace_rows import FIFO, NO_CORES, SHARED, EventLoop, Processor
from sim.scenario.pace import cores_of
from sim.semantics.processors import IN_TURN, RESUMED_FIRST, RESUMED_LAST, SHARE_BITS

if TYPE_CHECKING:
    from sim.network.compiler import Compiler

SHARINGS = {"": NO_CORES, "fifo": FIFO, "processor": SHARED}
TURNS = {"in_turn": IN_TURN, "first": RESUMED_FIRST, "last": RESUMED_LAST}


def lower_processors(compiler: Compiler) -> tuple[Processor, ...]:
    """Return the rows of all services with cores or contention."""
    rows: list[Processor] = []
    for number, (name, service) in enumerate(compiler.scenario.services.items()):
        count, sharing = cores_of(service.cores)
        if count == 0 and service.contention is None:
            continue
        parts = (0.0, 0.0) if service.contention is None else service.contention.parts
        serial, crosstalk = (round(part * (1 << SHARE_BITS)) for part in parts)
        rows.append(Processor(name, number, count, SHARINGS[sharing], serial, crosstalk))
    return tuple(rows)


def lower_event_loops(compiler: Compiler) -> tuple[EventLoop, ...]:
    """Return the rows of all services whose handlers give their workers back."""
    services = enumerate(compiler.scenario.services.items())
    return tuple(EventLoop(name, number, TURNS[one.resumed]) for number, (name, one) in services if not one.holds_worker)
