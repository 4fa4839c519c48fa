"""Who waits at a replica for a worker: how many, in which order, for how long, and who goes when there is no room.

    queue: {max: 100, discipline: fifo, ttl: 1s}
    queue: {max: 200, discipline: priority, evict: lowest}
    queue: {max: 500, discipline: adaptive_lifo, codel: {target: 5ms, interval: 100ms}}
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.distributions import Distribution
from sim.scenario.kinds import AnyDiscipline
from sim.scenario.model import Flag, Integer, Model
from sim.scenario.units import PositiveDuration, format_duration

QUEUE_MAX = 10**9
PRIORITY_MAX = 1000
_FIFO: Any = "fifo"
_TARGET: Any = "5ms"
_INTERVAL: Any = "100ms"


class Codel(Model):
    """Controlled delay: who may wait in a queue, and for how long, follows from whether it was empty lately.

    Example: {target: 5ms, interval: 100ms}
    Source: K. Nichols, V. Jacobson, "Controlling Queue Delay", ACM Queue 10 (5), 2012.
    Source: B. Maurer, "Fail at Scale", ACM Queue 13 (8), 2015: the form for servers.
    """

    target: PositiveDuration = Field(
        default=_TARGET,
        validate_default=True,
        description="Longest wait of a request that comes while the queue has not been empty for the interval.",
    )
    interval: PositiveDuration = Field(
        default=_INTERVAL,
        validate_default=True,
        description="After how long without having been empty a queue counts as crowded; longest wait of a request that comes "
        "while it does not.",
    )

    @model_validator(mode="after")
    def _target_is_shorter(self) -> Self:
        if self.target > self.interval:
            message = "target {target} is longer than interval {interval}; write a target of at most {interval}"
            times = {"target": format_duration(self.target), "interval": format_duration(self.interval)}
            raise PydanticCustomError("codel", message, {"at": "target", **times})
        return self


class Waiting(Model):
    """The queue of a replica: requests that have come and have no worker."""

    max: Annotated[Integer, Field(ge=0, le=QUEUE_MAX)] | None = Field(
        default=None, description="How many requests may wait at a replica, those in service not counted; default: no bound."
    )
    discipline: AnyDiscipline = Field(default=_FIFO, validate_default=True, description="Who of those that wait is next.")
    preempt: Flag = Field(
        default=False,
        description="With discipline priority: whether a request of higher priority takes the worker of one that is at work, "
        "which goes on later where it was (preemptive-resume). What waits for a call, a store or a broker keeps its worker.",
    )
    ttl: PositiveDuration | None = Field(
        default=None,
        description="Time to live: one that has waited longer when its turn comes is dropped; default: none is.",
    )
    wait_max: Distribution | None = Field(
        default=None,
        description="Longest wait, a draw for each request: after it, the request leaves the queue and its caller hears so; a "
        "random one is the patience of the Erlang A model. Default: it waits until its turn comes.",
    )
    codel: Codel | None = Field(
        default=None, description="Whether one that has waited too long for how crowded the queue is is dropped at its turn."
    )
    evict: Literal["lowest", "oldest"] | None = Field(
        default=None,
        description="Who goes when one comes for whom there is no room: of lower priority the lowest, of those the last "
        "('lowest', with discipline priority), or who has waited longest ('oldest'). Default: the one that comes is rejected.",
    )

    @model_validator(mode="after")
    def _as_the_discipline_has_it(self) -> Self:
        kept_apart = self.discipline.by_priority
        if self.preempt and not kept_apart:
            message = "preempt needs priorities; write discipline: priority, or leave it out"
            raise PydanticCustomError("preempt", message, {"at": "preempt"})
        if self.evict == "lowest" and not kept_apart:
            message = "evict: lowest needs priorities; write discipline: priority, or evict: oldest"
            raise PydanticCustomError("evict", message, {"at": "evict"})
        if self.evict is not None and self.max is None:
            raise PydanticCustomError("evict", "evict needs max: a queue without a bound is never full", {"at": "evict"})
        return self

    @property
    def plain(self) -> bool:
        """Return whether nothing but its bound and a discipline without priorities and measures is declared."""
        more = (self.ttl, self.wait_max, self.codel, self.evict)
        return all(one is None for one in more) and not (self.discipline.by_priority or self.discipline.adapts)

    @property
    def interval(self) -> int:
        """Return after how many ns without having been empty the queue counts as crowded."""
        own: int | None = getattr(self.discipline, "after", None)
        if own is not None:
            return own
        return self.codel.interval if self.codel is not None else Codel().interval


def refuse_both(queue: object, given: frozenset[str] | set[str]) -> None:
    """Refuse a service that declares its queue, and says the same beside it."""
    for key, inside in (("queue_max", "max"), ("discipline", "discipline")):
        if queue is not None and key in given:
            message = "'{key}' says the same as 'queue: {{{inside}: ...}}'; write it there only"
            raise PydanticCustomError("queue", message, {"at": key, "key": key, "inside": inside})
