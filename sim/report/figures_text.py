"""Figures as cells of a table: a value with its unit, a difference with its interval, in one unit throughout.

412 ms        -12.3 [-15.1, -9.8] ms        +14.2 [13.9, 14.6] pp        no end
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.stats.figures import format_number, format_value

if TYPE_CHECKING:
    from sim.stats.intervals import Estimate

SMALL = 0.01
"""Below this a plain number is shown in thousandths: more zeros than digits make no reader wiser."""

SCALES: dict[str, tuple[tuple[float, float, str], ...]] = {
    "s": ((1.0, 1.0, " s"), (1e-3, 1e3, " ms"), (1e-6, 1e6, " us"), (0.0, 1e9, " ns")),
    "share": ((0.0, 100.0, " pp"),),
    "1/s": ((0.0, 1.0, " /s"),),
    "messages": ((0.0, 1.0, ""),),
    "1": ((SMALL, 1.0, ""), (0.0, 1e3, " e-3")),
}
"""By unit: from which magnitude on, times what, and the word; differences of shares are percentage points."""


def replications(count: int) -> str:
    """So many of them, in words: ``1 replication``."""
    return f"{count} replication{'' if count == 1 else 's'}"


def value_cell(found: Estimate) -> str:
    """A side's figure: its mean, its median with a star when some replications have no finite value, or ``no end``."""
    if math.isfinite(found.mean):
        return format_value(found.mean, found.unit).removesuffix(" messages")
    if found.infinite and not math.isfinite(found.median):
        return "no end"
    if math.isfinite(found.median):
        return f"{format_value(found.median, found.unit).removesuffix(' messages')} *"
    return "-"


def interval_cell(found: Estimate, *, signed: bool = True, change: bool = False) -> str:
    """A figure with its 95 % interval; what stands in its place when there is none.

    ``signed``: a difference, with its sign; ``change``: the size of one, without. Of shares both are percentage points.
    """
    if not math.isfinite(found.mean):
        return "no interval" if found.infinite or found.missing else "-"
    shown = [found.mean, found.low, found.high] if found.estimable else [found.mean]
    magnitude = max(abs(number) for number in shown)
    scales = SCALES.get(found.unit, SCALES["1"])
    _, factor, word = next((row for row in scales if magnitude >= row[0]), scales[-1])
    if magnitude == 0.0:
        factor, word = scales[0][1:]
    if not signed and not change and found.unit == "share":
        word = " %"
    step = _step([number * factor for number in shown])
    mean = _rounded(found.mean * factor, step)
    sign = "+" if signed and found.mean > 0 and not mean.startswith("-") else ""
    if math.isfinite(found.low) and math.isinf(found.high) and not signed:
        return f"at least {_rounded(found.low * factor, step)}{word}"
    if not found.estimable:
        return f"{sign}{mean}{word}, no interval"
    return f"{sign}{mean} [{_rounded(found.low * factor, step)}, {_rounded(found.high * factor, step)}]{word}"


def _step(numbers: list[float]) -> int:
    """How many decimals three digits of the interval's width need, and three of the figure at most."""
    width = max(numbers) - min(numbers)
    largest = max(abs(number) for number in numbers)
    if largest == 0.0:
        return 0
    digits = 2 - math.floor(math.log10(largest))
    finer = 1 - math.floor(math.log10(width)) if width > 0.0 else digits
    return max(0, min(6, max(digits, min(finer, digits + 1))))


def _rounded(number: float, decimals: int) -> str:
    text = f"{number:.{decimals}f}"
    if float(text) == 0.0:
        return "0"
    return text if decimals else format_number(float(text), 1)
