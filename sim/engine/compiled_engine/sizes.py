"""How long rows are that have more in some scenarios than in others, and how long a memory may get that they lie in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.compiled_engine.broker_state import Message
from sim.engine.compiled_engine.codes import ADDRESS_BITS, CHANNEL_BITS
from sim.engine.compiled_engine.state import Trace
from sim.errors import OutOfMemoryError
from sim.machine import readable, refuse_more
from sim.network.model import Topic

if TYPE_CHECKING:
    from sim.network import Network
    from sim.rows import Row

LARGE = 1 << 24  # words (128 MiB): whether there is memory for more is asked


def of_traces(network: Network) -> dict[str, int]:
    """Of `World`: what follows a trace, and where: counts of places, states of effects and sagas, what its users ask later."""
    first_branch = len(network.operations) + len(network.channels)
    effects_at = (first_branch + len(network.branches) + 1) // 2
    effects_max = max(map(len, network.flow_effects), default=0)
    times_at = effects_at + effects_max + len(network.sagas) + 1  # before it a word for whether a saga is parked
    end = times_at + (effects_max if network.invariants else -1)
    needed = {"asking_at": bool(network.follow_ups), "own_at": bool(network.projections)}
    needed["user_at"] = any(flow.closed is not None for flow in network.flows)
    size, begins = laid_apart(Trace, Trace.SIZE + end, needed)
    begins |= {"branch_count": len(network.branches), "first_branch": first_branch}
    tail = {"effects_at": effects_at, "effects_max": effects_max, "times_at": times_at}
    return {**tail, "trace_words": size - Trace.SIZE - effects_at, "trace_size": size, **begins}


def of_messages(network: Network) -> dict[str, int]:
    """Of `World`: how long a message is, and where it has what few scenarios need."""
    size = Message.SIZE if network.queues or network.brokers else Message.fields["settled"].offset
    sized = any(isinstance(channel, Topic) and channel.keeps for channel in network.channels)
    needed = {"write_at": bool(network.dual_writes), "version_at": bool(network.projections), "bytes_at": sized}
    size, begins = laid_apart(Message, size, needed)
    return {"message_size": size, **begins}


def laid_apart(row: type[Row], size: int, needed: dict[str, bool]) -> tuple[int, dict[str, int]]:
    """The words of a row with the fields that lie apart and are needed, and where they begin; 0 for those that are not."""
    begins = dict.fromkeys(needed, 0)
    for where in (one for one in needed if needed[one]):
        begins[where] = size
        size += row.APART[where]
    return size, begins


def refuse(words: int, more: int) -> None:
    """Raise `OutOfMemoryError` before a memory gets so long, if there is no room for as much more, or packed addresses end."""
    if words > LARGE:
        refuse_more(8 * more, "a replication")
    if words > 1 << ADDRESS_BITS:
        message = f"a replication needs more than the {readable(8 << ADDRESS_BITS)} of memory that one can have"
        raise OutOfMemoryError(f"{message}; write a lower rate, a queue_max, or a shorter run.horizon")


def refuse_first(words: int) -> None:
    """Raise `OutOfMemoryError` if flows and channels, which lie first in a memory, are more than packed addresses can say."""
    if words > 1 << CHANNEL_BITS:
        raise OutOfMemoryError(f"the flows need {readable(8 * words)} of memory before anything happens; write fewer flows")
