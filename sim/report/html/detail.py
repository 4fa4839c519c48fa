"""Detail: tables of everything that was measured, sorted by any column; then the figures.

    comparison    metric, both sides, difference, ratio, who is better
    services, flows, consumer groups      one row each, the same figure of both sides beside each other
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.metrics.base import TITLES
from sim.report.figures_text import interval_cell, replications, value_cell
from sim.report.html.elements import Html, tag
from sim.report.html.strips import clock
from sim.report.html.tables import Cell, Column, sortable
from sim.report.html.verdict import difference_of, estimate_of
from sim.report.tables import ONE_BY_ONE
from sim.stats.figures import format_number, format_value
from sim.stats.paired import standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.report.html.folder import Figure, Folder
    from sim.stats.intervals import Estimate

NOT_BESIDE = ("effects_", "unanswered_oldest", "latency.p95", "completion.p95")
"""Figures of flows, groups and services that there is no room for where two sides stand side by side, by how they begin."""
MEDIAN_NOTE = "* the median: some replications have no finite value"


@dataclass(frozen=True)
class Figures:
    """The figures of one side by (scope, subject, metric)."""

    rows: dict[tuple[str, str, str], Estimate]
    labels: dict[str, str]

    @classmethod
    def of(cls, run: Mapping[str, Any]) -> Figures:
        """Read the summary of a side."""
        rows = {(row["scope"], row["subject"], row["metric"]): estimate_of(row) for row in run["summary"]}
        return cls(rows, {row["metric"]: row["label"] for row in run["summary"]})


def section(folder: Folder) -> Html:
    """All tables."""
    main = _comparison(folder) if folder.kind == "compare" else _system(folder)
    sides = [Figures.of(run) for run in folder.runs]
    more = [
        tag("details", tag("summary", title), table, open=scope == "flow")
        for scope, title in TITLES.items()
        if scope != "system" and (table := _scope(scope, title, folder, sides)) is not None
    ]
    title = tag("h2", "Figures in detail", id="detail-title")
    return tag("section", title, main, *more, id="detail", aria_labelledby="detail-title")


def figures(folder: Folder) -> Html | None:
    """The figures of the folder; None when it has none."""
    others = [figure.name for figure in folder.figures if not figure.address]
    said = f"Left out of this page for their size, and to be found in its folder: {', '.join(others)}."
    return charts(folder.figures, [said] if others else []) if folder.figures else None


def charts(drawn: Sequence[Figure], notes: Sequence[str]) -> Html:
    """Figures as images with their descriptions, and what is to be said of those that are left out."""
    shown = [
        tag(
            "figure",
            tag("img", src=figure.address, alt=figure.description or f"Figure {figure.name}", decoding="async"),
            tag("figcaption", figure.description) if figure.description else None,
            class_="chart",
            tabindex=0,
        )
        for figure in drawn
        if figure.address
    ]
    said = [tag("p", note, class_="notes") for note in notes]
    return tag("section", tag("h2", "Charts", id="charts-title"), *shown, *said, id="charts", aria_labelledby="charts-title")


def sort_value(found: Estimate) -> float:
    """What a figure is sorted by: its mean, its median, or infinity where it has no end."""
    if math.isfinite(found.mean):
        return found.mean
    if math.isfinite(found.median):
        return found.median
    return math.inf if found.infinite else math.nan


def _comparison(folder: Folder) -> Html:
    """Every figure of the headline with its difference."""
    a, b = folder.labels
    rows: list[list[Cell]] = []
    notes: list[str] = []
    for row in folder.summary["rows"]:
        sides = [estimate_of(row["a"]), estimate_of(row["b"])]
        ratio = estimate_of(row["ratio"]).mean if row["ratio"] else math.nan
        difference, shown = _difference(row, notes)
        sided = row["direction"] != "neither"
        better = standing(row["better"], (a, b), int(row["ties"]), estimate_of(row["difference"]), sided=sided)
        rows.append([
            Cell(titled(row)),
            *(Cell(value_cell(side), sort_value(side)) for side in sides),
            Cell(shown, difference.mean),
            Cell(_times(ratio), ratio),
            Cell(better, None, f"for-{row['better']}" if row["better"] else "quiet"),
        ])
    ends = [f"({number}) {note}" for number, note in enumerate(notes, 1)]
    ends += [f"difference: {b} minus {a}, replication by replication; pp: percentage points; ratio: {b} / {a}"]
    ends += [ONE_BY_ONE]
    ends += [str(folder.summary[key]) for key in ("variance_reduction",) if folder.summary.get(key)]
    if any(cell.text.endswith(" *") for row in rows for cell in row):
        ends.append(MEDIAN_NOTE)
    count = folder.summary["replications"]
    columns = [
        Column("metric"),
        Column(a, number=True),
        Column(b, number=True),
        Column(f"difference [95 %], n = {count}", number=True),
        Column("ratio", number=True),
        Column("better"),
    ]
    caption = f"Comparison of {a} and {b}, {count} pair{'' if count == 1 else 's'} of replications"
    return sortable("Comparison", caption, columns, rows, ends)


def titled(row: Mapping[str, Any]) -> str:
    """What a row is about: the metric, and before it the flow or service when it is one's own."""
    subject, _, metric = str(row["path"]).partition(".")
    return f"{subject}: {row['label']}" if metric and subject else str(row["label"])


