"""What handlers write to: stores by name, each with its connections, its commits and its streams of events.

See `sim.stores.transactions` and `sim.stores.streams`.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.distributions import Distribution
from sim.scenario.model import ZERO_DELAY, DottedName, Integer, Model, Name
from sim.scenario.units import Duration, Share

CONNECTIONS_MAX = 100_000
EVENTS_MAX = 10**9
STREAMS_MAX = 1000


class Snapshots(Model):
    """Snapshots of the aggregates of a stream: a load begins with the latest one, and replays the events since."""

    every: Annotated[Integer, Field(ge=1, le=EVENTS_MAX)] = Field(
        description="A snapshot is taken when an aggregate has so many events more than its last one had."
    )
    load: Duration = Field(default=0, description="How long it takes to load a snapshot.")
    write: Duration = Field(
        default=0, description="How long after the append a snapshot is there; it is written beside the traffic."
    )


class Stream(Model):
    """Streams of events, one for each aggregate: its state is what a replay of its events gives."""

    replay: Duration = Field(default=0, description="How long the replay of one event takes.")
    snapshot: Snapshots | None = Field(default=None, description="Snapshots; default: none, all events are replayed.")
    initial: Annotated[Integer, Field(ge=0, le=EVENTS_MAX)] = Field(
        default=0, description="How many events each aggregate has when a run begins."
    )
    publishes: DottedName | None = Field(
        default=None,
        description="The topic or queue to which the store itself publishes each event once it is appended; none is lost.",
    )


class Store(Model):
    """A store: how many transactions may be open at once, and how they commit."""

    connections: Annotated[Integer, Field(ge=1, le=CONNECTIONS_MAX)] = Field(
        default=20, description="How many transactions may be open at once, of all replicas together; others wait. 1 to 100000."
    )
    commit: Distribution = Field(
        default=ZERO_DELAY, validate_default=True, description="How long a commit takes; what was written is there after it."
    )
    aborts: Share = Field(
        default=0.0, description="Share of commits that are aborted in the end: nothing is written, and the transaction fails."
    )
    isolation: Literal["lock", "version"] = Field(
        default="lock",
        description="What keeps apart transactions that write the same row, one with a key: 'lock', who comes later waits "
        "until the row is let go of; 'version', nobody waits, and who commits later is refused.",
    )
    lock_wait_max: Duration | None = Field(
        default=None,
        description="Longest wait for the lock of a row, then the write fails; 0s: none. Default: wait for ever.",
    )
    streams: Annotated[dict[Name, Stream], Field(max_length=STREAMS_MAX)] = Field(
        default_factory=dict, description="Its streams of events by name; names are unique in the scenario."
    )

    @model_validator(mode="after")
    def _waits_for_locks(self) -> Self:
        if self.lock_wait_max is not None and self.isolation == "version":
            message = "isolation: version locks no row, so that nothing waits for a lock; leave lock_wait_max out"
            raise PydanticCustomError("store", message, {"at": "lock_wait_max"})
        return self
