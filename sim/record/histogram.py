"""Durations counted on integers: log-spaced buckets, 256 to an octave, of everything that an int64 can hold.

    value      0 .. 255   256 .. 511    512 .. 1023   ...   2^62 .. 2^63 - 1
    bucket     one each   256 of 1 ns   256 of 2 ns   ...   256 of 2^54 ns
    octave     0          1             2                   55

A bucket is at most 1/256 (0.4 %) of its lower bound wide. Counts are integers: histograms of windows, replications and
shards add up exactly, in any order.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from sim.shared import shared

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUB_BITS = 8
SUB_BUCKETS = 1 << SUB_BITS
VALUE_BITS = 63
OCTAVES = VALUE_BITS - SUB_BITS + 1
BUCKETS = OCTAVES * SUB_BUCKETS


@shared
def bucket_of(value: int) -> int:
    """Bucket index of a duration in ns, from 0 to 2^63 - 1."""
    if value < SUB_BUCKETS:
        return max(value, 0)
    shift = value.bit_length() - 1 - SUB_BITS
    return (shift << SUB_BITS) + (value >> shift)


@functools.cache
def bucket_bounds(sub_bits: int = SUB_BITS, value_bits: int = VALUE_BITS) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Smallest and largest value (ns, int64, shape (buckets,)) of every bucket; not to be written to.

    Other ``sub_bits`` and ``value_bits`` are those of files that older versions wrote.
    """
    index = np.arange((value_bits - sub_bits + 1) << sub_bits, dtype=np.int64)
    shift = np.maximum((index >> sub_bits) - 1, 0)
    sub = np.int64(1) << sub_bits
    low = np.where(index < 2 * sub, index, ((index & (sub - 1)) + sub) << shift)
    high = low + ((np.int64(1) << shift) - 1)
    low.flags.writeable = high.flags.writeable = False
    return low, high
