"""Tables of figures as text for a terminal and as Markdown: the same cells, aligned.

metric    synchronous  event-driven  difference [95 %], n = 10  better
goodput         174/s         203/s      +28.9 [28.2, 29.6] /s  event-driven
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.judgements.fallbacks import fallback_notes
from sim.judgements.faults import fault_notes
from sim.judgements.hysteresis import load_hysteresis, staircases
from sim.judgements.warm_up_check import doubtful_warm_up
from sim.report.figures_text import interval_cell, value_cell
from sim.report.fitting import GAP, fill, laid_out, stacked, width, widths_for
from sim.scenario.objectives import Objective

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.results.comparison import Comparison
    from sim.results.result import Result, SummaryRow
    from sim.stats.judging import Verdict

__all__ = ["Table", "comparison_table", "overall", "result_table", "verdict_lines", "verdicts_of", "width"]

NOTES_MAX = 12
ONE_BY_ONE = "rows hold one by one, at 95 % each; the claims of the verdict hold all together"
"""What stands below a table of differences: of twenty rows of equals one is called better by chance."""
VERDICTS_MAX = 20
"""Objectives that are named of a sweep; it may have thousands."""


@dataclass(frozen=True)
class Table:
    """Cells with a heading each.

    Attributes:
        heads: the headings.
        rows: texts, as many in each row as there are headings.
        right: which columns are aligned to the right.
        notes: what stands below the table.
        drop: numbers of the columns that a narrow terminal goes without, the first to go first.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[bool, ...]
    notes: tuple[str, ...] = ()
    drop: tuple[int, ...] = ()

    def text(self, columns: int | None = None) -> str:
        """The table in plain characters, for a terminal of so many columns; no line ends in spaces.

        Where it is too wide words wrap, then columns go in the order of ``drop``, then figures stand below each other.
        """
        notes = list(self.notes)
        for gone in range(len(self.drop) + 1):
            kept = [at for at in range(len(self.heads)) if at not in self.drop[:gone]]
            rows = [[row[at] for at in kept] for row in (self.heads, *self.rows)]
            right = [self.right[at] for at in kept]
            widths = widths_for(rows, columns, right)
            if widths is None:
                continue
            head, *body = [laid_out(row, widths, right) for row in rows]
            lines = [*head, GAP.join("-" * wide for wide in widths), *(line for row in body for line in row)]
            if gone:
                names = ", ".join(self.heads[at] for at in self.drop[:gone])
                notes.append(f"left out in {columns} columns: {names}")
            break
        else:
            lines = stacked(self.heads, self.rows, columns or 0)
        return "\n".join([*lines, *(fill(note, columns, GAP, GAP) for note in notes)])

    def markdown(self) -> str:
        """The table in Markdown."""
        rule = [("---:" if right else ":---") for right in self.right]
        rows = [[in_line(cell).replace("|", "\\|") for cell in row] for row in (self.heads, *self.rows)]
        rows.insert(1, rule)
        lines = [f"| {' | '.join(row)} |" for row in rows]
        return "\n".join([*lines, *([""] if self.notes else []), *(f"- {in_line(note)}" for note in self.notes)])


def in_line(text: str) -> str:
    """A text on one line, as Markdown has cells and items: a value of an axis may have several."""
    return " ".join(text.splitlines())


def comparison_table(comparison: Comparison) -> Table:
    """The headline of a comparison: both sides, the paired difference with its 95 % interval, n, who is better."""
    a, b = comparison.labels
    rows, notes = [], []
    for row in comparison.rows():
        label = f"{row.subject}: {row.label}" if row.subject else row.label
        difference = interval_cell(row.shown)
        if row.survival is not None:
            notes.append(f"{label}: {row.survival}")
            difference += f" ({len(notes)})"
        if difference == "no interval":
            notes.append(f"{label}: {row.difference.note}")
            difference = f"no interval ({len(notes)})"
        rows.append((label, value_cell(row.a), value_cell(row.b), difference, row.standing((a, b))))
    numbered = [f"({number}) {note}" for number, note in enumerate(notes, 1)]
    if any(cell.endswith(" *") for row in rows for cell in row):
        numbered.append("* the median: some replications have no finite value")
    sides = ((a, comparison.a), (b, comparison.b))
    ends = (
        f"difference: {b} minus {a}, replication by replication; pp: percentage points",
        ONE_BY_ONE,
        comparison.variance_reduction(),
        *(f"{label}: {load_hysteresis(side, flow)}" for label, side in sides for flow in staircases(side.scenario)),
        *([] if comparison.precision is None else comparison.precision.sentences()),
    )
    return Table(
        heads=("metric", a, b, f"difference [95 %], n = {comparison.a.replications}", "better"),
        rows=tuple(rows),
        right=(False, True, True, True, False),
        notes=(*numbered, *filter(None, ends)),
    )


