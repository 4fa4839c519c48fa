"""What the histograms of a run hold, by window and flow, in as few bytes as it takes.

    journal of an engine:  -1 - (window x histograms + histogram), (bucket, count), (bucket, count), ..., -1 - ..., ...
      --taken, now and then--> Journal: columns --whole--> Tallies: entries, cells by `sim.record.steps`
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from sim.record.fields.header import HISTOGRAMS
from sim.record.histogram import BUCKETS, SUB_BITS, VALUE_BITS, bucket_bounds
from sim.record.steps import JUMP, MORE, Cells, Coded, decode, encode
from sim.record.tally import COUNT_BITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

KEPT_MAX = 64
"""Sums that tallies keep."""
CODES_AT_A_TIME = 1 << 16

Reached: TypeAlias = "tuple[NDArray[np.int64], NDArray[np.int64]]"
"""Buckets that are not empty, ascending, and how many values lie in them or below."""
Span: TypeAlias = "tuple[int, int]"
Part: TypeAlias = "tuple[tuple[int, ...], Iterable[NDArray[Any]]]"


@dataclass(frozen=True)
class Tallies:
    """One histogram for each window and flow, kept as the buckets that are not empty.

    windows, flows: of each entry, int32 (entries,), sorted; an entry has at least one cell
    coded:          the cells of the entries, one entry after the other
    geometry:       (sub_bits, value_bits) of the buckets
    """

    windows: NDArray[np.int32]
    flows: NDArray[np.int32]
    coded: Coded
    geometry: tuple[int, int] = (SUB_BITS, VALUE_BITS)
    _sums: dict[Span, dict[int, Reached]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of_rows(cls, rows: NDArray[np.int64], geometry: tuple[int, int] = (SUB_BITS, VALUE_BITS)) -> Tallies:
        """From rows of (window, flow, bucket, count), int64 of shape (n, 4), sorted, each place at most once."""
        rows = rows.reshape(-1, 4)
        places = rows[:, 0] * (1 + rows[:, 1].max(initial=0)) + rows[:, 1]
        first = np.flatnonzero(np.diff(places, prepend=-1))
        sizes = np.diff(first, append=len(rows))
        windows, flows = (rows[first, column].astype(np.int32) for column in (0, 1))
        return cls(windows, flows, encode(Cells(sizes, rows[:, 2], rows[:, 3])), geometry)

    @property
    def nbytes(self) -> int:
        """Bytes that it takes."""
        return sum(array.nbytes for array in (self.windows, self.flows, *self.coded))

    def rows(self, flows: Sequence[int] | None = None) -> NDArray[np.int64]:
        """Rows of (window, flow, bucket, count), int64 of shape (n, 4), sorted; of some flows, or of all."""
        found = [np.zeros((0, 4), dtype=np.int64)]
        for entries, (sizes, buckets, counts) in self._pieces():
            places = [np.repeat(column[entries], sizes) for column in (self.windows, self.flows)]
            rows = np.stack([*places, buckets, counts], axis=1, dtype=np.int64)
            found.append(rows if flows is None else rows[np.isin(rows[:, 1], flows)])
        return np.concatenate(found)

    def by_flow(self, flows: int) -> NDArray[np.int64]:
        """How many values each flow has in all windows, int64 (flows,)."""
        found = np.zeros(flows, dtype=np.int64)
        for entries, cells in self._pieces():
            of_flow = np.repeat(self.flows[entries], cells.sizes)
            found += np.bincount(of_flow, cells.counts, minlength=flows).astype(np.int64)  # floats, whole far below 2^53
        return found

    def ends(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The first and the last bucket of each entry, int64 (entries,)."""
        last = [np.zeros(0, dtype=np.int64)]
        for _, cells in self._pieces():
            last.append(cells.buckets[np.cumsum(cells.sizes) - 1])
        return self.coded.firsts.astype(np.int64), np.concatenate(last)

    def bounds(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Smallest and largest value (ns) of every bucket."""
        return bucket_bounds(*self.geometry)

    def cells(self, flows: Sequence[int], first: int, stop: int) -> Reached:
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

    def _by_flow(self, first: int, stop: int) -> dict[int, Reached]:
        """The same of each flow that holds anything."""
        known = self._sums.get((first, stop))
        if known is not None:
            return known
        begin, end = self.windows.searchsorted((first, stop))
        names, place = np.unique(self.flows[begin:end], return_inverse=True)
        sums = np.zeros((len(names), 0), dtype=np.int64)
        least = BUCKETS
        for entries, cells in self._pieces(first, stop):
            low, high = int(cells.buckets.min()), int(cells.buckets.max())
            if low < least or high >= least + sums.shape[1]:
                sums, least = _wider(sums, least, low, high)
            row = np.repeat(place[entries.start - begin : entries.stop - begin], cells.sizes)
            np.add.at(sums.reshape(-1), row * sums.shape[1] + cells.buckets - least, cells.counts)
        found: dict[int, Reached] = {}
        for flow, row in zip(names.tolist(), sums, strict=True):
            held = np.flatnonzero(row)
            reached, held = row[held].cumsum(), held + least
            held.flags.writeable = reached.flags.writeable = False
            found[flow] = (held, reached)
        if len(self._sums) < KEPT_MAX:
            self._sums[first, stop] = found
        return found

    @functools.cached_property
    def _begins(self) -> NDArray[np.int64]:
        """Where each window that holds anything begins, and the end: (windows + 1, 4), of entries, codes, jumps and more."""
        codes, length = self.coded.codes, len(self.windows)
        entries = np.append(np.flatnonzero(np.diff(self.windows, prepend=-1)), length)
        found = np.zeros((len(entries), 4), dtype=np.int64)
        found[:, 0] = entries
        found[1:, 1] = np.add.reduceat(self.coded.lengths, entries[:-1], dtype=np.int64).cumsum()
        for at in range(0, len(codes), CODES_AT_A_TIME):
            piece = codes[at : at + CODES_AT_A_TIME]
            for column, code in ((2, JUMP), (3, MORE)):
                places = found[:, 1].searchsorted(at + np.flatnonzero(piece == code), side="right")
                np.add.at(found[:, column], places, 1)
        found[:, 2:] = found[:, 2:].cumsum(axis=0)
        return found

    def _pieces(self, first: int = 0, stop: int | None = None) -> Iterator[tuple[slice, Cells]]:
        """Entries and cells of the windows ``first`` to ``stop - 1``, not too many at a time, each window whole."""
        begins, coded = self._begins, tuple[Any, ...](self.coded)
        windows = self.windows[begins[:-1, 0]]
        at = int(windows.searchsorted(first))
        end = len(windows) if stop is None else int(windows.searchsorted(stop))
        while at < end:
            upto = int(begins[: end + 1, 1].searchsorted(begins[at, 1] + CODES_AT_A_TIME, side="right")) - 1
            upto = max(at + 1, upto)
            ends = zip(begins[at].tolist(), begins[upto].tolist(), strict=True)
            entries, codes, jumps, more = (slice(*each) for each in ends)
            cuts = (entries, entries, codes, jumps, more)
            yield entries, decode(Coded(*(column[cut] for column, cut in zip(coded, cuts, strict=True))))
            at = upto

    def parts(self) -> tuple[Part, ...]:
        """What a fingerprint covers, in order: windows, flows, sizes, buckets and counts, each as its shape and its pieces."""
        entries, cells = (len(self.windows),), (len(self.coded.codes) - len(self.coded.more),)
        sizes, buckets, counts = (self._numbers(column) for column in range(len(Cells._fields)))
        places = (entries, (self.windows,)), (entries, (self.flows,))
        return *places, (entries, sizes), (cells, buckets), (cells, counts)

    def _numbers(self, column: int) -> Iterator[NDArray[np.int64]]:
        """Sizes, buckets or counts of all entries."""
        return (cells[column] for _, cells in self._pieces())


def _wider(sums: NDArray[np.int64], least: int, low: int, high: int) -> tuple[NDArray[np.int64], int]:
    """Sums of the buckets from ``least`` on with room for those from ``low`` to ``high``, and where they begin now."""
    begin, end = min(least, low), max(least + sums.shape[1], high + 1)
    found = np.zeros((len(sums), end - begin), dtype=np.int64)
    found[:, least - begin :][:, : sums.shape[1]] = sums
    return found, begin


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
    """What was taken of an engine's journal so far: of each kind of histogram its places and what they hold."""

    def __init__(self) -> None:
        kinds = (np.int64, np.uint16, np.uint16, np.uint8, np.uint16, np.uint8)
        self.columns = [[_Column(kind) for kind in kinds] for _ in range(HISTOGRAMS)]

    def take(self, words: NDArray[np.int64]) -> None:
        """Take what an engine wrote down: headers and cells."""
        heads = np.flatnonzero(words < 0)
        if len(heads) == 0:
            return
        places, kinds = np.divmod(-1 - words[heads], HISTOGRAMS)
        sizes, cells = np.diff(heads, append=len(words)) - 1, np.delete(words, heads)
        kind_of_cell = np.repeat(kinds, sizes)
        for kind, columns in enumerate(self.columns):
            own, held = (kinds == kind) & (sizes > 0), cells[kind_of_cell == kind]
            found = encode(Cells(sizes[own], held >> COUNT_BITS, held & ((1 << COUNT_BITS) - 1)))
            for column, values in zip(columns, (places[own], *found), strict=True):
                column.append(values)

    def whole(self, flows: int) -> tuple[Tallies, ...]:
        """Tallies of each kind of histogram, of everything that was taken; the journal is spent then."""
        found = []
        for columns in self.columns:
            places, *coded = (column.taken() for column in columns)
            window, flow = np.divmod(places, max(flows, 1))
            found.append(Tallies(window.astype(np.int32), flow.astype(np.int32), Coded(*coded)))
        return tuple(found)
