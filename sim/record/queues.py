"""The recorder's verbs about queues: what waits, what is in flight, and how deliveries end.

    arrived --> queued --handed out--> in flight --acknowledged--> gone        refused: it was full; ousted: for another one
                  ^                       |-- expired, or returned --> queued again, or dead
                  '-----------------------'

The subscription that reads a queue is a group of the record too: its lag are the messages that are not gone. A queue that
nobody reads has the group -1.
"""

from sim.record.fields.facts import (
    FACT_APPENDED,
    FACT_QUEUE_ACKNOWLEDGED,
    FACT_QUEUE_DEAD,
    FACT_QUEUE_EXPIRED,
    FACT_QUEUE_EXTENDED,
    FACT_QUEUE_OUSTED,
    FACT_QUEUE_REDRIVEN,
    FACT_QUEUE_REFUSED,
    FACT_QUEUE_RETURNED,
)
from sim.record.fields.groups import GROUP_LEVELS, LEVEL_LAG, R_LEVEL_GROUPS
from sim.record.fields.queues import (
    LEVEL_AGAIN,
    LEVEL_IN_FLIGHT,
    LEVEL_QUEUE_OPEN_WAITED,
    LEVEL_QUEUED,
    LEVEL_SETTLED,
    QUEUE_ACKNOWLEDGED,
    QUEUE_ACKNOWLEDGED_LATE,
    QUEUE_ARRIVED,
    QUEUE_BACK,
    QUEUE_DEAD,
    QUEUE_DELIVERED,
    QUEUE_EXPIRED,
    QUEUE_EXTENDED,
    QUEUE_EXTENSION_UNHEARD,
    QUEUE_IN_FLIGHT_MAX,
    QUEUE_OUSTED,
    QUEUE_REDRIVEN,
    QUEUE_REFUSED,
    QUEUE_RETURNED,
    QUEUE_STRANDED,
    QUEUE_UNHEARD,
    QUEUE_WAITED,
    QUEUE_WAITING_MAX,
    QUEUES,
)
from sim.record.recorder import advance, advance_group, appended, note
from sim.shared import Words, shared


@shared
def levels_of(r: Words, queue: int) -> int:
    """The address of a queue's levels."""
    return r[QUEUES.level_at] + queue * r[QUEUES.levels_at]


@shared
def message_queued(r: Words, now: int, queue: int, group: int, ident: int) -> None:
    """A message came to a queue: from its publisher, or as a dead letter."""
    w = advance(r, now, QUEUES.at, queue)
    level = levels_of(r, queue)
    r[w + QUEUE_ARRIVED] += 1
    r[level + LEVEL_QUEUED] += 1
    r[w + QUEUE_WAITING_MAX] = max(r[w + QUEUE_WAITING_MAX], r[level + LEVEL_QUEUED])
    if group >= 0:
        appended(r, now, group, ident, queue)
    else:
        note(r, now, FACT_APPENDED, ident, queue)


@shared
def message_refused(r: Words, now: int, queue: int, ident: int) -> None:
    """A message found a queue full."""
    w = advance(r, now, QUEUES.at, queue)
    r[w + QUEUE_REFUSED] += 1
    note(r, now, FACT_QUEUE_REFUSED, ident, queue)


@shared
def message_ousted(r: Words, now: int, queue: int, group: int, ident: int, waited: int) -> None:
    """A message that had waited so many ns was dropped for another one."""
    w = advance(r, now, QUEUES.at, queue)
    r[w + QUEUE_OUSTED] += 1
    r[w + QUEUE_WAITED] += waited
    r[levels_of(r, queue) + LEVEL_QUEUED] -= 1
    less_lag(r, now, group)
    note(r, now, FACT_QUEUE_OUSTED, ident, queue)


@shared
def message_handed_out(r: Words, now: int, queue: int, waited: int) -> None:
    """A consumer has a message that had waited so many ns."""
    w = advance(r, now, QUEUES.at, queue)
    level = levels_of(r, queue)
    r[w + QUEUE_DELIVERED] += 1
    r[w + QUEUE_WAITED] += waited
    r[level + LEVEL_QUEUED] -= 1
    r[level + LEVEL_IN_FLIGHT] += 1
    r[w + QUEUE_IN_FLIGHT_MAX] = max(r[w + QUEUE_IN_FLIGHT_MAX], r[level + LEVEL_IN_FLIGHT])


@shared
def message_acknowledged(r: Words, now: int, queue: int, group: int, ident: int) -> None:
    """A consumer is done with a message in time: it is gone."""
    w = advance(r, now, QUEUES.at, queue)
    r[w + QUEUE_ACKNOWLEDGED] += 1
    r[levels_of(r, queue) + LEVEL_IN_FLIGHT] -= 1
    less_lag(r, now, group)
    note(r, now, FACT_QUEUE_ACKNOWLEDGED, ident, queue)


