"""What one replication answers, for anything whose quantiles are asked: how many durations lie at or below which points.

    cells     [low, high]  [low, high]      [low, high]         a value lies in its cell, and no more is known of it
    reached       3             7               9        +2     failures: infinite, in ``total`` only
    possible      3             8              11               still open ones from their age on: they may end there, or later

    Counted: buckets, smallest, largest, exact counts at limits; small, adds up over flows, goes into files  --sample--> Sample
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from sim.record.histogram import SUB_BITS, VALUE_BITS, bucket_bounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Cells: TypeAlias = "tuple[NDArray[np.int64], NDArray[np.int64]]"
"""Buckets that are not empty, ascending, and how many values lie in them or below."""
TEXT_MAX = 1 << 22
"""Characters of what a text of `Counted` may unpack to."""


@dataclass(frozen=True)
class Sample:
    """The answers of one replication, in cells.

    Attributes:
        lows, highs: bounds, both inclusive, in ns, int64 (k,), of the cells that hold something; ascending, disjoint. Cells are
            at most 0.4 % wide, split at every declared limit, and cut at ``least`` and ``most``.
        reached: how many answers lie at or below ``highs``, int64 (k,).
        possible: the same with those still open that may yet end there: those that have been open for no longer.
        total: answers, failures (which are infinite) and still open ones.
        least, most: the smallest and the largest answer in ns, exactly; -1 without an answer.
    """

    lows: NDArray[np.int64]
    highs: NDArray[np.int64]
    reached: NDArray[np.int64]
    possible: NDArray[np.int64]
    total: int
    least: int
    most: int

    @property
    def answered(self) -> int:
        """How many answers there are."""
        return int(self.reached[-1]) if len(self.reached) else 0

    @property
    def open(self) -> int:
        """How many are still open."""
        return int(self.possible[-1] - self.reached[-1]) if len(self.reached) else 0

    @property
    def waiting(self) -> int:
        """How many are open and have been for no longer than the slowest answer took: nothing says that they are late."""
        at = int(self.highs.searchsorted(self.most, side="right")) - 1
        return int(self.possible[at] - self.reached[at]) if at >= 0 else 0

    @property
    def waited(self) -> int:
        """For how long, in ns, those that are waiting have been open, all together, each by the lower bound of its cell."""
        early = self.highs <= self.most
        return int(np.diff(self.possible - self.reached, prepend=0)[early] @ self.lows[early])


@dataclass(frozen=True)
class Counted:
    """What a sample is made of.

    Attributes:
        done, left: answers, and how long those still open have been, in cells of a histogram.
        least, most: the smallest and the largest answer in ns; -1 without one.
        failures: how many are infinite.
        points, exact: where values were counted exactly, in ns, ascending; how many of ``done``, and of ``left``, are there.
        geometry: (sub_bits, value_bits) of the buckets.
    """

    done: Cells
    left: Cells
    least: int
    most: int
    failures: int
    points: NDArray[np.int64]
    exact: tuple[NDArray[np.int64], NDArray[np.int64]]
    geometry: tuple[int, int] = (SUB_BITS, VALUE_BITS)

    @cached_property
    def sample(self) -> Sample:
        """The same in cells, cut at what was counted exactly."""
        low, high = bucket_bounds(*self.geometry)
        done, left, points = self.done, self.left, self.points
        ends = [[self.least], [self.most]] if self.most >= 0 else [[], []]
        starts = _sorted(low[done[0]], low[left[0]], points + 1, ends[0])
        uppers = _sorted(high[done[0]], high[left[0]], points, ends[1])
        reached = _surely(uppers, high, done, points, self.exact[0])
        answered, open_ = (int(cells[1][-1]) if len(cells[1]) else 0 for cells in (done, left))
        reached[uppers >= self.most] = answered
        possible = reached + _possibly(uppers, low, left, points, self.exact[1])
        held = (np.diff(reached, prepend=0) > 0) | (np.diff(possible - reached, prepend=0) > 0)
        uppers, reached, possible = uppers[held], reached[held], possible[held]
        lows = starts[starts.searchsorted(uppers, side="right") - 1]
        return Sample(lows, uppers, reached, possible, self.failures + answered + open_, self.least, self.most)

    @classmethod
    def added(cls, parts: Sequence[Counted]) -> Counted:
        """All parts together; counted exactly only where all of them were."""
        if len(parts) == 1:
            return parts[0]
        some = [part for part in parts if part.most >= 0]
        places = [dict(zip(part.points.tolist(), np.stack(part.exact, axis=1).tolist(), strict=True)) for part in parts]
        points = sorted(set.intersection(*(set(place) for place in places)))
        exact = [[sum(place[point][kind] for place in places) for point in points] for kind in (0, 1)]
        sums = [np.array(counts, dtype=np.int64) for counts in exact]
        return cls(
            _united([part.done for part in parts]),
            _united([part.left for part in parts]),
            min((part.least for part in some), default=-1),
            max((part.most for part in some), default=-1),
            sum(part.failures for part in parts),
            np.array(points, dtype=np.int64),
            (sums[0], sums[1]),
            parts[0].geometry,
        )

    def to_text(self) -> str:
        """Return it as a short text, the same for equal ones."""
        cells = [[np.diff(column, prepend=0).tolist() for column in cells] for cells in (self.done, self.left)]
        exact = [self.points.tolist(), *(one.tolist() for one in self.exact)]
        plain = [cells, [self.least, self.most, self.failures], exact, list(self.geometry)]
        packed = zlib.compress(json.dumps(plain, separators=(",", ":")).encode(), 6)
        return base64.b85encode(packed).decode("ascii")

    @classmethod
    def of_text(cls, text: str) -> Counted:
        """Return what ``to_text`` wrote. Raises ``ValueError`` for anything else."""
        try:
            plain = json.loads(_unpacked(text))
            done, left = ([np.cumsum(np.array(column, dtype=np.int64)) for column in part] for part in plain[0])
            least, most, failures = map(int, plain[1])
            points, *exact = (np.array(column, dtype=np.int64) for column in plain[2])
            sub_bits, value_bits = map(int, plain[3])
            cells = ((done[0], done[1]), (left[0], left[1]))
            found = cls(*cells, least, most, failures, points, (exact[0], exact[1]), (sub_bits, value_bits))
            _ = found.sample
        except (ValueError, TypeError, IndexError, KeyError, zlib.error, OverflowError, RecursionError) as error:
            raise ValueError(f"these are no counts of durations: {error}") from None
        return found


def _unpacked(text: str) -> bytes:
    """What a text was packed of, whole."""
    unpack = zlib.decompressobj()
    content = unpack.decompress(base64.b85decode(text), TEXT_MAX)
    if not unpack.eof:
        raise ValueError("their end is missing")
    return content


def _united(parts: Sequence[Cells]) -> Cells:
    """The sum of histograms."""
    buckets, place = np.unique(np.concatenate([buckets for buckets, _ in parts]), return_inverse=True)
    counts = np.zeros(len(buckets), dtype=np.int64)
    np.add.at(counts, place.reshape(-1), np.concatenate([np.diff(reached, prepend=0) for _, reached in parts]))
    return buckets, counts.cumsum()


def _sorted(*parts: NDArray[np.int64] | list[int]) -> NDArray[np.int64]:
    """All values, each once."""
    return np.unique(np.concatenate([np.asarray(part, dtype=np.int64) for part in parts]))


def _surely(
    at: NDArray[np.int64], high: NDArray[np.int64], cells: Cells, points: NDArray[np.int64], exact: NDArray[np.int64]
) -> NDArray[np.int64]:
    """How many values surely lie at or below each of ``at``; exactly as many where they were counted exactly."""
    buckets, reached = cells
    counts = np.concatenate([[0], reached])[high[buckets].searchsorted(at, side="right")]
    counts[at.searchsorted(points)] = exact
    return np.maximum.accumulate(counts)


def _possibly(
    at: NDArray[np.int64], low: NDArray[np.int64], cells: Cells, points: NDArray[np.int64], exact: NDArray[np.int64]
) -> NDArray[np.int64]:
    """How many values may lie at or below each of ``at``, by the bounds of their buckets; exactly as many at ``points``."""
    buckets, reached = cells
    counts = np.concatenate([[0], reached])[low[buckets].searchsorted(at, side="right")]
    counts[at.searchsorted(points)] = exact
    return np.minimum.accumulate(counts[::-1])[::-1]
