r"""What an arrival process is: gaps between arrivals, counted on a clock that runs as fast as the rate.

    gaps      |--0.3--|----1.7----|-0.6-|         in arrivals, mean 1: exponential (Poisson), always 1 (constant), ...
                  sum = 0.3, 2.0, 2.6
    rate      10/s ________                       the expected number of arrivals up to t grows with slope rate;
                           \________ 2/s          an arrival happens when it reaches the sum
    times     30ms        200ms        ...

So a kind is two answers, ``gaps`` and ``pieces``; ``sim.arrivals`` turns them into times. A rate that is no line over time
(a sine, a chance of its own) is a ``clock`` instead of pieces; times that are known are ``recorded``, and users who wait for
their answers are no times at all. One file of this folder is one kind; adding a file adds the kind.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

from pydantic import Field

from sim.scenario.model import Model
from sim.scenario.units import Duration, Rate, format_duration

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.scenario.distributions.base import DistributionModel

    Integers = NDArray[np.int64]

SECOND_NS = 1_000_000_000


class Piece(NamedTuple):
    """A stretch of time in which the rate is linear; it lasts until the next piece begins, the last one for ever.

    Attributes:
        at_ns: when it begins, in nanoseconds.
        rate: the rate per second at its beginning.
        rate_end: the rate per second at its end; equal to ``rate`` in the last piece.

    """

    at_ns: int
    rate: float
    rate_end: float


class RateAt(Model):
    """A rate at a time."""

    at: Duration = Field(description="The time since the start of the run.")
    rate: Rate = Field(description="The arrivals per second from, or at, that time; zero or more.")


class Clock(Protocol):
    """The area below a rate over time, in whole nano-arrivals, and its inverse."""

    def area(self, at: int) -> int:
        """Return the expected nano-arrivals until a time in ns."""
        ...

    def times(self, work: Integers) -> Integers:
        """Return when the area reaches each of ``work`` (ascending), without those that it never reaches."""
        ...


class ArrivalsModel(Model, ABC):
    """Settings of one kind of arrival process; subclasses add ``kind`` and their fields."""

    steadfast: ClassVar[str] = ""
    """Why a fault cannot make them more or fewer, and what to write instead; '' where it can."""

    @abstractmethod
    def gaps(self) -> DistributionModel:
        """Return the distribution of the gaps, where 1 s stands for one expected arrival at a rate of 1/s."""

    @abstractmethod
    def pieces(self) -> tuple[Piece, ...]:
        """Return the rate over time, at least one piece, the first at 0, in ascending order."""

    def clock(self, key: int, until: int) -> Clock | None:  # noqa: ARG002 - for those whose rate is drawn
        """Return the rate over time, at least ``until`` a time in ns, where it is not of pieces.

        ``key`` is that of the stream of the flow's arrivals, of which the occurrences of trace 0 are the gaps.
        """
        return None

    def recorded(self) -> tuple[Integers, int] | None:
        """Return the times, in ns, where they are known, and after how long they come again; 0: never."""
        return None

    def too_much(self, horizon_ns: int) -> str:  # noqa: ARG002 - for those that take more for a longer run
        """Return why they cannot be made for so long, with the remedy; '' when they can."""
        return ""

    @property
    def level(self) -> bool:
        """Whether as many come at any time as at any other, on average."""
        pieces = self.pieces()
        return len(pieces) == 1 and pieces[0].rate == pieces[0].rate_end

    @property
    def peak_rate(self) -> float:
        """Highest rate at any time, per second."""
        return max(max(piece.rate, piece.rate_end) for piece in self.pieces()) * (SECOND_NS / self.gaps().mean_ns)

    def mean_rate(self, horizon_ns: int) -> float:
        """Return the expected arrivals per second from 0 to ``horizon_ns``."""
        if horizon_ns <= 0:
            message = f"the horizon is {format_duration(horizon_ns)}; a mean rate needs a positive horizon"
            raise ValueError(message)
        pieces = self.pieces()
        total = 0.0
        for piece, end_ns in zip(pieces, [*(later.at_ns for later in pieces[1:]), horizon_ns], strict=True):
            if piece.at_ns >= horizon_ns:
                break
            last = piece is pieces[-1]
            length = min(end_ns, horizon_ns) - piece.at_ns
            slope = 0.0 if last else (piece.rate_end - piece.rate) / (end_ns - piece.at_ns)
            total += (piece.rate + slope * length / 2.0) * length
        return total / horizon_ns * (SECOND_NS / self.gaps().mean_ns)


def check_times(points: tuple[RateAt, ...], field: str) -> None:
    """Raise ``ValueError`` with the remedy unless the times begin at 0 and ascend."""
    if points[0].at != 0:
        at = format_duration(points[0].at)
        message = f"the first of {field} is at {at}; begin with at: 0s, with rate: 0/s if nobody comes before {at}"
        raise ValueError(message)
    for earlier, later in pairwise(points):
        if later.at <= earlier.at:
            message = (
                f"{field} must ascend, and {format_duration(later.at)} follows {format_duration(earlier.at)}; "
                "sort them by at and remove repetitions"
            )
            raise ValueError(message)
