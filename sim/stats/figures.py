"""How a number is printed: with its unit, and only as many digits as it deserves.

    0.41234  s    ->  412 ms         0.01234  share     ->  1.23 %
    97.514   1/s  ->  97.5/s         512.0    messages  ->  512 messages        0.41 [0.38, 0.45] s -> 410 [380, 450] ms

One place, so that tables, charts and reports print the same figure in the same way.
"""

from __future__ import annotations

import math

_SUFFIXES = {"share": (100.0, " %"), "points": (100.0, " points"), "1/s": (1.0, "/s"), "messages": (1.0, " messages")}
_TIME_STEPS = ((1.0, 1.0, "s"), (1e-3, 1e3, "ms"), (1e-6, 1e6, "us"))


def format_number(value: float, digits: int = 3) -> str:
    """Return a number with that many significant digits, never in scientific notation below a million million."""
    if math.isnan(value):
        return "-"
    if math.isinf(value):
        return "infinite" if value > 0 else "-infinite"
    if value == 0.0:
        return "0"
    before = math.floor(math.log10(abs(value))) + 1
    if before > digits:
        return f"{value:,.0f}".replace(",", " ") if before <= 12 else f"{value:.{digits}g}"  # noqa: PLR2004
    text = f"{value:.{max(0, digits - before)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_value(value: float, unit: str, digits: int = 3) -> str:
    """Return a value of a metric with its unit, as people read it; ``-`` when there is none."""
    if not math.isfinite(value):
        return format_number(value)
    if unit == "s":
        return _format_seconds(value, digits)
    factor, suffix = _SUFFIXES.get(unit, (1.0, ""))
    return format_number(value * factor, digits) + suffix


def format_interval(mean: float, low: float, high: float, unit: str, digits: int = 3) -> str:
    """Return ``412 [380, 450] ms``: a figure with its bounds, the unit written once where all three share it.

    ``points`` is the unit of differences of shares: percentage points.
    """
    texts = [format_value(value, unit, digits) for value in (mean, low, high)]
    parts = [text.rpartition(" ") for text in texts]
    if len({suffix for _, _, suffix in parts}) == 1 and parts[0][1] and not parts[0][2].isdigit():
        texts = [number for number, _, _ in parts]
        return f"{texts[0]} [{texts[1]}, {texts[2]}] {parts[0][2]}"
    return f"{texts[0]} [{texts[1]}, {texts[2]}]"


def _format_seconds(value: float, digits: int) -> str:
    if value == 0.0:
        return "0 s"
    for least, factor, unit in _TIME_STEPS:
        if abs(value) >= least:
            return f"{format_number(value * factor, digits)} {unit}"
    return f"{format_number(value * 1e9, digits)} ns"


def rounded(value: float) -> float | None:
    """Return a value for a file: 12 significant digits, the same on every machine; None when it is not finite."""
    return float(f"{value:.12g}") if math.isfinite(value) else None
