"""What there is: services with their operations, the network between them, and the consumers of topics.

service payment                         subscription payment (a consumer group)
  replica 1..replicas                     topic order.placed --> operation payment.charge
    queue (queue_max) -> worker 1..workers   on the replicas of payment, in `consumers` threads each
      operation charge: steps
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from sim.scenario.distributions import Distribution
from sim.scenario.kinds import REPLICAS_MAX, AnyBalance, AnyRetry
from sim.scenario.model import ZERO_DELAY, DottedName, Integer, Model, Name
from sim.scenario.steps import OperationName, Steps
from sim.scenario.units import Duration, PositiveDuration

WORKERS_MAX = 100_000
QUEUE_MAX = 10**9
CONSUMERS_MAX = 1000
COMMIT_EVERY_MAX = 10**9
_ROUND_ROBIN: Any = "round_robin"


def _refuse_zero(value: object) -> object:
    if value == 0 and not isinstance(value, bool):
        raise PydanticCustomError("zero_capacity", "zero capacity: nothing would ever be served; write at least 1")
    return value


Capacity = Annotated[Integer, BeforeValidator(_refuse_zero)]
"""A whole number above zero of things that serve."""


class NetworkSettings(Model):
    """The network between services."""

    hop: Distribution = Field(
        default=ZERO_DELAY,
        validate_default=True,
        description="One-way delay of a call's request, and of its answer, where the call gives none.",
    )


class Service(Model):
    """A service: replicas with workers, and what they do for each operation."""

    replicas: Annotated[Capacity, Field(ge=1, le=REPLICAS_MAX)] = Field(
        default=1, description="How many replicas serve; 1 to 1000."
    )
    workers: Annotated[Capacity, Field(ge=1, le=WORKERS_MAX)] = Field(
        default=1, description="How many requests a replica handles at once; a worker is held during calls too."
    )
    queue_max: Annotated[Integer, Field(ge=0, le=QUEUE_MAX)] | None = Field(
        default=None,
        description="How many requests may wait at a replica, those in service not counted; more are rejected. "
        "0: none may wait. Default: no bound.",
    )
    balance: AnyBalance = Field(
        default=_ROUND_ROBIN, validate_default=True, description="How callers choose one of the replicas."
    )
    operations: dict[Name, Steps] = Field(min_length=1, description="The handlers by operation name: lists of steps.")


class Subscription(Model):
    """A consumer group: an operation that handles each message of a topic."""

    topic: DottedName = Field(description="The topic read.")
    operation: OperationName = Field(
        description="What handles a message, as service.operation; it runs on that service's replicas, "
        "in threads of their own."
    )
    consumers: Annotated[Capacity, Field(ge=1, le=CONSUMERS_MAX)] = Field(
        default=1, description="Consumer threads per replica; each handles one message at a time."
    )
    commit: Literal["after", "before"] = Field(
        default="after",
        description="When a message's offset is committed: after it was handled (a crash repeats messages) "
        "or before (a crash loses them).",
    )
    commit_every: Annotated[Integer, Field(ge=1, le=COMMIT_EVERY_MAX)] = Field(
        default=1, description="Commit after each so many messages of a partition."
    )
    session_timeout: PositiveDuration = Field(
        default=45_000_000_000, description="How long after its crash a consumer is taken out of the group."
    )
    rebalance_pause: Duration = Field(
        default=3_000_000_000, description="How long the whole group stops when its members change."
    )
    retry: AnyRetry | None = Field(
        default=None,
        description="Redelivery in place when the handler fails; default: one attempt, then the message is dropped.",
    )

    @property
    def service(self) -> str:
        """Name of the service whose replicas consume."""
        return self.operation.partition(".")[0]
