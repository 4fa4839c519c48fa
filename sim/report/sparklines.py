"""What happened over time in a few lines of text: goodput, errors and what waits as rows of blocks.

goodput  ▇▇▇▇▇▇▇▂▂▂▂▇▇█▇▇▇▇▇▇▇  lowest 61.2/s at 63 s
errors   ▁▁▁▁▁▁▁▇▇█▇▁▁▁▁▁▁▁▁▁▁  highest 75 % at 78 s
waiting  ▁▁▁▁▁▁▁▂▄▆█▂▁▁▁▁▁▁▁▁▁  highest 321 at 90 s
faults   ·······━━━━··········  slow-payment from 60 s to 90 s

Each sign stands for a stretch of time and shows the worst window in it, of the mean over replications: nothing bad hides in
an average. What waits are requests in queues and messages not yet committed together, and their number the mean of a window:
`queue_peak` and `backlog_peak` are the most of the ones and of the others at any time. Rows begin at zero; where there are two
sides they share one scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from sim.charts import series
from sim.report.fitting import GAP, fill, width
from sim.stats.figures import format_value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from sim.results.result import Result

    Floats = NDArray[np.float64]

BLOCKS, NO_VALUE, FAULT, NO_FAULT = "▁▂▃▄▅▆▇█", "·", "━", "·"
ASCII_BLOCKS, ASCII_NO_VALUE, ASCII_FAULT, ASCII_NO_FAULT = "_.:-=+*#", " ", "=", " "
SIGNS_MAX, SIGNS_MIN = 60, 16
NOTE = 28
"""Columns that a note takes beside its row; where there is no room it stands below."""
WAITING = "waiting: requests in queues, and messages not committed"
SECOND = 1e9


@dataclass(frozen=True)
class Row:
    """One metric over time: its values by window, what is worst of it, and the least top of its scale."""

    name: str
    of: Callable[[Result], Floats]
    unit: str
    low_is_bad: bool
    least_top: float


ROWS = (
    Row("goodput", lambda result: _mean(series.goodput(result.records, _all_flows(result))), "1/s", True, 0.0),
    Row("errors", lambda result: _mean(series.errors(result.records, _all_flows(result))), "share", False, 0.01),
    Row("waiting", lambda result: _mean(series.backlog(result.records)), "messages", False, 1.0),
)


def history(results: Sequence[Result], labels: Sequence[str], columns: int | None, *, blocks: bool = True) -> list[str]:
    """Lines of at most so many columns; ``blocks=False`` draws with ASCII only."""
    labels = labels if len(results) > 1 else [""]
    indent = max(len(row.name) for row in ROWS) + len(GAP)
    named = max(width(label) for label in labels)
    ahead = indent + (named + len(GAP) if named else 0)
    windows = min(result.network.windows for result in results)
    beside = columns is None or columns >= ahead + SIGNS_MIN + len(GAP) + NOTE
    room = SIGNS_MAX if columns is None else columns - ahead - (len(GAP) + NOTE if beside else 0)
    if room < SIGNS_MIN and named:  # no room for the labels beside the rows
        ahead, named, room = indent, 0, (columns or 0) - indent
    signs = max(1, min(SIGNS_MAX, windows, room))
    lines = []
    for row in ROWS:
        values = [row.of(result) for result in results]
        top = max(row.least_top, *(float(np.nanmax(one, initial=0.0)) for one in values))
        for result, label, one in zip(results, labels, values, strict=True):
            head = f"{row.name:<{indent}}" + (label + " " * (named - width(label)) + GAP if named else "")
            drawn = _drawn(_worst(one, signs, low=row.low_is_bad), top, blocks=blocks)
            note = _note(row, one, result) if named or not label else f"{label}: {_note(row, one, result)}"
            lines += _line(head, drawn, note, columns, ahead, beside=beside)
    lines += _faults(results, signs, columns, ahead, beside=beside, blocks=blocks)
    return [*lines, *(line for text in (_legend(results[0], signs), WAITING) for line in fill(text, columns).split("\n"))]


def _line(head: str, drawn: str, note: str, columns: int | None, ahead: int, *, beside: bool) -> list[str]:
    whole = f"{head}{drawn}{GAP}{note}"
    if beside and (columns is None or width(whole) <= columns):
        return [whole.rstrip()]
    return [f"{head}{drawn}".rstrip(), *fill(note, columns, " " * min(ahead, 9), " " * min(ahead, 9)).split("\n")]


def _faults(
    results: Sequence[Result], signs: int, columns: int | None, ahead: int, *, beside: bool, blocks: bool
) -> list[str]:
    """Where the declared faults are, and their names."""
    windows: dict[tuple[str, float, float], None] = {}
    for result in results:
        for name, fault in result.scenario.faults.items():
            begin, end = getattr(fault, "at", None), getattr(fault, "end", None)
            if begin is not None and end is not None:
                windows[name, begin / SECOND, end / SECOND] = None
    if not windows:
        return []
    borders = np.linspace(0.0, results[0].network.horizon / SECOND, signs + 1)
    struck = np.zeros(signs, dtype=bool)
    for _, begin, end in windows:
        struck |= (borders[:-1] < end) & (borders[1:] > begin)
    on, off = (FAULT, NO_FAULT) if blocks else (ASCII_FAULT, ASCII_NO_FAULT)
    drawn = "".join(on if one else off for one in struck)
    said = "; ".join(f"{name} from {_seconds(begin)} to {_seconds(end)}" for name, begin, end in windows)
    return _line(f"{'faults':<{ahead}}", drawn, said, columns, ahead, beside=beside)


def _drawn(values: Floats, top: float, *, blocks: bool) -> str:
    scale, none = (BLOCKS, NO_VALUE) if blocks else (ASCII_BLOCKS, ASCII_NO_VALUE)
    last = len(scale) - 1
    steps = np.ceil(np.nan_to_num(values) / (top or 1.0) * last)
    return "".join(
        none if np.isnan(value) else scale[int(min(last, max(0.0, step)))] for value, step in zip(values, steps, strict=True)
    )


def _worst(values: Floats, signs: int, *, low: bool) -> Floats:
    """The worst window of each stretch; nan where no window has a value."""
    borders = [len(values) * number // signs for number in range(signs + 1)]
    stretches = [values[begin:end][~np.isnan(values[begin:end])] for begin, end in pairwise(borders)]
    return np.array([np.nan if len(one) == 0 else one.min() if low else one.max() for one in stretches])


def _note(row: Row, values: Floats, result: Result) -> str:
    """The worst value and when."""
    if np.isnan(values).all():
        return "no value"
    at = int(np.nanargmin(values) if row.low_is_bad else np.nanargmax(values))
    if not row.low_is_bad and values[at] == 0.0:
        return "none"
    worst = format_value(float(values[at]), row.unit).removesuffix(" messages")
    begin = at * result.network.window / SECOND
    return f"{'lowest' if row.low_is_bad else 'highest'} {worst} at {_seconds(begin)}"


def _legend(result: Result, signs: int) -> str:
    network = result.network
    each = _seconds(network.horizon / signs / SECOND)
    n = result.replications
    runs = "one replication" if n == 1 else f"the mean over {n} replications"
    return f"each sign: the worst window in {each}, of {runs}; from 0 s to {_seconds(network.horizon / SECOND)}"


def _mean(values: Floats) -> Floats:
    """Mean over replications; nan where none has a value."""
    counted = np.isfinite(values)
    n = counted.sum(axis=0)
    mean: Floats = np.where(n > 0, np.where(counted, values, 0.0).sum(axis=0) / np.maximum(n, 1), np.nan)
    return mean


def _all_flows(result: Result) -> list[int]:
    return list(range(len(result.network.flows)))


def _seconds(seconds: float) -> str:
    return format_value(seconds, "s")
