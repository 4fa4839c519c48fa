"""Caches: what is there is one instruction, what is not leads behind it, to the steps that load it.

    LOOK  JUMP  MISSED  steps ... FILLED  JUMP  LOST
      '----------^        '-- fails -------------^   fails in turn, as the step did; both jumps lead behind it

Who waits for the load of another one, which fails, comes to MISSED too, and fails there. A cache that nobody asks has no row.
"""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING

from sim.network.cache_rows import Cache
from sim.network.lower.faults import any_of, composed, numbered
from sim.network.lower.steps import lead_failures, lower, lower_all
from sim.network.model import FAILURE, FILLED, JUMP, LOOK, LOST, MISSED
from sim.network.schedule import CACHE_FLUSH
from sim.scenario.cache_steps import Cached
from sim.scenario.caching import askers, entries_most, owner_of
from sim.scenario.distributions.constant import Constant
from sim.scenario.targets import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sim.network.compiler import Compiler
    from sim.network.lower.faults import Strikes
    from sim.network.model import Service
    from sim.scenario.scenario import Scenario


def lower_caches(compiler: Compiler) -> tuple[Cache, ...]:
    """Return the rows of all caches that are asked; services have their numbers."""
    scenario = compiler.scenario
    keys = max(flow.key_count for flow in scenario.workload.values())
    rows = []
    for name in askers(scenario):
        one = scenario.caches[name]
        most = entries_most(scenario, name, keys)
        no_time = isinstance(one.hit, Constant) and one.hit.mean_ns == 0
        rows.append(
            Cache(
                name=name,
                service=compiler.service_numbers[owner_of(scenario, name)],
                per_replica=one.per == "replica",
                capacity=one.capacity or 0,
                ttl=one.ttl or 0,
                hit=-1 if no_time else compiler.distribution(one.hit),
                coalesce=one.coalesce,
                loads=one.mode == "read_through",
                entries=most,
                warm=floor(one.warm * most),
                begin=scenario.services[owner_of(scenario, name)].replicas if one.per == "replica" else 1,
                warm_stream=compiler.stream(f"cache {name}:warm"),
            )
        )
    return tuple(rows)


@lower.register(Cached)
def _cached(step: Cached, compiler: Compiler, operation: str) -> None:
    """What is loaded from a stream of events in there may not be known behind it."""
    number = list(askers(compiler.scenario)).index(step.cache)
    loaded = dict(compiler.loaded_at)
    at = compiler.emit(LOOK, number, compiler.table([compiler.draw_stream(operation, "hit"), 0]))
    table = compiler.tables[-1]
    hit = compiler.emit(JUMP)
    compiler.program[at + FAILURE] = table[1] = compiler.emit(MISSED, number)
    first = len(compiler.program)
    lower_all(step.miss, compiler, operation)
    last = compiler.emit(FILLED, number)
    jump = compiler.emit(JUMP)
    lead_failures(compiler, first, last, compiler.emit(LOST, number))
    compiler.program[hit + 1] = compiler.program[jump + 1] = len(compiler.program)
    compiler.loaded_at = loaded


@numbered("cache")
def _numbers(scenario: Scenario, _services: Sequence[Service]) -> Strikes:
    """The place of a cache among those that are asked; one that nobody asks is struck nowhere."""
    places = {name: place for place, name in enumerate(askers(scenario))}
    return lambda _, fault: [(places[name_of(fault)], name_of(fault))] if name_of(fault) in places else []


@composed("emptied", any_of, of="cache")
def _flushes(emptied: Iterable[tuple[int, object]]) -> Iterator[tuple[int, int, int]]:
    """Each begin is a flush; those of one instant are one."""
    for at, now in emptied:
        if now is not None:
            yield at, CACHE_FLUSH, 0
