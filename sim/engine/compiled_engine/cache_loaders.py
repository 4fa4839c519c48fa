"""Executions of caches that load what they have not themselves: they have no worker, and are linked as residents are."""

from sim.engine.compiled_engine.cache_rows import Entries
from sim.engine.compiled_engine.calendar import then
from sim.engine.compiled_engine.calls import execution_of
from sim.engine.compiled_engine.codes import DO_START, OVER, WORKING
from sim.engine.compiled_engine.memory import release_span
from sim.engine.compiled_engine.state import Span, World


def loader(m: World, span: Span, one: Entries, entry: int) -> Span:
    """A cache loads a key itself, from the replica of the handler that asks: an execution of its own begins."""
    leader = execution_of(m, span.trace, span.operation)
    leader.replica = span.replica
    leader.state = WORKING
    leader.pc = entry
    last = one.loader_last
    leader.resident_previous = last
    if last:
        last.resident_next = leader
    else:
        one.loader_first = leader
    one.loader_last = leader
    then(m, DO_START, leader.at, 0)
    return leader


def over(m: World, one: Entries, leader: Span) -> None:
    """An execution of a cache's own is over."""
    previous, following = leader.resident_previous, leader.resident_next
    if previous:
        previous.resident_next = following
    else:
        one.loader_first = following
    if following:
        following.resident_previous = previous
    else:
        one.loader_last = previous
    leader.state = OVER
    release_span(m, leader)
