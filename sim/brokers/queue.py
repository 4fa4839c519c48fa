"""A queue whose messages are acknowledged one by one, as SQS and RabbitMQ keep it, and the consumers that share it.

                          .--------- handed back, or not acknowledged in time ---------.
                          v front                                                      |
    publisher --latency--> waiting --handed to a consumer---> in flight --acknowledged--> gone
                                                                      `-- the last time it may be --> dead-letter queue

Messages go in turn to the consumers that have room for one more: each may have ``prefetch``, and handles one at a time.
While one is in flight nobody else sees it, for the queue's ``visibility``; when that is over without an acknowledgement, it
waits again, in front, and whoever still works on it works in vain or does it twice. So a crash loses nothing, and repeats
what was under way; with ``ack: before`` it loses that. A consumer that asks for more time before its time is over
(``extend_visibility``) has the whole visibility again; one that is down asks no more. An acknowledgement counts if it is for
the latest delivery, also when its time was over and nobody has the message yet (as SQS treats receipt handles:
docs.aws.amazon.com, DeleteMessage). Dead letters may go back to where they came from, one by one, at a rate (``redrive``).
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.policies.retries.fixed import FixedRetry
from sim.rows import NOWHERE, Row, inside
from sim.scenario.distributions import Distribution
from sim.scenario.kinds import ATTEMPTS_MAX, Broker, Retry
from sim.scenario.model import ZERO_DELAY, DottedName, Flag, Integer, Model
from sim.scenario.problems import did_you_mean
from sim.scenario.subscriptions import Reader
from sim.scenario.units import PositiveDuration, PositiveRate
from sim.shared import shared

DELIVERIES_MAX = 1000
PREFETCH_MAX = 1000
LENGTH_MAX = 10**9
VISIBILITY = 30_000_000_000


class Redrive(Model):
    """When dead letters go back to the queue that they came from, and how fast.

    Example: {every: 10m, rate: 50/s}
    """

    at: PositiveDuration | None = Field(default=None, description="When those go back that are there by then.")
    every: PositiveDuration | None = Field(
        default=None, description="How long after each other this is repeated; the first time is 'at', or after as long."
    )
    rate: PositiveRate = Field(description="How many go back per second, on top of what is published.")

    @model_validator(mode="after")
    def _check_when(self) -> Self:
        """Refuse one that never begins."""
        if self.at is None and self.every is None:
            message = "a redrive begins at no time; write 'at', or 'every'"
            raise PydanticCustomError("redrive", message)
        return self


class DeadLetter(Model):
    """What becomes of a message that was handed out in vain so often."""

    to: DottedName = Field(description="The queue of the same broker that gets it.")
    deliveries_max: Annotated[Integer, Field(ge=1, le=DELIVERIES_MAX)] = Field(
        description="How often it is handed out, the first time included; 1 to 1000."
    )
    redrive: Redrive | None = Field(default=None, description="When they go back, and how fast; default: never.")


class Queue(Model):
    """A named queue of messages.

    Example: {visibility: 30s, length_max: 10000, overflow: drop_head}
    Source: Amazon SQS: visibility timeout 30 s; RabbitMQ: x-max-length, x-overflow.
    """

    visibility: PositiveDuration = Field(
        default=VISIBILITY, description="How long a message that was handed out may take to be acknowledged."
    )
    length_max: Annotated[Integer, Field(ge=1, le=LENGTH_MAX)] | None = Field(
        default=None, description="How many messages may wait, those in flight not counted; default: no bound."
    )
    overflow: Literal["reject_publish", "drop_head"] = Field(
        default="reject_publish",
        description="What becomes of one too many: its publish fails, if it waits for the confirmation; or the one that waits "
        "longest is dropped for it.",
    )
    dead_letter: DeadLetter | None = Field(
        default=None, description="Where messages go that fail again and again; default: they are handed out for ever."
    )


class QueueBroker(Broker):
    """A broker whose queues are shared by consumers that acknowledge each message.

    Source: RabbitMQ (acknowledgements, prefetch, dead letters) and Amazon SQS (visibility).
    """

    kind: Literal["queue"] = Field(default="queue", description="Always 'queue'.")
    holds: ClassVar[str] = "queues"
    noun: ClassVar[str] = "queue"
    shared: ClassVar[bool] = True
    confirmations: ClassVar[tuple[str, ...]] = ("confirm",)
    latency: Distribution = Field(
        default=ZERO_DELAY,
        validate_default=True,
        description="One way from a publisher to the queue, and the way of the confirmation back.",
    )
    queues: dict[DottedName, Queue] = Field(
        min_length=1, description="The queues by name; names are unique among all topics and queues of the scenario."
    )

    @model_validator(mode="after")
    def _check_dead_letters(self) -> Self:
        """Refuse dead letters that go to no queue, or in a circle."""
        for name, queue in self.queues.items():
            path, dead = [name], queue.dead_letter
            while dead is not None:
                to, at = dead.to, ("queues", path[-1], "dead_letter", "to")
                if to not in self.queues:
                    message, context = "unknown queue {to}; {known}", {"known": did_you_mean(to, self.queues, noun="queues")}
                    raise PydanticCustomError("dead_letter", message, {"at": at, "to": repr(to), **context})
                path.append(to)
                if to in path[:-1]:
                    message = "dead letters go in a circle: {path}; let the last queue keep them"
                    raise PydanticCustomError("dead_letter", message, {"at": at, "path": " -> ".join(path)})
                dead = self.queues[to].dead_letter
        return self

    @model_validator(mode="after")
    def _check_redrives(self) -> Self:
        """Refuse a redrive from a queue that has dead letters of others too: each goes back to where it came from."""
        sources: dict[str, list[str]] = {}
        for name, queue in self.queues.items():
            if queue.dead_letter is not None:
                sources.setdefault(queue.dead_letter.to, []).append(name)
        for to, names in sources.items():
            for name in names if len(names) > 1 else ():
                dead = self.queues[name].dead_letter
                if dead is not None and dead.redrive is not None:
                    message, at = "dead letters of {others} are in {to} too; give this queue one of its own", ("queues", name)
                    others = " and ".join(repr(other) for other in names if other != name)
                    context = {"at": (*at, "dead_letter", "redrive"), "others": others, "to": repr(to)}
                    raise PydanticCustomError("dead_letter", message, context)
        return self

    def confirms(self, publish: Any) -> bool:
        """Return whether a publish waits until the queue has the message."""
        return bool(publish.confirm)

    def refuses(self, channel: str) -> bool:
        """Return whether a queue may be full, and refuses what comes then."""
        return self.queues[channel].length_max is not None and self.queues[channel].overflow == "reject_publish"

    def handled_within(self, channel: str) -> int | None:
        """Return the visibility of a queue."""
        return self.queues[channel].visibility

    def given_up_to(self, channel: str) -> str | None:
        """Return the dead-letter queue of a queue."""
        dead = self.queues[channel].dead_letter
        return None if dead is None else dead.to

    def handed_out_again(self, reader: Any) -> Retry | None:
        """Return the deliveries of a message that fails: its consumer is free in between."""
        dead = self.queues[reader.queue].dead_letter
        most = ATTEMPTS_MAX if dead is None else min(dead.deliveries_max, ATTEMPTS_MAX)
        return FixedRetry(attempts_max=most if reader.ack == "after" else 1, delay="0s")


class Extension(Model):
    """A heartbeat of the consumer that handles a message."""

    every: PositiveDuration = Field(
        description="How long after each other it asks for more time, from when it begins with the message; each time the "
        "visibility begins anew. Shorter than the visibility."
    )


class QueueSubscription(Reader):
    """Competing consumers: an operation that handles each message of a queue."""

    kind: ClassVar[str] = "queue"
    queue: DottedName = Field(description="The queue read; it has one subscription.")
    ack: Literal["after", "before"] = Field(
        default="after",
        description="When a message is acknowledged: after it was handled (a crash repeats it) or before (a crash loses it).",
    )
    prefetch: Annotated[Integer, Field(ge=1, le=PREFETCH_MAX)] = Field(
        default=1,
        description="How many messages a consumer may have at a time, the one that it handles included; the others wait there, "
        "in flight, while their visibility runs.",
    )
    latency: Distribution = Field(
        default=ZERO_DELAY,
        validate_default=True,
        description="One way from the queue to a consumer, and the way of what it says back: that it acknowledges a message, "
        "hands it back, or asks for more time. Until then the message counts against the prefetch.",
    )
    requeue: Flag = Field(
        default=True,
        description="Whether a message whose handler fails is handed back at once; otherwise it is seen again when its "
        "visibility is over.",
    )
    extend_visibility: Extension | None = Field(
        default=None,
        description="How the consumer that handles a message keeps it from being seen by others; default: not at all.",
    )

    @property
    def round_trip_ns(self) -> float:
        """Return the mean time of a delivery and of its acknowledgement together."""
        return 2 * self.latency.mean_ns

    def held_ns(self, handled_ns: float) -> float:
        """Return the gap of window flow control: what is handled, or a round trip shared by all that may be unacknowledged."""
        return max(handled_ns, (handled_ns + self.round_trip_ns) / self.prefetch)

    @model_validator(mode="before")
    @classmethod
    def _no_retry_topic(cls, value: Any) -> Any:
        """Refuse what only consumer groups of a log have, with what queues have instead."""
        if isinstance(value, Mapping) and "on_failure" in value:
            message = "a queue has no on_failure; write `dead_letter: {to: ..., deliveries_max: ...}` at the queue"
            raise PydanticCustomError("on_failure", message, {"at": "on_failure"})
        return value

    @model_validator(mode="after")
    def _check_extension(self) -> Self:
        """Refuse more time for what is not in flight."""
        if self.extend_visibility is not None and self.ack == "before":
            message = "with 'ack: before' a message is gone when it is handled; remove extend_visibility, or write 'ack: after'"
            raise PydanticCustomError("extend_visibility", message)
        return self


# -- what a queue does with a message: the same in both engines

GONE = 0
WAITING = 1
IN_FLIGHT = 2
"""Where a message is; `acknowledge` says where it was."""

ROOM = 0
FULL = 1
OUST = 2
"""Whether a message that comes may join a queue: it may, it is refused, or the first one must go for it."""

AGAIN = 0
DEAD = 1
STALE = 2
"""What follows when a delivery is given back: it waits again, it was the last one, or it is not the latest one."""


class Entry(Row):
    """A message's place in its queue; zeros before it comes to one."""

    next: "Entry"
    previous: "Entry"
    message: int  # whose place it is, as an engine knows it
    place: int
    receipt: int  # number of the latest delivery, of all queues that it was in
    receipt_before: int  # the same when it came to this queue
    settling: int  # receipt of the delivery of which a consumer has said how it ended, and the queue has not heard
    since: int  # when it began to wait, ns


