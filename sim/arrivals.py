"""When clients arrive: chunks of times, made of a model of ``sim.scenario.arrivals`` and a key.

    bits(key, 0, k)  --gaps-->  gap k, in nano-arrivals       --sum-->  S_k            (int64, exact)
    rate over time   --areas->  expected nano-arrivals by t              C(t)
                                                              arrival k at the t where C(t) = S_k

A nano-arrival is 1e-9 expected arrivals, so that S / (rate per second) is nanoseconds. The k-th time depends on the
key, the model and k only, not on the size of the chunks or on anything that happens in the run. So the first blocks are
kept, of times and of gaps: the points of a sweep and both sides of a comparison meet the same arrivals, and points that
differ in the rate still have their gaps in common. They are worked out once.

A kind of arrivals whose rate is not of pieces has a clock of its own, ``C(t)`` and its inverse; times that were recorded are
as they are.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from sim import draws, exact_math
from sim.scenario.arrivals.base import Piece
from sim.scenario.distributions.exponential import Exponential

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.arrivals.base import ArrivalsModel, Clock
    from sim.scenario.distributions.base import DistributionModel

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

TIME_NS_MAX = 1 << 62  # 146 years; later arrivals are never
WORK_MAX = 1 << 62  # in nano-arrivals: 4.6e9 arrivals
BLOCK = 8192  # gaps computed at once, so that the intermediate arrays stay in the cache
SEQUENCES_KEPT, BLOCKS_KEPT = 64, 8  # at most 32 MiB of times, and as much of gaps

_Block: TypeAlias = "tuple[Integers, int, int, bool]"
"""Times, and where they end: the work done, the last time, whether any follow."""


class ArrivalTimes:
    """Arrival times of one flow in one replication, in ascending order, a chunk at a time.

    Args:
        model: settings of the arrival process.
        key: stream key of the flow's arrivals, ``draws.stream_key(seed, replication, ...)``, a signed 64-bit integer.
        until: a time in ns; later arrivals are of no use, and may be left out.

    """

    def __init__(self, model: ArrivalsModel | Multiplied, key: int, until: int = TIME_NS_MAX) -> None:
        """Begin before the first arrival; raises ``ValueError`` if the gaps' distribution cannot be compiled."""
        self._sequence = _sequence(model, key, until)
        self._count = 0
        self._work = 0
        self._last_ns = 0
        self._ended = not model.peak_rate > 0.0

    def next_chunk(self, n: int = 65_536) -> Integers:
        """Return the next ``n`` arrival times in int64 nanoseconds, non-decreasing and continuing the chunk before.

        Not to be written to, as others may meet the same times.
        Fewer than ``n``, at last none, when the rate stays zero from some time on (or time ends, after 146 years).
        """
        if n < 1:
            message = f"a chunk of {n} arrivals makes no sense; ask for one or more"
            raise ValueError(message)
        chunks: list[Integers] = []
        wanted = n
        while wanted > 0 and not self._ended:
            chunks.append(self._block(min(wanted, BLOCK)))
            wanted -= BLOCK
        if len(chunks) == 1:
            return chunks[0]
        return np.concatenate(chunks) if chunks else np.empty(0, dtype=np.int64)

    def _block(self, n: int) -> Integers:
        times, self._work, self._last_ns, self._ended = self._sequence.block(self._count, n, self._work, self._last_ns)
        self._count += n
        return times


def _sequence(model: ArrivalsModel | Multiplied, key: int, until: int) -> _Sequence | _Recorded:
    until = 0 if model.pieces() else until  # whose rate is of pieces has it for ever
    try:
        return _kept_sequence(model, key, until)
    except TypeError:  # a distribution of a user's own, with fields that have no hash
        return _Sequence(_clock(model, key, until), _Gaps(model.gaps(), key))


