"""Histograms while a run is going on: tallies of the current window, page by page, and a journal of those past.

    tally(histogram, value) -> its octave's page, its cell += 1        put_away() -> journal: header, cells, header, cells, ...
"""

from sim.record.fields.header import (
    HISTOGRAMS,
    R_JOURNAL,
    R_JOURNAL_NEXT,
    R_LIMIT_BEGINS,
    R_LIMIT_VALUES,
    R_OCTAVES,
    R_PAGE_OF,
    R_PAGES_NEXT,
    R_TALLIED,
    R_WINDOW,
)
from sim.record.fields.limits import LIMIT_FIELDS, LIMIT_REACHED, R_WINDOW_LIMITS
from sim.record.histogram import OCTAVES, SUB_BITS, SUB_BUCKETS, bucket_of
from sim.shared import Words, shared

JOURNAL_LONG = 1 << 16  # words after which an engine has the journal taken
COUNT_BITS = 44  # of a cell in the journal; its bucket is above them


@shared
def tally(r: Words, histogram: int, value: int) -> None:
    """One more value in a histogram; exactly counted against the limits that are declared for it."""
    bucket = bucket_of(value)
    octave = bucket >> SUB_BITS
    slot = r[R_PAGE_OF] + histogram * OCTAVES + octave
    if r[slot] == 0:
        r[slot] = r[R_PAGES_NEXT]
        r[R_PAGES_NEXT] += SUB_BUCKETS
    r[r[slot] + (bucket & (SUB_BUCKETS - 1))] += 1
    r[r[R_OCTAVES] + histogram] |= 1 << octave
    begins = r[R_LIMIT_BEGINS] + histogram
    for limit in range(r[begins], r[begins + 1]):
        if value <= r[r[R_LIMIT_VALUES] + limit]:
            r[r[R_WINDOW_LIMITS] + limit * LIMIT_FIELDS + LIMIT_REACHED] += 1


@shared
def put_away(r: Words) -> None:
    """Write what the histograms of the current window hold into the journal, and empty them."""
    for histogram in range(r[R_TALLIED] * HISTOGRAMS):
        octaves = r[r[R_OCTAVES] + histogram]
        if octaves == 0:
            continue
        r[r[R_OCTAVES] + histogram] = 0
        at = r[R_JOURNAL_NEXT]
        r[at] = -1 - (r[R_WINDOW] * r[R_TALLIED] * HISTOGRAMS + histogram)
        at += 1
        octave = 0
        while octaves != 0:
            if octaves & 1 != 0:
                page = r[r[R_PAGE_OF] + histogram * OCTAVES + octave]
                for cell in range(SUB_BUCKETS):
                    count = r[page + cell]
                    if count != 0:
                        r[page + cell] = 0
                        r[at] = (((octave << SUB_BITS) + cell) << COUNT_BITS) + count
                        at += 1
            octaves >>= 1
            octave += 1
        r[R_JOURNAL_NEXT] = at


@shared
def journal_is_long(r: Words) -> bool:
    """Whether it is time to take what the journal holds; it has room for all tallies of one more window even so."""
    return r[R_JOURNAL_NEXT] - r[R_JOURNAL] >= JOURNAL_LONG
