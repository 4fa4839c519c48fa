"""The table of a sweep: a row for each point, a column for each axis and metric, and the difference from the baseline.

point  factor  errors [95 %]           goodput [95 %]        difference of errors from its baseline
    0  1       0.1 [0.05, 0.2] %       50 [49.1, 50.9] /s    baseline
    1  20      14.2 [13.9, 14.6] %     41 [40.2, 41.9] /s    +14.1 [13.7, 14.4] pp
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.report.figures_text import interval_cell, replications, value_cell
from sim.report.sweep_words import sensitivity_table
from sim.report.tables import Table
from sim.sweeps.multiple_comparisons import unlike

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.sweeps.plan import Point
    from sim.sweeps.result import Sweep


def sweep_table(sweep: Sweep, metrics: Sequence[str] = ()) -> Table:
    """The inputs of a sensitivity analysis; of any other sweep, its points."""
    return sensitivity_table(sweep, metrics) if sweep.plan.sample else points_table(sweep, metrics)


def points_table(sweep: Sweep, metrics: Sequence[str] = ()) -> Table:
    """Every point with its estimates, and how the first metric differs from the baseline's, where there is a baseline."""
    paths = tuple(metrics) or sweep.metrics
    variants = sweep.plan.variants
    several = len(variants) > 1
    notes: list[str] = []
    rows = []
    for point in sweep.points:
        cells = [_estimate(sweep, point, path, notes) for path in paths]
        named = [point.variant] if several else []
        settings = [value for _, value in point.settings]
        against = [] if sweep.plan.sample else [_difference(sweep, point, paths[0], notes)]
        rows.append((str(point.number), *named, *settings, *cells, *against))
    last = [] if sweep.plan.sample else [f"difference of {paths[0]}"]
    heads = ("point", *(["variant"] if several else []), *sweep.plan.axes, *paths, *last)
    right = tuple(head != "variant" for head in heads)
    ends = [f"{replications(sweep.runs)} a point, seed {sweep.plan.seed}; intervals at 95 %; pp: percentage points"]
    ends += [] if sweep.plan.sample else [_judged_together(sweep, paths[0])]
    if any(cell.endswith(" *") or " * (" in cell for row in rows for cell in row):
        ends.append("* the median: some replications have no finite value")
    if not sweep.complete:
        ends.append(f"{sweep.done} of {len(sweep.plan.tasks)} runs are there: figures of points without all of theirs are open")
    numbered = [f"({number}) {note}" for number, note in enumerate(notes, 1)]
    return Table(heads, tuple(rows), right, (*numbered, *ends))


def _judged_together(sweep: Sweep, path: str) -> str:
    """What a difference is, and how many of them were judged together."""
    several = len(sweep.plan.variants) > 1
    what = f"{sweep.plan.variants[0]} at the same settings" if several else "point 0"
    compared = len(sweep.differences(path)) if any(path in point.paths for point in sweep.points) else 0
    together = f" of all {compared} together (Holm)" if compared > 1 else ""
    return f"difference: the point minus {what}, replication by replication; better or worse where that is proven{together}"


def _estimate(sweep: Sweep, point: Point, path: str, notes: list[str]) -> str:
    if path not in point.paths:
        return "-"
    found = sweep.estimate(point.number, path)
    cell = interval_cell(found, signed=False)
    return f"{value_cell(found)} {_mark(found.note, notes)}" if cell == "no interval" else cell


def _difference(sweep: Sweep, point: Point, path: str, notes: list[str]) -> str:
    base = sweep.baseline(point.number)
    if base == point.number:
        return "baseline"
    if path not in point.paths or path not in sweep.points[base].paths:
        return "-"
    why = unlike(sweep, base, point.number)
    if why:
        return f"not compared {_mark(f'another time than the baseline: {why}', notes)}"
    found = sweep.difference(point.number, path)
    cell = interval_cell(found.paired.difference)
    if cell == "no interval":
        cell = f"no interval {_mark(found.paired.difference.note, notes)}"
    word = {"point": " better", "baseline": " worse", "": ""}[found.better]
    return cell + word


def _mark(note: str, notes: list[str]) -> str:
    """The number of a note, each note once."""
    if note not in notes:
        notes.append(note)
    return f"({notes.index(note) + 1})"
