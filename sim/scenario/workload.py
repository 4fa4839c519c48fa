"""What comes in: flows of arrivals, each asking an operation for something.

arrivals (rate 50/s) --> client --hop--> frontend.checkout
                         timeout, retry       |
                         <-----answer---------'       done within the deadline: goodput
"""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.exact_math import power
from sim.scenario.arrivals import Arrivals
from sim.scenario.distributions import Distribution
from sim.scenario.follow_ups import FollowUp, Then
from sim.scenario.guards import guarded
from sim.scenario.kinds import AnyRetry
from sim.scenario.model import Flag, Integer, Model, Number
from sim.scenario.steps import OperationName
from sim.scenario.units import PositiveDuration
from sim.scenario.waiting import PRIORITY_MAX

KEYS_MAX = 10**9
ZIPF_KEYS_MAX = 10**6
EXPONENT_MAX = 10.0


class Keys(Model):
    """Distinct partition keys that are not all alike: the k-th is as frequent as k to the power of minus the exponent."""

    count: Annotated[Integer, Field(ge=1, le=KEYS_MAX)] = Field(description="How many distinct keys there are.")
    kind: Literal["uniform", "zipf"] = Field(default="zipf", description="All alike, or by Zipf's law.")
    exponent: Annotated[Number, Field(ge=0.0, le=EXPONENT_MAX)] | None = Field(
        default=None, description="Of Zipf's law: 0 is all alike, 1 makes the second half as frequent as the first. Default: 1."
    )

    @model_validator(mode="after")
    def _as_zipf_has_it(self) -> Self:
        if self.kind == "uniform" and self.exponent is not None:
            raise PydanticCustomError("exponent", "uniform keys have no exponent; leave it out", {"at": "exponent"})
        if self.kind == "zipf" and self.count > ZIPF_KEYS_MAX:
            message = "Zipf's law is made for up to {most} keys; write at most {most}"
            raise PydanticCustomError("keys", message, {"at": "count", "most": ZIPF_KEYS_MAX})
        return self

    def weights(self) -> list[float]:
        """Return how frequent each key is, relative to the first."""
        exponent = 1.0 if self.exponent is None else self.exponent
        found: list[float] = power(np.arange(1.0, self.count + 1.0), -exponent).tolist()
        return found


@guarded
class Flow(Model):
    """A business flow: who arrives when, and what each asks for.

    Example: {operation: payment.charge, arrivals: {kind: poisson, rate: 200/s}, timeout: 2s}
    """

    operation: OperationName = Field(description="The operation that the client calls, as service.operation.")
    arrivals: Arrivals = Field(description="When clients arrive.")
    keys: Annotated[Integer, Field(ge=1, le=KEYS_MAX)] | Keys | None = Field(
        default=None,
        description="How many distinct partition keys there are, all alike, or how often each comes; default: each arrival "
        "has its own.",
    )
    timeout: PositiveDuration | None = Field(
        default=None, description="Longest wait of the client for one attempt's answer; default: waits for ever."
    )
    retry: AnyRetry | None = Field(
        default=None, description="What the client does after a failed attempt; default: nothing."
    )
    cancel: Flag = Field(
        default=False, description="Whether the timeout also stops the callee, a hop later; by default it works on."
    )
    priority: Annotated[Integer, Field(ge=0, le=PRIORITY_MAX)] = Field(
        default=0,
        description="Who goes first where queues look at it (discipline priority): the higher number. All that the flow's "
        "requests lead to has it too.",
    )
    hop: Distribution | None = Field(
        default=None, description="One-way network delay of the client's call; default: the scenario's network.hop."
    )
    deadline: PositiveDuration | None = Field(
        default=None,
        description="A flow completed later than this after its arrival is not goodput; default: no limit.",
    )
    propagate_deadline: Flag = Field(
        default=False,
        description="Whether the deadline travels along with the request: the client stops waiting at it, and what would begin "
        "later is not begun. By default it is only measured.",
    )

    @model_validator(mode="after")
    def _deadline_to_propagate(self) -> Self:
        if self.propagate_deadline and self.deadline is None:
            message = "propagate_deadline needs a deadline; add one, or leave it out"
            raise PydanticCustomError("deadline", message, {"at": "propagate_deadline"})
        return self

    @property
    def limit(self) -> int | None:
        """Return how long the client waits for an attempt at most, in ns; None: for ever."""
        travels = self.deadline if self.propagate_deadline else None
        return min((one for one in (self.timeout, travels) if one is not None), default=None)

    @property
    def key_count(self) -> int:
        """How many distinct keys there are; 0 when each arrival has its own."""
        return self.keys.count if isinstance(self.keys, Keys) else self.keys or 0
    then: Then | None = Field(
        default=None,
        description="What the same user asks for later, once it was answered well: one follow-up, or a list of steps, which is "
        "a session. Default: nothing.",
    )

    @property
    def follow_ups(self) -> tuple[FollowUp, ...]:
        """What the same user asks for later, in this order."""
        if self.then is None:
            return ()
        return (self.then,) if isinstance(self.then, FollowUp) else self.then
