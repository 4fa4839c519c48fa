r"""Recorded times: arrivals as they once came, from a file beside the scenario.

    arrivals.csv     0.5         one time a line, in seconds from the start of the run, ascending
                     1.0
                     1.25        --x----x-x------------> again from the start after ``repeat``, if that is given

Who loads the scenario reads the file, and keeps its times and their SHA-256 in the declaration: so they are in the digest of
the scenario, in results, manifests and sweeps, which need the file no more. In Python, ``times`` are written.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.arrivals.base import SECOND_NS, ArrivalsModel, Piece
from sim.scenario.arrivals.constant import UNIT_CONSTANT
from sim.scenario.units import PositiveDuration, format_duration

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.distributions.base import DistributionModel

    Integers = NDArray[np.int64]

TIMES_MAX = 200_000
BYTES_MAX = 2 * 1024 * 1024
SHOWN_MAX = 40
_TIME = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?")
_NS_DIGITS = 9


class BadTimeError(ValueError):
    """What is wrong with a time of a recording, and in which place it stands, from 1."""

    def __init__(self, place: int, message: str) -> None:
        """Keep the place."""
        super().__init__(message)
        self.place = place


def times_of(words: list[str]) -> list[int]:
    """Return the nanoseconds that seconds in words are; raises `BadTimeError` with the remedy."""
    if not words:
        raise BadTimeError(1, "there is no time; write one a line, in seconds, such as 0.25")
    if len(words) > TIMES_MAX:
        message = f"there are {len(words)} times; at most {TIMES_MAX} are replayed: cut out a shorter stretch"
        raise BadTimeError(TIMES_MAX + 1, message)
    found: list[int] = []
    before = 0
    for place, word in enumerate(words, start=1):
        match = _TIME.fullmatch(word)
        if match is None:
            shown = word[:SHOWN_MAX] or "an empty line"
            raise BadTimeError(place, f"expected a time in seconds such as 12.345, without a sign or unit, got {shown!r}")
        time = int(match[1]) * SECOND_NS + int((match[2] or "").ljust(_NS_DIGITS, "0"))
        if time < before:
            raise BadTimeError(place, f"{word} s comes before {format_duration(before)}, which stands above it; sort the times")
        found.append(time)
        before = time
    return found


def hash_of(file: str, times: str) -> str:
    """Return the SHA-256 of a recording, with the name of its file, in hex."""
    return hashlib.sha256(f"{file}\n{times}".encode()).hexdigest()


@lru_cache(maxsize=8)
def _recorded(times: str) -> Integers:
    found = np.array(times_of(times.split()), dtype=np.int64)
    found.flags.writeable = False
    return found


def _readable(times: str) -> str:
    """Refuse what is no recording."""
    if len(times) > BYTES_MAX:
        message = "the times are longer than {most} bytes; cut out a shorter stretch"
        raise PydanticCustomError("times", message, {"most": BYTES_MAX})
    try:
        _recorded(times)
    except BadTimeError as error:
        raise PydanticCustomError("times", "time {n}: {why}", {"n": error.place, "why": str(error)}) from None
    return " ".join(times.split())


class Replay(ArrivalsModel):
    """Arrivals at recorded times.

    Example: {kind: replay, times: '0.5 1.25 1.5', repeat: 2s}
    Source: GoReplay, which sends recorded traffic again.
    """

    kind: Literal["replay"] = Field(default="replay", description="Always 'replay'.")
    file: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = Field(
        default=None,
        description="Name of a file in the folder of the scenario, or below it: one time a line, in seconds from the start of "
        "the run, ascending.",
        examples=["arrivals.csv"],
    )
    repeat: PositiveDuration | None = Field(
        default=None, description="After how long the times come again, each time so much later; default: they come once."
    )
    times: Annotated[str, AfterValidator(_readable)] | None = Field(
        default=None,
        description="The times themselves, in seconds, with spaces between them; of a file, as it was read.",
        examples=["0.5 1.25 1.5"],
    )
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        default=None,
        description="Of the name and the times of the file, as it was read: nobody writes it by hand.",
        examples=["0" * 64],
    )
    steadfast: ClassVar[str] = (
        "recorded times are as they are; declare another flow beside it, such as one of kind spike, or replay another file"
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.times is None:
            what = "a file is read when a scenario file is loaded" if self.file is not None else "missing key 'file'"
            raise PydanticCustomError("replay", "{what}; write file there, or times: '0.5 1.25'", {"what": what})
        if self.file is not None and self.sha256 != hash_of(self.file, self.times):
            message = "these are not the times of '{file}', by their sha256; write the file alone, in a scenario file"
            raise PydanticCustomError("replay", message, {"file": self.file, "at": "file"})
        last = int(self.recorded()[0][-1])
        if self.repeat is not None and last > self.repeat:
            message = "the last time, {last}, comes after repeat, {repeat}; write a repeat of at least {last}"
            context = {"last": format_duration(last), "repeat": format_duration(self.repeat), "at": "repeat"}
            raise PydanticCustomError("replay", message, context)
        return self

    def gaps(self) -> DistributionModel:
        """Return gaps that are always one arrival: there is no chance in them."""
        return UNIT_CONSTANT

    def pieces(self) -> tuple[Piece, ...]:
        """Return no pieces: there is no rate."""
        return ()

    def recorded(self) -> tuple[Integers, int]:
        """Return the times, and after how long they come again; 0: never."""
        return _recorded(self.times or ""), self.repeat or 0

    @property
    def level(self) -> bool:
        """Nobody knows whether it is."""
        return False

    @property
    def peak_rate(self) -> float:
        """How many come a second, on average; none are never recorded."""
        times, repeat = self.recorded()
        return len(times) / max(1, repeat or int(times[-1])) * SECOND_NS

    def mean_rate(self, horizon_ns: int) -> float:
        """Return the arrivals per second from 0 to ``horizon_ns``."""
        times, repeat = self.recorded()
        rounds, rest = divmod(horizon_ns, repeat) if repeat else (0, horizon_ns)
        return (rounds * len(times) + int(np.searchsorted(times, rest))) / horizon_ns * SECOND_NS
