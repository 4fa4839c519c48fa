"""What comes in: flows of arrivals, each asking an operation for something.

arrivals (rate 50/s) --> client --hop--> frontend.checkout
                         timeout, retry       |
                         <-----answer---------'       done within the deadline: goodput
"""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.arrivals import Arrivals
from sim.scenario.distributions import Distribution
from sim.scenario.guards import guarded
from sim.scenario.kinds import AnyRetry
from sim.scenario.model import DottedName, Integer, Model
from sim.scenario.steps import OperationName
from sim.scenario.units import PositiveDuration

KEYS_MAX = 10**9
FOLLOW_UPS_MAX = 1000


class FollowUp(Model):
    """What a user asks for after a good answer: so many times after a think time, or again and again until it knows."""

    operation: OperationName = Field(
        description="The operation that the user asks; with the flow's timeout, retry, hop and guards. It only asks: "
        "nothing it leads to publishes, or has an effect."
    )
    after: Distribution | None = Field(
        default=None, description="Think time of the user, from one answer to the next request; a draw each time."
    )
    times: Annotated[Integer, Field(ge=1, le=FOLLOW_UPS_MAX)] | None = Field(
        default=None, description="How many requests follow each other, each after a think time of its own; default: one."
    )
    every: PositiveDuration | None = Field(
        default=None, description="In place of after and times: how long after one answer the user asks again."
    )
    until: DottedName | None = Field(
        default=None,
        description="What the user waits for: an effect, which an answer reports once it is done; or a projection, of which a "
        "read on behalf of the answer found what the user's request had published. Until then it asks every so often, or until "
        "the flow's deadline.",
    )

    @property
    def asks(self) -> int:
        """How many requests follow each other; of who asks until it knows, one."""
        return self.times or 1

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.after is None) == (self.every is None):
            message = "write either 'after', a think time, or 'every' with 'until', to ask until it is so"
            raise PydanticCustomError("then", message)
        if (self.every is None) != (self.until is None):
            missing, given = ("until", "every") if self.until is None else ("every", "until")
            raise PydanticCustomError(
                "then", "'{given}' needs '{missing}'; add it", {"given": given, "missing": missing, "at": given}
            )
        if self.every is not None and self.times is not None:
            raise PydanticCustomError("then", "'times' goes with 'after'; who asks until it knows asks as often as it takes")
        return self


@guarded
class Flow(Model):
    """A business flow: who arrives when, and what each asks for."""

    operation: OperationName = Field(description="The operation that the client calls, as service.operation.")
    arrivals: Arrivals = Field(description="When clients arrive.")
    keys: Annotated[Integer, Field(ge=1, le=KEYS_MAX)] | None = Field(
        default=None,
        description="How many distinct partition keys there are, all alike; default: each arrival has its own.",
    )
    timeout: PositiveDuration | None = Field(
        default=None, description="Longest wait of the client for one attempt's answer; default: waits for ever."
    )
    retry: AnyRetry | None = Field(
        default=None, description="What the client does after a failed attempt; default: nothing."
    )
    hop: Distribution | None = Field(
        default=None, description="One-way network delay of the client's call; default: the scenario's network.hop."
    )
    deadline: PositiveDuration | None = Field(
        default=None,
        description="A flow completed later than this after its arrival is not goodput; default: no limit.",
    )
    then: FollowUp | None = Field(
        default=None, description="What the same user asks for later, once it was answered well; default: nothing."
    )
