"""The recorder's verbs about brokers that go down: what waits for them at publishers, and what becomes of it.

    held --> resent (the broker is back), undelivered (waited too long), or lost (the publisher's replica went down)
"""

from sim.record.fields.brokers import BROKER_HELD, BROKER_HELD_MAX, BROKER_TURNED_BACK, BROKERS, LEVEL_DOWN, LEVEL_HELD
from sim.record.fields.facts import FACT_BROKER_DOWN, FACT_BROKER_UP, FACT_HELD, FACT_LET_GO
from sim.record.recorder import advance, note
from sim.shared import Words, shared


@shared
def levels_of(r: Words, broker: int) -> int:
    """The address of a broker's levels."""
    return r[BROKERS.level_at] + broker * r[BROKERS.levels_at]


@shared
def broker_down(r: Words, now: int, broker: int) -> None:
    """A broker goes down."""
    advance(r, now, BROKERS.at, broker)
    r[levels_of(r, broker) + LEVEL_DOWN] = 1
    note(r, now, FACT_BROKER_DOWN, broker, 0)


@shared
def broker_up(r: Words, now: int, broker: int) -> None:
    """A broker is back."""
    advance(r, now, BROKERS.at, broker)
    r[levels_of(r, broker) + LEVEL_DOWN] = 0
    note(r, now, FACT_BROKER_UP, broker, 0)


@shared
def message_held(r: Words, now: int, broker: int, ident: int) -> None:
    """A message came to a broker that is down: it waits at its publisher."""
    w = advance(r, now, BROKERS.at, broker)
    level = levels_of(r, broker)
    r[w + BROKER_HELD] += 1
    r[level + LEVEL_HELD] += 1
    r[w + BROKER_HELD_MAX] = max(r[w + BROKER_HELD_MAX], r[level + LEVEL_HELD])
    note(r, now, FACT_HELD, ident, broker)


@shared
def message_turned_back(r: Words, now: int, broker: int) -> None:
    """A row of an outbox came to a broker that is down; its relay keeps it."""
    w = advance(r, now, BROKERS.at, broker)
    r[w + BROKER_TURNED_BACK] += 1


@shared
def message_let_go(r: Words, now: int, broker: int, ident: int, how: int) -> None:
    """A message waits no longer at its publisher; ``how`` is the counter."""
    w = advance(r, now, BROKERS.at, broker)
    r[w + how] += 1
    r[levels_of(r, broker) + LEVEL_HELD] -= 1
    note(r, now, FACT_LET_GO, ident, how)
