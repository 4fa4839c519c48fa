"""What the histograms of a run hold, by window and flow, in as few bytes as it takes.

    journal of an engine:  -1 - (window x histograms + histogram), (bucket, count), (bucket, count), ..., -1 - ..., ...
      --taken, now and then--> parts --whole--> Tallies: entries (window, flow, size)   cells (bucket, count)

A cell is three bytes while no bucket of a window is fuller than 255. Where a run has 50 answers a window and flow, nearly each
has a bucket of its own: what is kept grows with the answers there, not with the number of buckets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from sim.record.fields import HISTOGRAMS
from sim.record.histogram import BUCKETS, SUB_BITS, VALUE_BITS, bucket_bounds
from sim.record.tally import COUNT_BITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

KEPT_MAX = 64
"""Sums that tallies keep."""
CELLS_AT_A_TIME = 1 << 18

Cells: TypeAlias = "tuple[NDArray[np.int64], NDArray[np.int64]]"
"""Buckets that are not empty, ascending, and how many values lie in them or below."""
Span: TypeAlias = "tuple[int, int]"


@dataclass(frozen=True)
class Tallies:
    """One histogram for each window and flow, kept as the buckets that are not empty.

    windows, flows: of each entry, int32 (entries,), sorted; an entry has at least one cell
    sizes:          how many cells each entry has, uint16 (entries,)
    buckets:        of each cell, uint16 (cells,), ascending within an entry
    counts:         of each cell, unsigned (cells,)
    geometry:       (sub_bits, value_bits) of the buckets
    """

    windows: NDArray[np.int32]
    flows: NDArray[np.int32]
    sizes: NDArray[np.uint16]
    buckets: NDArray[np.uint16]
    counts: NDArray[Any]
    geometry: tuple[int, int] = (SUB_BITS, VALUE_BITS)
    _sums: dict[Span, dict[int, Cells]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of_rows(cls, rows: NDArray[np.int64], geometry: tuple[int, int] = (SUB_BITS, VALUE_BITS)) -> Tallies:
        """From rows of (window, flow, bucket, count), int64 of shape (n, 4), sorted, each place at most once."""
        rows = rows.reshape(-1, 4)
        places = rows[:, 0] * (1 + rows[:, 1].max(initial=0)) + rows[:, 1]
        first = np.flatnonzero(np.diff(places, prepend=-1))
        sizes = np.diff(first, append=len(rows))
        counts = rows[:, 3].astype(_narrow(int(rows[:, 3].max(initial=0))))
        windows, flows = (rows[first, column].astype(np.int32) for column in (0, 1))
        return cls(windows, flows, sizes.astype(np.uint16), rows[:, 2].astype(np.uint16), counts, geometry)

    def rows(self, flows: Sequence[int] | None = None) -> NDArray[np.int64]:
        """Rows of (window, flow, bucket, count), int64 of shape (n, 4), sorted; of some flows, or of all."""
        wanted = np.ones(len(self.flows), dtype=np.bool_) if flows is None else np.isin(self.flows, flows)
        cells = np.repeat(wanted, self.sizes)
        places = [np.repeat(column[wanted], self.sizes[wanted]) for column in (self.windows, self.flows)]
        return np.stack([*places, self.buckets[cells], self.counts[cells]], axis=1, dtype=np.int64)

    def by_flow(self, flows: int) -> NDArray[np.int64]:
        """How many values each flow has in all windows, int64 (flows,)."""
        found = np.zeros(flows, dtype=np.int64)
        for _, counts, of_flow in self._pieces(0, len(self.flows)):
            found += np.bincount(of_flow, counts, minlength=flows).astype(np.int64)  # floats, whole far below 2^53
        return found

    def bounds(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Smallest and largest value (ns) of every bucket."""
        return bucket_bounds(*self.geometry)

    def cells(self, flows: Sequence[int], first: int, stop: int) -> Cells:
        """Return what some flows hold over the windows ``first`` to ``stop - 1``; not to write to.

        Every quantile of a flow asks for the same: the sums of the first few spans are kept.
        """
        by_flow = self._by_flow(first, stop)
        held = [by_flow[flow] for flow in flows if flow in by_flow]
        if len(held) == 1:
            return held[0]
        if not held:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        buckets, place = np.unique(np.concatenate([buckets for buckets, _ in held]), return_inverse=True)
        counts = np.zeros(len(buckets), dtype=np.int64)
        np.add.at(counts, place.reshape(-1), np.concatenate([np.diff(reached, prepend=0) for _, reached in held]))
        return buckets, counts.cumsum()

    def _by_flow(self, first: int, stop: int) -> dict[int, Cells]:
        """The same of each flow that holds anything."""
        known = self._sums.get((first, stop))
        if known is not None:
            return known
        begin, end = self.windows.searchsorted((first, stop))
        names = np.unique(self.flows[begin:end])
        least, most = int(self.buckets.min(initial=BUCKETS)), int(self.buckets.max(initial=0))
        width = max(0, most - least + 1)
        sums = np.zeros(len(names) * width, dtype=np.int64)
        for buckets, counts, flows in self._pieces(int(begin), int(end)):
            places = buckets - least
            if len(names) > 1:
                places += np.searchsorted(names, flows) * width
            sums += np.bincount(places, counts, minlength=len(sums)).astype(np.int64)  # floats, whole far below 2^53
        found: dict[int, Cells] = {}
        for flow, row in zip(names.tolist(), sums.reshape(len(names), width), strict=True):
            held = np.flatnonzero(row)
            reached, held = row[held].cumsum(), held + least
            held.flags.writeable = reached.flags.writeable = False
            found[flow] = (held, reached)
        if len(self._sums) < KEPT_MAX:
            self._sums[first, stop] = found
        return found

    def _pieces(self, begin: int, end: int) -> Iterator[tuple[NDArray[np.int64], NDArray[Any], NDArray[np.int32]]]:
        """Buckets, counts and flows of the cells of the entries ``begin`` to ``end - 1``, not too many at a time."""
        ends = np.cumsum(self.sizes[:end], dtype=np.int64)
        at = begin
        while at < end:
            start = int(ends[at - 1]) if at else 0
            upto = max(at + 1, int(ends.searchsorted(start + CELLS_AT_A_TIME, side="right")))
            cells = slice(start, int(ends[upto - 1]))
            flows = np.repeat(self.flows[at:upto], self.sizes[at:upto])
            yield self.buckets[cells].astype(np.int64), self.counts[cells], flows
            at = upto

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """What a fingerprint covers, in order: every array, counts as wide as their largest takes."""
        return self.windows, self.flows, self.sizes, self.buckets, self.counts


