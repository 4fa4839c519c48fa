"""Latency histograms on integers: log-spaced buckets, 64 to an octave.

    value      0 .. 63   64 .. 127   128 .. 255   ...   2^42 .. 2^43
    bucket     one each  64 of 1 ns  64 of 2 ns   ...   64 of 2^36 ns

A bucket is at most 1/64 of its lower bound wide, so its middle is within 0.79 % of any value in it. Counts are integers:
histograms of windows, replications and shards add up exactly, in any order.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from sim.shared import shared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_Asked: TypeAlias = "tuple[tuple[int, ...], int, int]"
"""Flows (none: each by itself), first window, first window no longer included."""
SUB_BITS = 6
SUB_BUCKETS = 1 << SUB_BITS
VALUE_BITS = 43
BUCKETS = (VALUE_BITS - SUB_BITS + 1) * SUB_BUCKETS
KEPT_MAX = 64  # sums that histograms keep
VALUE_MAX = (1 << VALUE_BITS) - 1  # ns, 2.4 hours; anything longer counts in the last bucket


def bit_length(value: int) -> int:
    """Number of bits of a non-negative integer (the compiled engine has its own, in one instruction)."""
    return int(value).bit_length()


@shared
def bucket_of(value: int) -> int:
    """Bucket index of a duration in ns; values beyond `VALUE_MAX` fall into the last bucket."""
    if value < SUB_BUCKETS:
        return max(value, 0)
    if value > VALUE_MAX:
        return BUCKETS - 1
    shift = bit_length(value) - 1 - SUB_BITS
    return (shift << SUB_BITS) + (value >> shift)


@functools.cache
def bucket_bounds() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Smallest and largest value (ns, int64, shape (BUCKETS,)) of every bucket; not to be written to."""
    index = np.arange(BUCKETS, dtype=np.int64)
    shift = np.maximum((index >> SUB_BITS) - 1, 0)
    low = np.where(index < 2 * SUB_BUCKETS, index, ((index & (SUB_BUCKETS - 1)) + SUB_BUCKETS) << shift)
    high = low + (np.int64(1) << shift) - 1
    low.flags.writeable = high.flags.writeable = False
    return low, high


def bucket_middles() -> NDArray[np.float64]:
    """Middle of every bucket in ns, float64, shape (BUCKETS,): what a quantile reports."""
    low, high = bucket_bounds()
    return (low + high) / 2.0


@dataclass(frozen=True)
class Histograms:
    """One histogram for each window and flow, kept as the buckets that are not empty.

    ``rows`` is int64 of shape (n, 4): window, flow, bucket, count; sorted, each (window, flow, bucket) at most once.
    """

    rows: NDArray[np.int64]
    windows: int
    _sums: dict[_Asked, NDArray[np.int64]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, dense: NDArray[np.int64]) -> Histograms:
        """From counts of shape (windows, flows, BUCKETS)."""
        windows, flows, buckets = dense.shape
        held = np.flatnonzero(dense != 0)  # of bools in one row: ten times as fast as of numbers in three dimensions
        starts = np.arange(windows * flows, dtype=np.int64) * buckets
        each = np.diff(held.searchsorted(starts), append=len(held))
        window = np.repeat(np.repeat(np.arange(windows), flows), each)
        flow = np.repeat(np.tile(np.arange(flows), windows), each)
        bucket = held - np.repeat(starts, each)
        return cls(np.stack([window, flow, bucket, dense[window, flow, bucket]], axis=1), windows)

    @classmethod
    def merged(cls, parts: Sequence[Histograms]) -> Histograms:
        """The sum of several replications' histograms (equal shapes), bucket by bucket."""
        rows = np.concatenate([part.rows for part in parts])
        keys, place = np.unique(rows[:, :3], axis=0, return_inverse=True)
        counts = np.zeros(len(keys), dtype=np.int64)
        np.add.at(counts, place.reshape(-1), rows[:, 3])
        return cls(np.concatenate([keys, counts[:, None]], axis=1), max(part.windows for part in parts))

    def counts(self, flow: int, first: int = 0, stop: int | None = None) -> NDArray[np.int64]:
        """Counts by bucket, int64 of shape (BUCKETS,), of a flow over the windows ``first`` to ``stop - 1``."""
        begin, end = self.rows[:, 0].searchsorted((first, self.windows if stop is None else stop))
        rows = self.rows[begin:end]
        its = rows[:, 1] == flow
        counts = np.zeros(BUCKETS, dtype=np.int64)
        np.add.at(counts, rows[:, 2][its], rows[:, 3][its])
        return counts

    def reached(self, flows: tuple[int, ...], first: int, stop: int) -> NDArray[np.int64]:
        """How many values of some flows lie in a bucket or below, int64 of shape (BUCKETS,); not to write to.

        Every quantile of a flow asks for the same ones: the first few are kept.
        """
        known = self._sums.get((flows, first, stop))
        if known is not None:
            return known
        table = self._by_flow(first, stop)
        held = [flow for flow in flows if flow < len(table)]
        reached = table[held[0]] if len(held) == 1 else table[held].sum(axis=0)
        return self._kept(flows, first, stop, reached)

    def _by_flow(self, first: int, stop: int) -> NDArray[np.int64]:
        """The same of each flow, shape (flows, BUCKETS), up to the last flow that has any."""
        known = self._sums.get(((), first, stop))
        if known is not None:
            return known
        begin, end = self.rows[:, 0].searchsorted((first, stop))
        rows = self.rows[begin:end]
        flows = 1 + int(rows[:, 1].max(initial=0))
        counts = np.zeros(flows * BUCKETS, dtype=np.int64)
        np.add.at(counts, rows[:, 2] if flows == 1 else rows[:, 1] * BUCKETS + rows[:, 2], rows[:, 3])
        return self._kept((), first, stop, counts.reshape(flows, BUCKETS).cumsum(axis=1))

    def _kept(self, flows: tuple[int, ...], first: int, stop: int, sums: NDArray[np.int64]) -> NDArray[np.int64]:
        sums.flags.writeable = False
        if len(self._sums) < KEPT_MAX:
            self._sums[flows, first, stop] = sums
        return sums

    def by_window(self, flow: int) -> NDArray[np.int64]:
        """Counts of a flow, int64 of shape (windows, BUCKETS)."""
        rows = self.rows[self.rows[:, 1] == flow]
        counts = np.zeros((self.windows, BUCKETS), dtype=np.int64)
        counts[rows[:, 0], rows[:, 2]] = rows[:, 3]
        return counts


def quantile(counts: NDArray[np.int64], q: float, failed: int = 0) -> float:
    """The q-quantile in ns of the counted values, with ``failed`` further values taken as infinite.

    The smallest value with at least a share q of all values at or below it, taking the values of a bucket as spread
    evenly over it; ``nan`` when nothing was counted, ``inf`` when the quantile lies among the failures.
    """
    return quantile_of(np.cumsum(counts), q, failed)


def quantile_of(reached: NDArray[np.int64], q: float, failed: int = 0) -> float:
    """The same of how many values lie in each bucket or below, as `Histograms.reached` has them."""
    succeeded = int(reached[-1])
    total = succeeded + failed
    if total == 0:
        return math.nan
    rank = max(1, math.ceil(q * total - 1e-9))
    if rank > succeeded:
        return math.inf
    bucket = int(reached.searchsorted(rank))
    low, high = bucket_bounds()
    below = int(reached[bucket - 1]) if bucket else 0
    place = (rank - below - 0.5) / (int(reached[bucket]) - below)
    return float(low[bucket]) + place * float(high[bucket] - low[bucket])
