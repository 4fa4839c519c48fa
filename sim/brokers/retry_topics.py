"""What becomes of a message whose handler failed at a log: the same in both engines.

    order.placed --handled--> applied
          |  ^ '--failed: again in place, as often as `retry` says; those behind it in the partition wait
          |
          '--the last time--> handed on: published to `then`, order.retry --no sooner than `delay` after its append--> handled
                              (without `then`: dropped)                         '--failed--> order.dead: nobody reads it

The consumer waits until the broker of ``then`` has the message, and only then is the message behind it for the group: its
offset is committed, the next one is handled. So whatever goes wrong on the way, nothing is lost, and a message may be handed
on twice: a consumer that goes down while it waits has published perhaps, and not committed. When the broker does not take the
message within its ``delivery_timeout``, the message is handled again from its first attempt on, as by Spring Kafka, whose
recoverer that fails makes the record come again with all its back offs (docs.spring.io, DefaultErrorHandler).

What is handed on has the trace, the key and the size of what failed. It is a part of its flow while somebody reads ``then``:
the flow is done well if the last handler succeeds. Where nobody does, the flow is spoiled, as by a dropped message.
"""

from sim.shared import shared

DONE = 0
AGAIN = 1
HAND_ON = 2
GIVE_UP = 3
"""What follows when an execution for a message has ended."""


@shared
def follows(well: bool, pause: int, hands_on: bool) -> int:  # noqa: FBT001
    """What a consumer does next: ``pause`` is what its retry policy says, -1 when there is no attempt left."""
    if well:
        return DONE
    if pause >= 0:
        return AGAIN
    return HAND_ON if hands_on else GIVE_UP


@shared
def due(appended_at: int, delay: int, now: int) -> bool:
    """Whether a message may be handled now."""
    return appended_at + delay <= now


@shared
def good(applied: bool, handed_on: bool, readers: int) -> bool:  # noqa: FBT001
    """Whether a message did not spoil its flow: it was applied, or it was handed on to a topic that somebody reads."""
    if applied:
        return True
    if not handed_on:
        return False
    return readers > 0