class _Column:
    """Numbers one after the other. It grows where it stands as far as the system can, so that there is never twice as much."""

    def __init__(self, kind: type[np.unsignedinteger[Any] | np.signedinteger[Any]]) -> None:
        self.array: NDArray[Any] = np.empty(0, dtype=kind)
        self.used = 0

    def append(self, values: NDArray[Any]) -> None:
        """Add some; where they do not fit, all become wider."""
        if values.dtype.itemsize > self.array.dtype.itemsize:
            self.array = self.array.astype(values.dtype)
        begin, self.used = self.used, self.used + len(values)
        if self.used > len(self.array):
            self.array.resize(self.used + self.used // 8, refcheck=False)
        self.array[begin : self.used] = values

    def taken(self) -> NDArray[Any]:
        """All of them."""
        self.array.resize(self.used, refcheck=False)
        return self.array


class Journal:
    """What was taken of an engine's journal so far: of each kind of histogram its places, sizes, buckets and counts."""

    def __init__(self) -> None:
        kinds = (np.int64, np.uint16, np.uint16, np.uint8)
        self.columns = [[_Column(kind) for kind in kinds] for _ in range(HISTOGRAMS)]

    def take(self, words: NDArray[np.int64]) -> None:
        """Take what an engine wrote down: headers and cells."""
        heads = np.flatnonzero(words < 0)
        if len(heads) == 0:
            return
        places, kinds = np.divmod(-1 - words[heads], HISTOGRAMS)
        sizes, cells = np.diff(heads, append=len(words)) - 1, np.delete(words, heads)
        kind_of_cell = np.repeat(kinds, sizes)
        for kind, (of_places, of_sizes, of_buckets, of_counts) in enumerate(self.columns):
            own, held = kinds == kind, cells[kind_of_cell == kind]
            counts = held & ((1 << COUNT_BITS) - 1)
            of_places.append(places[own])
            of_sizes.append(sizes[own].astype(np.uint16))
            of_buckets.append((held >> COUNT_BITS).astype(np.uint16))
            of_counts.append(counts.astype(_narrow(int(counts.max(initial=0)))))

    def whole(self, flows: int) -> tuple[Tallies, ...]:
        """Tallies of each kind of histogram, of everything that was taken; the journal is spent then."""
        found = []
        for columns in self.columns:
            places, sizes, buckets, counts = (column.taken() for column in columns)
            window, flow = np.divmod(places, max(flows, 1))
            found.append(Tallies(window.astype(np.int32), flow.astype(np.int32), sizes, buckets, counts))
        return tuple(found)


def _narrow(most: int) -> np.dtype[Any]:
    """The narrowest unsigned type that holds numbers up to ``most``."""
    return np.min_scalar_type(most)
