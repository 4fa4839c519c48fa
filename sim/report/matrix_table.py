"""The matrix as tables: all cells in short for a terminal, and every cell with its interval for Markdown and the page.

    fault         architecture  goodput lost  blast radius  time to recover
    slow-payment  synchronous         16.1 %        16.7 %              1 s
                  event-driven           0 %           0 %              2 s
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.judgements.matrix_words import bounds_of, differences_of, figure, proven_of
from sim.report.figures_text import value_cell
from sim.report.tables import Table
from sim.stats.figures import format_value

if TYPE_CHECKING:
    from sim.results.cells import Cells, Contrast, Side
    from sim.results.matrix import Matrix

NO_FAULT = "no fault"
NOT_EXERCISED = "not exercised"
TOGETHER = "in bold, or named in a sentence: better, proven together with every other difference of the matrix (Holm)"


def heads_of(matrix: Matrix) -> tuple[str, ...]:
    """The labels of the measures, with what tells lost and open effects apart."""
    return tuple(one.label for one in matrix.rows(""))


def overview(matrix: Matrix) -> Table:
    """Every cell's mean, a line for each architecture of each fault."""
    rows = []
    for fault in matrix.row_names:
        for label, side in zip(matrix.labels, matrix.sides, strict=True):
            name = (fault or NO_FAULT) if side == "a" else ""
            rows.append((name, label, *(short(one, side) for one in matrix.rows(fault))))
    heads = ("fault", "architecture", *heads_of(matrix))
    right = (False, False, *(True for _ in matrix.measures))
    last = len(heads) - 1
    spared = not all(one.compared for one in matrix.every)
    zero = [at for at, name in enumerate(matrix.measures, 2) if not any(matrix.moved(row, name) for row in matrix.row_names)]
    less = (*(at for at in range(last, 4, -1) if at in zero), *(at for at in range(last, 4, -1) if at not in zero))
    open_ = any(one.between(side) for one in matrix.every for side in matrix.sides)
    ends = (
        f"means of {matrix.replications} replications of each cell, under the same random numbers, seed {matrix.seed}",
        "goodput lost: of what was offered, the share not done well in time, beyond that without a fault",
        *(["not exercised: the fault has nothing there to strike; how it would be borne is not shown"] if spared else []),
        *(["from .. to ..: what a count may be, as the run's end or the way of counting leaves it open"] if open_ else []),
        *([f"0 in all cells: {'; '.join(heads[at] for at in zero)}"] if zero else []),
        "every interval: --format markdown, and table.md of the report",
    )
    return Table(heads, tuple(rows), right, ends, less)


def short(one: Cells, side: Side) -> str:
    """A cell in short: its mean, in how many runs there is no end, or a dash where there is no value."""
    found = one.of(side)
    if not one.met(side):
        return NOT_EXERCISED
    if found.infinite:
        return f"no end in {found.infinite}/{found.n}"
    least, most = one.between(side) or (math.nan, math.nan)
    if least < most:
        return f"{format_value(least, one.unit)} to {format_value(most, one.unit)}"
    return value_cell(found)


def full(one: Cells, side: Side) -> str:
    """A cell with its interval."""
    found = one.of(side)
    if not one.met(side):
        return NOT_EXERCISED
    if found.infinite:
        known = f"{one.contrasts[0].survival}; " if len(one.contrasts) == 1 and one.contrasts[0].survival is not None else ""
        return f"{known}no end in {found.infinite} of {found.n} runs"
    return figure(found) + bounds_of(one, side) if math.isfinite(found.mean) else "-"


def intervals(matrix: Matrix) -> list[tuple[str, Table]]:
    """A table for each measure: all sides and the differences of each fault, with intervals, and who is better."""
    found = []
    for measure in matrix.measures:
        cells = [matrix.cells(fault, measure) for fault in matrix.row_names]
        rows = [
            (
                one.fault or NO_FAULT,
                *(full(one, side) for side in one.sides),
                *(_difference(each) for each in one.contrasts),
                proven_of(matrix, one) or "-",
            )
            for one in cells
        ]
        heads = ("fault", *matrix.labels, *differences_of(matrix), "better, all together")
        found.append((cells[0].label, Table(heads, tuple(rows), (False, *(True for _ in heads[2:]), False))))
    return found


def _difference(one: Contrast) -> str:
    return figure(one.difference) if math.isfinite(one.difference.mean) else "-"


def markdown(matrix: Matrix) -> str:
    """The sentences, the overview and a table with intervals for each measure."""
    lines = [f"# {' and '.join(one.name for one in matrix.calm)}", "", *(f"- {text}" for text in matrix.verdict())]
    lines += [*(f"- note: {note}" for note in matrix.notes), "", overview(matrix).markdown()]
    for (name, table), meaning in zip(intervals(matrix), map(matrix.meaning, matrix.measures), strict=True):
        lines += ["", f"## {name}", "", f"{meaning[:1].upper()}{meaning[1:]}.", "", table.markdown()]
    return "\n".join(lines)