class Line(Row):
    """Entries one after the other."""

    head: "Entry"
    tail: "Entry"
    length: int


class QueueState(Row):
    """A queue at work: what waits, in its order, and what is in flight, in the order of delivery."""

    waiting: "Line" = inside()
    in_flight: "Line" = inside()


@shared
def room(queue: QueueState, length_max: int, drops_head: bool) -> int:  # noqa: FBT001
    """Whether there is room for one message more; ``length_max`` is 0 without a bound."""
    if length_max == 0 or queue.waiting.length < length_max:
        return ROOM
    return OUST if drops_head else FULL


@shared
def oust(queue: QueueState) -> Entry:
    """The one that waits longest is gone; there must be one."""
    entry = queue.waiting.head
    leave(queue.waiting, entry)
    entry.place = GONE
    return entry


@shared
def arrive(queue: QueueState, entry: Entry, now: int) -> None:
    """A message comes to the end of a queue; receipts of a queue that it was in before count no more."""
    entry.receipt += 1
    entry.receipt_before = entry.receipt
    entry.place = WAITING
    entry.since = now
    join(queue.waiting, entry)


@shared
def hand_out(queue: QueueState) -> Entry:
    """The first that waits is in flight from now on; there must be one."""
    entry = queue.waiting.head
    leave(queue.waiting, entry)
    entry.place = IN_FLIGHT
    entry.receipt += 1
    join(queue.in_flight, entry)
    return entry


