"""The recorder's verbs about links: what is sent over them, and what becomes of it.

    crossed --> arrives | lost        doubled: it arrives twice
"""

from sim.record.fields.facts import FACT_LINK_DISTURBED, FACT_LINK_DOUBLED, FACT_LINK_LOST
from sim.record.fields.links import (
    LINK_ANSWERS,
    LINK_ANSWERS_LOST,
    LINK_DOUBLED,
    LINK_REQUESTS,
    LINK_REQUESTS_LOST,
    LINK_STRUCK,
    LINKS,
)
from sim.record.recorder import note
from sim.shared import Words, shared

LINK_FIELDS = len(LINKS.counters)


@shared
def counters_of_link(r: Words, link: int) -> int:
    """The address of a link's counters of the current window."""
    return r[LINKS.window_at] + link * LINK_FIELDS


@shared
def disturbed(r: Words, now: int, disturbance: int, lasts: int) -> None:
    """What crosses a link is struck from now on, or is no longer."""
    note(r, now, FACT_LINK_DISTURBED, disturbance, lasts)


@shared
def crossed(r: Words, link: int, answer: bool, struck: bool) -> None:  # noqa: FBT001
    """A request, or an answer, is sent."""
    w = counters_of_link(r, link)
    r[w + (LINK_ANSWERS if answer else LINK_REQUESTS)] += 1
    if struck:
        r[w + LINK_STRUCK] += 1


@shared
def lost(r: Words, now: int, link: int, ident: int, answer: bool) -> None:  # noqa: FBT001
    """It will not arrive."""
    r[counters_of_link(r, link) + (LINK_ANSWERS_LOST if answer else LINK_REQUESTS_LOST)] += 1
    note(r, now, FACT_LINK_LOST, ident, 1 if answer else 0)


@shared
def doubled(r: Words, now: int, link: int, ident: int) -> None:
    """It will arrive twice."""
    r[counters_of_link(r, link) + LINK_DOUBLED] += 1
    note(r, now, FACT_LINK_DOUBLED, ident, 0)