def result_table(result: Result) -> Table:
    """The summary of a result: every figure with its 95 % interval and its n; figures of nothing are left out.

    What could not be seen of the whole system is not nothing: the table says so.
    """
    rows, notes = [], []
    for row in result.summary():
        found = row.estimate
        if _is_nothing(row) or (row.scope == "system" and _is_idle(row)):
            continue
        cell = interval_cell(found, signed=False)
        label = f"{row.subject}: {row.label}" if row.subject else row.label
        if cell == "no interval":
            notes.append(f"{label}: {found.note if found.survival is None else found}")
            cell = f"{value_cell(found)} ({len(notes)})"
        rows.append((label, cell, str(found.n)))
    numbered = tuple(f"({number}) {note}" for number, note in enumerate(notes, 1))
    told = [] if result.precision is None else result.precision.sentences()
    doubt = doubtful_warm_up(result)
    told += [*fault_notes(result), *fallback_notes(result)]
    told += [str(load_hysteresis(result, flow)) for flow in staircases(result.scenario)]
    words = (*numbered, *told, *([] if doubt is None else [str(doubt)]))
    return Table(("metric", "mean [95 %]", "n"), tuple(rows), (False, True, True), words, drop=(2,))


def overall(verdicts: Sequence[Verdict]) -> str:
    """All objectives in one line: FAIL when one is breached, else UNSURE when one is open, else PASS; '' without any."""
    counts = {word: sum(one.outcome == word for one in verdicts) for word in ("fail", "unsure", "pass")}
    word = next((word for word, count in counts.items() if count), "")
    if not word:
        return ""
    several = f"objective{'s' if len(verdicts) > 1 else ''}"
    if word == "pass":
        return f"PASS: {'all ' if len(verdicts) > 1 else 'the '}{len(verdicts) if len(verdicts) > 1 else 'one'} {several} met"
    # more replications bring no missing value back, and let no trace end
    open_ = [one for one in verdicts if one.outcome == "unsure" and isinstance(one.objective, Objective)]
    more = any(not one.estimate.missing for one in open_)
    said = {"fail": "breached", "unsure": "open: more replications may tell" if more else "open"}
    parts = [f"{counts[one]} of {len(verdicts)} {several} {said[one]}" for one in ("fail", "unsure") if counts[one]]
    return f"{word.upper()}: {'; '.join(parts)}"


def verdict_lines(verdicts: Sequence[Verdict]) -> list[str]:
    """The objectives, one line each: PASS, FAIL or UNSURE, what was asked, what was found."""
    return [f"{verdict.outcome.upper():<6}  {verdict.objective}   {verdict.reason}" for verdict in verdicts]


def verdicts_of(named: Sequence[tuple[str, Sequence[Verdict]]], *, met: bool = True) -> list[str]:
    """The objectives of several, such as the sides of a comparison: all in one line, then a line each that says whose it is.

    Without ``met`` only those that do not hold have a line, and of many the first ones. [] when there are none at all.
    """
    verdicts = [verdict for _, some in named for verdict in some]
    lines = [
        f"{verdict.outcome.upper():<6}  {name}: {verdict.objective}   {verdict.reason}"
        for name, some in named
        for verdict in some
        if met or verdict.outcome != "pass"
    ]
    left = 0 if met else max(0, len(lines) - VERDICTS_MAX)
    more = [f"... and {left} more that do not hold, or are open"] if left else []
    return [overall(verdicts), *lines[: len(lines) - left], *more] if verdicts else []


def _is_nothing(row: SummaryRow) -> bool:
    """Whether no replication has the figure, and there is nothing to say of it."""
    found = row.estimate
    unseen = row.scope == "system" and "could not be seen" in found.note
    return found.n == found.missing and not unseen


def _is_idle(row: SummaryRow) -> bool:
    """Whether a figure of the whole system is about messages that this scenario does not have."""
    return row.metric in {"lost", "dropped", "duplicates"} and row.estimate.mean == 0.0
