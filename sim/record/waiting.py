"""The recorder's verbs for requests that leave a queue unbegun, and for those whose worker another one takes."""

from sim.record.fields.facts import FACT_CALLED_BACK, FACT_ENDED, FACT_LEFT_QUEUE, FACT_PREEMPTED, FACT_RESUMED
from sim.record.fields.services import (
    LEVEL_BUSY,
    LEVEL_WAITING,
    R_LEVEL_SERVICES,
    SERVICE_ENDED,
    SERVICE_HELD,
    SERVICE_LEVELS,
    SERVICE_ORPHANED,
    SERVICE_WAITED,
    SERVICE_WAITING_MAX,
    SERVICE_WASTED,
)
from sim.record.recorder import advance_service, note
from sim.shared import Words, shared


@shared
def preempted(r: Words, now: int, service: int, ident: int) -> None:
    """A request of higher priority has taken the worker of one, which waits again."""
    w = advance_service(r, now, service)
    level = r[R_LEVEL_SERVICES] + service * SERVICE_LEVELS
    r[level + LEVEL_BUSY] -= 1
    r[level + LEVEL_WAITING] += 1
    r[w + SERVICE_WAITING_MAX] = max(r[w + SERVICE_WAITING_MAX], r[level + LEVEL_WAITING])
    note(r, now, FACT_PREEMPTED, ident, 0)


@shared
def resumed(r: Words, now: int, service: int, ident: int, waited: int) -> None:
    """A request whose worker was taken has one again after ``waited`` ns."""
    r[advance_service(r, now, service) + SERVICE_WAITED] += waited
    level = r[R_LEVEL_SERVICES] + service * SERVICE_LEVELS
    r[level + LEVEL_WAITING] -= 1
    r[level + LEVEL_BUSY] += 1
    note(r, now, FACT_RESUMED, ident, waited)


@shared
def ended_preempted(r: Words, now: int, service: int, ident: int, outcome: int, held: int, waited: int, orphan: int) -> None:
    """A request ended while another one had its worker, which it had had for ``held`` ns, and ``waited`` ns after."""
    w = advance_service(r, now, service)
    r[w + SERVICE_ENDED + outcome] += 1
    r[w + SERVICE_HELD] += held
    r[w + SERVICE_WAITED] += waited
    if orphan:
        r[w + SERVICE_ORPHANED] += 1
        r[w + SERVICE_WASTED] += held
    r[r[R_LEVEL_SERVICES] + service * SERVICE_LEVELS + LEVEL_WAITING] -= 1
    note(r, now, FACT_ENDED, ident, outcome)


@shared
def left_queue(r: Words, now: int, service: int, ident: int, outcome: int, waited: int) -> None:
    """A request left the queue of its replica after ``waited`` ns without having been begun, for this reason."""
    w = advance_service(r, now, service)
    r[w + SERVICE_ENDED + outcome] += 1
    r[w + SERVICE_WAITED] += waited
    r[r[R_LEVEL_SERVICES] + service * SERVICE_LEVELS + LEVEL_WAITING] -= 1
    note(r, now, FACT_LEFT_QUEUE, ident, outcome)


@shared
def called_back(r: Words, now: int, ident: int, delay: int) -> None:
    """A caller that has given up tells the callee, which hears it after ``delay`` ns."""
    note(r, now, FACT_CALLED_BACK, ident, delay)
