"""A partitioned log, as Kafka keeps it, and the consumer groups that read it.

    publisher --latency--> [ partition 0 | 0 1 2 3 4 ... ]  <-- offset of each consumer group
              <--the ack-- [ partition 1 | 0 1 2 ...     ]

A message is appended to one partition of its topic, by the hash of its key or in turn; each consumer group reads each
partition in order, one consumer per partition. Nothing is lost in the log, unless it has a retention: then what is older, or
too much, is gone, and a group that has not come that far goes on behind it. What a consumer loses or sees twice follows from
when its group commits its offsets.

What a handler fails at for good is dropped, or handed on to a retry topic (`sim.brokers.retry_topics`).
"""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.distributions import Distribution
from sim.scenario.kinds import AnyRepeat, Broker, Retry
from sim.scenario.model import ZERO_DELAY, DottedName, Integer, Model
from sim.scenario.subscriptions import Reader
from sim.scenario.units import Duration, PositiveDuration, Size

PARTITIONS_MAX = 4096
COMMIT_EVERY_MAX = 10**9


class Retention(Model):
    """For how long a log keeps messages, and how many: what is beyond either is gone, whoever has not read it yet.

    Example: {time: 7d, bytes: 1GiB}
    """

    time: PositiveDuration | None = Field(default=None, description="So long after its append a message is gone.")
    bytes: Size | None = Field(
        default=None,
        description="How much each partition keeps: the oldest messages are gone when it has more. What is published to the "
        "topic has a `size`.",
    )

    @model_validator(mode="after")
    def _keeps_something(self) -> Self:
        if self.time is None and self.bytes is None:
            message = "a retention without a key; write time, bytes or both, or leave it out"
            raise PydanticCustomError("retention", message)
        return self


class Topic(Model):
    """A named stream of messages, split into partitions."""

    partitions: Annotated[Integer, Field(ge=1, le=PARTITIONS_MAX)] = Field(
        description="How many partitions; order holds within one, and a group has at most one consumer for each; "
        "1 to 4096."
    )
    partitioner: Literal["key", "round_robin"] = Field(
        default="key", description="How a message gets its partition: by the hash of its trace's key, or in turn."
    )
    retention: Retention | None = Field(
        default=None, description="For how long messages are kept; default: until all groups have committed them."
    )


class LogBroker(Broker):
    """A broker whose topics are partitioned logs.

    Source: J. Kreps, N. Narkhede, J. Rao, "Kafka: a Distributed Messaging System for Log Processing", NetDB 2011.
    """

    kind: Literal["log"] = Field(default="log", description="Always 'log'.")
    latency: Distribution = Field(
        default=ZERO_DELAY,
        validate_default=True,
        description="One way from a publisher to the log, and the way of the ack back."
    )
    topics: dict[DottedName, Topic] = Field(
        min_length=1, description="The topics by name; names are unique in the scenario."
    )

    def confirms(self, publish: Any) -> bool:
        """Return whether a publish waits for the acknowledgement of the partition's leader."""
        return bool(publish.acks == "leader" and publish.confirm)

    def looks_at_keys(self, channel: str) -> bool:
        """Return whether a topic is partitioned by the keys of its messages."""
        return self.topics[channel].partitioner == "key"

    def at_once_max(self, channel: str) -> int | None:
        """Return how many partitions a topic has: each has one consumer of a group at most."""
        return self.topics[channel].partitions

    def handed_out_again(self, reader: Any) -> Retry | None:
        """Return the redelivery in place of a consumer group."""
        found: Retry | None = reader.in_place
        return found


class OnFailure(Model):
    """What becomes of a message whose handler fails: it is tried again in place, then it is handed on, or dropped.

    Example: {retry: {kind: fixed, attempts_max: 3, delay: 1s}, then: order.failed}
    """

    retry: AnyRepeat | None = Field(
        default=None, description="Redelivery in place, before anything else; those behind wait. Default: one attempt."
    )
    then: DottedName | None = Field(
        default=None,
        description="The topic of a log that gets the message after its last attempt: a retry topic, or one of dead letters "
        "that nobody reads. Default: it is dropped.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.retry is None and self.then is None:
            message = "on_failure without a key; write retry, then or both, or leave it out"
            raise PydanticCustomError("on_failure", message)
        return self


class Subscription(Reader):
    """A consumer group: an operation that handles each message of a topic."""

    kind: ClassVar[str] = "topic"
    topic: DottedName = Field(description="The topic read.")
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
    retry: AnyRepeat | None = Field(
        default=None,
        description="Redelivery in place when the handler fails; default: one attempt, then the message is dropped.",
    )
    on_failure: OnFailure | None = Field(
        default=None, description="What becomes of a message whose handler fails; instead of `retry`, which is its first half."
    )
    delay: Duration = Field(
        default=0,
        description="How long after its append a message is handled at the earliest; those behind it in its partition wait.",
    )

    @model_validator(mode="after")
    def _check_retry(self) -> Self:
        """Refuse two redeliveries in place."""
        if self.retry is not None and self.on_failure is not None and self.on_failure.retry is not None:
            message = "both retry and on_failure.retry; write one of them"
            raise PydanticCustomError("on_failure", message, {"at": ("on_failure", "retry")})
        return self

    @property
    def in_place(self) -> Retry | None:
        """Return the redelivery in place, wherever it is written."""
        return self.on_failure.retry if self.retry is None and self.on_failure is not None else self.retry

    @property
    def handed_on_to(self) -> str | None:
        """Return the topic that gets what the handler fails at for good."""
        return None if self.on_failure is None else self.on_failure.then
