"""Every point of a sweep as a row: its settings, its figures with their intervals, what came of its objectives.

    point   factor   errors [95 %]        n        difference of errors        errors < 5 %
    0       1        0.1 [0, 0.2] %       10       baseline                    pass

Of a sensitivity analysis the table of its inputs comes first, and the points are folded.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.charts.swept import scale_of
from sim.report.html.detail import sort_value
from sim.report.html.elements import Html, dotted, tag
from sim.report.html.tables import Cell, Column, sortable
from sim.report.html.verdict import OUTCOMES, outcome_word
from sim.report.sweep_table import points_table
from sim.report.sweep_words import sensitivity_bars, sensitivity_table

if TYPE_CHECKING:
    from sim.report.html.swept.view import View
    from sim.sweeps.plan import Point
    from sim.sweeps.result import Sweep

ROWS_MAX = 2000
"""Rows of a page that a browser still sorts at once."""


def section(view: View) -> Html:
    """The points; of a sensitivity analysis, first what each input does."""
    points = _points(view)
    if view.sweep.plan.sample:
        points = tag("details", tag("summary", "Points"), points)
    title = tag("h2", "Points", id="points-title")
    return tag("section", title, _inputs(view), points, id="points", aria_labelledby="points-title")


def _points(view: View) -> Html:
    """The table of the points, with a column for each axis, metric and objective."""
    sweep = view.sweep
    table = points_table(sweep, view.metrics)
    objectives = view.objectives
    settings = _settings(sweep)
    rows = []
    for point, texts in zip(sweep.points[:ROWS_MAX], table.rows, strict=False):
        numbers = [float(point.number), *settings[point.number], *_values(view, point)]
        cells = [Cell(text, number) for text, number in zip(texts, numbers, strict=True)]
        there = sum(task.key in sweep.found for task in sweep.plan.tasks[point.number * sweep.runs :][: sweep.runs])
        cells.append(Cell(str(there) if there == sweep.runs else f"{there} of {sweep.runs}", float(there)))
        found = {str(one.objective): one.outcome for one in view.judged[point.number]}
        rows.append([*cells, *(_outcome(found.get(text)) for text in objectives)])
    right = [aligned and head != "point" for head, aligned in zip(table.heads, table.right, strict=True)]
    heads = [Column(dotted(head), number=number) for head, number in zip(table.heads, right, strict=True)]
    notes = list(table.notes)
    if len(sweep.points) > ROWS_MAX:
        notes.append(f"the first {ROWS_MAX} of {len(sweep.points)} points; all of them: sim.load_saved(FOLDER).to_frame()")
    columns = [*heads, Column("n", number=True), *(Column(dotted(text)) for text in objectives)]
    caption = "Every point: mean [95 % interval] over its n replications"
    return tag("div", sortable("Points", caption, columns, rows, notes), class_="points")


def _settings(sweep: Sweep) -> list[list[float | None]]:
    """What the columns before the metrics are sorted by, of each point: numbers where all values of an axis are numbers."""
    scales = [scale_of(sweep, path) for path in sweep.plan.axes]
    places = [dict(zip(scale.texts, scale.at, strict=True)) if scale.unit else {} for scale in scales]
    named: list[float | None] = [None] if len(sweep.plan.variants) > 1 else []
    return [
        [*named, *(place.get(text) for place, (_, text) in zip(places, point.settings, strict=True))] for point in sweep.points
    ]


def _values(view: View, point: Point) -> list[float | None]:
    """What the metrics of a point are sorted by, and its difference from the baseline where there is one."""
    sweep, number = view.sweep, point.number
    found = [sort_value(sweep.estimate(number, path)) if path in point.paths else math.nan for path in view.metrics]
    if sweep.plan.sample:
        return [*found]
    family = sweep.differences(view.metrics[0])
    return [*found, family[number].paired.difference.mean if number in family else math.nan]


def _outcome(outcome: str | None) -> Cell:
    return Cell("-", None, "quiet") if outcome is None else Cell(outcome_word(outcome), OUTCOMES[outcome])


def _inputs(view: View) -> Html | None:
    """What each input of a sensitivity analysis does to each metric; None for any other sweep, and before it is finished."""
    if not view.sweep.plan.sample:
        return None
    table, bars = sensitivity_table(view.sweep, view.metrics), sensitivity_bars(view.sweep, view.metrics)
    if not table.rows:
        return None
    columns = [Column(dotted(head), number=right) for head, right in zip(table.heads, table.right, strict=True)]
    values = [[None if bar is None else bar.mean for bar in row] for row in bars.rows.values()]
    named = [None] * (len(table.heads) - len(bars.heads))
    rows = [
        [Cell(text, value) for text, value in zip(texts, [*named, *numbers], strict=True)]
        for texts, numbers in zip(table.rows, values, strict=True)
    ]
    return sortable("Inputs", "Inputs: what each of them does, with 95 % intervals", columns, rows, table.notes)