@functools.lru_cache(maxsize=SEQUENCES_KEPT)
def _kept_sequence(model: ArrivalsModel | Multiplied, key: int, until: int) -> _Sequence | _Recorded:
    recorded = model.recorded()
    if recorded is not None:
        return _Recorded(*recorded)
    return _Sequence(_clock(model, key, until), _kept_gaps(model.gaps(), key))


def _clock(model: ArrivalsModel | Multiplied, key: int, until: int) -> _Clock | Clock:
    return model.clock(key, until) or _Clock(model)


@functools.lru_cache(maxsize=SEQUENCES_KEPT)
def _kept_gaps(law: DistributionModel, key: int) -> _Gaps:
    return _Gaps(law, key)


class _Sequence:
    """All arrival times of a model and a key: blocks of them, of which the first few are kept."""

    def __init__(self, clock: _Clock | Clock, gaps: _Gaps) -> None:
        self._clock = clock
        self._steady = isinstance(clock, _Clock) and clock.steady
        self._gaps = gaps
        self._kept: dict[tuple[int, int], _Block] = {}

    def block(self, first: int, n: int, work: int, last_ns: int) -> _Block:
        """Return times ``first`` to ``first + n - 1``, where ``work`` and ``last_ns`` are what those before end with."""
        known = self._kept.get((first, n))
        if known is None:
            known = self._made(first, n, work, last_ns)
            if len(self._kept) < BLOCKS_KEPT:
                self._kept[first, n] = known
        return known

    def _made(self, first: int, n: int, done: int, last_ns: int) -> _Block:
        gaps = self._gaps.many(first, n)
        room = WORK_MAX - done
        # sums in float only guard against overflow, with a wide margin: the sums that count are exact
        if float(gaps.max()) * n > room:
            gaps = gaps[: _fitting(gaps, room)]
        work = np.cumsum(gaps) + done
        times = self._clock.times(work)
        ended = len(times) < n
        if len(times):
            if not self._steady:  # whose divisions and roundings keep the order
                times = np.maximum(np.maximum.accumulate(times), last_ns)
            done, last_ns = int(work[-1]), int(times[-1])
        times.flags.writeable = False
        return times, done, last_ns, ended


