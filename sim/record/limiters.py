"""The recorder's verbs about concurrency limits: what they admit, how that ends, and how large they are.

    comes --> admitted --> answered, dropped, ignored, or lost          refused: counted of the service, as `limit`
"""

from sim.record.fields.facts import FACT_LIMITED
from sim.record.fields.limiters import (
    IN_FLIGHT_MAX,
    LEVEL_IN_FLIGHT,
    LEVEL_LIMIT,
    LIMIT_MAX,
    LIMITER_ADMITTED,
    LIMITER_LEARNT,
    LIMITERS,
)
from sim.record.recorder import advance, note
from sim.shared import Words, shared


@shared
def levels_of_limiter(r: Words, limiter: int) -> int:
    """The address of a limiter's levels."""
    return r[LIMITERS.level_at] + limiter * r[LIMITERS.levels_at]


@shared
def admitted(r: Words, now: int, limiter: int) -> None:
    """One more request is in flight."""
    w = advance(r, now, LIMITERS.at, limiter)
    level = levels_of_limiter(r, limiter) + LEVEL_IN_FLIGHT
    r[level] += 1
    r[w + LIMITER_ADMITTED] += 1
    r[w + IN_FLIGHT_MAX] = max(r[w + IN_FLIGHT_MAX], r[level])


@shared
def over(r: Words, now: int, limiter: int, how: int) -> None:
    """A request is in flight no more: ``how`` is the counter."""
    w = advance(r, now, LIMITERS.at, limiter)
    r[levels_of_limiter(r, limiter) + LEVEL_IN_FLIGHT] -= 1
    r[w + how] += 1


@shared
def learnt(r: Words, now: int, limiter: int) -> None:
    """A limit has a sample more."""
    r[advance(r, now, LIMITERS.at, limiter) + LIMITER_LEARNT] += 1


@shared
def changed(r: Words, now: int, limiter: int, before: int, after: int) -> None:
    """The limit of a replica is another one now."""
    if before == after:
        return
    w = advance(r, now, LIMITERS.at, limiter)
    level = levels_of_limiter(r, limiter) + LEVEL_LIMIT
    r[level] += after - before
    r[w + LIMIT_MAX] = max(r[w + LIMIT_MAX], r[level])
    note(r, now, FACT_LIMITED, limiter, r[level])
