"""The order of simultaneous events: a value, never an accident of who scheduled first.

    rank  =  kind | trace | place | occurrence        (6 + 31 + 13 + 13 bits of one int64)
             what   whose   where   the how-manieth

Events fire by ``(time, rank)``. A kind decides first, so that the environment changes before the traffic of that instant (and
a policy's period is over, callers look whom they eject, health checks tell, and an operator lets dead letters go back), a
reply beats the timeout of the same instant, what is done or comes to its replica beats its cancellation, a commit that is over
(and whatever else frees a connection, a lock or a place) beats the end of the wait for it, as what is projected beats the end
of the wait of a read, an acknowledgement or an extension beats the end of the visibility (also where they come from afar: then
what was asked for first is heard first), what is read of a log is read before it is too old (by a rebuild of a read model, too,
which finds what was appended in its instant; and at the end of the delay of those who read it, which comes with what is
appended then), an answer beats the deadline of its saga, a relay that polls sees all that was committed, and new work comes
last: users who have thought (of a follow-up, then of what they ask anew), then new ones; then the older trace, then the place
(an operation, a topic or a queue), then the occurrence: how many times this trace had been there before. Everything that
follows from an event without delay (the *agenda*) happens, first caused first, before the next event fires.
"""

from collections.abc import Sequence

from sim.shared import shared

KINDS = (
    "agenda",
    "window",
    "alter",
    "tick",
    "sweep",
    "check",
    "session",
    "rebalanced",
    "redrive",
    "append",
    "due",
    "delivered",
    "ack",
    "confirmed",
    "reply",
    "worked",
    "waited",
    "committed",
    "marked",
    "row_seen",
    "loaded",
    "stored",
    "replayed",
    "reach",
    "cancel",
    "timeout",
    "quorum_wait",
    "hedge",
    "connection_wait",
    "lock_wait",
    "queue_wait",
    "guard_wait",
    "extend",
    "extension",
    "settled",
    "read_wait",
    "undelivered",
    "visible",
    "retained",
    "heard",
    "retry",
    "poll",
    "reloads",
    "overdue",
    "think",
    "asks",
    "arrival",
)
"""What events are, in the order in which those of one instant fire."""

WINDOW = KINDS.index("window")
ALTER = KINDS.index("alter")
TICK = KINDS.index("tick")
SWEEP = KINDS.index("sweep")
CHECK = KINDS.index("check")
SESSION = KINDS.index("session")
REBALANCED = KINDS.index("rebalanced")
REDRIVE = KINDS.index("redrive")
APPEND = KINDS.index("append")
DUE = KINDS.index("due")
DELIVERED = KINDS.index("delivered")
ACK = KINDS.index("ack")
CONFIRMED = KINDS.index("confirmed")
REPLY = KINDS.index("reply")
WORKED = KINDS.index("worked")
WAITED = KINDS.index("waited")
COMMITTED = KINDS.index("committed")
MARKED = KINDS.index("marked")
ROW_SEEN = KINDS.index("row_seen")
LOADED = KINDS.index("loaded")
STORED = KINDS.index("stored")
REPLAYED = KINDS.index("replayed")
REACH = KINDS.index("reach")
CANCEL = KINDS.index("cancel")
TIMEOUT = KINDS.index("timeout")
QUORUM_WAIT = KINDS.index("quorum_wait")
HEDGE = KINDS.index("hedge")
CONNECTION_WAIT = KINDS.index("connection_wait")
LOCK_WAIT = KINDS.index("lock_wait")
QUEUE_WAIT = KINDS.index("queue_wait")
GUARD_WAIT = KINDS.index("guard_wait")
EXTEND = KINDS.index("extend")
EXTENSION = KINDS.index("extension")
SETTLED = KINDS.index("settled")
READ_WAIT = KINDS.index("read_wait")
UNDELIVERED = KINDS.index("undelivered")
VISIBLE = KINDS.index("visible")
RETAINED = KINDS.index("retained")
HEARD = KINDS.index("heard")
RETRY = KINDS.index("retry")
RELOADS = KINDS.index("reloads")
OVERDUE = KINDS.index("overdue")
POLL = KINDS.index("poll")
THINK = KINDS.index("think")
ASKS = KINDS.index("asks")
ARRIVAL = KINDS.index("arrival")

KIND_BITS = 6
OF_TRACES = frozenset(
    {
        APPEND,
        ACK,
        REPLY,
        WORKED,
        WAITED,
        COMMITTED,
        LOADED,
        STORED,
        REACH,
        CANCEL,
        TIMEOUT,
        QUORUM_WAIT,
        HEDGE,
        CONNECTION_WAIT,
        LOCK_WAIT,
        QUEUE_WAIT,
        GUARD_WAIT,
        HEARD,
        EXTEND,
        EXTENSION,
        SETTLED,
        READ_WAIT,
        VISIBLE,
        RETRY,
        THINK,
        RELOADS,
        OVERDUE,
    }
)
"""Kinds of events that are about a trace at a place."""

OCCURRENCE_BITS = 13
PLACE_BITS = 13
TRACE_BITS = 63 - KIND_BITS - PLACE_BITS - OCCURRENCE_BITS
IDENTITY_BITS = TRACE_BITS + PLACE_BITS + OCCURRENCE_BITS

OCCURRENCES_MAX = 1 << OCCURRENCE_BITS
PLACES_MAX = 1 << PLACE_BITS
TRACE_MASK = (1 << TRACE_BITS) - 1
IDENTITY_MASK = (1 << IDENTITY_BITS) - 1
INSTANT_MAX = 100_000  # events and consequences in one instant, before a run is stopped as a loop without end


def crowded(name: str) -> str:
    """What is said of a run in which one trace came to an operation, a topic or a queue too often."""
    remedy = "let its queue give it up (dead_letter), or have it wait for its visibility (requeue: false)"
    return f"one trace visits {name} more than {OCCURRENCES_MAX} times; if that is a message that fails each time, {remedy}"


def too_many(limit: int) -> str:
    """What is said of a run that had more events than it may."""
    return f"max-events: more than {limit} events"


@shared
def identity(trace: int, place: int, occurrence: int) -> int:
    """What an event is about, in 57 bits: the trace, the operation, topic or queue, and which time the trace is there.

    Traces are numbered round and round: of 2**31 in a row never two are there at once, as no memory would hold those between.
    """
    return ((trace & TRACE_MASK) << (PLACE_BITS + OCCURRENCE_BITS)) | (place << OCCURRENCE_BITS) | occurrence


@shared
def rank_of(kind: int, ident: int) -> int:
    """Total order of events of one instant; smaller fires first."""
    return (kind << IDENTITY_BITS) | ident


@shared
def delivery_drawn(ident: int, receipt: int, asks: int) -> int:
    """Which draw it is how long a delivery of a message takes, or what is said of it (in one of several ``asks``)."""
    return (((asks << 2 * OCCURRENCE_BITS) + receipt) << OCCURRENCE_BITS) | (ident & (OCCURRENCES_MAX - 1))


def describe(rank: int, names: Sequence[str] = ()) -> str:
    """``kind trace/place#occurrence`` of a rank, for people; ``names`` are those of operations, topics and queues."""
    ident = rank & IDENTITY_MASK
    trace = ident >> (PLACE_BITS + OCCURRENCE_BITS)
    place = (ident >> OCCURRENCE_BITS) & (PLACES_MAX - 1)
    kind = rank >> IDENTITY_BITS
    where = names[place] if kind in OF_TRACES and place < len(names) else place
    return f"{KINDS[kind]} {trace}/{where}#{ident & (OCCURRENCES_MAX - 1)}"