class _Recorded:
    """Times that are known, and come again after ``repeat`` ns, unless that is 0."""

    def __init__(self, times: Integers, repeat: int) -> None:
        self._times, self._repeat = times, repeat

    def block(self, first: int, n: int, work: int, last_ns: int) -> _Block:  # noqa: ARG002 - as of those that are drawn
        """Return times ``first`` to ``first + n - 1``."""
        number = np.arange(first, first + n, dtype=np.int64)
        rounds, place = np.divmod(number, len(self._times))
        if self._repeat == 0:
            place = place[: np.searchsorted(rounds, 1)]
            times = self._times[place]
        else:
            rounds = rounds[: np.searchsorted(rounds, TIME_NS_MAX // self._repeat - 1)]
            times = self._times[place[: len(rounds)]] + rounds * self._repeat
        times.flags.writeable = False
        return times, 0, 0, len(times) < n


def _fitting(gaps: Integers, room: int) -> int:
    """Return how many of the gaps add up to at most ``room``."""
    total = 0
    for i, gap in enumerate(gaps.tolist()):
        total += gap
        if total > room:
            return i
    return len(gaps)


class _Gaps:
    """Independent gaps in nano-arrivals, the k-th a function of the key and k; the first blocks are kept."""

    def __init__(self, law: DistributionModel, key: int) -> None:
        self._key = key
        self._kept: dict[tuple[int, int], Integers] = {}
        self._mean = law.mean_ns
        # exponential gaps are computed rather than looked up: a table's mean is off by 2e-5, and so would be every rate
        self._table = None if isinstance(law, Exponential) else draws.compile_distribution(law)

    def many(self, first: int, n: int) -> Integers:
        """Return gaps ``first`` to ``first + n - 1``; not to be written to."""
        known = self._kept.get((first, n))
        if known is None:
            known = self._made(first, n)
            known.flags.writeable = False
            if len(self._kept) < BLOCKS_KEPT:
                self._kept[first, n] = known
        return known

    def _made(self, first: int, n: int) -> Integers:
        u = draws.bits_many(self._key, 0, np.arange(first, first + n, dtype=np.int64))
        if self._table is not None:
            return draws.draw_many(self._table, u)
        q = u.astype(np.float64)
        q += 0.5
        q *= 2.0**-63
        gaps = exact_math.log(q)
        gaps *= -self._mean
        return np.rint(gaps, out=gaps).astype(np.int64)


@dataclass(frozen=True)
class Multiplied:
    """Arrivals whose rate is multiplied, from each of some times on: those before the first come as without it, to the bit."""

    model: ArrivalsModel
    factors: tuple[tuple[int, float], ...]

    def gaps(self) -> DistributionModel:
        """Return the gaps of the model: they pass on a faster clock."""
        return self.model.gaps()

    @property
    def peak_rate(self) -> float:
        """Highest rate at any time, per second, or more."""
        return self.model.peak_rate * max(1.0, *(factor for _, factor in self.factors))

    def pieces(self) -> tuple[Piece, ...]:
        """Return the rate over time."""
        return tuple(piece for piece, _ in self._sloped)

    def recorded(self) -> tuple[Integers, int] | None:
        """Return nothing: times that are known are no more and no fewer."""
        return None

    def clock(self, key: int, until: int) -> Clock | None:
        """Return the rate over time where that of the model is not of pieces."""
        clock = self.model.clock(key, until)
        return None if clock is None else _Faster(clock, self.factors)

    def slopes(self) -> list[float]:
        """Return how the rate grows in each piece, a second per ns: as in the piece of the model that it is cut from."""
        return [slope for _, slope in self._sloped]

    @cached_property
    def _sloped(self) -> list[tuple[Piece, float]]:
        """The pieces of the model, cut where the factor changes."""
        pieces, found = self.model.pieces(), list[tuple[Piece, float]]()
        for piece, following in zip(pieces, [*pieces[1:], None], strict=False):  # none: it has a clock
            end = TIME_NS_MAX if following is None else following.at_ns
            slope = 0.0 if following is None else (piece.rate_end - piece.rate) / (end - piece.at_ns)
            cuts = [piece.at_ns, *(at for at, _ in self.factors if piece.at_ns < at < end), end]
            for begin, stop in pairwise(cuts):
                factor = self._factor(begin)
                first = piece.rate if begin == piece.at_ns else piece.rate + slope * (begin - piece.at_ns)
                last = piece.rate_end if stop == end else piece.rate + slope * (stop - piece.at_ns)
                found.append((Piece(begin, first * factor, last * factor), slope * factor))
        return found

    def _factor(self, at: int) -> float:
        return next((factor for begin, factor in reversed(self.factors) if begin <= at), 1.0)


def multiplied(model: ArrivalsModel, factors: tuple[tuple[int, float], ...]) -> Multiplied:
    """Return the arrivals with a rate so many times as high from each of some times on (ns, ascending)."""
    return Multiplied(model, factors)


class _Faster:
    """The area below a rate that is multiplied from each of some times on, by that below the rate itself."""

    def __init__(self, clock: Clock, factors: tuple[tuple[int, float], ...]) -> None:
        self._clock = clock
        self._factor = np.array([1.0, *(factor for _, factor in factors)])
        base = [clock.area(at) for at in (0, *(at for at, _ in factors))]
        self._base = np.array([*base, TIME_NS_MAX], dtype=np.int64)
        area = [0]
        for factor, (begin, end) in zip(self._factor, pairwise(base), strict=False):
            area.append(min(area[-1] + round(float(factor) * (end - begin)), WORK_MAX))
        self._area = np.array(area, dtype=np.int64)

    def area(self, at: int) -> int:
        """Return the expected nano-arrivals until a time."""
        base = self._clock.area(at)
        piece = max(0, int(np.searchsorted(self._base[:-1], base, side="right")) - 1)
        return int(self._area[piece]) + round(float(self._factor[piece]) * (base - int(self._base[piece])))

    def times(self, work: Integers) -> Integers:
        """Return when the area reaches each of ``work``."""
        if self._factor[-1] == 0.0:
            work = work[: np.searchsorted(work, self._area[-1])]
        piece = np.searchsorted(self._area, work, side="right") - 1  # one without arrivals shares its area with the next
        rest = (work - self._area[piece]).astype(np.float64) / self._factor[piece]
        room = self._base[piece + 1] - self._base[piece]
        base = self._base[piece] + np.minimum(np.rint(np.minimum(rest, float(WORK_MAX))).astype(np.int64), room)
        return self._clock.times(base)


class _Clock:
    """From expected nano-arrivals to time: the inverse of the area below the rate."""

    def __init__(self, model: ArrivalsModel | Multiplied) -> None:
        pieces = model.pieces()
        self._at = np.array([piece.at_ns for piece in pieces], dtype=np.int64)
        self._rate = np.array([piece.rate for piece in pieces], dtype=np.float64)
        lengths = [*(b.at_ns - a.at_ns for a, b in pairwise(pieces)), TIME_NS_MAX]
        self._length = np.array(lengths, dtype=np.float64)
        rate_end = np.array([piece.rate_end for piece in pieces], dtype=np.float64)
        self._slope = np.array(model.slopes()) if isinstance(model, Multiplied) else (rate_end - self._rate) / self._length
        self._area = np.array(_areas(pieces, lengths), dtype=np.int64)
        self._ends = pieces[-1].rate == 0.0
        self.steady = len(pieces) == 1 and pieces[0].rate > 0.0
        """Whether the rate is one and the same for ever."""

    def times(self, work: Integers) -> Integers:
        """Return when the area below the rate reaches each of ``work`` (ascending), without those it never reaches."""
        if self.steady:
            times = self._steady_times(work)
            return times[: np.searchsorted(times, TIME_NS_MAX)]
        if self._ends:
            work = work[: np.searchsorted(work, self._area[-1])]
        # the last piece that begins at or below the work: pieces of rate zero share their area with the next one
        piece = np.searchsorted(self._area, work, side="right") - 1
        rest = (work - self._area[piece]).astype(np.float64)
        rate = self._rate[piece]
        root = np.sqrt(np.maximum(rate * rate + 2.0 * self._slope[piece] * rest, 0.0))
        # rest = rate * t + slope * t² / 2 solved for t without cancellation, also where the slope is zero
        divisor = rate + root
        elapsed = 2.0 * rest / np.where(divisor > 0.0, divisor, 1.0)
        elapsed = np.rint(np.minimum(elapsed, self._length[piece])).astype(np.int64)
        room = TIME_NS_MAX - self._at[piece]
        times = self._at[piece] + np.minimum(elapsed, room)
        return times[: np.searchsorted(times, TIME_NS_MAX)]

    def _steady_times(self, work: Integers) -> Integers:
        """As any other piece gives them, to the bit: the root of a square is exact, and so is twice a number."""
        elapsed = work.astype(np.float64)
        elapsed /= self._rate[0]
        np.rint(np.minimum(elapsed, self._length[0], out=elapsed), out=elapsed)
        return elapsed.astype(np.int64)


def _areas(pieces: tuple[tuple[int, float, float], ...], lengths: list[int]) -> list[int]:
    """Return the expected nano-arrivals before each piece, rounded to whole ones."""
    areas = [0]
    for (_, rate, rate_end), length in zip(pieces[:-1], lengths, strict=False):
        areas.append(min(areas[-1] + round((rate + rate_end) / 2.0 * length), WORK_MAX))
    return areas
