"""Buckets that are not empty, ascending, and their counts, as bytes: how far it is to the next bucket.

    buckets 1000, 1003, 1300, 1301 with counts 1, 5, 1, 1   -->   first 1000   codes 0, 3, MORE, JUMP, 1   jumps 297   more 5

A bucket that holds one value and is near the one before takes a byte. Where a run has 50 answers a window and flow, nearly each
has a bucket of its own: what is kept grows with the answers there, not with the number of buckets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MORE = 254
"""Code: the bucket before holds several, the next one of ``more``."""
JUMP = 255
"""Code: the step is the next one of ``jumps``, as it is too large for a byte."""


class Coded(NamedTuple):
    """What some entries hold, as bytes."""

    firsts: NDArray[np.uint16]  # the first bucket of each entry
    lengths: NDArray[np.uint16]  # how many codes each entry has
    codes: NDArray[np.uint8]
    jumps: NDArray[np.uint16]
    more: NDArray[Any]  # unsigned, as wide as the largest takes


class Cells(NamedTuple):
    """What some entries hold, as numbers."""

    sizes: NDArray[np.int64]  # how many buckets each entry has
    buckets: NDArray[np.int64]
    counts: NDArray[np.int64]


def encode(cells: Cells) -> Coded:
    """As bytes; each entry has at least one bucket."""
    first = np.cumsum(cells.sizes) - cells.sizes
    steps = np.diff(cells.buckets, prepend=0)
    steps[first] = 0
    several = cells.counts > 1
    ends = np.cumsum(1 + several)
    codes = np.full(ends[-1] if len(ends) else 0, MORE, dtype=np.uint8)
    codes[ends - 1 - several] = np.where(steps < MORE, steps, JUMP)
    lengths = cells.sizes + np.add.reduceat(several, first, dtype=np.int64)
    more = cells.counts[several]
    return Coded(
        cells.buckets[first].astype(np.uint16),
        lengths.astype(np.uint16),
        codes,
        steps[steps >= MORE].astype(np.uint16),
        more.astype(np.min_scalar_type(int(more.max(initial=0)))),
    )


def decode(coded: Coded) -> Cells:
    """As numbers."""
    is_cell = coded.codes != MORE
    steps = coded.codes[is_cell].astype(np.int64)
    steps[steps == JUMP] = coded.jumps
    several = np.flatnonzero(~is_cell)
    counts = np.ones(len(steps), dtype=np.int64)
    counts[several - 1 - np.arange(len(several))] = coded.more
    ends = np.cumsum(coded.lengths, dtype=np.int64)
    sizes = np.add.reduceat(is_cell, ends - coded.lengths, dtype=np.int64)
    walked = steps.cumsum()
    buckets = walked + np.repeat(coded.firsts - walked[np.cumsum(sizes) - sizes], sizes)
    return Cells(sizes, buckets, counts)
