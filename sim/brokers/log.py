"""A partitioned log, as Kafka keeps it.

    publisher --latency--> [ partition 0 | 0 1 2 3 4 ... ]  <-- offset of each consumer group
              <--the ack-- [ partition 1 | 0 1 2 ...     ]

A message is appended to one partition of its topic, by the hash of its key or in turn; each consumer group reads each
partition in order, one consumer per partition. Nothing is lost in the log; what a consumer loses or sees twice follows
from when its group commits its offsets.
"""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.distributions import Distribution
from sim.scenario.kinds import Broker
from sim.scenario.model import ZERO_DELAY, DottedName, Integer, Model

PARTITIONS_MAX = 4096


class Topic(Model):
    """A named stream of messages, split into partitions."""

    partitions: Annotated[Integer, Field(ge=1, le=PARTITIONS_MAX)] = Field(
        description="How many partitions; order holds within one, and a group has at most one consumer for each; "
        "1 to 4096."
    )
    partitioner: Literal["key", "round_robin"] = Field(
        default="key", description="How a message gets its partition: by the hash of its trace's key, or in turn."
    )


class LogBroker(Broker):
    """A broker whose topics are partitioned logs."""

    kind: Literal["log"] = Field(default="log", description="Always 'log'.")
    latency: Distribution = Field(
        default=ZERO_DELAY,
        validate_default=True,
        description="One way from a publisher to the log, and the way of the ack back."
    )
    topics: dict[DottedName, Topic] = Field(
        min_length=1, description="The topics by name; names are unique in the scenario."
    )
