"""What is varied, and over which values.

    services.orders.replicas=2,4,8          a list: each value as a file would have it
    faults.slow.factor=1..20:log:8          a range: 8 values from 1 to 20, evenly spaced in their logarithms
    network.hop=1ms..1s:lin:5               quantities keep their units
    workload.buy.arrivals.rate=10/s..90/s   a range to sample from: --sample says how many

Values between the ends are rounded to six digits, so that they are the same texts on every machine; where the field
holds an integer, to whole numbers. A sample draws each whole number of a range equally often (of a logarithmic one, as often as
the way to the next one is long).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from sim.scenario.overrides import parse_override
from sim.scenario.problems import ScenarioError, did_you_mean
from sim.scenario.units import NANOSECONDS, format_duration, parse_duration, parse_rate, parse_share
from sim.sweeps.errors import SweepError

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

Spacing = Literal["lin", "log"]
Unit = Literal["number", "duration", "rate", "share"]

VALUES_MAX = 10_000
DIGITS = 6
FIXED = ("run.seed", "run.replications", "name")
"""Paths that a sweep sets for all points alike, or that name it."""
EXAMPLES = "write for example 'services.orders.replicas=2,4,8' or 'faults.slow.factor=1..20:log:8'"
_RANGE = re.compile(r"(?P<low>[^\s:\[\]{}\"']+?)\.\.(?P<high>[^\s:\[\]{}\"']+?)(?::(?P<spacing>[^:]*))?(?::(?P<count>[^:]*))?")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_OPEN, _CLOSE = "[{", "]}"


@dataclass(frozen=True)
class Range:
    """The values from ``low`` to ``high``, both included, in the base unit: ns, per second, shares or plain numbers.

    Attributes:
        spacing: ``lin`` evenly, ``log`` evenly in the logarithm.
        count: how many values a grid takes of it; 0: it can be sampled only.
        integer: whether values are whole numbers.
        ends: the two ends as they were written.
    """

    low: float
    high: float
    unit: Unit
    spacing: Spacing
    count: int
    integer: bool
    ends: tuple[str, str]

    def drawn(self, share: float) -> str:
        """Return the value of a sample: `at` a share, but of whole numbers the ends as often as those between, not half."""
        if not self.integer:
            return self.at(share)
        past = self.high + 1.0
        value = self.low * (past / self.low) ** share if self.spacing == "log" else self.low + share * (past - self.low)
        return str(min(int(self.high), math.floor(value)))

    def at(self, share: float) -> str:
        """Return the value at a share of the way from low to high, as the text of an override."""
        if self.spacing == "log":
            value = math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))
        else:
            value = self.low + share * (self.high - self.low)
        value = float(f"{min(self.high, max(self.low, value)):.{DIGITS}g}")
        if self.unit == "duration":
            return format_duration(round(value))
        if self.integer:
            return str(round(value))
        text = repr(value).removesuffix(".0")
        return f"{text}/s" if self.unit == "rate" else text

    def share_of(self, value: float) -> float:
        """Return how far a value is on the way from low to high, which rounding may have moved from where `at` was asked."""
        low, high, value = (math.log(one) if self.spacing == "log" else one for one in (self.low, self.high, value))
        return (value - low) / (high - low)

    def steps(self) -> tuple[str, ...]:
        """Return as many values as were asked for, the ends as they were written; whole numbers may come up again."""
        last = self.count - 1
        return (self.ends[0], *(self.at(number / last) for number in range(1, last)), self.ends[1])


@dataclass(frozen=True)
class Axis:
    """One path with its values: a list, or a range.

    Attributes:
        text: as it was asked for.
        path: the path of an override.
        listed: the values of a list, as texts; () when the axis is a range.
        range: the range; None when the axis is a list.
    """

    text: str
    path: str
    listed: tuple[str, ...]
    range: Range | None

    def values(self) -> tuple[str, ...]:
        """Return the values of a grid, each once. Raises `SweepError` for a range that does not say how many."""
        return tuple(dict.fromkeys(self.steps()))

    def steps(self) -> tuple[str, ...]:
        """Return the values one after another, as they go together with those of other axes; raises as `values` does."""
        if self.range is None:
            return self.listed
        if not self.range.count:
            low, high = self.range.ends
            raise SweepError(
                f"axis '{self.text}' is a range without a number of values; "
                f"write for example '{self.path}={low}..{high}:lin:5', or sample it: --sample lhs:20"
            )
        return self.range.steps()

    def at(self, share: float) -> str:
        """Return the value at a share from 0 to 1 of the axis; of a list, the value whose turn it is."""
        if self.range is not None:
            return self.range.at(share)
        return self.listed[min(len(self.listed) - 1, int(share * len(self.listed)))]

    def drawn(self, share: float) -> str:
        """Return the value that a sample takes at a share from 0 to 1, so that values come up equally often."""
        return self.at(share) if self.range is None else self.range.drawn(share)

    def share_of(self, text: str) -> float:
        """Return where a value that `at` gave lies: a share of the range; in a list, of the way from the first to the last."""
        if self.range is not None:
            return self.range.share_of(_quantity(self.text, text)[0])
        return self.listed.index(text) / max(len(self.listed) - 1, 1)


def meaning_of(value: str) -> tuple[float, str] | str:
    """Return a value of an axis as a number with its kind of unit, so that ``0.5s`` is ``500ms``; the text when it is none."""
    try:
        number, unit = _quantity(value, value)
    except SweepError:
        return value
    return number, "number" if unit == "share" else unit


def parse_axis(text: str, scenario: Scenario) -> Axis:
    """Return the axis that ``path=values`` asks for.

    Raises `SweepError` when it cannot be read, and `ScenarioError` with a did-you-mean when the path leads nowhere.
    """
    path, equals, given = (part.strip() for part in text.partition("="))
    if not equals or not path or not given:
        raise SweepError(f"axis '{text}' is not path=values; {EXAMPLES}")
    try:
        first = parse_override(scenario, f"{path}=0")
    except ScenarioError as error:
        raise ScenarioError([replace(problem, path=f"axis '{text}'") for problem in error.problems]) from None
    if path.partition(".")[0] == "sweep":
        raise SweepError(f"axis '{text}': a sweep does not vary itself; name a path of the scenario")
    if path in FIXED or ".".join(str(part) for part in first.loc) in FIXED:
        raise SweepError(f"axis '{text}': '{path}' is the same for all points of a sweep; set it by its own option")
    match = _RANGE.fullmatch(given)
    if match is None:
        return Axis(text, path, _listed(text, given), None)
    return Axis(text, path, (), _range(text, path, match, scenario))


def _listed(text: str, given: str) -> tuple[str, ...]:
    values = [value.strip() for value in split(given)]
    if any(not value for value in values):
        raise SweepError(f"axis '{text}' has an empty value; remove the comma, or write null")
    twice = [value for number, value in enumerate(values) if value in values[:number]]
    if twice:
        raise SweepError(f"axis '{text}' has the value {twice[0]} twice; write it once")
    if len(values) > VALUES_MAX:
        raise SweepError(f"axis '{text[:60]}...' has {len(values)} values; at most {VALUES_MAX} are taken")
    return tuple(values)


def split(given: str) -> list[str]:
    """Split at commas that are not inside brackets, braces or quotes."""
    parts, depth, quote = [""], 0, ""
    for letter in given:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in _OPEN:
            depth += 1
        elif letter in _CLOSE:
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append("")
            continue
        parts[-1] += letter
    return parts


def _range(text: str, path: str, match: re.Match[str], scenario: Scenario) -> Range:
    low_text, high_text, spacing, count = match["low"], match["high"], match["spacing"], match["count"]
    (low, unit), (high, other) = _quantity(text, low_text), _quantity(text, high_text)
    if unit != other:
        raise SweepError(f"axis '{text}': {low_text} is a {unit} and {high_text} a {other}; write both with one kind of unit")
    if not low < high:
        raise SweepError(f"axis '{text}': a range goes from low to high; write {high_text}..{low_text}, or a list")
    if spacing is not None and spacing not in {"lin", "log"}:
        raise SweepError(f"axis '{text}': unknown spacing '{spacing}'; {did_you_mean(spacing, ('lin', 'log'))}")
    if spacing == "log" and low <= 0.0:
        raise SweepError(f"axis '{text}': a logarithmic range starts above 0; write a higher start, or lin")
    number = 0
    if count is not None:
        if not re.fullmatch(r"[0-9]{1,6}", count) or not 2 <= int(count) <= VALUES_MAX:  # noqa: PLR2004 - both ends
            raise SweepError(f"axis '{text}': '{count}' is not a number of values from 2 to {VALUES_MAX}; write for example 8")
        number = int(count)
    integer = unit == "number" and _holds_integer(scenario, path, low_text)
    return Range(low, high, unit, "log" if spacing == "log" else "lin", number, integer, (low_text, high_text))


def _quantity(text: str, given: str) -> tuple[float, Unit]:
    """Return a number in its base unit, and what kind of unit it has."""
    try:
        if _NUMBER.fullmatch(given):
            value = float(given)
            if math.isfinite(value):
                return value, "number"
        elif given.endswith("%"):
            return parse_share(given), "share"
        elif "/" in given:
            return parse_rate(given), "rate"
        elif any(given.endswith(unit) for unit in NANOSECONDS):
            return float(parse_duration(given)), "duration"
    except ValueError as error:
        raise SweepError(f"axis '{text}': {error}") from None
    raise SweepError(f"axis '{text}': '{given}' is not the end of a range; write for example 1..20:log:8 or 10ms..1s:lin:5")


def _holds_integer(scenario: Scenario, path: str, low: str) -> bool:
    """Whether the field is one of whole numbers: what it makes of the lower end tells."""
    override = f"{path}={low}"
    value = scenario.with_overrides([override]).resolved()
    for part in parse_override(scenario, override).loc:
        value = value[part]  # type: ignore[index]
    return isinstance(value, int) and not isinstance(value, bool)
