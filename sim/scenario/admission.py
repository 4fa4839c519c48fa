"""Who is admitted by a replica: the bases of concurrency limits, and of shedding, that a service may declare.

    limit: {kind: gradient2, initial: 20, min: 5, max: 200}       refused as `limit`
    shed: {kind: by_priority, at: 80%}                            refused as `shed`

    comes --> called back, or expired? --> shed? --> limit? --> discipline of the queue: a worker, a place, or rejected

A limit bounds how many requests are *in flight* at a replica: that wait there or are at work, from when they were let in until
they are over. Kinds of both are found in their folders; a kind's file imports its base from here.
"""

from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.registry import Kinds
from sim.scenario.kinds import Ruled
from sim.scenario.model import Integer, Model
from sim.scenario.units import Duration, PositiveDuration, format_duration

LIMIT_MAX = 1_000_000
SAMPLES_MAX = 1_000_000


class Sampling(Model):
    """A window of requests that a limit learns from together."""

    min: PositiveDuration = Field(default=1_000_000_000, description="How long a window lasts at least.")
    max: PositiveDuration = Field(default=1_000_000_000, description="How long at most; in between, twice its shortest time.")
    samples: Annotated[Integer, Field(ge=0, le=SAMPLES_MAX)] = Field(
        default=10, description="It lasts until it has more requests than this."
    )
    shortest: Duration = Field(default=100_000, description="Requests that were in flight for less count for nothing.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.max:
            message = "min {least} is longer than max {most}; write a min of at most {most}"
            times = {"least": format_duration(self.min), "most": format_duration(self.max)}
            raise PydanticCustomError("window", message, {"at": "min", **times})
        return self

    def parameters(self) -> tuple[int, int, int, int]:
        """Return the row of its settings, see `sim.policies.limits._windows`."""
        return self.min, self.max, self.samples, self.shortest


class Limit(Ruled):
    """How many requests may be in flight at a replica: base of the kinds of concurrency limits.

    Each replica has a state of its own, which is lost when it crashes. A rule learns from each request that is over: how long
    it was in flight, and how many were when it came, itself included. Rules are those of Netflix's concurrency-limits library,
    and so is what they learn from: an answer of any kind is a sample; what the queue gave up (dropped, expired, evicted) is one
    that was *dropped*; of one that its caller called back nothing is learnt
    (`ConcurrencyLimitServerInterceptor`: CANCELLED and DEADLINE_EXCEEDED are drops, a cancellation of the call is ignored).
    """

    State: ClassVar[Any]
    """The row of its state; it begins as `begin` says."""
    begin: ClassVar[Any]
    """The rule ``(settings, state) -> limit`` at the start, and after a crash; the state is all zeros then."""
    sample: ClassVar[Any]
    """The rule ``(settings, state, ns, in_flight, dropped, u) -> limit`` after one more request, or a window of them; at
    least 1 ns, and ``u`` is uniform in [0, 2**63)."""
    draws: ClassVar[bool] = False
    """Whether it looks at ``u``, so that a uniform number must be drawn."""

    @property
    def largest(self) -> int:
        """Return the largest limit that there may be, as far as it is declared."""
        return LIMIT_MAX

    @property
    def sampling(self) -> Sampling | None:
        """Return how requests are put together before it learns; None: it learns from each."""
        return getattr(self, "window", None)


class Adaptive(Limit):
    """A limit that learns, between a least and a most."""

    initial: Annotated[Integer, Field(ge=1, le=LIMIT_MAX)] = Field(
        default=20, description="The limit at the start, and after a crash of the replica."
    )
    max: Annotated[Integer, Field(ge=1, le=LIMIT_MAX)] = Field(default=200, description="It is never larger.")
    window: Sampling | None = Field(
        default=None,
        description="Whether it learns from windows of requests together, as concurrency-limits' WindowedLimit does: "
        "{min: 1s, max: 1s}. Default: from each request.",
    )

    @property
    def largest(self) -> int:
        """The most."""
        return self.max

    @model_validator(mode="after")
    def _begins_between(self) -> Self:
        least = getattr(self, "min", 1)
        if least > self.max:
            message = "min {least} is above max {most}; write a min of at most {most}"
            raise PydanticCustomError("limit", message, {"at": "min", "least": least, "most": self.max})
        if not least <= self.initial <= self.max:
            message = "initial {initial} is not between min {least} and max {most}; write one that is"
            values = {"initial": self.initial, "least": least, "most": self.max}
            raise PydanticCustomError("limit", message, {"at": "initial", **values})
        return self


class Shedding(Ruled):
    """Which requests are refused while a replica is not full yet, so that others find room: base of the kinds of shedding."""

    sheds: ClassVar[Any]
    """The rule ``(settings, held, most, rank, last) -> bool``: so many are held of at most so many; the flow that comes has the
    priority of this rank, 0 the highest, ``last`` the lowest."""


AnyLimit = Annotated[Limit, Kinds("sim.policies.limits", noun="limit")]
"""A concurrency limit of any kind in ``sim/policies/limits``."""

AnyShedding = Annotated[Shedding, Kinds("sim.policies.shedding", noun="kind of shedding")]
"""Shedding of any kind in ``sim/policies/shedding``."""
