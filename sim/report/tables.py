"""Tables of figures as text for a terminal and as Markdown: the same cells, aligned.

metric    synchronous  event-driven  difference [95 %], n = 10  better
goodput         174/s         203/s      +28.9 [28.2, 29.6] /s  event-driven
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.report.figures_text import interval_cell, value_cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.comparison import Comparison
    from sim.result import Result, SummaryRow, Verdict

NOTES_MAX = 12
GAP = "  "


@dataclass(frozen=True)
class Table:
    """Cells with a heading each.

    Attributes:
        heads: the headings.
        rows: texts, as many in each row as there are headings.
        right: which columns are aligned to the right.
        notes: what stands below the table.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[bool, ...]
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """The table in plain characters, for a terminal; no line ends in spaces."""
        widths = [max(width(row[at]) for row in (self.heads, *self.rows)) for at in range(len(self.heads))]
        lines = [self._line(self.heads, widths), GAP.join("-" * wide for wide in widths)]
        lines += [self._line(row, widths) for row in self.rows]
        lines += [f"  {note}" for note in self.notes]
        return "\n".join(lines)

    def markdown(self) -> str:
        """The table in Markdown."""
        rule = [("---:" if right else ":---") for right in self.right]
        rows = [[cell.replace("|", "\\|") for cell in row] for row in (self.heads, *self.rows)]
        rows.insert(1, rule)
        lines = [f"| {' | '.join(row)} |" for row in rows]
        return "\n".join([*lines, *([""] if self.notes else []), *(f"- {note}" for note in self.notes)])

    def _line(self, row: Sequence[str], widths: Sequence[int]) -> str:
        cells = [
            " " * (wide - width(cell)) + cell if right else cell + " " * (wide - width(cell))
            for cell, wide, right in zip(row, widths, self.right, strict=True)
        ]
        return GAP.join(cells).rstrip()


def width(text: str) -> int:
    """How many columns of a terminal a text takes: wide characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text
    )


def comparison_table(comparison: Comparison) -> Table:
    """The headline of a comparison: both sides, the paired difference with its 95 % interval, n, who is better."""
    a, b = comparison.labels
    named = {"a": a, "b": b, "": "not proven"}
    rows, notes = [], []
    for row in comparison.rows():
        label = f"{row.subject}: {row.label}" if row.subject else row.label
        difference = interval_cell(row.difference)
        if difference == "no interval":
            notes.append(f"{label}: {row.difference.note}")
            difference = f"no interval ({len(notes)})"
        better = "equal" if row.paired.ties == row.n and row.n else named[row.better]
        rows.append((label, value_cell(row.a), value_cell(row.b), difference, better))
    numbered = [f"({number}) {note}" for number, note in enumerate(notes, 1)]
    if any(cell.endswith(" *") for row in rows for cell in row):
        numbered.append("* the median: some replications have no finite value")
    return Table(
        heads=("metric", a, b, f"difference [95 %], n = {comparison.a.replications}", "better"),
        rows=tuple(rows),
        right=(False, True, True, True, False),
        notes=(*numbered, f"difference: {b} minus {a}, replication by replication; pp: percentage points"),
    )


def result_table(result: Result) -> Table:
    """The summary of a result: every figure with its 95 % interval and its n; figures of nothing are left out."""
    rows, notes = [], []
    for row in result.summary():
        found = row.estimate
        if found.n == found.missing or (row.scope == "system" and _is_idle(row)):
            continue
        cell = interval_cell(found, signed=False)
        label = f"{row.subject}: {row.label}" if row.subject else row.label
        if cell == "no interval":
            notes.append(f"{label}: {found.note}")
            cell = f"{value_cell(found)} ({len(notes)})"
        rows.append((label, cell, str(found.n)))
    numbered = tuple(f"({number}) {note}" for number, note in enumerate(notes, 1))
    return Table(("metric", "mean [95 %]", "n"), tuple(rows), (False, True, True), numbered)


def verdict_lines(verdicts: Sequence[Verdict]) -> list[str]:
    """The objectives, one line each: PASS, FAIL or UNSURE, what was asked, what was found."""
    return [f"{verdict.outcome.upper():<6}  {verdict.objective}   {verdict.reason}" for verdict in verdicts]


def _is_idle(row: SummaryRow) -> bool:
    """Whether a figure of the whole system is about messages that this scenario does not have."""
    return row.metric in {"lost", "dropped", "duplicates"} and row.estimate.mean == 0.0