def _difference(row: Mapping[str, Any], notes: list[str]) -> tuple[Estimate, str]:
    """The difference and its cell; what stands in its place, or qualifies it, goes into the notes."""
    known = row.get("survival")
    found = difference_of(row)
    shown = interval_cell(found)
    if known:
        limit = format_value(float(known["limit"]), str(row["unit"]))
        unseen = f"not seen in {known['unseen_a']} and {known['unseen_b']} of {found.n} runs, which count as {limit}"
        notes.append(f"{titled(row)}: difference of the times up to {limit}; {unseen}")
        return found, f"{shown} ({len(notes)})"
    if shown == "no interval":
        notes.append(f"{titled(row)}: {found.note}")
        return found, f"{shown} ({len(notes)})"
    return found, shown


def _times(ratio: float) -> str:
    """A ratio with three digits; a dash where there is none."""
    return f"{format_number(ratio)}\N{MULTIPLICATION SIGN}" if math.isfinite(ratio) else "-"


def _system(folder: Folder) -> Html:
    """The figures of the whole system, of a single run."""
    rows = []
    for row in folder.summary["summary"]:
        found = estimate_of(row)
        if row["scope"] != "system" or found.n == found.missing:
            continue
        shown = interval_cell(found, signed=False)
        rows.append([
            Cell(row["label"]),
            Cell(value_cell(found), sort_value(found)),
            Cell(shown if shown != "no interval" else found.note),
            Cell(str(found.n), float(found.n)),
        ])
    columns = [Column("metric"), Column("mean", number=True), Column("95 % interval", number=True), Column("n", number=True)]
    return sortable("The whole system", "The whole system", columns, rows)


def _scope(scope: str, title: str, folder: Folder, sides: Sequence[Figures]) -> Html | None:
    """A row for each flow, group or service; a column for each figure that some of them has, and side.

    Two sides side by side leave some out, most of which the table of their comparison has: a sheet of paper is only so wide.
    """
    subjects = dict.fromkeys(subject for side in sides for one, subject, _ in side.rows if one == scope)
    metrics = dict.fromkeys(
        metric
        for side in sides
        for (one, _, metric), found in side.rows.items()
        if one == scope and found.n > found.missing and not (len(sides) > 1 and metric.startswith(NOT_BESIDE))
    )
    if not subjects:
        return None
    labels = {key: text for side in sides for key, text in side.labels.items()}
    breaches = [_breaches(folder, number) for number in range(len(sides))] if scope == "service" and folder.replay else []
    heads = [*(labels[metric] for metric in metrics), *(["first in breach"] if breaches else [])]
    columns = [Column(title.lower().removesuffix("s"))]
    for head in heads:
        shared = [Column(label, number=True, above=head) for label in folder.labels]
        columns += shared if len(sides) > 1 else [Column(head, number=True)]
    rows = []
    for subject in subjects:
        cells = [Cell(subject)]
        for metric in metrics:
            cells += [_figure(side.rows.get((scope, subject, metric)), "ab"[number]) for number, side in enumerate(sides)]
        cells += [_breach(one.get(subject), "ab"[number]) for number, one in enumerate(breaches)]
        rows.append(cells)
    notes = [MEDIAN_NOTE] if any(cell.text.endswith(" *") for row in rows for cell in row) else []
    return sortable(title, f"{title}: means over {replications(folder.runs[0]['replications'])}", columns, rows, notes)


def _figure(found: Estimate | None, side: str) -> Cell:
    """A figure of a side; a dash where there is none."""
    if found is None or found.n == found.missing:
        return Cell("-", None, f"side-{side}")
    return Cell(value_cell(found), sort_value(found), f"side-{side}")


def _breach(seconds: float | None, side: str) -> Cell:
    """When a service got into breach."""
    return Cell("never" if seconds is None else clock(seconds), math.inf if seconds is None else seconds, f"side-{side}")


def _breaches(folder: Folder, number: int) -> dict[str, float]:
    """When each service of a side gets into breach first."""
    side = folder.replay["sides"][number] if folder.replay else {"breaches": []}
    return {str(one["service"]): float(one["seconds"]) for one in side["breaches"]}