@shared
def acknowledge(queue: QueueState, entry: Entry, receipt: int) -> int:
    """A consumer is done with a delivery: the message is gone. Returns where it was: `GONE` when it was not the latest one."""
    if entry.receipt != receipt:
        return GONE
    place = entry.place
    if place == WAITING:
        leave(queue.waiting, entry)
    elif place == IN_FLIGHT:
        leave(queue.in_flight, entry)
    entry.place = GONE
    return place


@shared
def extend(entry: Entry, receipt: int) -> bool:
    """Whether a consumer may have more time for a delivery: it is the latest one, and its time is not over."""
    return entry.place == IN_FLIGHT and entry.receipt == receipt


@shared
def give_back(queue: QueueState, entry: Entry, receipt: int, deliveries_max: int, now: int) -> int:
    """A delivery failed, or took too long: the message waits again, in front, or was handed out the last time (0: never)."""
    if entry.place != IN_FLIGHT or entry.receipt != receipt:
        return STALE
    leave(queue.in_flight, entry)
    if deliveries_max > 0 and entry.receipt - entry.receipt_before >= deliveries_max:
        entry.place = GONE
        return DEAD
    entry.place = WAITING
    entry.since = now
    join_in_front(queue.waiting, entry)
    return AGAIN


@shared
def join(line: Line, entry: Entry) -> None:
    """An entry is the last of a line."""
    last = line.tail
    entry.previous = last
    entry.next = NOWHERE
    line.tail = entry
    if last:
        last.next = entry
    else:
        line.head = entry
    line.length += 1


@shared
def join_in_front(line: Line, entry: Entry) -> None:
    """An entry is the first of a line."""
    first = line.head
    entry.previous = NOWHERE
    entry.next = first
    line.head = entry
    if first:
        first.previous = entry
    else:
        line.tail = entry
    line.length += 1


@shared
def leave(line: Line, entry: Entry) -> None:
    """An entry leaves its line."""
    previous, following = entry.previous, entry.next
    if previous:
        previous.next = following
    else:
        line.head = following
    if following:
        following.previous = previous
    else:
        line.tail = previous
    line.length -= 1
