"""The age of information of read models: for each key, how long ago the newest event that is there was published.

    age   /|  /|      grows by one ns a ns, and falls to the age of an event when that is projected
         / | / | /    summed over keys: one level, and its area is a square of time, kept in two words
        /  |/  |/

An area of 5000 keys over an hour is 10^29 ns^2: more than 64 bits. It is kept twice over (so that no half is lost), as so many
times 2^31 and a rest, and stays exact.
"""

from sim.record.families import COUNT, FIELDS, LEVEL, LEVELS, WINDOW
from sim.record.fields.projections import LEVEL_AGE, LEVEL_KNOWN, LEVEL_VIEW_SINCE, PROJECTIONS, VIEW_AGE_HIGH, VIEW_AGE_LOW
from sim.shared import Words, shared

PART_BITS = 31
PART_MASK = (1 << PART_BITS) - 1


@shared
def add_product(r: Words, w: int, a: int, b: int) -> None:
    """Add a times b to the area of a row; ``b`` is below 2^31, and ``a`` below 2^62."""
    low = (a & PART_MASK) * b
    r[w + VIEW_AGE_HIGH] += (a >> PART_BITS) * b + (low >> PART_BITS)
    r[w + VIEW_AGE_LOW] += low & PART_MASK


@shared
def advance_ages(r: Words, now: int, view: int) -> None:
    """Bring the ages of a view, and their area, up to ``now``; when that was done last is set by `recorder.advance`."""
    w = r[PROJECTIONS.at + WINDOW] + view * r[PROJECTIONS.at + FIELDS]
    level = r[PROJECTIONS.at + LEVEL] + view * r[PROJECTIONS.at + LEVELS]
    left, known = now - r[level + LEVEL_VIEW_SINCE], r[level + LEVEL_KNOWN]
    while left > 0:
        elapsed = min(left, PART_MASK)
        add_product(r, w, 2 * r[level + LEVEL_AGE] + known * elapsed, elapsed)
        r[level + LEVEL_AGE] += known * elapsed
        left -= elapsed


@shared
def advance_all_ages(r: Words, now: int) -> None:
    """The same of all views."""
    for view in range(r[PROJECTIONS.at + COUNT]):
        advance_ages(r, now, view)
