"""Quantities with their units: durations, rates and shares.

    "250ms"  -> 250_000_000        whole nanoseconds, exactly (decimal arithmetic, no float in between)
    "1h30m"  -> 5_400_000_000_000
    "200/s"  -> 200.0              per second
    "5%"     -> 0.05

A bare number is refused: 5 what? The message says how to write it. Each quantity prints back as the shortest text that
reads as the same value, so a file that is loaded and written means the same to the last nanosecond.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from sim.scenario.model import show

NANOSECONDS: dict[str, int] = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
}
BYTES: dict[str, int] = {
    "B": 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}
SIZE_MAX = 10**15
"""Largest size, in bytes."""
SECONDS_PER: dict[str, int] = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400}
DURATION_NS_MAX = 10**18
"""Longest duration, in nanoseconds: about 31 years, so that a time plus a duration stays below 2**63."""
RATE_MAX = 1e9
"""Highest rate, per second: one per nanosecond, the resolution of the clock."""
TEXT_CHARACTERS_MAX = 30
"""Longest text of a quantity."""
KEPT_MAX = 4096
"""Texts whose quantities are kept, and quantities whose texts are: a sweep reads and writes a scenario at every point."""

_NUMBER = r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?"
_PART = re.compile(rf"({_NUMBER})(ns|us|µs|μs|ms|s|m|h|d)")
_DURATION = re.compile(rf"(?:{_NUMBER}(?:ns|us|µs|μs|ms|s|m|h|d))+")
_RATE = re.compile(rf"({_NUMBER})/(s|min|m|h|d)")
_SHARE = re.compile(rf"({_NUMBER})%")
_SIZE = re.compile(rf"({_NUMBER})([kMGT]?B|[KMGT]iB)")
_SIGNED = re.compile(r"[+-]\s*[0-9.].*")

DURATION_HINT = "write for example '250ms', '1.5s', '2m' or '1h30m'"
RATE_HINT = "write for example '200/s', '12000/min' or '3/h'"
SIZE_HINT = "write for example '1kB', '16KiB' or '1GiB'"
BANDWIDTH_HINT = "write a size per second, such as 100MB/s"
SHARE_HINT = "write a share from 0 to 1 such as 0.05, or a percentage such as '5%'"


def _refuse(what: str, value: object, hint: str) -> PydanticCustomError:
    shown = show(value)
    return PydanticCustomError("unit", "{what}; {hint}", {"what": what.replace("@", shown), "hint": hint})


def parse_duration(value: object) -> int:
    """Return a duration in whole nanoseconds from a text such as ``"1.5s"`` or ``"1h30m"``, or from a ``timedelta``.

    Raises ``PydanticCustomError`` (a ``ValueError``) with the remedy for anything else: bare numbers, negative or
    fractional-nanosecond values, unknown units, units that do not descend, values above about 31 years.
    """
    if isinstance(value, dt.timedelta):
        nanoseconds = (value.days * 86_400 + value.seconds) * 10**9 + value.microseconds * 1_000
        return _limit_duration(Decimal(nanoseconds), value)
    if isinstance(value, bool) or not isinstance(value, str):
        if isinstance(value, int | float) and not isinstance(value, bool):
            raise _refuse("a duration needs a unit, got @", value, DURATION_HINT)
        raise _refuse("a duration is a text with a unit, got @", value, DURATION_HINT)
    return _duration_of(value.strip())


@functools.lru_cache(maxsize=KEPT_MAX)
def _duration_of(text: str) -> int:
    if _SIGNED.fullmatch(text):
        raise _refuse("@ has a sign; a duration is never negative", text, DURATION_HINT)
    if len(text) > TEXT_CHARACTERS_MAX or not _DURATION.fullmatch(text):
        if re.fullmatch(_NUMBER, text):
            raise _refuse("a duration needs a unit, got @", text, DURATION_HINT)
        raise _refuse("@ is not a duration", text, DURATION_HINT)
    total, unit_before = Decimal(0), 2 * DURATION_NS_MAX
    for number, unit in _PART.findall(text):
        unit_ns = NANOSECONDS[unit.replace("μ", "µ")]
        if unit_ns >= unit_before:
            raise _refuse("@ is not a duration: its units must go from long to short", text, DURATION_HINT)
        unit_before = unit_ns
        total += Decimal(number) * unit_ns
    return _limit_duration(total, text)


def _limit_duration(nanoseconds: Decimal, value: object) -> int:
    shown = str(value)
    if nanoseconds < 0:
        raise _refuse("@ is negative; a duration is not", shown, DURATION_HINT)
    if nanoseconds > DURATION_NS_MAX:
        raise _refuse("@ is longer than the longest duration, 277777h (about 31 years)", shown, "write a shorter one")
    if nanoseconds != int(nanoseconds):
        raise _refuse("@ is not a whole number of nanoseconds", shown, "round it to 1ns")
    return int(nanoseconds)


@functools.lru_cache(maxsize=KEPT_MAX)
def format_duration(nanoseconds: int) -> str:
    """Return the shortest text that reads as exactly this duration: ``250ms``, ``1.5s``, ``2m``, ``0s``."""
    if nanoseconds == 0:
        return "0s"
    if nanoseconds < 0:
        return "-" + format_duration(-nanoseconds)
    candidates: list[tuple[int, int, str]] = []
    for order, unit in enumerate(("s", "ms", "us", "ns", "m", "h")):
        whole, rest = divmod(nanoseconds, NANOSECONDS[unit])
        if rest == 0:
            text = f"{whole}{unit}"
        elif whole == 0 or unit in {"m", "h"}:
            continue
        else:
            width = len(str(NANOSECONDS[unit])) - 1
            text = f"{whole}.{rest:0{width}d}".rstrip("0") + unit
        candidates.append((len(text), order, text))
    return min(candidates)[2]


def parse_rate(value: object) -> float:
    """Return a rate per second from a text such as ``"200/s"``, ``"12000/min"`` or ``"3/h"``.

    Raises ``PydanticCustomError`` with the remedy for bare numbers, negative values and unknown units.
    """
    if not isinstance(value, str):
        raise _refuse("a rate needs a unit, got @", value, RATE_HINT)
    return _rate_of(value.strip())


@functools.lru_cache(maxsize=KEPT_MAX)
def _rate_of(text: str) -> float:
    if _SIGNED.fullmatch(text):
        raise _refuse("@ has a sign; a rate is never negative", text, RATE_HINT)
    match = _RATE.fullmatch(text)
    if match is None or len(text) > TEXT_CHARACTERS_MAX:
        if re.fullmatch(_NUMBER, text):
            raise _refuse("a rate needs a unit, got @", text, RATE_HINT)
        raise _refuse("@ is not a rate", text, RATE_HINT)
    rate = float(Decimal(match[1]) / SECONDS_PER[match[2]])
    if rate > RATE_MAX:
        raise _refuse("@ is more than one per nanosecond", text, "write a lower rate")
    return rate


@functools.lru_cache(maxsize=KEPT_MAX)
def format_rate(per_second: float) -> str:
    """Return the shortest text, per second, minute or hour, that reads as exactly this rate: ``200/s``."""
    candidates: list[tuple[int, int, str]] = []
    for order, unit in enumerate(("s", "min", "h")):
        for number in (_plain(per_second * SECONDS_PER[unit]), _plain(round(per_second * SECONDS_PER[unit], 6))):
            text = f"{number}/{unit}"
            if _RATE.fullmatch(text) and parse_rate(text) == per_second:
                candidates.append((len(text) + 4 * order, order, text))
    return min(candidates)[2] if candidates else f"{_plain(per_second)}/s"


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(number)


def parse_share(value: object) -> float:
    """Return a share from 0 to 1, from a number (``0.05``) or a percentage (``"5%"``); raises with the remedy."""
    if isinstance(value, str):
        text = value.strip()
        match = _SHARE.fullmatch(text)
        if match is None or len(text) > TEXT_CHARACTERS_MAX:
            raise _refuse("@ is not a share", text, SHARE_HINT)
        share = float(Decimal(match[1]) / 100)
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise _refuse("@ is not a share", value, SHARE_HINT)
    else:
        share = float(value)
    if not 0.0 <= share <= 1.0:
        raise _refuse("@ is not between 0 and 1 (100%)", value, SHARE_HINT)
    return share


def parse_size(value: object) -> int:
    """Return a size in whole bytes, at least one, from a text such as ``"1kB"`` or ``"16KiB"``; raises with the remedy."""
    if not isinstance(value, str):
        raise _refuse("a size needs a unit, got @", value, SIZE_HINT)
    text = value.strip()
    match = _SIZE.fullmatch(text)
    if match is None or len(text) > TEXT_CHARACTERS_MAX:
        raise _refuse("@ is not a size", text, SIZE_HINT)
    size = Decimal(match[1]) * BYTES[match[2]]
    if size != int(size) or not 1 <= size <= SIZE_MAX:
        raise _refuse("@ is not a whole number of bytes, from 1B to 1000TB", text, SIZE_HINT)
    return int(size)


def format_size(size: int) -> str:
    """Return the shortest text that reads as exactly this size: ``1kB``, ``16KiB``."""
    texts = [f"{size // of}{unit}" for unit, of in BYTES.items() if size % of == 0 and size >= of]
    return min(texts, key=len)


def parse_bandwidth(value: object) -> int:
    """Return bytes per second, at least one, from a text such as ``"100MB/s"``; raises with the remedy."""
    if not isinstance(value, str):
        raise _refuse("a bandwidth needs a unit, got @", value, BANDWIDTH_HINT)
    size, slash, second = value.strip().partition("/")
    if not slash or second != "s":
        raise _refuse("@ is not a bandwidth", value, BANDWIDTH_HINT)
    return parse_size(size)


def format_bandwidth(rate: int) -> str:
    """Return the shortest text that reads as exactly this bandwidth: ``100MB/s``."""
    return f"{format_size(rate)}/s"


def _positive_duration(value: object) -> int:
    nanoseconds = parse_duration(value)
    if nanoseconds == 0:
        raise _refuse("@ is zero; this duration must be longer", value, DURATION_HINT)
    return nanoseconds


def _positive_rate(value: object) -> float:
    rate = parse_rate(value)
    if rate <= 0.0:
        raise _refuse("@ is zero; this rate must be higher", value, RATE_HINT)
    return rate


_DURATION_SCHEMA = WithJsonSchema(
    {
        "$comment": "duration",
        "type": "string",
        "pattern": r"^([0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?(ns|us|µs|ms|s|m|h|d))+$",
        "examples": ["250ms", "1.5s", "1h30m"],
    }
)
_RATE_SCHEMA = WithJsonSchema(
    {
        "$comment": "rate",
        "type": "string",
        "pattern": r"^[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?/(s|min|m|h|d)$",
        "examples": ["200/s", "12000/min"],
    }
)
_SIZE_SCHEMA = WithJsonSchema(
    {
        "$comment": "size",
        "type": "string",
        "pattern": r"^[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?([kMGT]?B|[KMGT]iB)$",
        "examples": ["1kB", "16KiB"],
    }
)
_BANDWIDTH_SCHEMA = WithJsonSchema(
    {
        "$comment": "bandwidth",
        "type": "string",
        "pattern": r"^[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?([kMGT]?B|[KMGT]iB)/s$",
        "examples": ["100MB/s", "1GB/s"],
    }
)
_SHARE_SCHEMA = WithJsonSchema(
    {
        "$comment": "share",
        "examples": ["5%", 0.05],
        "anyOf": [
            {"type": "number", "minimum": 0, "maximum": 1},
            {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?%$", "examples": ["5%"]},
        ]
    }
)

Duration = Annotated[
    int, BeforeValidator(parse_duration), PlainSerializer(format_duration, return_type=str), _DURATION_SCHEMA
]
"""A duration in int nanoseconds, zero or more; written ``"250ms"``."""

PositiveDuration = Annotated[
    int, BeforeValidator(_positive_duration), PlainSerializer(format_duration, return_type=str), _DURATION_SCHEMA
]
"""A duration in int nanoseconds, at least one."""

Rate = Annotated[float, BeforeValidator(parse_rate), PlainSerializer(format_rate, return_type=str), _RATE_SCHEMA]
"""A rate per second, zero or more; written ``"200/s"``."""

PositiveRate = Annotated[
    float, BeforeValidator(_positive_rate), PlainSerializer(format_rate, return_type=str), _RATE_SCHEMA
]
"""A rate per second above zero."""

Size = Annotated[int, BeforeValidator(parse_size), PlainSerializer(format_size, return_type=str), _SIZE_SCHEMA]
"""A size in bytes, at least one; written ``"16KiB"``."""

Bandwidth = Annotated[
    int, BeforeValidator(parse_bandwidth), PlainSerializer(format_bandwidth, return_type=str), _BANDWIDTH_SCHEMA
]
"""Bytes per second, at least one; written ``"100MB/s"``."""

Share = Annotated[float, BeforeValidator(parse_share), _SHARE_SCHEMA]
"""A share or probability from 0 to 1; written ``0.05`` or ``"5%"``."""