@shared
def message_acknowledged_late(r: Words, now: int, queue: int, group: int, ident: int, waited: int) -> None:
    """A message is gone that waited again, for so many ns, when the consumer that had it last was done."""
    w = advance(r, now, QUEUES.at, queue)
    r[w + QUEUE_ACKNOWLEDGED_LATE] += 1
    r[w + QUEUE_WAITED] += waited
    r[levels_of(r, queue) + LEVEL_QUEUED] -= 1
    less_lag(r, now, group)
    note(r, now, FACT_QUEUE_ACKNOWLEDGED, ident, queue)


@shared
def acknowledgement_unheard(r: Words, now: int, queue: int) -> None:
    """An acknowledgement had no effect: the message was handed out again since, or is a dead letter."""
    w = advance(r, now, QUEUES.at, queue)
    r[w + QUEUE_UNHEARD] += 1


@shared
def visibility_extended(r: Words, now: int, queue: int, ident: int) -> None:
    """A consumer has the whole visibility again for the message that it handles."""
    w = advance(r, now, QUEUES.at, queue)
    r[w + QUEUE_EXTENDED] += 1
    note(r, now, FACT_QUEUE_EXTENDED, ident, queue)


@shared
def extension_unheard(r: Words, now: int, queue: int) -> None:
    """A consumer asked for more time when its time was over, so that others may have the message, or its broker was down."""
    w = advance(r, now, QUEUES.at, queue)
    r[w + QUEUE_EXTENSION_UNHEARD] += 1


@shared
def message_redriven(r: Words, now: int, dead: int, queue: int, ident: int, waited: int) -> None:
    """A dead letter that had waited so many ns among those of a queue goes back to it."""
    w = advance(r, now, QUEUES.at, dead)
    r[w + QUEUE_REDRIVEN] += 1
    r[w + QUEUE_WAITED] += waited
    r[levels_of(r, dead) + LEVEL_QUEUED] -= 1
    r[advance(r, now, QUEUES.at, queue) + QUEUE_BACK] += 1
    note(r, now, FACT_QUEUE_REDRIVEN, ident, queue)


@shared
def delivery_over(r: Words, now: int, queue: int, ident: int, expired: bool) -> None:  # noqa: FBT001
    """A delivery was not acknowledged in time, or was handed back; the message waits again."""
    w = advance(r, now, QUEUES.at, queue)
    level = levels_of(r, queue)
    r[w + (QUEUE_EXPIRED if expired else QUEUE_RETURNED)] += 1
    r[level + LEVEL_IN_FLIGHT] -= 1
    r[level + LEVEL_QUEUED] += 1
    r[w + QUEUE_WAITING_MAX] = max(r[w + QUEUE_WAITING_MAX], r[level + LEVEL_QUEUED])
    note(r, now, FACT_QUEUE_EXPIRED if expired else FACT_QUEUE_RETURNED, ident, queue)


@shared
def message_dead(r: Words, now: int, queue: int, group: int, ident: int, expired: bool) -> None:  # noqa: FBT001
    """The last delivery that a message may have was not acknowledged in time, or was handed back."""
    w = advance(r, now, QUEUES.at, queue)
    r[w + (QUEUE_EXPIRED if expired else QUEUE_RETURNED)] += 1
    r[w + QUEUE_DEAD] += 1
    r[levels_of(r, queue) + LEVEL_IN_FLIGHT] -= 1
    less_lag(r, now, group)
    note(r, now, FACT_QUEUE_DEAD, ident, queue)


@shared
def less_lag(r: Words, now: int, group: int) -> None:
    """Who reads the queue has one message less before it."""
    if group >= 0:
        advance_group(r, now, group)
        r[r[R_LEVEL_GROUPS] + group * GROUP_LEVELS + LEVEL_LAG] -= 1


@shared
def still_queued(r: Words, queue: int, waited: int) -> None:
    """A message waits when the books are closed, and has for so many ns."""
    r[levels_of(r, queue) + LEVEL_QUEUE_OPEN_WAITED] += waited


@shared
def still_tried(r: Words, queue: int, messages: int) -> None:
    """So many more messages are there when the books are closed that were handed out in vain, and nothing has become of."""
    r[levels_of(r, queue) + LEVEL_AGAIN] += messages


@shared
def still_there(r: Words, queue: int) -> None:
    """A message that was applied, and not acknowledged, is there when the books are closed."""
    r[levels_of(r, queue) + LEVEL_SETTLED] += 1


@shared
def still_stranded(r: Words, queue: int, deliveries: int) -> None:
    """So many deliveries are in flight when the books are closed that nobody has in hand, or says anything of: they expire."""
    r[r[QUEUES.window_at] + queue * r[QUEUES.fields_at] + QUEUE_STRANDED] += deliveries
